use crate::harness::TestApp;
use crate::harness::people::{Client, PASSWORD};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ogp_tracker::accounts::service::Who;
use ogp_tracker::db::schema::api_tokens;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn make(client: &Client<'_>, scopes: &[&str]) -> Value {
    let body = json!({"name": "Nightly import", "scopes": scopes, "expires_at": "2027-03-01T00:00:00Z"});
    let answer = client.post("/api/v1/me/tokens", &body).send().await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

#[actix_web::test]
async fn a_token_is_shown_once_and_kept_as_a_hash() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let made = make(&client, &["read"]).await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("ogp_") && secret.len() > 40);
    let list = client.get("/api/v1/me/tokens").send().await.ok();
    assert_eq!(list["data"][0]["id"], made["id"]);
    assert!(!list.to_string().contains(secret), "{list}");
    let hash: Vec<u8> =
        api_tokens::table.select(api_tokens::hash).first(&mut app.database.connect().await).await.unwrap();
    assert_eq!(hash, Sha256::digest(secret).to_vec());
}

#[actix_web::test]
async fn a_token_reaches_as_far_as_its_scopes() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let with = async |token: &Value, path: &str| {
        app.with_token(Method::GET, path, token["secret"].as_str().unwrap()).send().await
    };
    let reader = make(&admin, &["read", "read"]).await;
    assert_eq!(with(&reader, "/api/v1/me").await.ok()["scopes"], json!(["read"]));
    let refused = with(&reader, "/api/v1/people").await;
    refused.problem(403, "scope_missing");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    let helper = make(&admin, &["admin"]).await;
    with(&helper, "/api/v1/people").await.ok();
    with(&helper, "/api/v1/me").await.problem(403, "scope_missing");
    with(&helper, "/api/v1/me/tokens").await.problem(403, "scope_missing");
    // A scope is no right.
    let nobody = app.signed_in(&[]).await;
    let token = make(&nobody, &["admin"]).await;
    with(&token, "/api/v1/people").await.problem(403, "role_missing");
}

#[actix_web::test]
async fn no_token_reaches_the_account_it_works_for() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let body = json!({"name": "x", "scopes": ["read", "account"], "expires_at": "2027-03-01T00:00:00Z"});
    let problem = client.post("/api/v1/me/tokens", &body).send().await.problem(422, "scope_refused");
    assert_eq!(problem["errors"][0]["pointer"], "/scopes/1");
    let made = make(&client, &["read", "edit", "publish", "assess", "admin", "audit"]).await;
    let secret = made["secret"].as_str().unwrap();
    for (method, path) in [
        (Method::POST, "/api/v1/me/tokens"),
        (Method::POST, "/api/v1/me/password"),
        (Method::PATCH, "/api/v1/me"),
        (Method::POST, "/api/v1/auth/logout"),
        (Method::POST, "/api/v1/auth/logout-all"),
    ] {
        let asked = app.with_token(method, path, secret).body(&json!({}));
        asked.send().await.problem(403, "scope_missing");
    }
}

#[actix_web::test]
async fn a_token_ends_when_it_expires_is_revoked_or_its_person_is_kept_out() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let (one, other) = (make(&client, &["read"]).await, make(&client, &["read"]).await);
    let me = async |token: &Value| {
        app.with_token(Method::GET, "/api/v1/me", token["secret"].as_str().unwrap()).send().await
    };
    let path = format!("/api/v1/me/tokens/{}", one["id"].as_str().unwrap());
    let stranger = app.signed_in(&[]).await;
    stranger.delete(&path).send().await.problem(404, "not_found");
    me(&one).await.ok();
    assert_eq!(client.delete(&path).send().await.status, 204);
    me(&one).await.problem(401, "token_invalid");
    client.delete(&path).send().await.problem(404, "not_found");
    assert_eq!(client.get("/api/v1/me/tokens").send().await.ok()["data"].as_array().unwrap().len(), 1);

    app.accounts.set_disabled(Who::Operator, client.person_id, true).await.unwrap();
    me(&other).await.problem(401, "token_invalid");
    app.accounts.set_disabled(Who::Operator, client.person_id, false).await.unwrap();
    me(&other).await.problem(401, "token_invalid");
    let third = make(&app.sign_in(client.person_id, &client.email).await, &["read"]).await;
    me(&third).await.ok();
    app.clock.set("2027-03-01");
    me(&third).await.problem(401, "token_invalid");
}

#[actix_web::test]
async fn another_password_revokes_the_tokens_and_a_logout_does_not() {
    let app = TestApp::empty().await;
    let (client, admin) = (app.signed_in(&[]).await, app.admin().await);
    let me = async |token: &Value| {
        app.with_token(Method::GET, "/api/v1/me", token["secret"].as_str().unwrap()).send().await
    };
    let (mine, admins) = (make(&client, &["read"]).await, make(&admin, &["read"]).await);
    assert_eq!(client.post("/api/v1/auth/logout-all", &json!({})).send().await.status, 204);
    me(&mine).await.ok();
    let reset = format!("/api/v1/people/{}/reset-password", client.person_id);
    admin.post(&reset, &json!({})).send().await.ok();
    me(&mine).await.problem(401, "token_invalid");
    me(&admins).await.ok();
    let body = json!({"current_password": PASSWORD, "new_password": "eight quiet blue boats"});
    assert_eq!(admin.post("/api/v1/me/password", &body).send().await.status, 204);
    me(&admins).await.problem(401, "token_invalid");
}

#[actix_web::test]
async fn the_last_use_is_known_to_the_minute() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let made = make(&client, &["read"]).await;
    assert_eq!(made["last_used_at"], Value::Null);
    let used = async || {
        app.with_token(Method::GET, "/api/v1/me", made["secret"].as_str().unwrap()).send().await.ok();
        client.get("/api/v1/me/tokens").send().await.ok()["data"][0]["last_used_at"].clone()
    };
    assert_eq!(used().await, "2026-11-23T12:00:00Z");
    app.clock.advance(TimeDelta::seconds(30));
    assert_eq!(used().await, "2026-11-23T12:00:00Z");
    app.clock.advance(TimeDelta::seconds(30));
    assert_eq!(used().await, "2026-11-23T12:01:00Z");
}

#[actix_web::test]
async fn a_token_that_makes_no_sense_is_refused_with_every_fault() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let codes = async |body: Value| {
        let problem = client.post("/api/v1/me/tokens", &body).send().await.json();
        let errors = problem["errors"].as_array().expect("errors").clone();
        errors
            .iter()
            .map(|error| {
                format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    let found = codes(json!({"name": "", "scopes": [], "expires_at": "soon", "colour": 1})).await;
    assert_eq!(
        found,
        ["/colour field_unknown", "/expires_at format_wrong", "/name text_empty", "/scopes list_too_short"]
    );
    let found = codes(json!({"name": "x", "scopes": ["read"], "expires_at": "2026-11-23T12:00:00Z"})).await;
    assert_eq!(found, ["/expires_at expiry_past"]);
    let found = codes(json!({"name": "x", "scopes": ["read"], "expires_at": "2027-11-30T00:00:00Z"})).await;
    assert_eq!(found, ["/expires_at expiry_too_late"]);
}
