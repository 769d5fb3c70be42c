//! Rows and queries of evidence, what it is attached to, and which files it has.

mod content;
mod read;
mod rows;
mod uses;

use crate::accounts::model::{Editable, Permit};
use crate::db::Conn;
use crate::db::schema::evidence;
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

pub use content::{
    content_forget_in_txn, content_insert_in_txn, content_is_stored, content_lock_in_txn, contents_unknown,
    contents_unused,
};
pub use read::{
    EVIDENCE_OF_ASSESSMENT, EVIDENCE_OF_COMMITMENT, EVIDENCE_OF_MILESTONE, EVIDENCE_OF_UPDATE,
    EvidenceFilter, EvidencePlace, MEMBER_OF_EVIDENCE, OWN, PLACES_OF_EVIDENCE, SHOWN,
    commitment_has_evidence, evidence_find, evidence_list, evidence_of, evidence_plan,
};
pub(crate) use read::{evidence_about, evidence_besides, is_proved, own};
pub use rows::{EvidenceRow, EvidenceState, EvidenceWhole, Use, UseRow};
pub use uses::{
    evidence_attached, evidence_below_in_txn, evidence_next_position, evidence_unused_in_txn,
    uses_delete_in_txn, uses_insert_in_txn, uses_of,
};

crate::db::versioned::versioned_writes!(
    evidence,
    EvidenceRow,
    EvidenceState,
    "piece of evidence's own state",
    evidence_state_insert_in_txn,
    evidence_state_update_in_txn
);
crate::db::versioned::versioned_rows!(
    evidence,
    EvidenceRow,
    "piece of evidence",
    evidence_lock_in_txn,
    evidence_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(
    evidence,
    EvidenceRow,
    "piece of evidence",
    evidence_withdraw_in_txn
);

/// Stores a new piece of evidence, as version 1; what it is attached to is stored for itself.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn evidence_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    id: Uuid,
    whole: &EvidenceWhole,
    now: DateTime<Utc>,
) -> Result<()> {
    evidence_state_insert_in_txn(conn, permit, id, &whole.state, now).await
}

/// Replaces what a piece of evidence says, and counts its version up for that or for what it was
/// attached to; returns the new version.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn evidence_update_in_txn(
    conn: &mut Conn,
    row: &Editable<EvidenceRow>,
    whole: &EvidenceWhole,
    now: DateTime<Utc>,
) -> Result<i64> {
    evidence_state_update_in_txn(conn, row, &whole.state, now).await
}

/// A piece of evidence with what it is attached to, as its locked row has it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_whole(conn: &Conn, row: &EvidenceRow) -> Result<EvidenceWhole> {
    let uses = uses_of(conn, &[row.id]).await?;
    Ok(EvidenceWhole { state: row.state.clone(), uses })
}

/// Pieces of evidence with what each is attached to, as their locked rows have it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_with_uses(
    conn: &Conn,
    rows: Vec<EvidenceRow>,
) -> Result<Vec<(EvidenceRow, EvidenceWhole)>> {
    let mut uses = uses_by_piece(conn, rows.iter().map(|row| row.id)).await?;
    let whole = |row: EvidenceRow| {
        let uses = uses.remove(&row.id).unwrap_or_default();
        let whole = EvidenceWhole { state: row.state.clone(), uses };
        (row, whole)
    };
    Ok(rows.into_iter().map(whole).collect())
}

async fn uses_by_piece(conn: &Conn, pieces: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Vec<Use>>> {
    let mut uses: HashMap<Uuid, Vec<Use>> = HashMap::new();
    for one in uses_of(conn, &pieces.collect::<Vec<_>>()).await? {
        uses.entry(one.row.evidence_id).or_default().push(one);
    }
    Ok(uses)
}

/// The evidence that imports have brought to these commitments, as the record has it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_wholes(conn: &Conn, commitments: &[Uuid]) -> Result<Vec<(Uuid, EvidenceWhole)>> {
    let query = evidence::table
        .filter(evidence::commitment_id.eq_any(commitments))
        .select((evidence::id, EvidenceState::as_select()));
    let states: Vec<(Uuid, EvidenceState)> = query.load(&mut &*conn).await?;
    let mut uses = uses_by_piece(conn, states.iter().map(|(id, _)| *id)).await?;
    let whole = |(id, state): (Uuid, EvidenceState)| {
        let public = state.public_since.is_some();
        let whole = EvidenceWhole { state, uses: uses.remove(&id).unwrap_or_default() };
        (id, whole.as_recorded(public))
    };
    Ok(states.into_iter().map(whole).collect())
}

/// These pieces of evidence, locked, in the order of their ids: whoever locks several never waits in
/// a circle.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_rows_lock_in_txn(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<EvidenceRow>> {
    let query = evidence::table
        .filter(evidence::id.eq_any(ids))
        .order(evidence::id)
        .select(EvidenceRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// Those of these pieces of evidence that a member has and did not withdraw.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_known(conn: &Conn, member: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let query = evidence::table
        .filter(evidence::id.eq_any(ids).and(evidence::member_id.eq(member)))
        .filter(evidence::withdrawn_at.is_null())
        .select(evidence::id);
    Ok(query.load(&mut &*conn).await?)
}
