//! A month's reporting in one request: all of it, or nothing.

use super::{Step, report};
use crate::editing::{faults, id, made, milestones};
use crate::harness::TestApp;
use serde_json::{Value, json};

const BULK: &str = "/api/v1/milestones/updates/bulk";

fn item(milestone: &str, day: &str) -> Value {
    json!({"milestone": milestone, "progress": "substantial", "effective_on": day})
}

fn bulk(items: &[Value]) -> Value {
    json!({"updates": items})
}

#[actix_web::test]
async fn up_to_500_are_taken_in_one_go() {
    let app = TestApp::demo().await;
    app.clock.set("2024-01-01");
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let mut items: Vec<_> = (0..501).map(|number| item(&ids[number % ids.len()], "2023-12-31")).collect();
    let refused = editor.post(BULK, &bulk(&items)).send().await;
    assert_eq!(faults(&refused), [("/updates".to_owned(), "list_too_long".to_owned())]);
    assert_eq!(app.count("progress_updates").await, 0);
    items.pop();
    let done = editor.post(BULK, &bulk(&items)).send().await;
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    let done = done.json();
    let made = done["data"].as_array().unwrap();
    assert_eq!(made.len(), 500);
    for (row, asked) in made.iter().zip(&items) {
        assert_eq!(row["milestone_id"], asked["milestone"], "in the order of the request");
    }
    let first = app.get(&format!("/api/v1/progress-updates/{}", id(&made[0]))).await.ok();
    assert_eq!(first["milestone"]["id"], *ids[0]);
    assert_eq!(app.count("progress_updates").await, 500);
    assert_eq!(app.entries().await.len(), 500);
}

#[actix_web::test]
async fn every_fault_of_every_item_is_told_and_nothing_is_stored() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let foreign = milestones(&app, "RO0020").await.remove(0);
    let inactive =
        Step::make(&editor, &json!({"disposition": "withdrawn", "disposition_reason": {"en": "No."}})).await;
    let earlier = made(
        &report(&editor, &ids[0], &json!({"progress": "substantial", "effective_on": "2022-05-01"})).await,
    );
    let mut correction = item(&ids[0], "2022-05-02");
    correction["supersedes"] = earlier["id"].clone();
    correction["reason"] = json!("First.");
    made(
        &report(&editor, &ids[0], &{
            let mut alone = correction.clone();
            alone.as_object_mut().unwrap().remove("milestone");
            alone
        })
        .await,
    );
    let before = app.contents().await;
    let items = [
        item(&ids[1], "2022-11-01"),
        item(&ids[1], "2022-12-02"),
        json!({"milestone": ids[2], "progress": "done", "effective_on": "soon", "colour": "red"}),
        item(&foreign, "2022-11-01"),
        item("01936b3c-0000-7000-8000-000000000000", "2022-11-01"),
        json!({"progress": "limited", "effective_on": "2022-11-01"}),
        json!({"milestone": "x", "progress": "limited", "effective_on": "2022-11-01"}),
        json!({"milestone": ids[3], "progress": "complete", "effective_on": "2022-11-01"}),
        correction,
        item(&inactive, "2022-11-01"),
        item(&ids[4], "2022-11-01"),
    ];
    let refused = editor.post(BULK, &bulk(&items)).send().await;
    refused.problem(422, "content_invalid");
    let expected = [
        ("/updates/1/effective_on", "date_in_future"),
        ("/updates/2/colour", "field_unknown"),
        ("/updates/2/effective_on", "date_wrong"),
        ("/updates/2/progress", "value_unknown"),
        ("/updates/3", "role_missing"),
        ("/updates/4", "not_found"),
        ("/updates/5", "field_missing"),
        ("/updates/6/milestone", "format_wrong"),
        ("/updates/7/completed_on", "completion_missing"),
        ("/updates/7/evidence", "evidence_missing"),
        ("/updates/8", "update_superseded"),
        ("/updates/9", "milestone_not_active"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    assert_eq!(faults(&refused), expected);
    assert_eq!(app.contents().await, before, "what was refused has stored something");
}

#[actix_web::test]
async fn where_all_are_refused_alike_the_answer_is_that_of_one() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let foreign = milestones(&app, "RO0020").await;
    let items: Vec<_> = foreign.iter().map(|id| item(id, "2022-01-01")).collect();
    editor.post(BULK, &bulk(&items)).send().await.problem(403, "role_missing");
    let nowhere = item("01936b3c-0000-7000-8000-000000000000", "2022-05-01");
    editor.post(BULK, &bulk(&[nowhere])).send().await.problem(404, "not_found");
    let assessor = app.assessor_of("ROTMR").await;
    assessor.post(BULK, &json!({"nonsense": true})).send().await.problem(403, "role_missing");
    for (body, pointer, code) in [
        (json!({"updates": []}), "/updates", "list_too_short"),
        (json!({}), "", "field_missing"),
        (json!({"updates": [5]}), "/updates/0", "type_wrong"),
    ] {
        let refused = faults(&editor.post(BULK, &body).send().await);
        assert!(refused.contains(&(pointer.to_owned(), code.to_owned())), "{body}: {refused:?}");
    }
    assert_eq!(app.count("progress_updates").await, 0);
}

#[actix_web::test]
async fn several_updates_of_one_milestone_are_taken_in_the_order_of_their_days() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let limited = |day: &str| json!({"milestone": milestone, "progress": "limited", "effective_on": day});
    let mut started = item(&milestone, "2022-06-01");
    started["started_on"] = json!("2022-05-30");
    // The later one needs a challenge because of the earlier one, wherever that stands.
    let refused = editor.post(BULK, &bulk(&[limited("2022-07-01"), started.clone()])).send().await;
    assert_eq!(faults(&refused), [("/updates/0/challenge".to_owned(), "challenge_missing".to_owned())]);
    let done = editor.post(BULK, &bulk(&[started, limited("2022-05-15")])).send().await;
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    let page = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!(page["progress"]["update_id"], done.json()["data"][0]["id"]);
}

#[actix_web::test]
async fn one_reason_and_one_piece_of_evidence_serve_several() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let mut corrections = Vec::new();
    let mut evidence = Value::Null;
    for milestone in &ids {
        let update = json!({
            "progress": "substantial", "effective_on": "2022-10-01",
            "links": [{"url": "https://example.org/", "title": {"en": "All of it"}, "kind": "report"}]
        });
        let reported = made(&report(&editor, milestone, &update).await);
        evidence = reported["evidence"][0]["id"].clone();
        let mut correction = item(milestone, "2022-10-02");
        correction["supersedes"] = reported["id"].clone();
        corrections.push(correction);
    }
    for correction in &mut corrections {
        correction["progress"] = json!("complete");
        correction["completed_on"] = json!("2022-10-02");
        correction["evidence"] = json!([evidence]);
    }
    corrections[1]["reason"] = json!("Its own.");
    let send = |reason: Option<&str>| {
        let mut body = bulk(&corrections);
        if let Some(reason) = reason {
            body["reason"] = json!(reason);
        }
        editor.post(BULK, &body).key(reason.unwrap_or("none")).send()
    };
    assert_eq!(faults(&send(None).await).len(), ids.len() - 1);
    let entries = app.entries().await.len();
    let done = send(Some("Counted again.")).await;
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(send(Some("Counted again.")).await.body, done.body, "the same request again");
    let data = done.json()["data"].clone();
    let reason = async |at: usize| {
        app.get(&format!("/api/v1/progress-updates/{}", id(&data[at]))).await.ok()["reason"].clone()
    };
    assert_eq!((reason(0).await, reason(1).await), (json!("Counted again."), json!("Its own.")));
    // One for every update, and one for the evidence that they share.
    assert_eq!(app.entries().await.len() - entries, ids.len() + 1);
    let rows = app.all("/api/v1/milestones?commitment=ROTMR0004&progress=complete").await;
    assert_eq!(rows.len(), ids.len());
    assert!(rows.iter().all(|row| row["progress"]["evidence_count"] == 1));
}
