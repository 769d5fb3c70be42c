use crate::harness::people::PASSWORD;
use crate::harness::{Setting, Template, TestApp, TestDatabase};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ogp_tracker::accounts::service::{Cost, Hasher, Who};
use ogp_tracker::db::schema::people;
use serde_json::{Value, json};

fn wrong(email: &str) -> Value {
    json!({"email": email, "password": "seven slow green trains"})
}

#[actix_web::test]
async fn whoever_knows_the_password_gets_tokens() {
    let app = TestApp::demo().await;
    app.person(Some("ana@example.org"), &["editor@IAS"]).await;
    let answer =
        app.post("/api/v1/auth/token", &json!({"email": "ana@example.org", "password": PASSWORD})).await;
    let tokens = answer.ok();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
    let token = tokens["access_token"].as_str().unwrap();
    let me = app.with_token(reqwest::Method::GET, "/api/v1/me", token).send().await.ok();
    assert_eq!(me["email"], "ana@example.org");
    assert_eq!(
        (&me["roles"][0]["role"], &me["roles"][0]["member"]["code"]),
        (&json!("editor"), &json!("IAS"))
    );
    assert_eq!(me["scopes"].as_array().unwrap().len(), 7);
    assert_ne!(me["actor_id"], me["id"]);
}

#[actix_web::test]
async fn an_address_is_one_account_in_any_case() {
    let app = TestApp::empty().await;
    app.person(Some("Ana@Example.ORG"), &[]).await;
    for email in ["ana@example.org", "ANA@EXAMPLE.ORG", " Ana@example.org "] {
        app.post("/api/v1/auth/token", &json!({"email": email, "password": PASSWORD})).await.ok();
    }
    let admin = app.admin().await;
    let again = json!({"email": "aNa@example.org", "display_name": "Other"});
    admin.post("/api/v1/people", &again).send().await.problem(409, "person_email_taken");
}

#[actix_web::test]
async fn why_a_sign_in_is_refused_is_not_told() {
    let app = TestApp::empty().await;
    app.person(Some("ana@example.org"), &[]).await;
    let (closed, _) = app.person(Some("closed@example.org"), &[]).await;
    app.accounts.set_disabled(Who::Operator, closed, true).await.unwrap();
    let (bare, _) = app.person(Some("bare@example.org"), &[]).await;
    let mut conn = app.database.connect().await;
    let no_password = people::password_hash.eq(None::<String>);
    diesel::update(people::table.find(bare)).set(no_password).execute(&mut conn).await.unwrap();

    let mut answers = Vec::new();
    for body in [
        wrong("ana@example.org"),
        wrong("nobody@example.org"),
        wrong("no address at all"),
        json!({"email": "closed@example.org", "password": PASSWORD}),
        json!({"email": "bare@example.org", "password": PASSWORD}),
        json!({"email": "ana@example.org", "password": ""}),
        json!({"email": "ana@example.org", "password": "x".repeat(900)}),
    ] {
        let before = app.hasher.work();
        let answer = app.post("/api/v1/auth/token", &body).await;
        let work = app.hasher.work() - before;
        let mut problem = answer.problem(401, "sign_in_refused");
        problem.as_object_mut().unwrap().remove("request_id");
        let challenge = answer.header("www-authenticate").map(str::to_owned);
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        answers.push((problem.to_string(), challenge, names, work));
    }
    assert_eq!(answers[0].3, 8, "a wrong password costs one hash");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[actix_web::test]
async fn a_hash_that_was_cheaper_is_made_anew_at_sign_in() {
    let database = TestDatabase::new(Template::Empty).await;
    let app = TestApp::with(
        database,
        Setting { hashing: Cost { memory_kib: 16, iterations: 2, parallelism: 1 }, ..Setting::default() },
    );
    let (id, email) = app.person(None, &[]).await;
    let cheap = Hasher::new(Cost { memory_kib: 8, iterations: 1, parallelism: 1 }).unwrap();
    let old = cheap.hash(&ogp_tracker::accounts::model::Passphrase::new(PASSWORD)).await.unwrap();
    let mut conn = app.database.connect().await;
    diesel::update(people::table.find(id))
        .set(people::password_hash.eq(&old))
        .execute(&mut conn)
        .await
        .unwrap();
    let kept = async || -> String {
        let query = people::table.find(id).select(people::password_hash.assume_not_null());
        query.get_result(&mut app.database.connect().await).await.unwrap()
    };
    app.post("/api/v1/auth/token", &wrong(&email)).await.problem(401, "sign_in_refused");
    assert_eq!(kept().await, old);
    app.sign_in(id, &email).await;
    let new = kept().await;
    assert!(new.starts_with("$argon2id$v=19$m=16,t=2,p=1$"), "{new}");
    app.sign_in(id, &email).await;
    assert_eq!(kept().await, new, "once is enough");
}

#[actix_web::test]
async fn what_is_no_sign_in_is_told_by_place_and_shows_no_password() {
    let app = TestApp::empty().await;
    let body = json!({"email": 7, "password": "hunter2hunter2", "colour": "red"});
    let problem = app.post("/api/v1/auth/token", &body).await.problem(422, "content_invalid");
    let places: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/colour", "/email"]);
    let body = json!({"email": "ana@example.org", "password": 987654321});
    let problem = app.post("/api/v1/auth/token", &body).await.problem(422, "type_wrong");
    assert!(!problem.to_string().contains("hunter2"));
    let form = app.request(reqwest::Method::POST, "/api/v1/auth/token").body("grant_type=password");
    app.send(form).await.problem(415, "media_type_unsupported");
}

#[actix_web::test]
async fn whoever_leaves_is_out_at_once() {
    let app = TestApp::empty().await;
    let here = app.signed_in(&[]).await;
    let there = app.sign_in(here.person_id, &here.email).await;
    assert_eq!(here.post("/api/v1/auth/logout", &json!({})).send().await.status, 204);
    here.get("/api/v1/me").send().await.problem(401, "token_invalid");
    let refresh = json!({"refresh_token": here.refresh_token});
    app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "refresh_token_invalid");
    there.get("/api/v1/me").send().await.ok();
}

#[actix_web::test]
async fn whoever_leaves_everywhere_has_no_session_any_more() {
    let app = TestApp::empty().await;
    let here = app.signed_in(&[]).await;
    let there = app.sign_in(here.person_id, &here.email).await;
    let other = app.signed_in(&[]).await;
    assert_eq!(here.post("/api/v1/auth/logout-all", &json!({})).send().await.status, 204);
    for client in [&here, &there] {
        client.get("/api/v1/me").send().await.problem(401, "token_invalid");
    }
    other.get("/api/v1/me").send().await.ok();
    app.sign_in(here.person_id, &here.email).await.get("/api/v1/me").send().await.ok();
}

#[actix_web::test]
async fn somebody_who_is_kept_out_is_stopped_at_the_next_request() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("IAS").await;
    editor.get("/api/v1/me").send().await.ok();
    app.accounts.set_disabled(Who::Operator, editor.person_id, true).await.unwrap();
    editor.get("/api/v1/me").send().await.problem(401, "token_invalid");
    let refresh = json!({"refresh_token": editor.refresh_token});
    app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "refresh_token_invalid");
    app.accounts.set_disabled(Who::Operator, editor.person_id, false).await.unwrap();
    editor.get("/api/v1/me").send().await.problem(401, "token_invalid");
    app.sign_in(editor.person_id, &editor.email).await.get("/api/v1/me").send().await.ok();
}
