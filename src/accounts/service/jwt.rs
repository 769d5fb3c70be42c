//! Access tokens: JSON Web Tokens as RFC 9068 has them, made and checked as RFC 8725 asks.

use super::keys::Keys;
use super::secret::token_hash;
use crate::kernel::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// How long an access token is good.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far clocks of replicas may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// What kind of token it is: one kind is never taken for another (RFC 8725, section 3.11).
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: i64,
    iat: i64,
    /// The person.
    pub(super) sub: Uuid,
    jti: Uuid,
    /// The session.
    pub(super) sid: Uuid,
}

/// Why a token does not hold. Callers learn no more than this: which check failed helps nobody
/// who has a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was good once.
    Expired,
    /// Any other reason.
    Invalid,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let (code, detail) = match refused {
            Refused::Expired => ("token_expired", "the token has expired; get another one"),
            Refused::Invalid => ("token_invalid", "the token does not hold; sign in again"),
        };
        Self::Unauthenticated { code, detail: detail.to_owned() }
    }
}

/// How many tokens are remembered whose signature was right.
const PROVED: usize = 1_000;

/// What tokens say whose signature was right, by their hashes: to check one takes a tenth of the time of a change, and
/// somebody at work shows the same one each time. All else is checked each time.
pub(super) struct Proved(Cache<[u8; 32], Arc<Claims>>);

impl Default for Proved {
    fn default() -> Self {
        Self(Cache::new(PROVED))
    }
}

/// For whom tokens are made, and by whom.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) issuer: String,
    pub(super) audience: String,
}

/// Makes a token.
pub(super) fn issue(
    names: &Names,
    keys: &Keys,
    person_id: Uuid,
    session_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<String> {
    let claims = Claims {
        iss: names.issuer.clone(),
        aud: names.audience.clone(),
        exp: (now + ACCESS_LIFETIME).timestamp(),
        nbf: now.timestamp(),
        iat: now.timestamp(),
        sub: person_id,
        jti: id,
        sid: session_id,
    };
    let (kid, key) = keys.signing()?;
    let header = Header { typ: Some(TYPE.to_owned()), kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    encode(&header, &claims, &key)
        .map_err(|error| Error::Internal(format!("a token could not be signed: {error}")))
}

/// What a token says, after every check: the key is ours and named, the algorithm is the key's,
/// type, issuer, audience and times are right. Keys and addresses that the token brings along
/// (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
pub(super) fn verify(
    names: &Names,
    keys: &Keys,
    proved: &Proved,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Arc<Claims>, Refused> {
    let header = header(token)?;
    if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
        return Err(Refused::Invalid);
    }
    let key = header.kid.and_then(|kid| keys.verifying(&kid, now)).ok_or(Refused::Invalid)?;
    // The key's name is its fingerprint and part of what is remembered, so that a signature holds under no other key.
    let hash = token_hash(token);
    let claims = match proved.0.get(&hash) {
        Some(claims) => claims,
        None => {
            let claims: Arc<Claims> = Arc::new(signed(token, &key, Algorithm::EdDSA)?);
            proved.0.insert(hash, Arc::clone(&claims));
            claims
        }
    };
    if claims.iss != names.issuer || claims.aud != names.audience {
        return Err(Refused::Invalid);
    }
    check_times(claims.exp, Some(claims.nbf.max(claims.iat)), now)?;
    Ok(claims)
}

/// The header of a token that asks for nothing that must be understood and is not (RFC 7515, 4.1.11).
pub(super) fn header(token: &str) -> Result<Header, Refused> {
    let header = decode_header(token).map_err(|_| Refused::Invalid)?;
    if header.crit.is_some() { Err(Refused::Invalid) } else { Ok(header) }
}

/// Whether a token says that it is from this issuer. Only good for choosing how to check it.
pub(super) fn claims_to_be_from(token: &str, issuer: &str) -> bool {
    #[derive(Deserialize)]
    struct From {
        iss: String,
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<From>(token).is_ok_and(|from| from.iss == issuer)
}

/// What a token says, if it was signed with this key by this algorithm. Nothing else is checked.
pub(super) fn signed<T: serde::de::DeserializeOwned>(
    token: &str,
    key: &jsonwebtoken::DecodingKey,
    algorithm: Algorithm,
) -> Result<T, Refused> {
    let mut validation = Validation::new(algorithm);
    // Ours to check: the library reads the machine's clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode(token, key, &validation).map(|data| data.claims).map_err(|_| Refused::Invalid)
}

/// Whether a token is good at this moment.
pub(super) fn check_times(expires: i64, from: Option<i64>, now: DateTime<Utc>) -> Result<(), Refused> {
    let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
    if from.is_some_and(|from| from > now + leeway) {
        return Err(Refused::Invalid);
    }
    if expires.saturating_add(leeway) <= now { Err(Refused::Expired) } else { Ok(()) }
}
