use crate::harness::people::Client;
use crate::harness::{Answer, TestApp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// What is in a part of a token.
fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The application's own key, taken from its folder.
pub fn own_key(app: &TestApp) -> SigningKey {
    let file = std::fs::read_dir(app.keys.path().join("keys")).unwrap().next().unwrap().unwrap();
    SigningKey::from_pkcs8_pem(&std::fs::read_to_string(file.path()).unwrap()).unwrap()
}

/// A token that says anything, signed with any key.
pub fn forged(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key.sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

async fn try_out(app: &TestApp, token: &str) -> Answer {
    app.with_token(reqwest::Method::GET, "/api/v1/me", token).send().await
}

/// Header and claims of a good token, with one thing changed; null takes it away.
fn changed(client: &Client<'_>, place: usize, field: &str, value: Value) -> (Value, Value) {
    let mut parts = [part(&client.token, 0), part(&client.token, 1)];
    let fields = parts[place].as_object_mut().unwrap();
    match value {
        Value::Null => fields.remove(field),
        value => fields.insert(field.to_owned(), value),
    };
    let [header, claims] = parts;
    (header, claims)
}

#[actix_web::test]
async fn a_token_says_what_the_standards_ask_for() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let (header, claims) = (part(&client.token, 0), part(&client.token, 1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("ogp-tracker"), &json!("ogp-tracker")));
    assert_eq!(claims["sub"], client.person_id.to_string());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert_eq!(claims["nbf"], claims["iat"]);
    assert!(claims["jti"].is_string() && claims["sid"].is_string());
    assert!(!claims.to_string().contains(&client.email), "nothing about the person but their id");
    // The way to forge below makes good tokens, too.
    try_out(&app, &forged(&header, &claims, &own_key(&app))).await.ok();
}

#[actix_web::test]
async fn the_published_key_verifies_a_token() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let answer = app.get("/.well-known/jwks.json").await;
    let jwk = &answer.ok()["keys"][0];
    assert!(answer.header("cache-control").unwrap().starts_with("public"));
    assert_eq!(part(&client.token, 0)["kid"], jwk["kid"]);
    let x = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap();
    let (message, signature) = client.token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    key.verify(message.as_bytes(), &signature).unwrap();
    assert!(!answer.json().to_string().contains("\"d\""), "the secret half is not there");
}

#[actix_web::test]
async fn rubbish_is_no_token() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let (message, _) = client.token.rsplit_once('.').unwrap();
    let token = client.token.as_str();
    for token in [
        "garbage",
        "a.b.c",
        "..",
        "ogp_garbage",
        message,
        &format!("{message}."),
        &format!("{token}A"),
        &format!("{token}.{token}"),
        &format!("x{token}"),
    ] {
        let answer = try_out(&app, token).await;
        answer.problem(401, "token_invalid");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
    let answer = app.get("/api/v1/me").await;
    answer.problem(401, "credential_missing");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let basic = app.get_with("/api/v1/me", &[("authorization", "Basic YTpi")]).await;
    basic.problem(401, "token_invalid");
}

#[actix_web::test]
async fn a_token_with_anything_wrong_does_not_hold() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let key = own_key(&app);
    let later = part(&client.token, 1)["iat"].as_i64().unwrap() + 600;
    let mut cases = vec![
        (0, "typ", json!("JWT")),
        (0, "typ", Value::Null),
        (0, "kid", json!("no-such-key")),
        (0, "kid", Value::Null),
        (0, "alg", json!("none")),
        (0, "alg", json!("ES256")),
        (0, "crit", json!(["exp"])),
        (0, "crit", json!([])),
        (1, "iss", json!("somebody-else")),
        (1, "aud", json!("somebody-else")),
        (1, "aud", json!(["ogp-tracker", "somebody-else"])),
        (1, "nbf", json!(later)),
        (1, "iat", json!(later)),
        (1, "exp", json!("tomorrow")),
        (1, "sub", json!("01936b3c-0000-7000-8000-000000000000")),
        (1, "sid", json!("01936b3c-0000-7000-8000-000000000000")),
    ];
    cases.extend(
        ["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "sid"].map(|claim| (1, claim, Value::Null)),
    );
    for (place, field, value) in cases {
        let (header, claims) = changed(&client, place, field, value.clone());
        let answer = try_out(&app, &forged(&header, &claims, &key)).await;
        assert_eq!(answer.status, 401, "{field}: {value}");
        answer.problem(401, "token_invalid");
    }
}

#[actix_web::test]
async fn a_token_is_good_for_a_quarter_of_an_hour_and_the_leeway() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    app.clock.advance(TimeDelta::minutes(15));
    try_out(&app, &client.token).await.ok();
    app.clock.advance(TimeDelta::seconds(30));
    try_out(&app, &client.token).await.problem(401, "token_expired");
}

#[actix_web::test]
async fn the_algorithm_is_that_of_the_key() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let public = own_key(&app).verifying_key();
    let pem = public.to_public_key_pem(Default::default()).unwrap();
    let jwk = app.get("/.well-known/jwks.json").await.ok()["keys"][0]["x"].as_str().unwrap().to_owned();
    let (_, claims) = changed(&client, 0, "alg", json!("HS256"));
    for secret in [pem.as_bytes(), public.as_bytes(), jwk.as_bytes(), b""] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = jsonwebtoken::Header::new(algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid = part(&client.token, 0)["kid"].as_str().map(str::to_owned);
            let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap();
            try_out(&app, &token).await.problem(401, "token_invalid");
        }
    }
    for none in ["none", "None", "NONE"] {
        let (header, claims) = changed(&client, 0, "alg", json!(none));
        let token = format!("{}.{}.", encoded(&header), encoded(&claims));
        try_out(&app, &token).await.problem(401, "token_invalid");
    }
}

#[actix_web::test]
async fn keys_that_a_token_brings_along_are_not_used() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let x = URL_SAFE_NO_PAD.encode(stranger.verifying_key().as_bytes());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": "EdDSA", "use": "sig"});
    for (field, value) in [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:9/jwks.json")),
        ("x5u", json!("http://127.0.0.1:9/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let (header, claims) = changed(&client, 0, field, value);
        let with_stranger = forged(&header, &claims, &stranger);
        try_out(&app, &with_stranger).await.problem(401, "token_invalid");
    }
    // Beside a good signature they do no harm either.
    let (header, claims) = changed(&client, 0, "jku", json!("http://127.0.0.1:9/jwks.json"));
    try_out(&app, &forged(&header, &claims, &own_key(&app))).await.ok();
}
