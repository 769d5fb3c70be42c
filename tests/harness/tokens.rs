//! Tokens of all kinds: such as scripts have, and such as nobody should be let in with.

use super::{Client, TestApp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use diesel::sql_types::{Array, Binary, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ogp_tracker::kernel::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

impl TestApp {
    /// An API token of a person, straight from the database. It counts as just used, so that its
    /// use changes nothing.
    pub async fn api_token(&self, person_id: Uuid, scopes: &[&str]) -> String {
        let (id, now) = (Uuid::new_v4(), self.clock.now());
        let token = format!("ogp_{}{}", id.simple(), &Uuid::new_v4().simple().to_string()[..11]);
        let insert = "INSERT INTO api_tokens (id, person_id, name, hash, scopes, created_at, expires_at, last_used_at) \
                      VALUES ($1, $2, 'A script', $3, $4, $5, $6, $5)";
        let mut conn = self.database.connect().await;
        diesel::sql_query(insert)
            .bind::<SqlUuid, _>(id)
            .bind::<SqlUuid, _>(person_id)
            .bind::<Binary, _>(Sha256::digest(&token).to_vec())
            .bind::<Array<Text>, _>(scopes)
            .bind::<Timestamptz, _>(now)
            .bind::<Timestamptz, _>(now + TimeDelta::days(30))
            .execute(&mut conn)
            .await
            .expect("a token");
        token
    }

    /// The key that signs.
    fn signing_key(&self) -> SigningKey {
        let folder = std::fs::read_dir(self.keys.path().join("keys")).expect("the folder of keys");
        let files: Vec<_> = folder.map(|entry| entry.expect("a file").path()).collect();
        let [file] = &files[..] else { panic!("one key was expected: {files:?}") };
        let pem = std::fs::read_to_string(file).expect("a key");
        SigningKey::from_pkcs8_pem(&pem).expect("a key")
    }
}

impl Client<'_> {
    /// Tokens that differ from the good one in one thing each, which must not hold.
    pub fn forgeries(&self) -> Vec<(&'static str, String)> {
        let parts: Vec<_> = self.token.split('.').collect();
        let [head, body, signature] = parts[..] else { panic!("three parts were expected") };
        let read = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
        };
        let (header, claims) = (read(head), read(body));
        let kid = header["kid"].as_str().expect("kid");
        let key = self.app.signing_key();
        let signed = |key: &SigningKey, kid: &str, claims: &Value| {
            let der = key.to_pkcs8_der().expect("a key");
            sign(Algorithm::EdDSA, &EncodingKey::from_ed_der(der.as_bytes()), kid, claims)
        };
        assert_eq!(signed(&key, kid, &claims).split('.').count(), 3);
        let other_audience = {
            let mut claims = claims.clone();
            claims["aud"] = json!("another-service");
            claims
        };
        let public = key.verifying_key();
        let pem = public.to_public_key_pem(LineEnding::LF).expect("a public key");
        let with_public =
            |secret: &[u8]| sign(Algorithm::HS256, &EncodingKey::from_secret(secret), kid, &claims);
        let none = json!({"typ": "at+jwt", "alg": "none", "kid": kid}).to_string();
        let none = URL_SAFE_NO_PAD.encode(none);
        let stranger = SigningKey::from_bytes(&[7; 32]);
        vec![
            ("no token at all", "rubbish".to_owned()),
            ("cut off", self.token[..self.token.len() - 4].to_owned()),
            ("another signature", format!("{head}.{body}.{}", signature.chars().rev().collect::<String>())),
            ("another audience", signed(&key, kid, &other_audience)),
            ("alg none", format!("{none}.{body}.")),
            ("alg none with a signature", format!("{none}.{body}.{signature}")),
            ("HS256 by the public key as PEM", with_public(pem.as_bytes())),
            ("HS256 by the public key as bytes", with_public(public.as_bytes())),
            ("unknown kid", signed(&key, "nobody-knows-this-key", &claims)),
            ("another key of that name", signed(&stranger, kid, &claims)),
            ("an API token that nobody made", format!("ogp_{}", "a".repeat(43))),
        ]
    }

    /// A token made like a good one, by the same key: that forgeries fail is not for their form.
    pub fn resigned(&self) -> String {
        let header = jsonwebtoken::decode_header(&self.token).expect("a header");
        let body = self.token.split('.').nth(1).expect("claims");
        let claims = URL_SAFE_NO_PAD.decode(body).expect("base64url");
        let der = self.app.signing_key().to_pkcs8_der().expect("a key");
        let key = EncodingKey::from_ed_der(der.as_bytes());
        let claims = serde_json::from_slice(&claims).expect("claims");
        sign(Algorithm::EdDSA, &key, &header.kid.expect("kid"), &claims)
    }
}

fn sign(algorithm: Algorithm, key: &EncodingKey, kid: &str, claims: &Value) -> String {
    let header =
        Header { typ: Some("at+jwt".to_owned()), kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    encode(&header, claims, key).expect("a token")
}
