//! Another issuer whose tokens are taken (OpenID Connect Discovery 1.0): who signs in there is
//! known here by their verified e-mail address.

use super::jwt::{self, Refused};
use crate::accounts::model::Email;
use crate::kernel::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long fetched keys are used without asking again.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// How long they are used where the issuer does not answer.
const STALE: TimeDelta = TimeDelta::hours(24);
/// How long after a fetch the next one may follow: anybody can name keys that do not exist.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest document that is read, in bytes.
const MAX_DOCUMENT: usize = 512 * 1024;
/// The most keys that are looked at.
const MAX_KEYS: usize = 100;
/// The smallest RSA key that is trusted, in bytes of its modulus.
const SMALLEST_RSA: usize = 256;

/// An issuer whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfig {
    /// Its address, exactly as its tokens have it in `iss`.
    pub issuer: String,
    /// Whom its tokens must be meant for (`aud`).
    pub audience: String,
}

/// A key of the issuer, with the only algorithm that it is used by.
#[derive(Clone)]
struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Clone)]
struct Fetched {
    keys: Vec<Key>,
    at: DateTime<Utc>,
}

/// The issuer, and its keys as far as they are known.
pub(super) struct Issuer {
    config: IssuerConfig,
    client: reqwest::Client,
    fetched: RwLock<Option<Fetched>>,
    /// Held while fetching, so that one fetch serves all who wait; when the last one began.
    last: Mutex<Option<DateTime<Utc>>>,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What of the discovery document is needed.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// What of a token is needed.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    email: Option<String>,
    email_verified: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(several) => several.iter().any(|one| one == name),
        }
    }
}

impl Issuer {
    /// Nothing is fetched yet.
    pub(super) fn new(config: IssuerConfig) -> Result<Self, String> {
        let url: Url = config.issuer.parse().map_err(|error| format!("the external issuer: {error}"))?;
        if !is_safe(&url) {
            return Err(format!(
                "the external issuer {url} must be an https address: whoever is on the way could send keys of their own"
            ));
        }
        // The choice for the whole process; somebody may have made it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            // Fetches are rare, and each may come from another thread with a runtime of its own.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| format!("the external issuer cannot be asked: {error}"))?;
        Ok(Self { config, client, fetched: RwLock::default(), last: Mutex::default() })
    }

    /// Its `iss`.
    pub(super) fn name(&self) -> &str {
        &self.config.issuer
    }

    /// Fetches the keys where they are not known, old, or do not have the one that is needed.
    pub(super) async fn prepare(&self, kid: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        if self.has(kid, now, FRESH) {
            return Ok(());
        }
        let mut last = self.last.lock().await;
        // Somebody else may have fetched while this one waited.
        if self.has(kid, now, FRESH) {
            return Ok(());
        }
        if last.is_none_or(|last| now - last >= PAUSE) {
            *last = Some(now);
            match self.fetch().await {
                Ok(keys) => {
                    *self.fetched.write().unwrap_or_else(PoisonError::into_inner) =
                        Some(Fetched { keys, at: now });
                }
                Err(reason) => {
                    tracing::warn!(issuer = self.name(), reason, "no keys from the external issuer")
                }
            }
        }
        drop(last);
        // A key that is still missing makes the token invalid; that nobody could ask does not.
        if self.has(None, now, STALE) {
            return Ok(());
        }
        Err(Error::NotNow {
            code: "issuer_unavailable",
            detail: "the issuer of this token cannot be asked for its keys now; try again shortly",
            cause: format!("no keys of {}", self.name()),
        })
    }

    /// The verified e-mail address that a token of the issuer is about. Only keys that are known
    /// already are used.
    pub(super) fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Email, Refused> {
        let header = jwt::header(token)?;
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone();
        let keys = fetched.map(|fetched| fetched.keys).unwrap_or_default();
        let key = match (&header.kid, keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_ref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let key = key.ok_or(Refused::Invalid)?;
        let claims: Claims = jwt::signed(token, &key.key, key.algorithm)?;
        if claims.iss != self.config.issuer || !claims.aud.has(&self.config.audience) {
            return Err(Refused::Invalid);
        }
        jwt::check_times(claims.exp, claims.nbf.max(claims.iat), now)?;
        let email = claims.email.filter(|_| claims.email_verified == Some(true));
        email.as_deref().and_then(Email::parse).ok_or(Refused::Invalid)
    }

    fn has(&self, kid: Option<&str>, now: DateTime<Utc>, age: TimeDelta) -> bool {
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner);
        fetched.as_ref().is_some_and(|fetched| {
            let named = kid.is_none_or(|kid| fetched.keys.iter().any(|key| key.kid.as_deref() == Some(kid)));
            now - fetched.at < age && named
        })
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let base = self.config.issuer.trim_end_matches('/');
        let discovery: Discovery = self.read(&format!("{base}/.well-known/openid-configuration")).await?;
        if discovery.issuer != self.config.issuer {
            return Err(format!("it calls itself {:?}", discovery.issuer));
        }
        let set: KeySet = self.read(&discovery.jwks_uri).await?;
        // Keys of other kinds stand beside those that we can use.
        Ok(set.keys.into_iter().take(MAX_KEYS).filter_map(key).collect())
    }

    async fn read<T: DeserializeOwned>(&self, address: &str) -> Result<T, String> {
        let url: Url = address.parse().map_err(|error| format!("{address:?}: {error}"))?;
        if !is_safe(&url) {
            return Err(format!("{url} is no https address"));
        }
        let failed = |error: reqwest::Error| format!("{address}: {error}");
        let mut response = self
            .client
            .get(url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(failed)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_DOCUMENT {
                return Err(format!("{address} answers more than {MAX_DOCUMENT} bytes"));
            }
        }
        serde_json::from_slice(&bytes).map_err(|error| format!("{address}: {error}"))
    }
}

/// Encrypted, or never on a network.
fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// A key that can be used: for signatures, by one asymmetric algorithm, and strong enough.
fn key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let usage = jwk.common.public_key_use.as_ref();
    if usage.is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
    let named = jwk.common.key_algorithm;
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if length(&rsa.n) >= SMALLEST_RSA => match named {
            None | Some(KeyAlgorithm::RS256) => Algorithm::RS256,
            Some(KeyAlgorithm::PS256) => Algorithm::PS256,
            Some(_) => return None,
        },
        AlgorithmParameters::EllipticCurve(curve) => match (&curve.curve, named) {
            (EllipticCurve::P256, None | Some(KeyAlgorithm::ES256)) => Algorithm::ES256,
            (EllipticCurve::P384, None | Some(KeyAlgorithm::ES384)) => Algorithm::ES384,
            _ => return None,
        },
        // The library would panic at a key that is too short.
        AlgorithmParameters::OctetKeyPair(pair)
            if pair.curve == EllipticCurve::Ed25519 && length(&pair.x) == 32 =>
        {
            match named {
                None | Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
                Some(_) => return None,
            }
        }
        _ => return None,
    };
    Some(Key { kid: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(&jwk).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_used_by_its_own_algorithm_only() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let algorithm = |jwk: Value| key(jwk).map(|key| key.algorithm);
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "a"});
        assert_eq!(algorithm(ed), Some(Algorithm::EdDSA));
        let rsa = |n: usize| json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xC1; n]), "e": "AQAB"});
        assert_eq!(algorithm(rsa(256)), Some(Algorithm::RS256));
        for refused in [
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": "HS256"}),
            json!({"kty": "oct", "k": x, "alg": "HS256"}),
            rsa(128),
            json!(7),
        ] {
            assert_eq!(algorithm(refused.clone()), None, "{refused}");
        }
    }

    #[test]
    fn keys_are_fetched_encrypted_or_from_this_machine() {
        let safe = |url: &str| is_safe(&url.parse().unwrap());
        assert!(
            safe("https://id.example/realms/x") && safe("http://127.0.0.1:9/") && safe("http://[::1]:9/")
        );
        assert!(safe("http://localhost:8080"));
        assert!(!safe("http://id.example") && !safe("http://localhost.example") && !safe("ftp://127.0.0.1"));
    }
}
