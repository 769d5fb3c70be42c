//! Telling everybody who keeps answers what has changed.
//!
//! Whoever changes something tells it in its own process before the change is answered, so that whoever made it sees
//! it, and then all other processes through `NOTIFY`: not in the change's own transaction, because PostgreSQL commits
//! transactions that notify one after another. Should a process end in between, the sequencer tells of each entry when
//! it gets its place, about half a second later. Each process tells itself something every second, and keeps no
//! answers while it does not hear that: what it gives out is never older than [`DEAF_AFTER`] and a beat.

use super::super::model::Kind;
use super::super::store::{self, EntryRow};
use crate::db::notices::Notices;
use crate::db::{Conn, Target};
use crate::kernel::{Freshness, Result, Touched};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

/// The channel on which it is told.
const CHANNEL: &str = "ogp_changed";
/// How often a process makes sure that it still hears.
const BEAT: Duration = Duration::from_secs(1);
/// When it counts as deaf: nothing heard for so long, not even itself.
const DEAF_AFTER: Duration = Duration::from_secs(3);
/// How long until a connection that broke is opened again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long between two messages about changes, at least.
const BREATH: Duration = Duration::from_millis(20);
/// The most ids in one message: PostgreSQL takes 8,000 bytes. What is about more is told as being about everything.
const MOST: usize = 200;
/// What stands for everything.
const EVERYTHING: &str = "*";
/// What a process tells itself.
const STILL_HERE: &str = "?";

/// Tells what changes. All copies tell the same people.
#[derive(Debug, Clone)]
pub struct News {
    freshness: Freshness,
    others: Option<UnboundedSender<Touched>>,
}

impl News {
    /// Where nobody else changes anything, or nobody minds.
    pub fn alone(freshness: Freshness) -> Self {
        Self { freshness, others: None }
    }

    /// What is known of changes.
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// Begins to report about a change.
    pub(super) fn report(&self) -> Report<'_> {
        Report { news: self, touched: Touched::default() }
    }

    fn tell(&self, touched: Touched) {
        if touched.is_nothing() {
            return;
        }
        self.freshness.changed(&touched);
        if let Some(others) = &self.others {
            // Fails where the process is about to end.
            let _ = others.send(touched);
        }
    }
}

/// What a transaction changes: told when this is dropped.
#[derive(Debug)]
pub(super) struct Report<'a> {
    news: &'a News,
    touched: Touched,
}

impl Report<'_> {
    /// Adds to it.
    pub(super) fn about(&mut self, touched: Touched) {
        self.touched = std::mem::take(&mut self.touched).and(touched);
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.news.tell(std::mem::take(&mut self.touched));
    }
}

/// What entries are about. Only what is seen nowhere but with its own plan and member is not everything.
pub(super) fn touched(entries: &[EntryRow]) -> Touched {
    let about = |entry: &EntryRow| match (entry.kind.0, entry.plan_id, entry.member_id) {
        (Kind::ProgressUpdate | Kind::Milestone | Kind::ProgressReport, Some(plan), Some(member)) => {
            Touched::Below(BTreeSet::from([plan, member]))
        }
        _ => Touched::Everything,
    };
    entries.iter().map(about).fold(Touched::default(), Touched::and)
}

/// Tells it with the transaction, to everybody.
///
/// # Errors
/// Where the database cannot answer.
pub(super) async fn tell_in_txn(conn: &mut Conn, touched: &Touched) -> Result<()> {
    store::notify_in_txn(conn, CHANNEL, &message(Uuid::nil(), touched)).await
}

/// Hears what others change, and passes on what changes here.
#[derive(Debug)]
pub struct Newsroom {
    target: Target,
    freshness: Freshness,
    /// Whose own messages are known already.
    me: Uuid,
    changes: UnboundedReceiver<Touched>,
}

impl Newsroom {
    /// One for this process, whose id tells it from others.
    pub fn new(target: Target, me: Uuid) -> (News, Self) {
        let (tell, changes) = mpsc::unbounded_channel();
        let freshness = Freshness::default();
        let news = News { freshness: freshness.clone(), others: Some(tell) };
        (news, Self { target, freshness, me, changes })
    }

    /// Goes on as long as it is driven. While the connection is broken nothing is known of what others change.
    pub async fn run(mut self) {
        let mut failing = false;
        loop {
            if let Err(error) = self.listen(&mut failing).await
                && !std::mem::replace(&mut failing, true)
            {
                tracing::warn!(error, "nothing is heard of changes: answers are not kept meanwhile");
            }
            self.freshness.hears(false);
            sleep(PAUSE).await;
        }
    }

    async fn listen(&mut self, failing: &mut bool) -> Result<(), String> {
        let late = |_| "PostgreSQL does not answer".to_owned();
        let mut notices = timeout(DEAF_AFTER, Notices::open(&self.target, CHANNEL)).await.map_err(late)??;
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let still_here = format!("{} {STILL_HERE}", self.me.simple());
        let (mut heard_at, mut hears) = (Instant::now(), false);
        loop {
            tokio::select! {
                heard = notices.next() => {
                    let Some(text) = heard else { return Err("the connection has ended".to_owned()) };
                    self.hear(&text);
                    if text == still_here {
                        heard_at = Instant::now();
                        if !std::mem::replace(&mut hears, true) {
                            *failing = false;
                            self.freshness.hears(true);
                        }
                    }
                }
                Some(touched) = self.changes.recv() => {
                    let mut all = touched;
                    while let Ok(more) = self.changes.try_recv() {
                        all = all.and(more);
                    }
                    timeout(BEAT, notices.tell(&message(self.me, &all))).await.map_err(late)??;
                    // Where many report at once, the others hear of many in one message.
                    sleep(BREATH).await;
                }
                _ = beat.tick() => {
                    if heard_at.elapsed() > DEAF_AFTER {
                        return Err("what is told is not heard".to_owned());
                    }
                    timeout(BEAT, notices.tell(&still_here)).await.map_err(late)??;
                }
            }
        }
    }

    fn hear(&self, text: &str) {
        match text.split_once(' ') {
            Some((from, what)) if what == STILL_HERE || from == self.me.simple().to_string() => {}
            Some((_, what)) => self.freshness.changed(&read(what)),
            // Of another version of this program.
            None => self.freshness.changed(&Touched::Everything),
        }
    }
}

fn message(from: Uuid, touched: &Touched) -> String {
    let from = from.simple();
    match touched {
        Touched::Below(ids) if ids.len() <= MOST => {
            let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
            format!("{from} {}", ids.join(","))
        }
        _ => format!("{from} {EVERYTHING}"),
    }
}

/// What is not understood is about everything.
fn read(what: &str) -> Touched {
    let ids: Option<BTreeSet<_>> = what.split(',').map(|id| Uuid::try_parse(id).ok()).collect();
    ids.map_or(Touched::Everything, Touched::Below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_as_it_was_meant() {
        let ids = |count: u128| Touched::Below((1..=count).map(Uuid::from_u128).collect());
        for (told, heard) in [
            (ids(1), ids(1)),
            (ids(MOST as u128), ids(MOST as u128)),
            (ids(MOST as u128 + 1), Touched::Everything),
            (Touched::Everything, Touched::Everything),
        ] {
            let text = message(Uuid::from_u128(7), &told);
            assert!(text.len() < 8000, "PostgreSQL takes no more");
            assert_eq!(read(text.split_once(' ').unwrap().1), heard);
        }
        assert_eq!(read("something new"), Touched::Everything);
    }
}
