//! Reading milestones, and their schedules.

mod list;
mod read;
mod schedule;
