//! Making reports: what the record says is read from one signed state of it, written piece by piece into a file that
//! nobody else sees, signed, and only then handed over. So a report is complete or not there, no slow reader keeps a
//! transaction open, and memory holds one plan at a time.

mod spool;

use super::model::{
    About, Asked, Common, Context, Frame, Names, Part, Proved, ReportCheckpoint, Scope, Section, Whole,
};
use crate::db::{Conn, Writes, in_transaction};
use crate::kernel::{Clock, Error, Result};
use crate::ledger::model::Kind;
use crate::ledger::model::entry::LoggedEntry;
use crate::ledger::model::tree::Hash;
use crate::ledger::service::{Excerpt, LeafRow, Signer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

use spool::Spool;
pub use spool::{Export, Form};

/// How many reports are made at once: others wait.
const AT_ONCE: usize = 2;

/// What makes reports.
#[derive(Clone)]
pub struct Reports {
    writes: Writes,
    signer: Signer,
    clock: Arc<dyn Clock>,
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports").field("signer", &self.signer).finish_non_exhaustive()
    }
}

impl Reports {
    /// Read through these connections, signed by the log.
    pub fn new(writes: Writes, signer: Signer, clock: Arc<dyn Clock>) -> Self {
        Self { writes, signer, clock, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Makes a report.
    ///
    /// # Errors
    /// `NotFound` where the record of that day does not know what it is about, `NotNow` where nothing was signed yet,
    /// `Internal` where it cannot be written down or signed, and where the database cannot answer.
    pub async fn export(&self, about: About, asked: Asked, form: Form) -> Result<Export> {
        let _turn = self.turns.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
        let spool = {
            let mut conn = self.writes.get().await?;
            in_transaction(&mut conn, async |conn| {
                Writing::begin(conn, about, asked, form).await?.all().await
            })
            .await?
        };
        let (signer, now) = (self.signer.clone(), self.clock.now());
        aside(move || spool.sign(&signer, now)).await
    }
}

/// Work that keeps a thread busy, away from those that answer requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Internal(error.to_string()))?
}

/// A report on its way.
struct Writing<'c> {
    record: Excerpt<'c>,
    about: About,
    asked: Asked,
    spool: Spool,
    /// Entries about members, schemes and rules.
    known: Vec<Proved>,
    context: Arc<Context>,
}

impl<'c> Writing<'c> {
    async fn begin(conn: &'c Conn, about: About, asked: Asked, form: Form) -> Result<Self> {
        let record = Excerpt::begin_in_txn(conn, asked.until).await?;
        let kinds = [Kind::Member, Kind::AssessmentScheme, Kind::ReportingRules];
        let known = proved(&record, record.of_kinds(&kinds).await?).await?;
        let context = Arc::new(Context::of(&known, &asked));
        Ok(Self { record, about, asked, spool: Spool::new(form)?, known, context })
    }

    /// The plans that it is about, by their members' codes, the oldest first.
    async fn plans(&mut self) -> Result<Vec<(String, Uuid)>> {
        let mut plans = BTreeSet::new();
        self.about.code = self.about.id.and_then(|id| self.context.member(id)).map(|member| member.code);
        for row in self.record.of_kinds(&[Kind::ActionPlan]).await? {
            let (Some(plan), Some(member)) = (row.entry.plan_id, row.entry.member_id) else { continue };
            let wanted = match self.about.id {
                None => true,
                Some(id) => id == plan || id == member,
            };
            if let Some(name) = self.context.member(member).filter(|_| wanted) {
                plans.insert((name.code, plan));
            }
            if self.about.id == Some(plan) {
                // The last one is its last name.
                self.about.code = row.entry.code;
            }
        }
        Ok(plans.into_iter().collect())
    }

    async fn all(mut self) -> Result<Spool> {
        let plans = self.plans().await?;
        let members: BTreeSet<_> = plans.iter().map(|(member, _)| member.clone()).collect();
        if let Some(missing) = self.missing(&plans) {
            return Err(missing);
        }
        self.spool.name(self.about.file_name(&self.asked));
        self.spool.write(&Part::About(&self.about))?;
        let (mut names, mut whole) = (Names::default(), Whole::default());
        for (index, (member, plan)) in plans.iter().enumerate() {
            let entries = self.entries(*plan).await?;
            let (context, asked, plan) = (Arc::clone(&self.context), self.asked, *plan);
            let mut spool = self.spool;
            let (spool_back, told) = aside(move || {
                let made = Section::of(plan, entries, &context, &asked);
                let told = match made {
                    Some((section, facts)) => {
                        spool.write(&Part::Section(&section, index == 0))?;
                        Some((section.names(), facts))
                    }
                    None => None,
                };
                Ok((spool, told))
            })
            .await?;
            self.spool = spool_back;
            let Some((named, facts)) = told else {
                return Err(Error::Internal(format!("the record has no state of plan {plan}")));
            };
            names.add(named);
            whole.add(member, facts.as_ref(), asked.day);
        }
        let common = self.common(&names, &members).await?;
        let signed = self.record.checkpoint();
        let checkpoint = ReportCheckpoint { note: signed.note.clone(), size: signed.size };
        self.spool.write(&Part::Frame(&Frame::new(self.asked, checkpoint, common, whole.told())))?;
        Ok(self.spool)
    }

    /// Why there is nothing to tell, where the record does not know what is asked about.
    fn missing(&self, plans: &[(String, Uuid)]) -> Option<Error> {
        let id = self.about.id?;
        let known = plans.iter().any(|(_, plan)| *plan == id) || self.context.member(id).is_some();
        let what = match self.about.kind {
            Scope::Member => "member",
            _ => "action plan",
        };
        (!known).then(|| Error::not_found(what, id))
    }

    /// The entries of a plan, and those about its evidence that were recorded with other plans.
    async fn entries(&self, plan: Uuid) -> Result<Vec<Proved>> {
        let mut rows = self.record.strand(plan).await?;
        let pieces: BTreeSet<_> = rows
            .iter()
            .filter(|row| row.entry.kind.0 == Kind::Evidence)
            .map(|row| row.entry.resource_id)
            .collect();
        let pieces: Vec<_> = pieces.into_iter().collect();
        let elsewhere = self.record.of_things(&pieces).await?;
        rows.extend(elsewhere.into_iter().filter(|row| row.seat.strand != plan));
        rows.sort_by_key(|row| row.seat.index);
        proved(&self.record, rows).await
    }

    /// What the plans name that stands outside of them.
    async fn common(&self, names: &Names, members: &BTreeSet<String>) -> Result<Common> {
        let things: Vec<_> = names.things.iter().copied().collect();
        let mut rows = self.record.of_things(&things).await?;
        let areas = self.record.of_kinds(&[Kind::PolicyArea]).await?;
        rows.extend(
            areas
                .into_iter()
                .filter(|row| row.entry.code.as_ref().is_some_and(|code| names.policy_areas.contains(code))),
        );
        rows.extend(self.record.log_keys().await?);
        let mut entries = proved(&self.record, rows).await?;
        entries.extend(self.known.iter().filter(|known| self.is_wanted(&known.entry, members)).cloned());
        entries.sort_by_key(|proved| proved.entry.index);
        entries.dedup_by_key(|proved| proved.entry.index);
        let asked = self.asked;
        aside(move || Ok(Common::of(entries, &asked))).await
    }

    /// Whether an entry about a member is about one whose plans are told.
    fn is_wanted(&self, entry: &LoggedEntry, members: &BTreeSet<String>) -> bool {
        if entry.kind != Kind::Member || self.about.id.is_none() || self.about.id == Some(entry.resource_id) {
            return true;
        }
        self.context.member(entry.resource_id).is_some_and(|name| members.contains(&name.code))
    }
}

/// Entries as a report has them, with what proves them.
async fn proved(record: &Excerpt<'_>, rows: Vec<LeafRow>) -> Result<Vec<Proved>> {
    let paths = record.inclusion(&rows).await?;
    let of = |(row, path): (&LeafRow, Vec<Hash>)| {
        let inclusion = path.iter().map(|hash| STANDARD.encode(hash)).collect();
        Ok(Proved { entry: row.logged()?, inclusion })
    };
    rows.iter().zip(paths).map(of).collect()
}
