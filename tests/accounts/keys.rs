use crate::harness::TestApp;
use chrono::TimeDelta;
use ogp_tracker::accounts::service::Keys;
use ogp_tracker::kernel::SystemClock;
use reqwest::Method;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `ogp-tracker keys rotate` does beside a running server.
fn rotate(app: &TestApp) -> String {
    let keys = Keys::open(&app.keys.path().join("keys"), Arc::new(app.clock.clone())).expect("keys");
    keys.rotate().expect("a new key")
}

async fn published(app: &TestApp) -> Vec<String> {
    let keys = app.get("/.well-known/jwks.json").await.ok();
    crate::harness::column(&keys["keys"], "kid")
}

async fn status(app: &TestApp, token: &str) -> u16 {
    app.with_token(Method::GET, "/api/v1/me", token).send().await.status
}

#[actix_web::test]
async fn after_a_rotation_old_tokens_hold_until_they_expire_and_then_their_key_is_gone() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let old = published(&app).await;
    let new = rotate(&app);
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(published(&app).await, [old[0].clone(), new.clone()]);
    let later = app.sign_in(client.person_id, &client.email).await;
    let kid = |token: &str| -> Value {
        use base64::Engine;
        let header = token.split('.').next().unwrap();
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
    };
    assert_eq!((kid(&client.token), kid(&later.token)), (old[0].clone().into(), new.clone().into()));
    assert_eq!((status(&app, &client.token).await, status(&app, &later.token).await), (200, 200));
    app.clock.advance(TimeDelta::minutes(13));
    assert_eq!(status(&app, &client.token).await, 200);
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(published(&app).await, [new.as_str()]);
    assert_eq!(status(&app, &client.token).await, 401);
    // The next rotation deletes what is of no use.
    let newest = rotate(&app);
    let files = fs::read_dir(app.keys.path().join("keys")).unwrap().count();
    assert_eq!(files, 2);
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(published(&app).await, [new, newest]);
}

#[actix_web::test]
async fn a_key_that_another_replica_made_is_known_at_its_first_token() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    app.clock.advance(TimeDelta::seconds(10));
    rotate(&app);
    // Another server on the same keys, which signs with the new one at once.
    let keys = Keys::open(&app.keys.path().join("keys"), Arc::new(app.clock.clone())).unwrap();
    assert_eq!(keys.list().len(), 2);
    let file =
        fs::read_dir(app.keys.path().join("keys")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let key: ed25519_dalek::SigningKey =
        ed25519_dalek::pkcs8::DecodePrivateKey::from_pkcs8_pem(&fs::read_to_string(file).unwrap()).unwrap();
    use base64::Engine;
    let decode = |part: &str| -> Value {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let parts: Vec<_> = client.token.split('.').collect();
    let (mut header, claims) = (decode(parts[0]), decode(parts[1]));
    header["kid"] = keys.list()[1].0.clone().into();
    let token = super::access_tokens::forged(&header, &claims, &key);
    assert_eq!(status(&app, &token).await, 200);
}

fn made_in(dir: &Path) -> PathBuf {
    Keys::open(dir, Arc::new(SystemClock)).expect("keys");
    fs::read_dir(dir).unwrap().next().unwrap().unwrap().path()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn keys_are_made_for_the_trackers_user_alone() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/keys");
    let file = made_in(&dir);
    assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{text}");
    assert_eq!(made_in(&dir), file, "another start makes no other key");
    assert!(!format!("{:?}", Keys::open(&dir, Arc::new(SystemClock)).unwrap()).contains("PRIVATE"));
}

#[test]
fn keys_that_others_can_read_are_refused_in_one_line() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("keys");
    let file = made_in(&dir);
    let open = || Keys::open(&dir, Arc::new(SystemClock)).unwrap_err().to_string();
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for (path, wrong, right) in
        [(&dir, 0o750, 0o700), (&dir, 0o701, 0o700), (&file, 0o640, 0o600), (&file, 0o604, 0o600)]
    {
        allow(path, wrong);
        let told = open();
        assert!(told.contains("chmod go=") && told.contains(path.to_str().unwrap()), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        allow(path, right);
    }
    fs::write(&file, "nonsense").unwrap();
    assert!(open().contains("is no signing key"));
}
