//! Two trackers: one keeps what the other signs, and finds out when that forks its log.

use crate::editing::faults;
use crate::harness::{Setting, Template, TestApp, TestDatabase};
use ogp_tracker::kernel::SystemIds;
use ogp_tracker::ledger::model::note::LogKey;
use ogp_tracker::ledger::service::{Copies, CopyPlace, LogKeys, Sequencer};
use serde_json::{Value, json};
use std::sync::Arc;

const ORIGIN: &str = "first.example.org/ledger";
const SEEN: &str = "/api/v1/ledger/witnessed";

/// A log of a fixed name that signs with these keys, on the database of an app.
async fn grow(app: &TestApp, keys: &LogKeys, slug: &str) {
    let admin = app.admin().await;
    let body = json!({"slug": slug, "name": {"en": slug}, "sector": "civil_society"});
    assert_eq!(admin.post("/api/v1/institutions", &body).send().await.status, 201);
    let (writes, clock) = (app.accounts.writes.clone(), Arc::new(app.clock.clone()));
    let sequencer = Sequencer::new(writes, clock, Arc::new(SystemIds), keys.clone(), ORIGIN.to_owned());
    while sequencer.round().await.expect("a round").more {}
}

/// The keys of the log, and a tracker that watches it.
async fn watched(app: &TestApp) -> (LogKeys, TestApp) {
    let keys = app.log_keys();
    keys.init().expect("a key");
    let public = keys.read().expect("keys")[0].verifying_key();
    let setting = Setting { witness_keys: vec![LogKey::new(ORIGIN, public)], ..Setting::default() };
    (keys, TestApp::with(TestDatabase::new(Template::Empty).await, setting))
}

async fn hand_over(from: &TestApp, to: &TestApp) -> Result<usize, String> {
    let place = CopyPlace::read(&format!("tracker+{}", to.address)).expect("a place");
    let mut copies = Copies::new(place).expect("copies");
    copies.round(&from.accounts.writes).await.map_err(|error| error.to_string())
}

async fn seen(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("{SEEN}?origin={ORIGIN}{query}")).await.ok()["data"].as_array().expect("data").clone()
}

#[actix_web::test]
async fn another_tracker_keeps_what_is_proved_to_continue_and_shows_it() {
    let first = TestApp::demo().await;
    let (keys, second) = watched(&first).await;
    for slug in ["office-1", "office-2", "office-3"] {
        grow(&first, &keys, slug).await;
        assert_eq!(hand_over(&first, &second).await, Ok(1));
        // Again, by another replica: nothing is kept twice.
        assert_eq!(hand_over(&first, &second).await, Ok(1));
    }
    let kept = seen(&second, "").await;
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[2]["note"], first.note().await);
    assert!(kept.iter().all(|one| one["forked"] == false && one["origin"] == ORIGIN));
    assert_eq!(seen(&second, "&latest=true").await, kept[2..]);
    let page = second.get(&format!("{SEEN}?limit=2")).await.ok();
    assert_eq!(
        second.get(&format!("{SEEN}?after={}", page["page"]["next"])).await.ok()["data"],
        json!(kept[2..])
    );
}

#[actix_web::test]
async fn another_tracker_notices_that_a_log_was_forked() {
    let (first, fork) = (TestApp::demo().await, TestApp::demo().await);
    let (keys, second) = watched(&first).await;
    grow(&first, &keys, "office-1").await;
    grow(&fork, &keys, "another-office").await;
    assert_eq!(hand_over(&first, &second).await, Ok(1));
    // Two trees of one size: each is signed, so both stay, for everybody to see.
    let error = hand_over(&fork, &second).await.unwrap_err();
    assert!(error.contains("409") && error.contains("forked"), "{error}");
    let kept = seen(&second, "").await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|one| one["forked"] == true), "{kept:#?}");
    assert_eq!(kept[0]["size"], kept[1]["size"]);
    assert_eq!(kept[1]["note"], fork.note().await);
    // A larger tree of the fork is not proved to continue what was seen.
    grow(&fork, &keys, "one-more").await;
    let error = hand_over(&fork, &second).await.unwrap_err();
    assert!(error.contains("409") && error.contains("do not prove"), "{error}");
    // The log that was seen first goes on.
    grow(&first, &keys, "office-2").await;
    assert_eq!(hand_over(&first, &second).await, Ok(1));
    assert_eq!(seen(&second, "").await.len(), 3);
}

#[actix_web::test]
async fn a_log_that_was_set_back_is_told() {
    let (first, back) = (TestApp::demo().await, TestApp::demo().await);
    let (keys, second) = watched(&first).await;
    grow(&back, &keys, "office-1").await;
    grow(&first, &keys, "office-1").await;
    grow(&first, &keys, "office-2").await;
    assert_eq!(hand_over(&first, &second).await, Ok(1));
    let error = hand_over(&back, &second).await.unwrap_err();
    assert!(error.contains("SET BACK"), "{error}");
    let shown = json!({"checkpoint": back.note().await});
    second.post(SEEN, &shown).await.problem(409, "checkpoint_older");
    grow(&first, &keys, "office-3").await;
    let shown = json!({"checkpoint": first.note().await});
    let problem = second.post(SEEN, &shown).await.problem(409, "proof_missing");
    let size = seen(&second, "&latest=true").await[0]["size"].to_string();
    assert!(problem["detail"].as_str().unwrap().contains(&size), "{problem}");
}

#[actix_web::test]
async fn only_checkpoints_of_logs_that_are_watched_are_taken() {
    let first = TestApp::demo().await;
    let (keys, second) = watched(&first).await;
    grow(&first, &keys, "office-1").await;
    let note = first.note().await;
    let refused = async |body: Value| {
        let faults = faults(&second.post(SEEN, &body).await);
        faults.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(
        refused(json!({"checkpoint": note.replace(ORIGIN, "third.example.org/ledger")})).await,
        ["log_unknown"]
    );
    let lines: Vec<_> = note.lines().collect();
    assert_eq!(refused(json!({"checkpoint": note.replace(lines[1], "9999")})).await, ["log_unknown"]);
    assert_eq!(refused(json!({"checkpoint": "a text"})).await, ["checkpoint_malformed"]);
    assert_eq!(refused(json!({"checkpoint": note, "path": ["x"]})).await, ["hash_malformed"]);
    assert_eq!(second.count("ledger_witnessed").await, 0);
    assert_eq!(second.post(SEEN, &json!({"checkpoint": note})).await.ok()["origin"], ORIGIN);
}
