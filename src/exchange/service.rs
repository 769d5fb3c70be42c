//! The import: one transaction, all or nothing.
//!
//! A document states things completely: what it names is made or changed to what it says, and a
//! field that it leaves out is emptied. What it does not name is left as it is; an import never
//! deletes. So importing a document twice changes nothing the second time.

mod before;
mod write;

use super::check::check;
use super::parse::parse;
use super::store;
use crate::accounts::model::{Actor, Right};
use crate::db::{Conn, Json};
use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Clock, Error, Ids};
use crate::ledger::service::Work;
use before::Before;
use diesel_async::AsyncConnection;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use write::Import;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The document has faults.
    #[error("the document has {} fault(s)", .0.len())]
    Faulty(Vec<Fault>),
    /// The database could not do it.
    #[error(transparent)]
    Failed(#[from] Error),
    /// It was only asked what would happen.
    #[error("a dry run changes nothing")]
    DryRun(Changes),
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What an import did, by kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes(pub BTreeMap<&'static str, Count>);

/// What an import did to one kind of thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Made anew.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// As they were.
    pub unchanged: usize,
}

impl Changes {
    /// Whether everything was already as the document says.
    pub fn is_nothing(&self) -> bool {
        self.0.values().all(|count| count.created == 0 && count.updated == 0)
    }

    fn count(&mut self, kind: &'static str, change: Change) {
        let count = self.0.entry(kind).or_default();
        match change {
            Change::Created => count.created += 1,
            Change::Updated => count.updated += 1,
            Change::Unchanged => count.unchanged += 1,
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, Count { created, updated, unchanged }) in &self.0 {
            writeln!(f, "{kind:<20} {created:>6} created {updated:>6} updated {unchanged:>6} unchanged")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Created,
    Updated,
    Unchanged,
}

/// Imports a document, or with `dry_run` finds out what importing it would do.
///
/// # Errors
/// `Faulty` with every fault, `Failed` where the database cannot; nothing is changed then.
pub async fn import(
    conn: &mut Conn,
    bytes: &[u8],
    dry_run: bool,
    clock: &dyn Clock,
    ids: &dyn Ids,
) -> Result<Changes, Refusal> {
    let (parsed, mut faults) = parse(bytes);
    let sha256 = Sha256::digest(bytes).to_vec();
    let outcome = conn
        .transaction::<_, Refusal, _>(async |conn| {
            store::import_lock_in_txn(conn).await?;
            let before = Before::load(conn, &parsed).await?;
            faults.extend(check(&parsed, &before.known));
            if !faults.is_empty() {
                arrange(&mut faults);
                return Err(Refusal::Faulty(std::mem::take(&mut faults)));
            }
            let operator = Actor::operator();
            let permit = operator.permit(Right::Administer, None)?;
            let mut work = Work::new(conn, operator, clock.now(), ids, None);
            let mut import = Import { work: &mut work, permit, before, changes: Changes::default() };
            import.all(&parsed).await?;
            let changes = import.changes;
            work.record_in_txn().await?;
            if dry_run {
                return Err(Refusal::DryRun(changes));
            }
            if !changes.is_nothing() {
                let row = store::ImportRow {
                    id: ids.next(),
                    document_sha256: sha256,
                    title: parsed.title.clone(),
                    compiled_on: parsed.compiled_on,
                    notes: Json(parsed.notes.clone()),
                    sources: Json(parsed.sources.clone()),
                    changes: Json(serde_json::to_value(&changes).unwrap_or_default()),
                    imported_at: clock.now(),
                };
                store::import_insert_in_txn(conn, &row).await?;
            }
            Ok(changes)
        })
        .await;
    match outcome {
        Err(Refusal::DryRun(changes)) => Ok(changes),
        other => other,
    }
}
