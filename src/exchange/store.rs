//! What an import needs besides the stores of the rooms it fills.

use crate::db::schema::data_imports;
use crate::db::{Conn, Json};
use crate::kernel::{Note, Result, Source};
use crate::ledger::model::IMPORT_LOCK;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A document that changed the data.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = data_imports)]
pub struct ImportRow {
    /// Id.
    pub id: Uuid,
    /// SHA-256 of the file.
    pub document_sha256: Vec<u8>,
    /// Its title.
    pub title: Option<String>,
    /// When it was compiled.
    pub compiled_on: Option<NaiveDate>,
    /// Remarks on the whole.
    pub notes: Json<Vec<Note>>,
    /// Sources of the whole.
    pub sources: Json<Vec<Source>>,
    /// What it changed.
    pub changes: Json<serde_json::Value>,
    /// When.
    pub imported_at: DateTime<Utc>,
}

/// Waits for any other import and for changes under way, and lets no other begin until the
/// transaction ends: what is read then is what will be replaced. Reads go on.
///
/// # Errors
/// Where the database cannot answer.
pub async fn import_lock_in_txn(conn: &mut Conn) -> Result<()> {
    // An import may take longer than a request.
    diesel::sql_query("SET LOCAL statement_timeout = 0").execute(conn).await?;
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(IMPORT_LOCK)
        .execute(conn)
        .await?;
    diesel::sql_query(
        "LOCK TABLE members, institutions, assessment_schemes, policy_areas, action_plans, commitments, \
         commitment_links, milestones, progress_updates, evidence, progress_reports, assessments IN EXCLUSIVE MODE",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers an import.
///
/// # Errors
/// Where the database refuses it.
pub async fn import_insert_in_txn(conn: &mut Conn, row: &ImportRow) -> Result<()> {
    diesel::insert_into(data_imports::table).values(row).execute(conn).await?;
    Ok(())
}

/// Whether nothing at all is stored: no member, institution, or scheme.
///
/// # Errors
/// Where the database cannot answer.
pub async fn is_empty(conn: &Conn) -> Result<bool> {
    use crate::db::schema::{assessment_schemes, institutions, members};
    use diesel::dsl::exists;
    let query = diesel::select((
        exists(members::table.select(members::id)),
        exists(institutions::table.select(institutions::id)),
        exists(assessment_schemes::table.select(assessment_schemes::id)),
    ));
    let (members, institutions, schemes): (bool, bool, bool) = query.get_result(&mut &*conn).await?;
    Ok(!members && !institutions && !schemes)
}
