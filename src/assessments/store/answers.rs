//! Rows and queries of what implementers answer to assessments.

use super::rows::{AnswerState, AssessmentRow};
use crate::accounts::model::{Editable, Locked, Permit};
use crate::db::Conn;
use crate::db::schema::assessment_answers;
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The answers to an assessment that were there on the day asked about, in order.
macro_rules! answers_of {
    ($assessment:literal) => {
        concat!(
            "SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'text', n.text, 'recorded_at', n.recorded_at, ",
            "'actor_id', n.actor_id, 'actor_role', n.actor_role, 'member', (SELECT m.code FROM members m ",
            "WHERE m.id = n.actor_member_id)) ORDER BY n.recorded_at, n.id), '[]') FROM assessment_answers n ",
            "WHERE n.assessment_id = ",
            $assessment,
            " AND (n.recorded_at AT TIME ZONE 'UTC')::date <= :day"
        )
    };
}
pub(super) use answers_of;

/// Subquery of `assessments`: what was answered, in order, as a list of
/// [`AnswerSeen`](super::AnswerSeen).
pub const ANSWERS_OF_ASSESSMENT: &str = answers_of!("assessments.id");

/// Stores an answer to an assessment.
///
/// # Errors
/// Where the database refuses it.
pub async fn answer_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    _assessment: &Locked<AssessmentRow>,
    (id, state): (Uuid, &AnswerState),
    now: DateTime<Utc>,
) -> Result<()> {
    let values = (
        assessment_answers::id.eq(id),
        state,
        assessment_answers::actor_id.eq(permit.actor_id()),
        assessment_answers::actor_role.eq(permit.role().as_str()),
        assessment_answers::actor_member_id.eq(permit.member_id()),
        assessment_answers::recorded_at.eq(now),
    );
    diesel::insert_into(assessment_answers::table).values(values).execute(conn).await?;
    Ok(())
}

/// Everything that was answered to these assessments, by id, in the order in which it was.
///
/// # Errors
/// Where the database cannot answer.
pub async fn answer_states(conn: &Conn, of: &[Uuid]) -> Result<Vec<(Uuid, AnswerState)>> {
    let query = assessment_answers::table
        .filter(assessment_answers::assessment_id.eq_any(of))
        .order((assessment_answers::recorded_at, assessment_answers::id))
        .select((assessment_answers::id, AnswerState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// Deletes what was answered to an assessment that was never public.
///
/// # Errors
/// Where the database refuses it.
pub async fn answers_delete_in_txn(conn: &mut Conn, assessment: &Editable<AssessmentRow>) -> Result<()> {
    let answered = assessment_answers::table.filter(assessment_answers::assessment_id.eq(assessment.id()));
    diesel::delete(answered).execute(conn).await?;
    Ok(())
}
