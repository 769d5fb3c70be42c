use crate::harness::TestApp;
use crate::harness::people::PASSWORD;
use serde_json::{Value, json};

const ME: &str = "/api/v1/me";

#[actix_web::test]
async fn people_change_their_own_name_and_language_and_nothing_else() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let etag = client.etag(ME).await;
    let body = json!({"display_name": "Ana Pop", "language": "RO"});
    let answer = client.patch(ME, &body).if_match(&etag).send().await;
    let me = answer.ok();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        (&me["display_name"], &me["language"], &me["version"]),
        (&json!("Ana Pop"), &json!("ro"), &json!(2))
    );
    let etag = client.etag(ME).await;
    assert_eq!(answer.header("etag"), Some(etag.as_str()));
    for (field, value) in [
        ("email", json!("other@example.org")),
        ("roles", json!(["admin"])),
        ("disabled", json!(true)),
        ("id", Value::Null),
    ] {
        let refused = client.patch(ME, &json!({ field: value })).if_match(&etag).send().await;
        let problem = refused.problem(422, "field_unknown");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"));
    }
    let taken_away = client.patch(ME, &json!({"language": null})).if_match(&etag).send().await.ok();
    assert_eq!((&taken_away["language"], &taken_away["version"]), (&Value::Null, &json!(3)));
    let same = client.patch(ME, &json!({})).if_match("*").send().await.ok();
    assert_eq!(same["version"], 3, "nothing has changed");
}

#[actix_web::test]
async fn a_change_says_which_version_it_is_meant_for() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let old = client.etag(ME).await;
    let body = json!({"display_name": "Ana Pop"});
    client.patch(ME, &body).send().await.problem(428, "if_match_missing");
    client.patch(ME, &body).if_match(&old).send().await.ok();
    let stale = client.patch(ME, &body).if_match(&old).send().await;
    stale.problem(412, "version_stale");
    let now = client.etag(ME).await;
    assert_eq!(stale.header("etag"), Some(now.as_str()));
    assert_eq!(client.get(ME).header("if-none-match", &now).send().await.status, 304);
}

#[actix_web::test]
async fn another_password_ends_all_sessions_and_is_the_one_that_holds() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let other = app.sign_in(client.person_id, &client.email).await;
    let new = "eight quiet blue boats";
    let body = json!({"current_password": PASSWORD, "new_password": new});
    assert_eq!(client.post("/api/v1/me/password", &body).send().await.status, 204);
    for session in [&client, &other] {
        session.get(ME).send().await.problem(401, "token_invalid");
        let refresh = json!({"refresh_token": session.refresh_token});
        app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "refresh_token_invalid");
    }
    let with = |password: &str| json!({"email": client.email, "password": password});
    app.post("/api/v1/auth/token", &with(PASSWORD)).await.problem(401, "sign_in_refused");
    app.post("/api/v1/auth/token", &with(new)).await.ok();
}

#[actix_web::test]
async fn a_password_is_long_enough_and_not_one_of_the_first_that_are_guessed() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let own = client.email.clone();
    let before = app.hasher.work();
    for (new, code) in [
        ("elevenchars", "password_too_short"),
        ("", "password_too_short"),
        (&"ab cd ef gh ".repeat(11), "password_too_long"),
        ("passwordpassword", "password_common"),
        ("qwertyuiop123", "password_common"),
        ("123456789012345", "password_common"),
        (&own, "password_common"),
    ] {
        let body = json!({"current_password": PASSWORD, "new_password": new});
        let problem = client.post("/api/v1/me/password", &body).send().await.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], "/new_password");
    }
    assert_eq!(app.hasher.work(), before, "what is refused anyway costs nothing");
    let any = "țânțari 🦟 & păpădii \u{1F33C}\t";
    let body = json!({"current_password": PASSWORD, "new_password": any});
    assert_eq!(client.post("/api/v1/me/password", &body).send().await.status, 204);
    app.post("/api/v1/auth/token", &json!({"email": client.email, "password": any})).await.ok();
}

#[actix_web::test]
async fn whoever_does_not_know_the_present_password_cannot_change_it() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let body =
        json!({"current_password": "seven slow green trains", "new_password": "eight quiet blue boats"});
    for _ in 0..5 {
        let problem = client.post("/api/v1/me/password", &body).send().await.problem(422, "password_wrong");
        assert_eq!(problem["errors"][0]["pointer"], "/current_password");
    }
    let slowed = client.post("/api/v1/me/password", &body).send().await;
    slowed.problem(429, "too_many_requests");
    let sign_in = json!({"email": client.email, "password": PASSWORD});
    app.post("/api/v1/auth/token", &sign_in).await.problem(429, "too_many_requests");
    client.get(ME).send().await.ok();
}
