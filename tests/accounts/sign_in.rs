use crate::harness::TestApp;
use crate::harness::people::PASSWORD;
use serde_json::json;

#[actix_web::test]
async fn whoever_knows_the_password_gets_tokens() {
    let app = TestApp::demo().await;
    app.person(Some("ana@example.org"), &["editor@IAS"]).await;
    let answer =
        app.post("/api/v1/auth/token", &json!({"email": "ana@example.org", "password": PASSWORD})).await;
    let tokens = answer.ok();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());
}

#[actix_web::test]
async fn whoever_leaves_is_out_at_once() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("IAS").await;
    let answer = editor.post("/api/v1/auth/logout", &json!({})).send().await;
    assert_eq!(answer.status, 204, "{answer:?}");
    editor.post("/api/v1/auth/logout", &json!({})).send().await.problem(401, "token_invalid");
}
