use crate::harness::TestApp;
use crate::harness::spec;
use serde_json::{Value, json};

const CODINGS: [&str; 3] = ["gzip", "br", "zstd"];

#[actix_web::test]
async fn every_read_has_an_entity_tag_and_answers_304_to_it() {
    let app = TestApp::demo().await;
    let addresses = addresses(&app).await;
    for address in addresses {
        let answer = app.get(&address).await;
        answer.ok();
        let etag = answer.header("etag").unwrap_or_else(|| panic!("{address} has no ETag"));
        // A report says when it was made: its tag names what it says, not its bytes.
        assert_eq!(etag.starts_with("W/"), address.ends_with("/report"), "{address} {etag}");
        let etag = etag.trim_start_matches("W/").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "{etag}");
        let bare = etag.trim_matches('"');
        let mut known = vec![
            etag.clone(),
            format!("W/{etag}"),
            "*".to_owned(),
            format!("\"other\", {etag}"),
            format!("\"other\",W/{etag} , \"more\""),
        ];
        known.extend(CODINGS.map(|coding| format!("\"{bare}-{coding}\"")));
        known.extend(CODINGS.map(|coding| format!("W/\"{bare}-{coding}\"")));
        for known in known {
            let again = app.get_with(&address, &[("if-none-match", &known)]).await;
            assert_eq!(again.status, 304, "{address} {known}");
            assert!(again.body.is_empty(), "{address} {known}");
            let told = again.header("etag").unwrap_or_else(|| panic!("{address}: 304 without ETag"));
            assert!(told.contains(bare), "{address}: {told}");
            assert_eq!(again.header("cache-control"), answer.header("cache-control"), "{address}");
            assert_eq!(again.header("content-language"), answer.header("content-language"), "{address}");
            assert!(again.header("vary").is_some_and(|vary| vary.contains("Accept-Encoding")), "{address}");
        }
        for other in ["\"other\"", bare, "\"\"", "W/", "\"", ",,,", &format!("\"{bare}-rot13\""), "\u{e9}"] {
            let again = app.get_with(&address, &[("if-none-match", other)]).await;
            assert_eq!(again.status, 200, "{address} {other}");
        }
    }
}

async fn addresses(app: &TestApp) -> Vec<String> {
    let mut addresses = Vec::new();
    for operation in spec::reads() {
        addresses.push(operation.address(app).await);
    }
    assert!(addresses.len() >= 12);
    addresses
}

#[actix_web::test]
async fn a_compressed_answer_s_own_tag_gives_304_in_every_coding() {
    let app = TestApp::demo().await;
    let address = "/api/v1/commitments/ROTMR0001";
    for coding in CODINGS {
        let answer = app.get_with(address, &[("accept-encoding", coding)]).await;
        let etag = answer.header("etag").unwrap().to_owned();
        assert!(etag.ends_with(&format!("-{coding}\"")), "{etag}");
        for asked in CODINGS.into_iter().chain(["identity"]) {
            let again = app.get_with(address, &[("accept-encoding", asked), ("if-none-match", &etag)]).await;
            assert_eq!(again.status, 304, "{coding} then {asked}");
            assert_eq!(again.header("etag"), Some(etag.as_str()), "the caller's own copy is named");
            assert_eq!(again.header("content-encoding"), None);
        }
    }
}

#[actix_web::test]
async fn the_tag_of_one_thing_begins_with_its_version() {
    let app = TestApp::demo().await;
    // What the log says has no versions.
    let of_things =
        |operation: &spec::Operation| !operation.has_rows() && !operation.path.contains("/ledger/");
    let mut computed = 0;
    for operation in spec::reads().into_iter().filter(of_things) {
        let answer = app.get(&operation.address(&app).await).await;
        let Some(version) = answer.ok()["version"].as_i64() else {
            // What is computed from many things is no version of anything; a scheme's is its own.
            let of_many = ["_progress", "_changes", "_report"].iter().any(|end| operation.id.ends_with(end));
            let expected =
                of_many || ["get_assessment_scheme", "get_data_package"].contains(&operation.id.as_str());
            assert!(expected, "{} has no version", operation.id);
            computed += 1;
            continue;
        };
        let etag = answer.header("etag").unwrap();
        assert!(etag.starts_with(&format!("\"{version}-")), "{}: {etag}", operation.id);
    }
    assert_eq!(computed, 11);
}

/// A commitment with one milestone that is due in June 2027.
fn document(milestone_title: &str) -> Value {
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "name": {"en": "X", "ro": "Ics"}}],
        "action_plans": [{"slug": "x-2026", "member": "XXA", "title": {"en": "Plan", "ro": "Plan"}}],
        "commitments": [{
            "action_plan": "x-2026",
            "code": "XX0001",
            "title": {"en": "One", "ro": "Unu"},
            "milestones": [{
                "key": "1",
                "title": {"en": milestone_title},
                "due": {"date": "2027-06-15", "precision": "day"}
            }]
        }]
    })
}

#[actix_web::test]
async fn the_tag_changes_with_a_milestone_below_although_the_version_does_not() {
    let app = TestApp::empty().await;
    app.import(&document("First")).await.unwrap();
    let before = app.get("/api/v1/commitments/XX0001").await;
    let etag = before.header("etag").unwrap().to_owned();
    app.import(&document("Second")).await.unwrap();
    let after = app.get_with("/api/v1/commitments/XX0001", &[("if-none-match", &etag)]).await;
    assert_eq!(after.ok()["milestones"][0]["title"], "Second");
    assert_eq!(after.ok()["version"], before.ok()["version"]);
    assert_ne!(after.header("etag"), Some(etag.as_str()));
}

#[actix_web::test]
async fn the_tag_changes_with_the_day_when_a_schedule_turns() {
    let app = TestApp::empty().await;
    app.import(&document("First")).await.unwrap();
    for address in ["/api/v1/commitments/XX0001", "/api/v1/milestones"] {
        app.clock.set("2027-06-15");
        let etag = app.get(address).await.header("etag").unwrap().to_owned();
        app.clock.set("2027-06-14");
        let same = app.get_with(address, &[("if-none-match", &etag)]).await;
        assert_eq!(same.status, 304, "{address}: nothing turned between these days");
        app.clock.set("2027-06-16");
        let after = app.get_with(address, &[("if-none-match", &etag)]).await;
        assert_eq!(after.status, 200, "{address}: it is overdue now");
    }
}

#[actix_web::test]
async fn the_tag_changes_with_the_language() {
    let app = TestApp::empty().await;
    app.import(&document("First")).await.unwrap();
    for address in ["/api/v1/commitments/XX0001", "/api/v1/commitments", "/api/v1/members/XXA"] {
        let english = app.get_with(address, &[("accept-language", "en")]).await;
        let etag = english.header("etag").unwrap().to_owned();
        let romanian = app.get_with(address, &[("accept-language", "ro"), ("if-none-match", &etag)]).await;
        assert_eq!(romanian.status, 200, "{address}");
        assert_ne!(romanian.header("etag"), Some(etag.as_str()));
    }
}

#[actix_web::test]
async fn importing_the_same_again_changes_no_tag() {
    let app = TestApp::empty().await;
    app.import(&document("First")).await.unwrap();
    let before = app.get("/api/v1/commitments/XX0001").await;
    app.import(&document("First")).await.unwrap();
    let after = app.get("/api/v1/commitments/XX0001").await;
    assert_eq!(before.header("etag"), after.header("etag"));
}

#[actix_web::test]
async fn the_document_itself_is_conditional() {
    let app = TestApp::empty().await;
    let etag = app.get("/openapi.json").await.header("etag").unwrap().to_owned();
    let compressed = app.get_with("/openapi.json", &[("accept-encoding", "gzip")]).await;
    let compressed = compressed.header("etag").unwrap().to_owned();
    assert_ne!(compressed, etag);
    for known in [&etag, &compressed, "*", &format!("W/{etag}")] {
        let again = app.get_with("/openapi.json", &[("if-none-match", known)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert!(again.header("etag").is_some());
    }
    assert_eq!(app.get_with("/openapi.json", &[("if-none-match", "\"other\"")]).await.status, 200);
}

#[actix_web::test]
async fn health_is_never_kept() {
    let app = TestApp::empty().await;
    for path in ["/health/live", "/health/ready"] {
        let answer = app.get_with(path, &[("if-none-match", "*")]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}
