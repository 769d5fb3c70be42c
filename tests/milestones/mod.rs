//! Reading milestones, their schedules, how their due dates moved.

mod history;
mod list;
mod read;
mod reschedule;
mod schedule;
mod weight;
