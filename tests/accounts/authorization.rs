//! Every operation of this room that is not public, as the document lists them.

use crate::harness::TestApp;
use crate::harness::spec::{self, Operation};
use reqwest::Method;
use serde_json::json;

const NOBODY: &str = "01936b3c-0000-7000-8000-000000000000";

/// An address that nothing has: who asks is checked before what is asked for.
fn address(operation: &Operation) -> String {
    let pieces = operation.path.split('/');
    pieces.map(|piece| if piece.starts_with('{') { NOBODY } else { piece }).collect::<Vec<_>>().join("/")
}

fn guarded() -> Vec<(Operation, Method, String)> {
    let found: Vec<_> = spec::operations()
        .into_iter()
        .filter(|operation| operation.scope().is_some() && operation.spec["tags"][0] == "accounts")
        .map(|operation| {
            let (method, address) = (operation.method.clone(), address(&operation));
            (operation, method, address)
        })
        .collect();
    assert!(found.len() >= 16, "only {} operations were found", found.len());
    found
}

#[actix_web::test]
async fn nobody_gets_in_without_a_token_that_holds() {
    let app = TestApp::demo().await;
    let client = app.editor_of("IAS").await;
    let (head, _) = client.token.rsplit_once('.').unwrap();
    let broken = format!("{head}.{}", "A".repeat(86));
    for (operation, method, address) in guarded() {
        let id = &operation.id;
        let bare = app.send(app.request(method.clone(), &address).json(&json!({}))).await;
        assert_eq!(bare.problem(401, "credential_missing")["instance"], address, "{id}");
        assert_eq!(bare.header("cache-control"), Some("no-store"), "{id}");
        for token in ["garbage", "ogp_garbage", &broken, &client.refresh_token] {
            let answer = app.with_token(method.clone(), &address, token).body(&json!({})).send().await;
            answer.problem(401, "token_invalid");
            assert!(answer.header("www-authenticate").is_some(), "{id}");
        }
        // In the query, where logs would keep it, a token is a parameter that nobody knows.
        let in_query =
            app.request(method, &format!("{address}?access_token={}", client.token)).json(&json!({}));
        assert!(matches!(app.send(in_query).await.status, 400 | 401), "{id}");
    }
}

#[actix_web::test]
async fn a_token_without_the_scope_does_not_reach() {
    let app = TestApp::demo().await;
    let everything = ["admin", "auditor", "editor@IAS", "publisher@IAS", "assessor@IAS"];
    let client = app.signed_in(&everything).await;
    for (operation, method, address) in guarded() {
        let scope = operation.scope().unwrap();
        let others: Vec<_> = ["read", "edit", "publish", "assess", "admin", "audit"]
            .into_iter()
            .filter(|other| *other != scope)
            .collect();
        let body = json!({"name": "x", "scopes": others, "expires_at": "2027-01-01T00:00:00Z"});
        let made = client.post("/api/v1/me/tokens", &body).raw();
        let secret = app.send(made).await.json()["secret"].as_str().unwrap().to_owned();
        let answer = app.with_token(method, &address, &secret).body(&json!({})).send().await;
        let problem = answer.problem(403, "scope_missing");
        assert!(problem["detail"].as_str().unwrap().contains(&format!("{scope:?}")), "{}", operation.id);
    }
}

/// What answers with a secret is not kept to be answered again.
#[actix_web::test]
async fn a_key_that_would_be_left_aside_is_refused() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let person = format!("/api/v1/people/{}", admin.person_id);
    let paths = ["/api/v1/me/tokens", "/api/v1/me/password", "/api/v1/people"].map(str::to_owned);
    for path in [paths.as_slice(), &[format!("{person}/grants"), format!("{person}/reset-password")]].concat()
    {
        let refused = admin.post(&path, &json!({})).key("once").send().await;
        refused.problem(400, "idempotency_key_unsupported");
    }
}

#[actix_web::test]
async fn staff_of_members_do_not_look_after_people_or_see_who_stands_behind_changes() {
    let app = TestApp::demo().await;
    let staff = [
        app.editor_of("ROU").await,
        app.publisher_of("IAS").await,
        app.assessor_of("ROTMR").await,
        app.signed_in(&[]).await,
    ];
    let mut refused = 0;
    for (operation, method, address) in guarded() {
        if !matches!(operation.scope(), Some("admin" | "audit")) {
            continue;
        }
        for client in &staff {
            let answer = client.request(method.clone(), &address).body(&json!({})).send().await;
            answer.problem(403, "role_missing");
            refused += 1;
        }
    }
    assert!(refused >= 32, "only {refused} were refused");
}
