//! `ogp-tracker verify`, as an auditor types it.

use super::{PLAN, report, some_story, trusted};
use crate::harness::TestApp;
use crate::lifecycle::tracker::{program, run};
use serde_json::Value;

#[actix_web::test]
async fn the_command_says_what_it_checked_and_ends_with_0_or_1() {
    let app = TestApp::demo().await;
    let old = report(&app, "").await;
    some_story(&app).await;
    let new = report(&app, "").await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = trusted(&app).await.to_string();
    let keys = file("log.vkey", format!("{key}\n").as_bytes());
    let (old, new) = (file("old.json", &old), file("new.json", &new));
    let told = run(program(&["verify", &new, "--key", &keys, "--continues", &old, "--about", PLAN]));
    for check in ["form", "signature", "checkpoint", "inclusion", "strands", "states", "continues"] {
        assert!(told.done().contains(&format!("holds    {check}")), "{}", told.stdout);
    }
    let json = run(program(&["verify", &new, "--key", &key, "--json"]));
    let verdict: Value = serde_json::from_str(json.done()).unwrap();
    assert_eq!((&verdict["holds"], &verdict["provisional"]), (&true.into(), &true.into()));

    let altered = std::fs::read_to_string(&new).unwrap().replacen("ROTMR0001", "ROTMR0009", 1);
    let altered = run(program(&["verify", &file("altered.json", altered.as_bytes())]));
    assert_eq!(altered.code, Some(1));
    assert!(altered.stdout.contains("FAILS    digest"), "{}", altered.stdout);
    assert!(altered.stderr.contains("does not hold"), "{}", altered.stderr);
    assert_eq!(run(program(&["verify", "/no/such/report.json"])).code, Some(1));
    assert_eq!(run(program(&["verify"])).code, Some(2));
}

#[actix_web::test]
async fn the_log_only_grew_between_two_checkpoints() {
    let app = TestApp::demo().await;
    app.number().await;
    let note = async || String::from_utf8(app.get("/api/v1/ledger/checkpoint").await.body).unwrap();
    let old = note().await;
    some_story(&app).await;
    app.number().await;
    let new = note().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = trusted(&app).await.to_string();
    let (older, newer) = (file("old", &old), file("new", &new));
    let between = |one: &str, other: &str| {
        run(program(&["verify", "--consistency", one, other, "--url", &app.address, "--key", &key]))
    };
    assert!(between(&older, &newer).done().starts_with("holds: "), "{}", between(&older, &newer).stderr);
    assert!(between(&older, &older).done().starts_with("holds: "));
    assert!(between(&newer, &older).complaint().contains("swap them"));
    let unsigned = file("unsigned", &new.replace("\n\n", "\n\n\u{2014} somebody AAAA\n"));
    assert!(between(&older, &unsigned).code == Some(0), "another signature beside it does no harm");
    // A log that the key's holder told to somebody else.
    let key = app.log_keys().read().unwrap().pop().unwrap();
    let read = ogp_tracker::ledger::model::note::Checkpoint::read(&old).unwrap();
    let forked = ogp_tracker::ledger::model::note::Checkpoint { root: [7; 32], ..read };
    let forked = file("forked", &forked.sign([&key]));
    assert!(between(&forked, &newer).complaint().contains("another history"));
    assert!(between(&forked, &older).complaint().contains("another history"));
}
