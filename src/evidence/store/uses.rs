//! What evidence is attached to.

use super::{EvidenceRow, Use, UseRow};
use crate::accounts::model::Permit;
use crate::db::Conn;
use crate::db::schema::{assessments, commitments, evidence, evidence_uses, milestones, progress_updates};
use crate::db::sql::{Condition, Fragment};
use crate::evidence::model::EvidenceUse;
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The most rows that one statement inserts: PostgreSQL takes 65,535 parameters.
const CHUNK: usize = 1_000;
/// Something of the plan that a row of `evidence_uses` is below.
macro_rules! of_plan {
    ($what:literal) => {
        concat!(
            "(SELECT ",
            $what,
            " FROM commitments c JOIN action_plans p ON p.id = c.plan_id WHERE c.id = coalesce(",
            "(SELECT m.commitment_id FROM milestones m WHERE m.id = coalesce(evidence_uses.milestone_id, ",
            "(SELECT r.milestone_id FROM progress_updates r WHERE r.id = evidence_uses.progress_update_id))), ",
            "(SELECT a.commitment_id FROM assessments a WHERE a.id = evidence_uses.assessment_id)))"
        )
    };
}

/// What these pieces of evidence are attached to, oldest first.
///
/// # Errors
/// Where the database cannot answer.
pub async fn uses_of(conn: &Conn, pieces: &[Uuid]) -> Result<Vec<Use>> {
    let query = evidence_uses::table
        .filter(evidence_uses::evidence_id.eq_any(pieces))
        .order(evidence_uses::id)
        .select((
            UseRow::as_select(),
            Fragment::<sql_types::Uuid>::new(of_plan!("p.id")),
            Condition::new(of_plan!("p.public_since IS NOT NULL")),
        ));
    let rows: Vec<(UseRow, Uuid, bool)> = query.load(&mut &*conn).await?;
    Ok(rows.into_iter().map(|(row, plan_id, public)| Use { row, plan_id, public }).collect())
}

/// Attaches evidence.
///
/// # Errors
/// Where the database refuses it; a piece that is attached there already is told as a conflict.
pub async fn uses_insert_in_txn(conn: &mut Conn, _permit: &Permit, uses: &[UseRow]) -> Result<()> {
    for chunk in uses.chunks(CHUNK) {
        diesel::insert_into(evidence_uses::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// The place after the last evidence of something.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_next_position(conn: &Conn, of: EvidenceUse) -> Result<i16> {
    let query = attached_to(of).select(diesel::dsl::max(evidence_uses::position));
    let last: Option<i16> = query.first(&mut &*conn).await?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// The ids of the evidence that is attached to something.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_attached(conn: &Conn, to: EvidenceUse) -> Result<Vec<Uuid>> {
    Ok(attached_to(to).select(evidence_uses::evidence_id).load(&mut &*conn).await?)
}

/// Detaches all evidence from something in a draft.
///
/// # Errors
/// Where the database refuses it: from what is or was public nothing is detached.
pub async fn uses_delete_in_txn(conn: &mut Conn, _permit: &Permit, of: EvidenceUse) -> Result<()> {
    let rows: Vec<Uuid> = attached_to(of).select(evidence_uses::id).load(conn).await?;
    diesel::delete(evidence_uses::table.filter(evidence_uses::id.eq_any(rows))).execute(conn).await?;
    Ok(())
}

type Uses<'a> = evidence_uses::BoxedQuery<'a, Pg>;

fn attached_to<'a>(of: EvidenceUse) -> Uses<'a> {
    let uses = evidence_uses::table.into_boxed();
    match of {
        EvidenceUse::ProgressUpdate(id) => uses.filter(evidence_uses::progress_update_id.eq(id)),
        EvidenceUse::Milestone(id) => uses.filter(evidence_uses::milestone_id.eq(id)),
        EvidenceUse::Assessment(id) => uses.filter(evidence_uses::assessment_id.eq(id)),
    }
}

/// The evidence below these commitments, locked: what imports brought, and what is attached to
/// milestones, progress updates and assessments. What was withdrawn is left out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_below_in_txn(conn: &mut Conn, of: &[Uuid]) -> Result<Vec<EvidenceRow>> {
    let steps = || milestones::table.filter(milestones::commitment_id.eq_any(of)).select(milestones::id);
    let updates = progress_updates::table
        .filter(progress_updates::milestone_id.eq_any(steps()))
        .select(progress_updates::id.nullable());
    let codings =
        assessments::table.filter(assessments::commitment_id.eq_any(of)).select(assessments::id.nullable());
    let attached = evidence_uses::table
        .filter(
            evidence_uses::milestone_id
                .eq_any(steps().select(milestones::id.nullable()))
                .or(evidence_uses::progress_update_id.eq_any(updates))
                .or(evidence_uses::assessment_id.eq_any(codings))
                .assume_not_null(),
        )
        .select(evidence_uses::evidence_id);
    let brought = commitments::table.filter(commitments::id.eq_any(of)).select(commitments::id.nullable());
    let query = evidence::table
        .filter(evidence::commitment_id.eq_any(brought).assume_not_null().or(evidence::id.eq_any(attached)))
        .filter(evidence::withdrawn_at.is_null())
        .order(evidence::id)
        .select(EvidenceRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// Evidence that was made, and last detached, before an instant and is attached to nothing, locked; at
/// most so many. What somebody else holds at the moment is left out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_unused_in_txn(
    conn: &mut Conn,
    before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<EvidenceRow>> {
    let attached =
        evidence_uses::table.filter(evidence_uses::evidence_id.eq(evidence::id)).select(evidence_uses::id);
    let query = evidence::table
        .filter(evidence::commitment_id.is_null().and(evidence::withdrawn_at.is_null()))
        .filter(evidence::created_at.lt(before).and(evidence::updated_at.lt(before)))
        .filter(diesel::dsl::not(diesel::dsl::exists(attached)))
        .order(evidence::created_at)
        .limit(most)
        .select(EvidenceRow::as_select())
        .for_update()
        .skip_locked();
    Ok(query.load(conn).await?)
}
