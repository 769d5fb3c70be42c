use super::opened;
use crate::harness::TestApp;
use chrono::TimeDelta;
use ogp_tracker::kernel::SystemIds;
use ogp_tracker::ledger::service::{LogKeys, Sequencer, Verdict};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

async fn verifier_keys(app: &TestApp) -> Vec<String> {
    let keys = app.get("/api/v1/ledger/public-key").await.ok();
    crate::harness::column(&keys["data"], "verifier_key")
}

async fn notes(app: &TestApp) -> Vec<String> {
    let page = app.get("/api/v1/ledger/checkpoints?limit=200").await.ok();
    crate::harness::column(&page["data"], "note")
}

#[actix_web::test]
async fn a_rotation_is_recorded_in_the_log_and_vouched_for_by_the_old_key() {
    let app = TestApp::demo().await;
    let sequencer = app.sequencer().await;
    while sequencer.round().await.unwrap().more {}
    let before = app.checkpoint().await;
    app.clock.advance(TimeDelta::hours(1));
    app.log_keys().rotate().unwrap();
    // A running process notices.
    sequencer.round().await.unwrap();
    let keys = verifier_keys(&app).await;
    let [old, new] = &keys[..] else { panic!("{keys:?}") };
    let last = app.log_entries().await.pop().unwrap();
    assert_eq!((&last["kind"], &last["state"]["verifier_key"]), (&"log_key".into(), &new.as_str().into()));
    let both = app.note().await;
    assert_eq!(opened(&both, old), opened(&both, new));
    assert_eq!(opened(&both, new).expect("signed").0, before.0 + 1);
    app.continues(before).await;

    let admin = app.admin().await;
    let body = serde_json::json!({"slug": "office", "name": {"en": "Office"}, "sector": "civil_society"});
    assert_eq!(admin.post("/api/v1/institutions", &body).send().await.status, 201);
    sequencer.round().await.unwrap();
    let only_new = app.note().await;
    assert!(opened(&only_new, new).is_some() && opened(&only_new, old).is_none(), "{only_new}");
    app.continues(before).await;
    app.verify_all().await;
    assert_eq!(sequencer.round().await.unwrap().numbered, 0);
    assert_eq!(notes(&app).await.len(), 3);
    assert_eq!(app.watch.round(&app.accounts.writes).await.unwrap(), Verdict::Consistent);
}

#[actix_web::test]
async fn a_key_whose_predecessor_is_lost_signs_alone_and_is_recorded_all_the_same() {
    let app = TestApp::demo().await;
    app.number().await;
    let before = app.checkpoint().await;
    fs::remove_dir_all(app.keys.path().join("log")).unwrap();
    app.number().await;
    let keys = verifier_keys(&app).await;
    assert_eq!(keys.len(), 2);
    assert_eq!(opened(&app.note().await, &keys[0]), None);
    app.continues(before).await;
    assert_eq!(app.watch.round(&app.accounts.writes).await.unwrap(), Verdict::Consistent);
}

#[actix_web::test]
async fn a_replica_with_an_older_key_signs_nothing() {
    let app = TestApp::demo().await;
    app.number().await;
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(app.keys.path().join("log")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    app.log_keys().rotate().unwrap();
    app.number().await;
    let note = app.note().await;
    let clock = Arc::new(app.clock.clone());
    let keys = LogKeys::open(folder.path(), clock.clone()).unwrap();
    let name = note.lines().next().unwrap().to_owned();
    let other = Sequencer::new(app.accounts.writes.clone(), clock, Arc::new(SystemIds), keys, name);
    let error = other.round().await.unwrap_err().to_string();
    assert!(error.contains("OGP_LOG_KEYS_DIR"), "{error}");
    assert_eq!(app.note().await, note);
}

#[actix_web::test]
async fn the_keys_are_for_the_trackers_user_only_and_made_once() {
    let app = TestApp::empty().await;
    let keys = app.log_keys();
    assert!(keys.rotate().unwrap_err().to_string().contains("log-init"));
    keys.init().unwrap();
    assert!(keys.init().unwrap_err().to_string().contains("log-rotate"));
    let folder = app.keys.path().join("log");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    for (path, mode) in [(&folder, 0o700), (&file, 0o600)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(keys.read().unwrap_err().to_string().contains("can be read by other users"));
}

#[actix_web::test]
async fn another_name_of_the_log_is_recorded_like_another_key() {
    let app = TestApp::demo().await;
    app.number().await;
    let clock = Arc::new(app.clock.clone());
    let name = "ogp.example.org/ledger".to_owned();
    let writes = app.accounts.writes.clone();
    let named = Sequencer::new(writes, clock, Arc::new(SystemIds), app.log_keys(), name);
    named.round().await.unwrap();
    let keys: Value = app.get("/api/v1/ledger/public-key").await.ok();
    assert_eq!(keys["data"][1]["name"], "ogp.example.org/ledger");
    assert!(app.note().await.starts_with("ogp.example.org/ledger\n"));
    assert_eq!(app.watch.round(&app.accounts.writes).await.unwrap(), Verdict::Consistent);
}
