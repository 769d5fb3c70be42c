use crate::harness::TestApp;
use chrono::TimeDelta;
use serde_json::{Value, json};

async fn refresh(app: &TestApp, token: &str) -> crate::harness::Answer {
    app.post("/api/v1/auth/refresh", &json!({ "refresh_token": token })).await
}

fn text<'a>(tokens: &'a Value, field: &str) -> &'a str {
    tokens[field].as_str().expect("a token")
}

#[actix_web::test]
async fn a_refresh_token_gets_the_next_ones() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    app.clock.advance(TimeDelta::minutes(20));
    client.get("/api/v1/me").send().await.problem(401, "token_expired");
    let next = refresh(&app, &client.refresh_token).await.ok();
    assert_ne!(text(&next, "refresh_token"), client.refresh_token);
    let me = app.with_token(reqwest::Method::GET, "/api/v1/me", text(&next, "access_token"));
    assert_eq!(me.send().await.ok()["email"], client.email);
    refresh(&app, text(&next, "refresh_token")).await.ok();
}

#[actix_web::test]
async fn one_that_comes_again_ends_the_session() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let other = app.sign_in(client.person_id, &client.email).await;
    let next = refresh(&app, &client.refresh_token).await.ok();
    refresh(&app, &client.refresh_token).await.problem(401, "refresh_token_reused");
    refresh(&app, text(&next, "refresh_token")).await.problem(401, "refresh_token_invalid");
    for token in [client.token.as_str(), text(&next, "access_token")] {
        let me = app.with_token(reqwest::Method::GET, "/api/v1/me", token);
        me.send().await.problem(401, "token_invalid");
    }
    other.get("/api/v1/me").send().await.ok();
}

#[actix_web::test]
async fn of_many_uses_at_once_one_succeeds_and_the_session_ends() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let uses = (0..8).map(|_| refresh(&app, &client.refresh_token));
    let mut answers = futures_util::future::join_all(uses).await;
    answers.sort_by_key(|answer| answer.status);
    let next = answers[0].ok();
    for answer in &answers[1..] {
        answer.problem(401, "refresh_token_reused");
    }
    refresh(&app, text(&next, "refresh_token")).await.problem(401, "refresh_token_invalid");
}

#[actix_web::test]
async fn a_session_lasts_thirty_days_however_often_it_is_refreshed() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let mut token = client.refresh_token.clone();
    for _ in 0..3 {
        app.clock.advance(TimeDelta::days(9));
        token = text(&refresh(&app, &token).await.ok(), "refresh_token").to_owned();
    }
    app.clock.advance(TimeDelta::days(4));
    refresh(&app, &token).await.problem(401, "refresh_token_invalid");
}

#[actix_web::test]
async fn tokens_of_other_kinds_are_none() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    for token in [client.token.as_str(), "", "ogpr_x", "\u{0}"] {
        let answer = refresh(&app, token).await;
        assert!(matches!(answer.status, 401 | 422), "{token:?}: {}", answer.status);
    }
    let me = app.with_token(reqwest::Method::GET, "/api/v1/me", &client.refresh_token);
    me.send().await.problem(401, "token_invalid");
}
