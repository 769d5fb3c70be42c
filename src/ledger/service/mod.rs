//! How every change is made: one transaction that finds out who asks, does the work, records it,
//! and keeps the answer for whoever asks again. Besides, what keeps the record one that nobody can alter:
//! the sequencer, proofs, copies, the self-check.

mod check;
mod copies;
mod excerpt;
mod log_keys;
mod news;
mod proofs;
mod recorded;
mod sequencer;
mod signer;
mod state;
mod witness;

pub use check::{Verdict, Watch};
pub use copies::{Copies, Place as CopyPlace};
pub use excerpt::Excerpt;
pub use log_keys::LogKeys;
pub use news::{News, Newsroom};
pub use proofs::{
    ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof, last_checkpoint, log_keys,
};
pub use recorded::{Stretch, changes_after, last_recorded, plan_history, plan_recorded_since};
pub use sequencer::{Round, Sequencer, log_is_signed, log_origin};
pub use signer::Signer;
pub use state::{LogState, Lookout};
pub use witness::Witness;

use super::model::{Action, Change, Kind, Place, difference};
pub use super::store::tree::LeafRow;
use super::store::{self, Claim, EntryFilter, EntryRow, EntrySeen};
use crate::accounts::model::{Actor, Appearance, Editable, Locked, Permit, Right, Versioned, Viewer};
use crate::accounts::service::Gate;
use crate::db::prepared::{Nothing, Statement, execute};
use crate::db::{Conn, Word, Writes, in_transaction_opened};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::Fault;
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Clock, Error, Ids, LocalizedText, Ref, Result, Touched};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{OptionFuture, join3, try_join, try_join3};
use news::touched;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// How long an answer is kept for whoever asks again: promised are 24 hours.
const KEPT: TimeDelta = TimeDelta::hours(48);

/// How a thing is shown to whoever changed it: what a read would answer. Runs inside the
/// transaction, so it sees the change.
pub trait Show: AsyncFn(&Conn, Uuid, &Viewer) -> Result<Representation> {}
impl<F: AsyncFn(&Conn, Uuid, &Viewer) -> Result<Representation>> Show for F {}

/// What changes need.
#[derive(Clone)]
pub struct Office {
    writes: Writes,
    gate: Arc<Gate>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    news: News,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("writes", &self.writes).finish_non_exhaustive()
    }
}

impl Office {
    /// Changes go through these connections, by people whom the gate knows, and are told to whoever keeps answers.
    pub fn new(
        writes: Writes,
        gate: Arc<Gate>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        news: News,
    ) -> Self {
        Self { writes, gate, clock, ids, news }
    }

    /// Does some work for whoever asks, in one transaction: all of it with its record, or nothing.
    /// The same request sent again under an `Idempotency-Key` is answered as it was the first time.
    ///
    /// # Errors
    /// `Unauthenticated`, `Conflict` while the same request is still in flight, `Invalid` where the
    /// key belongs to another request, and what the work answers.
    pub async fn change(
        &self,
        ask: &Ask,
        work: impl AsyncFnOnce(&mut Work<'_>) -> Result<Representation>,
    ) -> Result<Representation> {
        self.change_of(ask, async |_| Ok(()), async |desk, ()| work(desk).await).await
    }

    /// The same for work that begins with something that nobody needs to be known for, such as a lock on what is
    /// changed: it is sent with the question who asks, in one round trip.
    ///
    /// # Errors
    /// Those of [`Self::change`], and what the opening answers.
    pub async fn change_of<O>(
        &self,
        ask: &Ask,
        opening: impl AsyncFnOnce(&Conn) -> Result<O>,
        work: impl AsyncFnOnce(&mut Work<'_>, O) -> Result<Representation>,
    ) -> Result<Representation> {
        let mut conn = self.writes.get().await?;
        // Told when this function is left, before anybody is answered, and whether or not it is known that the
        // transaction was committed.
        let mut report = self.news.report();
        // The key of a request is claimed before anything else waits for its twin.
        let (at_once, later) =
            if ask.idempotency.is_none() { (Some(opening), None) } else { (None, Some(opening)) };
        let opened = async |conn: &Conn| {
            let alone = store::imports_wait_in_txn(conn);
            let actor = self.gate.actor(conn, ask.credential.as_ref());
            match at_once {
                None => try_join(alone, actor).await.map(|((), actor)| (actor, None)),
                // Whoever is refused without asking the database opens nothing.
                Some(opening) => {
                    let ((), actor, opened) = try_join3(alone, actor, opening(conn)).await?;
                    Ok((actor, Some(opened)))
                }
            }
        };
        in_transaction_opened(&mut conn, opened, async |conn, (actor, opened)| {
            let (who, now) = (actor.actor_id, self.clock.now());
            if let Some(asked) = &ask.idempotency
                && let Some(answer) = claim(store::key_claim_in_txn(conn, who, asked).await?)?
            {
                return Ok(answer);
            }
            let mut desk = Work::new(conn, actor, now, self.ids.as_ref(), ask.request_id);
            let opened = match (opened, later) {
                (Some(opened), _) => opened,
                (None, Some(opening)) => opening(desk.conn).await?,
                (None, None) => return Err(Error::Internal("work was begun twice".to_owned())),
            };
            let answer = work(&mut desk, opened).await?;
            report.about(std::mem::take(&mut desk.touched));
            desk.record_in_txn().await?;
            if let Some(asked) = &ask.idempotency {
                store::answer_keep_in_txn(conn, who, asked, &answer, now).await?;
            }
            Ok(answer)
        })
        .await
    }

    /// The same for work that leaves nothing to show.
    ///
    /// # Errors
    /// Those of [`Self::change`].
    pub async fn remove(&self, ask: &Ask, work: impl AsyncFnOnce(&mut Work<'_>) -> Result<()>) -> Result<()> {
        self.change(ask, async |desk| {
            work(desk).await?;
            Ok(Representation::default())
        })
        .await
        .map(drop)
    }
}

fn claim(claim: Claim) -> Result<Option<Representation>> {
    match claim {
        Claim::Free => Ok(None),
        Claim::Answered(answer) => Ok(Some(answer)),
        Claim::Taken => Err(Error::Invalid(vec![Fault::new(
            "",
            "idempotency_key_reused",
            "this `Idempotency-Key` was used for another request; take a new key for every new request",
        )])),
        Claim::InFlight => Err(Error::conflict(
            "request_in_flight",
            "the same request is still being answered; ask again shortly with the same `Idempotency-Key`",
        )),
    }
}

/// Work in one transaction, for one actor. What changes is noted here and recorded at its end.
pub struct Work<'a> {
    /// The connection that the transaction runs on.
    pub conn: &'a mut Conn,
    /// Who asks.
    pub actor: Actor,
    /// The instant of the whole work.
    pub now: DateTime<Utc>,
    ids: &'a dyn Ids,
    request_id: Option<Uuid>,
    /// What is noted and not recorded yet.
    entries: Vec<EntryRow>,
    /// What all that was noted is about.
    touched: Touched,
}

impl std::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("actor", &self.actor).field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Work<'a> {
    /// Work of an actor on a connection that has a transaction open.
    pub fn new(
        conn: &'a mut Conn,
        actor: Actor,
        now: DateTime<Utc>,
        ids: &'a dyn Ids,
        request_id: Option<Uuid>,
    ) -> Self {
        Self { conn, actor, now, ids, request_id, entries: Vec::new(), touched: Touched::default() }
    }

    /// A new id.
    pub fn next_id(&self) -> Uuid {
        self.ids.next()
    }

    /// The permit for a thing that appears to the actor in some way: what they cannot see is not
    /// there for them, and what was withdrawn is not changed any more.
    ///
    /// # Errors
    /// `NotFound`, `Gone` with its last state, `Forbidden`.
    pub async fn permit(
        &mut self,
        right: Right,
        member_id: Option<Uuid>,
        (kind, name, id, appearance): (&'static str, &Ref, Uuid, Appearance),
        show: &impl Show,
    ) -> Result<Permit> {
        match appearance {
            Appearance::Visible => self.actor.permit(right, member_id),
            // In the caller's own words: an id that they did not give would tell that it is there.
            Appearance::Hidden => Err(Error::not_found(kind, name)),
            Appearance::Withdrawn => match self.shown(id, show).await {
                Err(Error::Gone { last_state, .. }) => {
                    Err(Error::Gone { kind, name: name.to_string(), last_state })
                }
                Err(error) => Err(error),
                Ok(_) => Err(Error::not_found(kind, name)),
            },
        }
    }

    /// The row, and the proof that it may be changed; whoever means another version is told the
    /// present entity tag.
    ///
    /// # Errors
    /// Those of [`Locked::edit`].
    pub async fn edit<R: Versioned>(
        &mut self,
        locked: Locked<R>,
        permit: &Permit,
        ask: &Ask,
        show: &impl Show,
    ) -> Result<(R, Editable<R>)> {
        let id = locked.id();
        match locked.edit(permit, ask.expected.as_ref()) {
            Err(Error::Stale { .. }) => Err(self.stale(id, show).await),
            other => other,
        }
    }

    /// The same for changes that say by themselves what they are meant for.
    ///
    /// # Errors
    /// Those of [`Locked::step`].
    pub async fn step<R: Versioned>(
        &mut self,
        locked: Locked<R>,
        permit: &Permit,
        ask: &Ask,
        show: &impl Show,
    ) -> Result<(R, Editable<R>)> {
        let id = locked.id();
        match locked.step(permit, ask.expected.as_ref()) {
            Err(Error::Stale { .. }) => Err(self.stale(id, show).await),
            other => other,
        }
    }

    async fn stale(&mut self, id: Uuid, show: &impl Show) -> Error {
        match show(self.conn, id, &self.actor.viewer()).await {
            Ok(shown) => Error::Stale { etag: Some(shown.etag) },
            Err(error) => error,
        }
    }

    /// What a read by the actor would answer now.
    ///
    /// # Errors
    /// What reading answers.
    pub async fn shown(&mut self, id: Uuid, show: &impl Show) -> Result<Representation> {
        self.shown_after(None::<Nothing>, id, show).await
    }

    /// Writes something, where anything is left to be written, and answers what a read by the actor would answer then.
    /// What is written, what was noted, and the reading are one round trip.
    ///
    /// # Errors
    /// What writing and reading answer.
    pub async fn shown_after(
        &mut self,
        write: Option<impl Statement>,
        id: Uuid,
        show: &impl Show,
    ) -> Result<Representation> {
        let (conn, viewer) = (&*self.conn, self.actor.viewer());
        let few = self.entries.len() <= store::FEW;
        // It is recorded whatever is shown: what was withdrawn just now is shown as gone.
        let entries = if few { std::mem::take(&mut self.entries) } else { Vec::new() };
        let written = OptionFuture::from(write.map(|write| execute(conn, write)));
        let recorded = store::few_entries_append_in_txn(conn, &entries);
        let (written, recorded, shown) = join3(written, recorded, show(conn, id, &viewer)).await;
        // After one that failed, the others fail for that reason alone.
        written.transpose()?;
        recorded?;
        shown
    }

    /// Notes a change, made under a permit.
    ///
    /// # Errors
    /// `Internal` where a state is no JSON that can be made canonical.
    pub fn note(&mut self, permit: &Permit, change: Change) -> Result<()> {
        let difference = difference(&change.before, &change.after);
        let entry = EntryRow {
            id: self.ids.next(),
            recorded_at: self.now,
            action: Word(change.action),
            kind: Word(change.kind),
            resource_id: change.id,
            code: change.code,
            version: change.version,
            member_id: change.place.member_id,
            plan_id: change.place.plan_id,
            public: change.place.public,
            state: canonical(&change.after)?,
            difference: canonical(&difference)?,
            actor_id: permit.actor_id(),
            actor_role: permit.role().to_string(),
            actor_member_id: permit.member_id(),
            reason: change.reason,
            request_id: self.request_id,
        };
        self.touched = std::mem::take(&mut self.touched).and(touched(std::slice::from_ref(&entry)));
        self.entries.push(entry);
        Ok(())
    }

    /// Appends what was noted. Who begins work outside of an [`Office`] calls it before the end.
    ///
    /// # Errors
    /// Where the database refuses it.
    pub async fn record_in_txn(&mut self) -> Result<()> {
        let entries = std::mem::take(&mut self.entries);
        store::entries_append_in_txn(self.conn, &entries).await
    }
}

/// Canonical JSON (RFC 8785).
fn canonical(value: &Value) -> Result<String> {
    serde_json_canonicalizer::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

/// What is said of any change of a thing, whatever happened to it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What kind of thing.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
    /// The name that people use for it.
    pub code: Option<String>,
    /// Where it belongs.
    pub place: Place,
    /// Why it is changed.
    pub reason: Option<String>,
}

impl Subject {
    /// It was made, in version 1.
    pub fn created(self, after: Value) -> Change {
        self.change(Action::Created, 1, Value::Null, after)
    }

    /// It was changed.
    pub fn changed(self, version: i64, before: Value, after: Value) -> Change {
        self.change(Action::Changed, version, before, after)
    }

    /// Something else happened to it.
    pub fn change(self, action: Action, version: i64, before: Value, after: Value) -> Change {
        Change {
            action,
            kind: self.kind,
            id: self.id,
            code: self.code,
            version,
            place: self.place,
            before,
            after,
            reason: self.reason,
        }
    }
}

/// A page of the record of some things, the latest first where nobody says otherwise.
///
/// # Errors
/// `BadParameters` for an order or cursor that does not belong here, and where the database cannot answer.
pub async fn history(
    conn: &Conn,
    viewer: &Viewer,
    filter: &EntryFilter,
    ask: &PageAsk,
) -> Result<Page<EntrySeen>> {
    store::entry_list(conn, viewer, filter, ask).await
}

/// Forgets the answers to requests that nobody sends again; returns how many.
///
/// # Errors
/// Where the database cannot answer.
pub async fn forget_answers(conn: &Conn, now: DateTime<Utc>) -> Result<usize> {
    store::answers_forget(conn, now - KEPT).await
}

/// A state as it is recorded.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn recorded<S: Serialize>(state: &S) -> Result<Value> {
    serde_json::to_value(state).map_err(|error| Error::Internal(error.to_string()))
}

/// A fault where one of these fields of something public changes and nobody says why.
pub fn needs_reason(
    before: &Value,
    after: &Value,
    fields: &[&str],
    public: bool,
    reason: Option<&String>,
) -> Option<Fault> {
    let changed: Vec<_> =
        fields.iter().filter(|field| before.get(field) != after.get(field)).copied().collect();
    if !public || changed.is_empty() || reason.is_some() {
        return None;
    }
    let detail = format!("this is public: say why it changes ({})", changed.join(", "));
    Some(Fault::new("/reason", "reason_missing", detail))
}

/// A fault where something loses its title. What was imported without one may stay so.
pub fn title_lost(before: &LocalizedText, after: &LocalizedText) -> Option<Fault> {
    let lost = !before.is_empty() && after.is_empty();
    lost.then(|| Fault::new("/title", "text_missing", "at least one language is needed"))
}
