//! Many writers at once on two replicas that are killed in between: what was acknowledged is in the log, once,
//! and the log only grew.
//!
//! `LEDGER_WRITES` says how many writes; CI takes 10,000, of the release build (`TEST_TRACKER`).

use super::caller::Caller;
use super::database::command;
use super::tracker::{Tracker, until};
use crate::harness::people::PASSWORD;
use crate::harness::{Template, TestDatabase};
use crate::ledger::{hash, hashes, opened, roots_of, sha256};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const WRITERS: usize = 16;
/// Who is killed, one after the other: one of the two, or both.
const KILLS: [&[usize]; 5] = [&[0], &[1], &[0, 1], &[1], &[0, 1]];
/// How long a write may take, with all repetitions.
const PATIENCE: Duration = Duration::from_secs(120);

type Hash = [u8; 32];

fn writes() -> usize {
    std::env::var("LEDGER_WRITES").map_or(400, |count| count.parse().expect("a number"))
}

/// What the writers share with whoever kills.
#[derive(Debug, Default)]
struct Desk {
    /// Where the replicas are now.
    addresses: Mutex<[String; 2]>,
    acknowledged: AtomicUsize,
    /// How often a write had to be sent again.
    repeated: AtomicUsize,
}

impl Desk {
    fn address(&self, replica: usize) -> String {
        self.addresses.lock().expect("addresses")[replica].clone()
    }
}

/// Somebody who writes on one connection, one after the other.
struct Writer {
    number: usize,
    who: Caller,
    /// Where it posts.
    path: String,
    body: fn(&str) -> Value,
}

impl Writer {
    /// Writes until each of its writes is acknowledged; returns the ids of what was made.
    async fn write(mut self, count: usize, desk: &Desk) -> Vec<String> {
        let mut made = Vec::new();
        for write in 0..count {
            made.push(self.one(&format!("w{}-{write}", self.number), desk).await);
            desk.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        made
    }

    /// One write. Where the connection breaks nobody knows whether it was done: it is sent again with its key.
    async fn one(&mut self, name: &str, desk: &Desk) -> String {
        let (body, begun) = ((self.body)(name), Instant::now());
        loop {
            let address = desk.address(self.number % 2);
            if self.who.address != address {
                self.who = self.who.at(&address);
            }
            match self.who.try_post(&self.path, &body, Some(name)).await {
                Ok(answer) if answer.status == 201 => {
                    return answer.json()["id"].as_str().expect("an id").to_owned();
                }
                // The database still has the transaction of the process that is gone.
                Ok(answer) if matches!(answer.status, 409 | 503) => {}
                Ok(answer) => panic!("{name}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
                Err(_) => {}
            }
            assert!(begun.elapsed() < PATIENCE, "{name} was never acknowledged");
            desk.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A replica on the database. Both have the same keys.
async fn replica(database: &TestDatabase, keys: &Path) -> Tracker {
    let mut command = command(database, &[]);
    command.env("OGP_KEYS_DIR", keys.join("keys"));
    command.env("OGP_ADMIN_EMAIL", "admin@example.org").env("OGP_ADMIN_PASSWORD", PASSWORD);
    Tracker::ready(command).await
}

/// Eight who report progress, each about a milestone of their own, and eight who make institutions.
async fn writers(tracker: &Tracker) -> Vec<Writer> {
    let admin = Caller::sign_in(&tracker.address, "admin@example.org", PASSWORD).await;
    let milestones = tracker.get("/api/v1/milestones?action_plan=timisoara-2022-2024&limit=50").await.ok();
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        // Pairs: each kind is on both replicas.
        let reports = number / 2 % 2 == 0;
        let (who, path, body): (_, _, fn(&str) -> Value) = if reports {
            let who = admin.person(&format!("editor{number}"), "editor", "ROTMR", PASSWORD).await;
            let milestone = milestones["data"][number]["id"].as_str().expect("a milestone");
            (
                who,
                format!("/api/v1/milestones/{milestone}/updates"),
                |name| json!({"progress": "limited", "effective_on": "2023-05-01", "narrative": {"en": name}}),
            )
        } else {
            (
                admin.clone(),
                "/api/v1/institutions".to_owned(),
                |name| json!({"slug": name, "name": {"en": name}, "sector": "civil_society"}),
            )
        };
        writers.push(Writer { number, who, path, body });
    }
    writers
}

/// The state that a replica shows, after its signature was checked.
async fn checkpoint(tracker: &Tracker) -> (u64, Hash) {
    let keys = tracker.get("/api/v1/ledger/public-key").await.ok();
    let key = keys["data"][0]["verifier_key"].as_str().expect("a key").to_owned();
    let answer = tracker.get("/api/v1/ledger/checkpoint").await;
    opened(&String::from_utf8(answer.body).expect("UTF-8"), &key).expect("a signature")
}

/// All pages of the log, from what `after` says on.
async fn pages(tracker: &Tracker, path: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::<Value>::new(), String::new());
    loop {
        let page = tracker.get(&format!("{path}?limit=200{next}")).await.ok();
        all.extend(page["data"].as_array().expect("data").iter().cloned());
        match page["page"]["next"].as_i64() {
            Some(place) => next = format!("&after={place}"),
            None => return all,
        }
    }
}

/// The root of each tree of the first leaves (RFC 6962, section 2.1), made from the entries alone.
fn roots(entries: &[Value]) -> Vec<Hash> {
    let (mut peaks, mut roots): (Vec<(usize, Hash)>, Vec<Hash>) = (Vec::new(), vec![sha256(&[])]);
    for entry in entries {
        let leaf = sha256(&[&[0], &serde_json_canonicalizer::to_vec(entry).expect("JSON")]);
        let mut peak = (1, leaf);
        while let Some((size, left)) = peaks.pop_if(|(size, _)| *size == peak.0) {
            peak = (size * 2, sha256(&[&[1], &left, &peak.1]));
        }
        peaks.push(peak);
        let hashes = peaks.iter().rev().map(|(_, hash)| *hash);
        roots.push(hashes.reduce(|right, left| sha256(&[&[1], &left, &right])).expect("a root"));
    }
    roots
}

/// The log as the entries make it: no gap, what was acknowledged once, and whatever was ever shown or signed a
/// beginning of it.
async fn verify(tracker: &Tracker, made: &[String], shown: &BTreeSet<(u64, Hash)>) {
    let entries = pages(tracker, "/api/v1/ledger/entries").await;
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(entry["index"], index);
    }
    let roots = roots(&entries);
    let last = checkpoint(tracker).await;
    assert_eq!((entries.len() as u64, *roots.last().expect("a root")), last);
    for (size, root) in shown {
        assert_eq!(roots[usize::try_from(*size).unwrap()], *root, "what was shown of {size} entries");
        let path = format!("/api/v1/ledger/proofs/consistency?from={size}&to={}", last.0);
        let proof = tracker.get(&path).await.ok();
        assert_eq!(roots_of(*size, *root, last.0, &hashes(&proof["path"])), (*root, last.1), "{path}");
    }
    let signed = pages(tracker, "/api/v1/ledger/checkpoints").await;
    assert!(signed.len() > KILLS.len());
    for checkpoint in &signed {
        let size = usize::try_from(checkpoint["size"].as_u64().expect("a size")).unwrap();
        assert_eq!(roots[size], hash(&checkpoint["root_hash"]), "checkpoint {size}");
    }
    let mut times = BTreeMap::<&str, usize>::new();
    for entry in &entries {
        // Which of the writes it is of; the others are of the people and demo data before them.
        let of_writer = entry["kind"] == "progress_update"
            || entry["state"]["slug"]
                .as_str()
                .is_some_and(|slug| slug.starts_with('w') && slug.contains('-'));
        if of_writer && entry["action"] == "created" {
            *times.entry(entry["resource_id"].as_str().expect("an id")).or_default() += 1;
        }
    }
    for id in made {
        assert_eq!(times.remove(id.as_str()), Some(1), "{id} was acknowledged");
    }
    assert_eq!(times, BTreeMap::new(), "nothing that nobody was told of: each was sent until it was");
}

#[actix_web::test]
async fn acknowledged_writes_are_in_the_log_once_whoever_is_killed_and_two_replicas_do_not_fork_it() {
    let database = TestDatabase::new(Template::Demo).await;
    let keys = TempDir::new().expect("a folder for keys");
    let mut replicas = vec![Some(replica(&database, keys.path()).await)];
    replicas.push(Some(replica(&database, keys.path()).await));
    let (count, desk) = (writes(), Arc::new(Desk::default()));
    let told = |replicas: &[Option<Tracker>]| {
        let mut addresses = desk.addresses.lock().expect("addresses");
        for (address, tracker) in addresses.iter_mut().zip(replicas) {
            *address = tracker.as_ref().expect("a replica").address.clone();
        }
    };
    told(&replicas);
    let writers = writers(replicas[0].as_ref().expect("a replica")).await;
    let begun = Instant::now();
    // On a thread of their own: this one waits and kills.
    let writing = std::thread::spawn({
        let desk = Arc::clone(&desk);
        move || {
            let all = writers.into_iter().map(|writer| writer.write(count / WRITERS, &desk));
            actix_web::rt::System::new().block_on(futures_util::future::join_all(all)).concat()
        }
    });
    let mut shown = BTreeSet::new();
    for (round, killed) in (1..).zip(KILLS) {
        until("some are acknowledged", || {
            assert!(!writing.is_finished() || desk.acknowledged.load(Ordering::Relaxed) > 0);
            desk.acknowledged.load(Ordering::Relaxed) >= count * round / (KILLS.len() + 1)
        });
        for tracker in replicas.iter().flatten() {
            shown.insert(checkpoint(tracker).await);
        }
        for which in killed {
            replicas[*which].take().expect("a replica").kill9();
        }
        for which in killed {
            replicas[*which] = Some(replica(&database, keys.path()).await);
        }
        told(&replicas);
    }
    let made = writing.join().expect("writers");
    let (took, repeated) = (begun.elapsed(), desk.repeated.load(Ordering::Relaxed));
    eprintln!("{} writes by {WRITERS} in {took:.1?}, {repeated} sent again", made.len());
    assert_eq!(made.len(), count / WRITERS * WRITERS);
    assert!(repeated > 0, "nobody noticed a kill");
    let tracker = replicas[0].as_ref().expect("a replica");
    let mut size = 0;
    // Numbered are those that were committed; the last of them within a round.
    for _ in 0..600 {
        size = checkpoint(tracker).await.0;
        if size >= database_public(&database).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(size, database_public(&database).await, "all that is public is numbered");
    for tracker in replicas.iter().flatten() {
        shown.insert(checkpoint(tracker).await);
        verify(tracker, &made, &shown).await;
        assert_ne!(tracker.get("/health/ready").await.ok()["ledger"], "diverged");
    }
}

/// How many public entries the database has.
async fn database_public(database: &TestDatabase) -> u64 {
    use diesel::prelude::*;
    use ogp_tracker::db::schema::ledger_entries;
    let mut conn = database.connect().await;
    let public = ledger_entries::table.filter(ledger_entries::public).count();
    let count: i64 = diesel_async::RunQueryDsl::get_result(public, &mut conn).await.expect("a count");
    u64::try_from(count).expect("a count")
}
