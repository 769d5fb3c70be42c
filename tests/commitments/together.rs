//! Pages that are asked for at the same time say what they say alone.

use crate::editing::{id, made};
use crate::harness::wire::Wire;
use crate::harness::{Setting, Template, TestApp, TestDatabase};
use futures_util::future::join_all;

#[actix_web::test]
async fn pages_that_are_asked_for_at_the_same_time_say_what_they_say_alone_for_fewer_statements() {
    let mut database = TestDatabase::new(Template::Demo).await;
    let wire = Wire::tap(&mut database);
    let app = TestApp::with(database, Setting { cache: 0, ..Setting::default() });
    let rows = app.all("/api/v1/commitments").await;
    let mut names: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    names.extend(rows.iter().filter_map(|row| row["code"].as_str()).map(str::to_lowercase));
    names.extend(["ROXX9999".to_owned(), "018bcfe5-76d2-7445-8907-29a26197c8ea".to_owned()]);
    let addresses: Vec<_> = names.iter().map(|name| format!("/api/v1/commitments/{name}")).collect();
    let mut alone = Vec::new();
    for address in &addresses {
        alone.push(app.get(address).await);
    }
    wire.statements();
    let together = join_all(addresses.iter().map(|address| app.get(address))).await;
    let statements = wire.statements();
    for ((address, one), other) in addresses.iter().zip(&alone).zip(&together) {
        assert_eq!(one.status, other.status, "{address}");
        if one.status == 200 {
            assert_eq!(one.header("etag"), other.header("etag"), "{address}");
            assert_eq!(one.body, other.body, "{address}");
        }
    }
    assert_eq!(alone.iter().filter(|answer| answer.status == 404).count(), 2);
    assert!(statements * 2 < addresses.len(), "{statements} for {} pages", addresses.len());
}

#[actix_web::test]
async fn who_sees_drafts_and_who_does_not_can_ask_at_the_same_time() {
    let app =
        TestApp::with(TestDatabase::new(Template::Demo).await, Setting { cache: 0, ..Setting::default() });
    let editor = app.editor_of("ROTMR").await;
    let plan = serde_json::json!({"member": "ROTMR", "slug": "timisoara-2030", "title": {"en": "A plan"}});
    made(&editor.post("/api/v1/action-plans", &plan).send().await);
    let commitment =
        serde_json::json!({"action_plan": "timisoara-2030", "key": "one", "title": {"en": "A promise"}});
    let draft = made(&editor.post("/api/v1/commitments", &commitment).send().await);
    let draft = format!("/api/v1/commitments/{}", id(&draft));
    let credential = format!("Bearer {}", editor.token);
    let headers = [("authorization", credential.as_str())];
    let asked: Vec<_> = (0..60)
        .map(|number| {
            let path = if number % 3 == 0 { "/api/v1/commitments/ROTMR0001" } else { draft.as_str() };
            (path, number % 2 == 0)
        })
        .collect();
    let answers = join_all(asked.iter().map(|(path, signed_in)| {
        let headers = if *signed_in { &headers[..] } else { &[] };
        app.get_with(path, headers)
    }))
    .await;
    for ((path, signed_in), answer) in asked.iter().zip(answers) {
        let sees = *signed_in || *path != draft;
        assert_eq!(answer.status, if sees { 200 } else { 404 }, "{path} {signed_in}");
    }
}
