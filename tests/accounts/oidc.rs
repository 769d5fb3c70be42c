use super::access_tokens::forged;
use crate::harness::{Answer, Setting, Template, TestApp, TestDatabase};
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use ogp_tracker::accounts::service::{GateConfig, IssuerConfig, Who};
use ogp_tracker::kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};

/// What the issuer answers, and how often it was asked for keys.
struct State {
    discovery: Value,
    keys: Value,
    up: bool,
    asked: usize,
}

/// A small OpenID Connect issuer on loopback.
struct Issuer {
    address: String,
    state: Arc<Mutex<State>>,
    handle: actix_web::dev::ServerHandle,
}

impl Issuer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let discovery = json!({"issuer": address, "jwks_uri": format!("{address}/keys")});
        let state = State { discovery, keys: json!({"keys": [jwk("one", &key(1))]}), up: true, asked: 0 };
        let state = Arc::new(Mutex::new(state));
        let (sender, receiver) = mpsc::channel();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(web::Data::from(Arc::clone(&shared))).default_service(web::to(answer))
                });
                let server = server.listen(listener).expect("server").workers(1).disable_signals().run();
                sender.send(server.handle()).expect("test");
                server.await.expect("server");
            });
        });
        Self { address, state, handle: receiver.recv().expect("server") }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().expect("state"));
    }

    fn asked(&self) -> usize {
        self.state.lock().expect("state").asked
    }

    /// A good token; one field of header or claims can be changed.
    fn token(&self, app: &TestApp, email: &str, field: &str, value: Value) -> String {
        let now = app.clock.now().timestamp();
        let mut header = json!({"typ": "JWT", "alg": "EdDSA", "kid": "one"});
        let mut claims = json!({
            "iss": self.address, "aud": ["ogp-tracker"], "sub": "248289761001", "exp": now + 300, "iat": now,
            "email": email, "email_verified": true,
        });
        let target = if ["typ", "alg", "kid", "crit"].contains(&field) { &mut header } else { &mut claims };
        if !field.is_empty() {
            target[field] = value;
        }
        forged(&header, &claims, &key(1))
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(request: actix_web::HttpRequest, state: web::Data<Mutex<State>>) -> HttpResponse {
    let mut state = state.lock().expect("state");
    if !state.up {
        return HttpResponse::InternalServerError().finish();
    }
    match request.path() {
        "/.well-known/openid-configuration" => HttpResponse::Ok().json(&state.discovery),
        "/keys" => {
            state.asked += 1;
            HttpResponse::Ok().json(&state.keys)
        }
        _ => HttpResponse::NotFound().finish(),
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn jwk(kid: &str, key: &SigningKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x})
}

async fn app_of(issuer: &Issuer) -> TestApp {
    let external = IssuerConfig { issuer: issuer.address.clone(), audience: "ogp-tracker".to_owned() };
    let gate = GateConfig { external: Some(external), ..GateConfig::default() };
    TestApp::with(TestDatabase::new(Template::Demo).await, Setting { gate, ..Setting::default() })
}

async fn try_out(app: &TestApp, token: &str) -> Answer {
    app.with_token(Method::GET, "/api/v1/me", token).send().await
}

#[actix_web::test]
async fn who_signs_in_elsewhere_is_known_by_their_verified_address() {
    let issuer = Issuer::start();
    let app = app_of(&issuer).await;
    let (id, email) = app.person(None, &["editor@IAS"]).await;
    let good = |email: &str| issuer.token(&app, email, "", Value::Null);
    let me = try_out(&app, &good(&email.to_uppercase())).await.ok();
    assert_eq!((&me["id"], &me["roles"][0]["role"]), (&json!(id), &json!("editor")));
    assert!(
        !me["scopes"].as_array().unwrap().contains(&json!("account")),
        "no tokens and passwords from there"
    );
    for _ in 0..5 {
        try_out(&app, &good(&email)).await.ok();
    }
    assert_eq!(issuer.asked(), 1, "the keys are kept");
    try_out(&app, &good("nobody@example.org")).await.problem(401, "token_invalid");
    app.accounts.set_disabled(Who::Operator, id, true).await.unwrap();
    try_out(&app, &good(&email)).await.problem(401, "token_invalid");
    // Our own people still sign in here.
    app.admin().await.get("/api/v1/people").send().await.ok();
}

#[actix_web::test]
async fn a_token_from_elsewhere_with_anything_wrong_does_not_hold() {
    let issuer = Issuer::start();
    let app = app_of(&issuer).await;
    let (_, email) = app.person(None, &[]).await;
    let now = app.clock.now().timestamp();
    for (field, value) in [
        ("aud", json!("somebody-else")),
        ("aud", json!([])),
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
        ("email_verified", Value::Null),
        ("email", Value::Null),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
        ("exp", Value::Null),
        ("kid", json!("two")),
        ("alg", json!("none")),
        ("alg", json!("RS256")),
        ("crit", json!(["exp"])),
        ("iss", json!("https://somebody.example")),
    ] {
        let answer = try_out(&app, &issuer.token(&app, &email, field, value.clone())).await;
        assert_eq!(answer.status, 401, "{field}: {value}");
    }
    let expired = issuer.token(&app, &email, "exp", json!(now - 31));
    try_out(&app, &expired).await.problem(401, "token_expired");
    // Signed with the issuer's public key as if it were a secret.
    let claims = json!({"iss": issuer.address, "aud": "ogp-tracker", "exp": now + 300, "email": email, "email_verified": true});
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    header.kid = Some("one".to_owned());
    let secret = jsonwebtoken::EncodingKey::from_secret(key(1).verifying_key().as_bytes());
    let token = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
    try_out(&app, &token).await.problem(401, "token_invalid");
    // Ours with their key, and theirs without a name for the key.
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "one"});
    let claims = json!({"iss": "ogp-tracker", "aud": "ogp-tracker", "exp": now + 300, "email": email, "email_verified": true});
    try_out(&app, &forged(&header, &claims, &key(1))).await.problem(401, "token_invalid");
}

#[actix_web::test]
async fn new_keys_are_fetched_when_a_token_names_one_and_not_too_often() {
    let issuer = Issuer::start();
    let app = app_of(&issuer).await;
    let (_, email) = app.person(None, &[]).await;
    try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await.ok();
    issuer.change(|state| {
        state.keys = json!({"keys": [{"kty": "oct", "k": "AAAA"}, jwk("one", &key(1)), jwk("two", &key(1))]})
    });
    let with_new = issuer.token(&app, &email, "kid", json!("two"));
    try_out(&app, &with_new).await.problem(401, "token_invalid");
    assert_eq!(issuer.asked(), 1, "asked just now");
    app.clock.advance(TimeDelta::seconds(10));
    let tries = (0..10).map(|_| try_out(&app, &with_new));
    for answer in futures_util::future::join_all(tries).await {
        answer.ok();
    }
    assert_eq!(issuer.asked(), 2, "one fetch serves all");
    for n in 0..5 {
        let unknown = issuer.token(&app, &email, "kid", json!(format!("unknown-{n}")));
        try_out(&app, &unknown).await.problem(401, "token_invalid");
    }
    assert_eq!(issuer.asked(), 2);
    app.clock.advance(TimeDelta::minutes(10));
    try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await.ok();
    assert_eq!(issuer.asked(), 3, "now and then, in any case");
}

#[actix_web::test]
async fn an_issuer_that_does_not_answer_is_a_503_until_it_does() {
    let issuer = Issuer::start();
    let app = app_of(&issuer).await;
    let (_, email) = app.person(None, &[]).await;
    issuer.change(|state| state.up = false);
    let answer = try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await;
    let problem = answer.problem(503, "issuer_unavailable");
    assert!(answer.header("retry-after").is_some());
    assert!(!problem.to_string().contains("127.0.0.1"), "{problem}");
    // Whoever needs nobody's keys is not kept waiting.
    app.get("/api/v1/members").await.ok();
    app.signed_in(&[]).await.get("/api/v1/me").send().await.ok();
    issuer.change(|state| state.up = true);
    app.clock.advance(TimeDelta::seconds(10));
    try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await.ok();
    // Known keys outlast an outage.
    issuer.change(|state| state.up = false);
    app.clock.advance(TimeDelta::hours(3));
    try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await.ok();
}

#[actix_web::test]
async fn an_issuer_that_calls_itself_otherwise_is_not_believed() {
    let issuer = Issuer::start();
    let app = app_of(&issuer).await;
    let (_, email) = app.person(None, &[]).await;
    issuer.change(|state| state.discovery["issuer"] = json!("https://somebody.example"));
    let token = issuer.token(&app, &email, "", Value::Null);
    try_out(&app, &token).await.problem(503, "issuer_unavailable");
    app.clock.advance(TimeDelta::seconds(10));
    issuer.change(|state| {
        state.discovery["issuer"] =
            json!(state.discovery["jwks_uri"].as_str().unwrap().trim_end_matches("/keys"));
        state.discovery["jwks_uri"] = json!("http://192.0.2.1/keys");
    });
    try_out(&app, &issuer.token(&app, &email, "", Value::Null)).await.problem(503, "issuer_unavailable");
}
