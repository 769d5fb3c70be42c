//! How far commitments are by their milestones, as SQL sees it: the rules of the roll-up, which tests hold
//! equal.

use super::updates::{completed_on, is_completed, present_update};
use super::{ScheduleSql, was_rescheduled};
use crate::db::sql::{Condition, seen_by};
use crate::db::types::words;
use crate::kernel::Sight;
use crate::milestones::model::{ProgressSaid, Schedule};
use chrono::NaiveDate;

/// The milestones of a commitment that stand: only they count.
macro_rules! standing_milestones {
    () => {
        " FROM milestones WHERE milestones.commitment_id = commitments.id AND milestones.withdrawn_at IS NULL \
         AND milestones.disposition = 'active'"
    };
}
/// How far a commitment is by its milestones `s`, as `ProgressSaid`; the rule of
/// `insight::model::CommitmentRollup::progress`.
macro_rules! progress_by_places {
    () => {
        "CASE WHEN count(s.place) = 0 THEN 'not_reported' \
         WHEN count(s.place) = count(*) AND min(s.place) = 3 THEN 'complete' \
         WHEN max(s.place) = 0 THEN 'not_started' \
         WHEN 2 * sum(s.weight * coalesce(s.place, 0)) >= 3 * sum(s.weight) THEN 'substantial' \
         ELSE 'limited' END"
    };
}
/// Where progress stands on OGP's scale.
macro_rules! place {
    () => {
        "array_position(ARRAY['not_started', 'limited', 'substantial', 'complete'], u.progress) - 1"
    };
}
/// How far a commitment is, as `ProgressSaid`.
macro_rules! commitment_progress {
    () => {
        concat!(
            "SELECT ",
            progress_by_places!(),
            " FROM (SELECT coalesce(milestones.weight, 1)::int AS weight, (",
            present_update!("milestones", place!()),
            ") AS place",
            standing_milestones!(),
            // Not merged into the sums above: each would look it up again.
            " OFFSET 0) s"
        )
    };
}
/// Whether a commitment is completed: once all of its milestones are, and it has any.
macro_rules! commitment_completed {
    () => {
        concat!("coalesce((SELECT bool_and(", is_completed!(), ")", standing_milestones!(), "), false)")
    };
}
/// The first day on which one that is completed can have been so: with the last of its milestones.
macro_rules! commitment_completed_on {
    () => {
        concat!(
            "(SELECT ",
            completed_on!(),
            standing_milestones!(),
            " ORDER BY coalesce((",
            present_update!("milestones", "u.completed_on"),
            "), partial_date_last_day(milestones.actual_end)) DESC NULLS LAST, 1 DESC NULLS LAST LIMIT 1)"
        )
    };
}

/// Subquery of `commitments`: how far it is by its milestones, as `Delivery`: all of the above, with one step into an
/// index for each milestone.
pub const DELIVERY_OF_COMMITMENT: &str = concat!(
    "SELECT json_build_object('progress', nullif(",
    progress_by_places!(),
    ", 'not_reported'), 'completed', coalesce(bool_and(s.completed), false), 'completed_on', ",
    "(array_agg(s.completed_on ORDER BY s.last_day DESC NULLS LAST, s.completed_on DESC NULLS LAST))[1]) ",
    "FROM (SELECT coalesce(milestones.weight, 1)::int AS weight, ",
    place!(),
    " AS place, coalesce(u.progress = 'complete', ",
    "NOT (milestones.actual_end IS NULL) AND coalesce(milestones.completed_on <= :day, true)) AS completed, ",
    "coalesce(u.completed_on, milestones.completed_on) AS completed_on, ",
    "coalesce(u.completed_on, partial_date_last_day(milestones.actual_end)) AS last_day ",
    "FROM milestones LEFT JOIN LATERAL (",
    present_update!("milestones", "u.progress, u.completed_on"),
    ") u ON true WHERE milestones.commitment_id = commitments.id AND milestones.withdrawn_at IS NULL ",
    "AND milestones.disposition = 'active' OFFSET 0) s"
);

/// That commitments are as far as any of these.
pub fn commitment_is(progress: &[ProgressSaid], sight: &Sight) -> Condition {
    // The words are the vocabulary's own.
    let words = words(progress).join("', '");
    seen_by(&format!("({}) IN ('{words}')", commitment_progress!()), sight)
}

/// That commitments have any of these schedules, by their own end and the last of their milestones.
pub fn commitment_has_schedule(schedules: &[Schedule], sight: &Sight) -> Condition {
    let of_commitments = ScheduleSql {
        completed: commitment_completed!(),
        completed_on: commitment_completed_on!(),
        due: "commitments.ends_on",
        ongoing: "(commitments.ends).ongoing",
    };
    of_commitments.is_any_of(schedules, sight)
}

/// That any milestone of commitments was rescheduled up to the day asked about, or that none was.
pub fn commitment_was_rescheduled(rescheduled: bool, on: Option<NaiveDate>, sight: &Sight) -> Condition {
    let mut sql = Condition::new(if rescheduled { "EXISTS (SELECT" } else { "NOT EXISTS (SELECT" });
    sql.push(concat!(standing_milestones!(), " AND "));
    sql.append(was_rescheduled(true, on, sight));
    sql.push(")");
    sql
}
