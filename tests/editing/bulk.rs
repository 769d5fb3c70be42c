//! Many milestones at once: all of them, or none.

use super::{faults, id, milestones};
use crate::harness::TestApp;
use serde_json::{Value, json};
use uuid::Uuid;

const BULK: &str = "/api/v1/milestones/bulk";

fn item(id: &str, version: i64, patch: Value) -> Value {
    json!({"id": id, "version": version, "patch": patch})
}

fn bulk(items: &[Value]) -> Value {
    json!({"milestones": items})
}

/// A commitment of Timișoara with as many milestones.
async fn with_milestones(app: &TestApp, count: usize) -> Vec<String> {
    let milestones: Vec<_> = (1..=count)
        .map(|number| json!({"key": format!("m{number}"), "title": {"en": format!("Step {number}")}}))
        .collect();
    let mut document: Value = serde_json::from_slice(include_bytes!("../../demo/romania.json")).unwrap();
    document["commitments"].as_array_mut().unwrap().push(json!({
        "action_plan": "timisoara-2022-2024", "code": "ROTMR0500", "title": {"en": "Many steps"},
        "milestones": milestones
    }));
    app.import(&document).await.unwrap();
    let ids: Vec<_> = app.all("/api/v1/milestones?commitment=ROTMR0500").await.iter().map(id).collect();
    assert_eq!(ids.len(), count);
    ids
}

#[actix_web::test]
async fn up_to_500_are_changed_in_one_go() {
    let app = TestApp::demo().await;
    let ids = with_milestones(&app, 501).await;
    let editor = app.editor_of("ROTMR").await;
    let items: Vec<_> = ids.iter().map(|id| item(id, 1, json!({"label": "new"}))).collect();
    let mut body = bulk(&items);
    body["reason"] = json!("Renumbered.");
    let refused = editor.post(BULK, &body).send().await;
    assert_eq!(faults(&refused), [("/milestones".to_owned(), "list_too_long".to_owned())]);
    assert_eq!(app.entries().await.len(), 0);
    body["milestones"].as_array_mut().unwrap().pop();
    let changed = editor.post(BULK, &body).send().await.ok();
    let changed = changed["data"].as_array().unwrap();
    assert_eq!(changed.len(), 500);
    for (row, asked) in changed.iter().zip(&ids) {
        assert_eq!((row["id"].as_str(), &row["version"]), (Some(asked.as_str()), &json!(2)));
    }
    let rows = app.all("/api/v1/milestones?commitment=ROTMR0500").await;
    assert_eq!(rows.iter().filter(|row| row["label"] == "new" && row["version"] == 2).count(), 500);
    let entries = app.entries().await;
    assert_eq!(entries.len(), 500);
    assert!(entries.iter().all(|entry| entry.reason.as_deref() == Some("Renumbered.") && entry.public));
}

#[actix_web::test]
async fn every_fault_of_every_item_is_told_and_nothing_is_changed() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let foreign = milestones(&app, "RO0020").await.remove(0);
    let unknown = Uuid::from_u128(7).to_string();
    let before = app.contents().await;
    let items = [
        item(&ids[0], 1, json!({"position": 50})),
        item(&ids[1], 9, json!({"position": 51})),
        item(&ids[2], 1, json!({"colour": "red", "starts": {"date": "soon"}, "position": -1})),
        item(&foreign, 1, json!({"position": 52})),
        item(&unknown, 1, json!({"position": 53})),
        item(&ids[3], 1, json!({"label": "4.4b"})),
        item(&ids[4], 1, json!({"label": "4.5b", "reason": "Its own."})),
        item(&ids[5], 1, json!({"position": 54})),
        item(&ids[5], 1, json!({"position": 55})),
        item(&ids[6], 1, json!({"reason": 5})),
    ];
    let refused = editor.post(BULK, &bulk(&items)).send().await;
    refused.problem(422, "content_invalid");
    let expected = [
        ("/milestones/1", "version_stale"),
        ("/milestones/2/patch/colour", "field_unknown"),
        ("/milestones/2/patch/position", "number_out_of_range"),
        ("/milestones/2/patch/starts/date", "date_wrong"),
        ("/milestones/3", "role_missing"),
        ("/milestones/4", "not_found"),
        ("/milestones/5/patch/reason", "reason_missing"),
        ("/milestones/8/id", "milestone_duplicate"),
        ("/milestones/9/patch/reason", "type_wrong"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    assert_eq!(faults(&refused), expected);
    assert_eq!(app.contents().await, before, "what was refused has stored something");
}

#[actix_web::test]
async fn where_all_are_refused_alike_the_answer_is_that_of_one() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let foreign = milestones(&app, "RO0020").await;
    let send = async |items: &[Value]| editor.post(BULK, &bulk(items)).send().await;
    let all = |ids: &[String], version| -> Vec<Value> {
        ids.iter().map(|id| item(id, version, json!({"position": 5}))).collect()
    };
    send(&all(&ids, 2)).await.problem(412, "version_stale");
    send(&all(&foreign, 1)).await.problem(403, "role_missing");
    let nowhere = [Uuid::from_u128(1), Uuid::from_u128(2)].map(|id| id.to_string());
    send(&all(&nowhere, 1)).await.problem(404, "not_found");
    let assessor = app.assessor_of("ROTMR").await;
    let refused = assessor.post(BULK, &json!({"nonsense": true})).send().await;
    refused.problem(403, "role_missing");
    assert_eq!(app.entries().await.len(), 0);
}

#[actix_web::test]
async fn the_list_itself_is_checked() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let one = milestones(&app, "ROTMR0004").await.remove(0);
    for (body, pointer, code) in [
        (json!({"milestones": []}), "/milestones", "list_too_short"),
        (json!({}), "", "field_missing"),
        (json!({"milestones": [{"id": one, "patch": {}}]}), "/milestones/0", "field_missing"),
        (json!({"milestones": [{"id": "x", "version": 1, "patch": {}}]}), "/milestones/0/id", "format_wrong"),
        (
            json!({"milestones": [{"id": one, "version": 0, "patch": {}}]}),
            "/milestones/0/version",
            "number_out_of_range",
        ),
        (
            json!({"milestones": [{"id": one, "version": 1, "patch": []}]}),
            "/milestones/0/patch",
            "type_wrong",
        ),
        (json!({"milestones": [], "more": 1}), "/more", "field_unknown"),
    ] {
        let refused = faults(&editor.post(BULK, &body).send().await);
        assert!(refused.contains(&(pointer.to_owned(), code.to_owned())), "{body}: {refused:?}");
    }
}

/// What a request does not change is not counted as a change.
#[actix_web::test]
async fn an_item_that_changes_nothing_keeps_its_version() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let ids = milestones(&app, "ROTMR0004").await;
    let items = [item(&ids[1], 1, json!({})), item(&ids[0], 1, json!({"position": 44}))];
    let changed = editor.post(BULK, &bulk(&items)).send().await.ok();
    let expected = json!([{"id": ids[1], "version": 1}, {"id": ids[0], "version": 2}]);
    assert_eq!(changed["data"], expected, "in the order of the request");
    assert_eq!(app.entries().await.len(), 1);
}
