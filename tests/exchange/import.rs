//! What an import does: all or nothing, only what changed, and nothing twice.

use super::sample::{commitment, day, document, full_commitment, plan, with};
use super::{assert_faults, at, faults_of, push, take};
use crate::harness::TestApp;
use ogp_tracker::exchange::service::Changes;
use serde_json::{Value, json};

/// What was created, updated and left, of one kind.
fn counts(changes: &Changes, kind: &str) -> (usize, usize, usize) {
    let count = changes.0[kind];
    (count.created, count.updated, count.unchanged)
}

/// The kinds of which something was made or changed.
fn touched(changes: &Changes) -> Vec<&str> {
    let touched = changes.0.iter().filter(|(_, count)| count.created + count.updated > 0);
    touched.map(|(kind, _)| *kind).collect()
}

async fn read(app: &TestApp, path: &str) -> Value {
    app.get(&format!("/api/v1/{path}")).await.ok()
}

/// Imports the sample, then on a later day the changed sample; returns what that changed.
async fn change(app: &TestApp, edit: impl FnOnce(&mut Value)) -> Changes {
    let mut document = document();
    app.import(&document).await.expect("imported");
    app.clock.set("2026-12-24");
    edit(&mut document);
    app.import(&document).await.expect("imported again")
}

#[tokio::test]
async fn everything_of_a_document_can_be_read_back() {
    let app = TestApp::empty().await;
    let changes = app.import(&document()).await.expect("imported");
    let made: Vec<_> = changes.0.iter().map(|(kind, count)| (*kind, count.created)).collect();
    let expected = [
        ("action_plans", 1),
        ("assessment_schemes", 1),
        ("assessments", 1),
        ("commitments", 2),
        ("evidence", 1),
        ("institutions", 2),
        ("links", 1),
        ("members", 2),
        ("milestones", 1),
        ("policy_areas", 1),
        ("progress_reports", 1),
    ];
    assert_eq!(made, expected);
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["title"], "Open the budget");
    assert_eq!(page["leads"][0]["slug"], "city-hall");
    assert_eq!(page["supporters"][0]["partner_group"], "civil_society");
    assert_eq!(page["milestones"][0]["label"], "1.1");
    assert_eq!(page["evidence"][0]["url"], "https://example.org/budget");
    assert_eq!(page["progress_reports"][0]["milestones"][0]["percent"], 60);
    assert_eq!(page["assessments"][0]["milestones"][0]["codings"][0]["value"], "complete");
    assert_eq!(page["links"][0]["commitment"]["code"], "TS0002");
    let other = read(&app, "commitments/TS0002").await;
    assert_eq!(other["links"][0]["direction"], "incoming");
}

#[tokio::test]
async fn a_fault_in_the_last_commitment_leaves_nothing_of_the_first() {
    let app = TestApp::empty().await;
    let mut document = document();
    push(&mut document, "/commitments", commitment("TS0003"));
    at(&mut document, "/commitments/2")["leads"] = json!([{ "institution": "nobody" }]);
    let before = app.contents().await;
    assert_eq!(before["commitments"].0, 0);
    faults_of(&app, document.to_string().as_bytes()).await;
    assert_eq!(app.contents().await, before);
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_tells_what_the_import_does() {
    let app = TestApp::empty().await;
    let bytes = document().to_string();
    let before = app.contents().await;
    let announced = app.import_bytes(bytes.as_bytes(), true).await.expect("dry run");
    assert_eq!(app.contents().await, before);
    let done = app.import_bytes(bytes.as_bytes(), false).await.expect("imported");
    assert_eq!(announced, done);
    // Also over data that is there, with something to make, to change, and to leave.
    let mut second = document();
    at(&mut second, "/commitments/1/title")["en"] = json!("Renamed");
    push(&mut second, "/commitments", commitment("TS0003"));
    let (bytes, before) = (second.to_string(), app.contents().await);
    let announced = app.import_bytes(bytes.as_bytes(), true).await.expect("dry run");
    assert_eq!(counts(&announced, "commitments"), (1, 1, 1));
    assert_eq!(app.contents().await, before);
    assert_eq!(app.import(&second).await.expect("imported"), announced);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_faults() {
    let app = TestApp::empty().await;
    let mut document = document();
    at(&mut document, "/commitments/0/links/0")["to"] = json!("TS0099");
    let dry =
        format!("{:?}", app.import_bytes(document.to_string().as_bytes(), true).await.expect_err("fault"));
    let real = format!("{:?}", app.import(&document).await.expect_err("fault"));
    assert_eq!(dry, real);
}

#[tokio::test]
async fn the_same_document_twice_changes_nothing() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let before = app.contents().await;
    app.clock.set("2027-01-01");
    let again = app.import(&document()).await.expect("imported again");
    assert!(again.is_nothing(), "{again}");
    assert_eq!(app.contents().await, before, "versions, instants, and the list of imports stay");
    assert_eq!(before["data_imports"].0, 1);
}

#[tokio::test]
async fn an_import_that_changes_something_is_remembered() {
    let app = TestApp::empty().await;
    change(&app, |d| at(d, "/commitments/0")["number"] = json!("1a")).await;
    assert_eq!(app.contents().await["data_imports"].0, 2);
}

#[tokio::test]
async fn a_changed_title_is_a_new_version_of_that_commitment_only() {
    let app = TestApp::empty().await;
    let changes = change(&app, |d| at(d, "/commitments/0/title")["ro"] = json!("Bugetul deschis")).await;
    assert_eq!(touched(&changes), ["commitments"]);
    assert_eq!(counts(&changes, "commitments"), (0, 1, 1));
    let changed = read(&app, "commitments/TS0001?lang=ro").await;
    assert_eq!((&changed["version"], &changed["title"]), (&json!(2), &json!("Bugetul deschis")));
    assert!(changed["updated_at"].as_str().expect("instant").starts_with("2026-12-24T12:00:00"));
    assert_eq!(changed["milestones"][0]["version"], 1);
    assert_eq!(changed["assessments"][0]["version"], 1);
    let other = read(&app, "commitments/TS0002").await;
    assert_eq!(other["version"], 1);
    assert!(other["updated_at"].as_str().expect("instant").starts_with("2026-11-23T12:00:00"));
    assert_eq!(read(&app, "action-plans/test-town-2024").await["version"], 1);
}

#[tokio::test]
async fn a_field_left_out_is_emptied() {
    let app = TestApp::empty().await;
    change(&app, |d| {
        for field in ["number", "starts", "ends", "leads", "ogp_values"] {
            take(d, &format!("/commitments/0/{field}"));
        }
        take(d, "/commitments/0/title/ro");
    })
    .await;
    let page = read(&app, "commitments/TS0001?lang=*").await;
    assert!(page["number"].is_null() && page["starts"].is_null() && page["ends"].is_null());
    assert_eq!((&page["leads"], &page["ogp_values"]), (&json!([]), &json!([])));
    assert_eq!(page["translations"]["title"], json!({ "en": "Open the budget" }));
}

#[tokio::test]
async fn a_thing_left_out_stays() {
    let app = TestApp::empty().await;
    let changes = change(&app, |d| {
        take(d, "/commitments/1");
        for list in ["milestones", "evidence", "progress_reports", "assessments", "links"] {
            take(d, &format!("/commitments/0/{list}"));
        }
        for list in ["members", "institutions", "policy_areas", "assessment_schemes", "action_plans"] {
            take(d, &format!("/{list}"));
        }
    })
    .await;
    assert!(changes.is_nothing(), "{changes}");
    let page = read(&app, "commitments/TS0001").await;
    for list in ["milestones", "evidence", "progress_reports", "assessments", "links"] {
        assert_eq!(page[list].as_array().map(Vec::len), Some(1), "{list}");
    }
    assert_eq!(read(&app, "commitments/TS0002").await["version"], 1);
}

#[tokio::test]
async fn changed_leads_are_a_new_version_of_the_commitment() {
    let app = TestApp::empty().await;
    let changes =
        change(&app, |d| push(d, "/commitments/0/leads", json!({ "institution": "watchdogs" }))).await;
    assert_eq!(touched(&changes), ["commitments"]);
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["version"], 2);
    assert_eq!(page["leads"][1]["slug"], "watchdogs");
}

#[tokio::test]
async fn another_order_of_leads_is_a_new_version_of_the_commitment() {
    let app = TestApp::empty().await;
    let both = json!([{ "institution": "city-hall" }, { "institution": "watchdogs" }]);
    let turned = json!([{ "institution": "watchdogs" }, { "institution": "city-hall" }]);
    let mut document = document();
    at(&mut document, "/commitments/0")["leads"] = both;
    app.import(&document).await.expect("imported");
    at(&mut document, "/commitments/0")["leads"] = turned;
    app.import(&document).await.expect("imported again");
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!((&page["version"], &page["leads"][0]["slug"]), (&json!(2), &json!("watchdogs")));
}

#[tokio::test]
async fn changed_supporters_are_a_new_version_of_the_commitment() {
    let app = TestApp::empty().await;
    change(&app, |d| {
        take(d, "/commitments/0/supporters/0/partner_group");
    })
    .await;
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["version"], 2);
    assert!(page["supporters"][0]["partner_group"].is_null());
}

#[tokio::test]
async fn changed_events_are_a_new_version_of_the_plan() {
    let app = TestApp::empty().await;
    let event = json!({ "kind": "decision", "title": { "en": "Adopted" }, "starts": day("2023-12-20") });
    let changes = change(&app, |d| push(d, "/action_plans/0/events", event)).await;
    assert_eq!(touched(&changes), ["action_plans"]);
    let page = read(&app, "action-plans/test-town-2024").await;
    assert_eq!((&page["version"], &page["events"][1]["kind"]), (&json!(2), &json!("decision")));
}

#[tokio::test]
async fn changed_reports_are_a_new_version_of_the_plan() {
    let app = TestApp::empty().await;
    change(&app, |d| at(d, "/action_plans/0/reports/0")["language"] = json!("RO")).await;
    let page = read(&app, "action-plans/test-town-2024").await;
    assert_eq!((&page["version"], &page["reports"][0]["language"]), (&json!(2), &json!("ro")));
}

#[tokio::test]
async fn changed_codings_of_a_milestone_are_a_new_version_of_the_assessment() {
    let app = TestApp::empty().await;
    let pointer = "/commitments/0/assessments/0/milestones/0/codings/0";
    let changes = change(&app, |d| at(d, pointer)["value"] = json!("limited")).await;
    assert_eq!(touched(&changes), ["assessments"]);
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["version"], 1);
    let assessment = &page["assessments"][0];
    assert_eq!(assessment["version"], 2);
    assert_eq!(assessment["milestones"][0]["codings"][0]["value"], "limited");
}

#[tokio::test]
async fn a_changed_percentage_of_a_milestone_updates_the_progress_report() {
    let app = TestApp::empty().await;
    let changes =
        change(&app, |d| at(d, "/commitments/0/progress_reports/0/milestones/0")["percent"] = json!(61))
            .await;
    assert_eq!(touched(&changes), ["progress_reports"]);
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["progress_reports"][0]["milestones"][0]["percent"], 61);
}

#[tokio::test]
async fn milestones_follow_the_order_of_the_document() {
    let app = TestApp::empty().await;
    change(&app, |d| {
        let milestones = at(d, "/commitments/0/milestones").as_array_mut().expect("a list");
        milestones.insert(0, json!({ "key": "0", "label": "0" }));
    })
    .await;
    let page = read(&app, "commitments/TS0001").await;
    let labels: Vec<_> = page["milestones"].as_array().unwrap().iter().map(|m| m["label"].clone()).collect();
    assert_eq!(labels, ["0", "1.1"]);
}

#[tokio::test]
async fn a_draft_gets_its_code_later_and_keeps_its_id() {
    let app = TestApp::empty().await;
    let mut document = document();
    let draft = json!({ "action_plan": "test-town-2024", "key": "draft-3", "title": { "en": "Draft" },
                        "milestones": [{ "key": "a" }] });
    push(&mut document, "/commitments", draft);
    push(&mut document, "/commitments/1/links", json!({ "kind": "related", "to": "test-town-2024/draft-3" }));
    app.import(&document).await.expect("imported");
    let linked = read(&app, "commitments/TS0002").await;
    let other = linked["links"].as_array().unwrap().iter().find(|link| link["direction"] == "outgoing");
    let draft = other.expect("the link to the draft")["commitment"].clone();
    assert!(draft["code"].is_null());
    at(&mut document, "/commitments/2")["code"] = json!("TS0003");
    let changes = app.import(&document).await.expect("imported again");
    assert_eq!(touched(&changes), ["commitments"]);
    let coded = read(&app, "commitments/TS0003").await;
    assert_eq!(coded["id"], draft["id"]);
    assert_eq!(coded["version"], 2);
    assert_eq!(coded["milestones"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_document_may_refer_to_what_only_the_database_has() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let mut item = full_commitment();
    item["code"] = json!("TS0009");
    item["links"] = json!([{ "kind": "continues", "to": "TS0001" },
                           { "kind": "related", "to": "test-town-2024/TS0002" }]);
    let changes = app.import(&with(json!({ "commitments": [item] }))).await.expect("imported");
    assert_eq!(counts(&changes, "commitments"), (1, 0, 0));
    assert_eq!(counts(&changes, "links"), (2, 0, 0));
    let local = json!({ "code": "TSTX", "kind": "local", "country": "RO", "national_member": "TST",
                        "name": { "en": "Next Town" } });
    let mut plan = plan();
    plan["slug"] = json!("next");
    plan["ogp_plan_id"] = Value::Null;
    app.import(&with(json!({ "members": [local], "action_plans": [plan] }))).await.expect("imported");
    assert_eq!(read(&app, "members/TSTX").await["national_member"]["code"], "TST");
    assert_eq!(read(&app, "action-plans/next").await["member"]["code"], "TSTL");
}

#[tokio::test]
async fn assessments_and_reports_may_refer_to_stored_milestones() {
    let app = TestApp::empty().await;
    let changes = change(&app, |d| {
        take(d, "/commitments/0/milestones");
        at(d, "/commitments/0/assessments/0")["key"] = json!("second review");
        at(d, "/commitments/0/progress_reports/0")["key"] = json!("second");
    })
    .await;
    assert_eq!(touched(&changes), ["assessments", "progress_reports"]);
    let page = read(&app, "commitments/TS0001").await;
    assert_eq!(page["assessments"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["assessments"][1]["milestones"][0]["label"], "1.1");
}

#[tokio::test]
async fn stored_codings_bind_the_vocabulary_of_the_database_too() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let mut item = full_commitment();
    item["assessments"][0]["codings"][0]["value"] = json!("done");
    let faults = faults_of(&app, with(json!({ "commitments": [item] })).to_string().as_bytes()).await;
    let words = "it can be limited, complete";
    assert_faults(&faults, &[("/commitments/0/assessments/0/codings/0", "coding_wrong", words)]);
}

#[tokio::test]
async fn two_imports_at_once_both_succeed_and_one_has_nothing_to_do() {
    let app = TestApp::empty().await;
    let document = document();
    let (one, two) = tokio::join!(app.import(&document), app.import(&document));
    let (one, two) = (one.expect("imported"), two.expect("imported"));
    assert!(one.is_nothing() != two.is_nothing(), "{one}{two}");
    assert_eq!(app.contents().await["data_imports"].0, 1);
    assert_eq!(app.contents().await["commitments"].0, 2);
}

#[tokio::test]
async fn a_document_without_lists_changes_nothing() {
    let app = TestApp::empty().await;
    let before = app.contents().await;
    assert!(app.import(&with(json!({}))).await.expect("imported").is_nothing());
    assert_eq!(app.contents().await, before);
}
