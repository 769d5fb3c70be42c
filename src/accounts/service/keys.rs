//! The keys that sign access tokens: Ed25519, in a folder that only the tracker's user can read.
//!
//! The newest key signs. One that was replaced still verifies until the last token that it may
//! have signed has expired; then it is of no use, and the next rotation deletes it.

use super::jwt::{ACCESS_LIFETIME, LEEWAY};
use super::key_folder::{KeyFile, KeyFolder, KeysFault};
use crate::kernel::{Clock, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

/// How often a running server looks for new keys.
const LOOK: TimeDelta = TimeDelta::seconds(60);
/// How often it looks at most where tokens name keys that it does not know: anybody can send such.
const LOOK_AT_MOST: TimeDelta = TimeDelta::seconds(5);
/// How another folder is chosen.
const CHOICE: &str = "OGP_KEYS_DIR or --keys-dir";

struct Key {
    kid: String,
    made_at: DateTime<Utc>,
    /// Until when it verifies: until the last token that it may have signed has expired, where a
    /// server may have noticed the next key late. The newest has no end.
    until: Option<DateTime<Utc>>,
    path: PathBuf,
    /// The public half, as a JWK writes it.
    x: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The public half of a key: a JSON Web Key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// Always `OKP`.
    #[schema(value_type = String)]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(value_type = String)]
    crv: &'static str,
    /// Always `EdDSA`.
    #[schema(value_type = String)]
    alg: &'static str,
    /// Always `sig`: it verifies signatures.
    #[serde(rename = "use")]
    #[schema(value_type = String)]
    usage: &'static str,
    /// Its name in tokens: its thumbprint (RFC 7638).
    pub kid: String,
    /// The key, as base64url.
    pub x: String,
}

/// The folder of keys.
pub struct Keys {
    folder: KeyFolder,
    clock: Arc<dyn Clock>,
    state: RwLock<State>,
}

#[derive(Clone, Default)]
struct State {
    /// Oldest first.
    keys: Arc<Vec<Key>>,
    read_at: DateTime<Utc>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Key {
    fn new(file: KeyFile) -> Result<Self, KeysFault> {
        let der = file.key.to_pkcs8_der().map_err(KeysFault::new)?;
        let verifying = file.key.verifying_key();
        let x = public(&verifying);
        Ok(Self {
            kid: thumbprint(&x),
            made_at: file.made_at,
            until: None,
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: DecodingKey::from_ed_der(verifying.as_bytes()),
            x,
            path: file.path,
        })
    }

    fn verifies(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now <= until)
    }
}

impl Keys {
    /// The keys of a folder; both are made where they are missing.
    ///
    /// # Errors
    /// Where the folder cannot be used, or others can read it.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, KeysFault> {
        let folder = KeyFolder::open(dir, CHOICE)?;
        let keys = Self { folder, clock, state: RwLock::default() };
        if keys.read()?.is_empty() {
            keys.rotate()?;
        }
        Ok(keys)
    }

    /// Makes a new key, which signs from now on, and deletes those of no further use. Returns its
    /// name.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn rotate(&self) -> Result<String, KeysFault> {
        let now = self.clock.now();
        let made = self.folder.make(now, |key| thumbprint(&public(key)))?;
        for old in self.read()?.iter().filter(|key| !key.verifies(now)) {
            self.folder.delete(&old.path)?;
        }
        self.read()?;
        Ok(thumbprint(&public(&made.key.verifying_key())))
    }

    /// All keys, oldest first: name, when it was made, and until when it still verifies; the newest
    /// has no end.
    pub fn list(&self) -> Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)> {
        self.state().keys.iter().map(|key| (key.kid.clone(), key.made_at, key.until)).collect()
    }

    /// The public halves of the keys that verify now.
    pub fn published(&self) -> Vec<PublicKey> {
        let (keys, now) = (self.state().keys, self.clock.now());
        let published = keys.iter().filter(|key| key.verifies(now)).map(|key| PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: key.kid.clone(),
            x: key.x.clone(),
        });
        published.collect()
    }

    /// The key that signs, with its name.
    pub(super) fn signing(&self) -> Result<(String, EncodingKey)> {
        let keys = self.state().keys;
        let newest = keys.last().map(|key| (key.kid.clone(), key.signing.clone()));
        newest.ok_or_else(|| Error::Internal("there is no signing key".to_owned()))
    }

    /// The key of a name, while it verifies.
    pub(super) fn verifying(&self, kid: &str, now: DateTime<Utc>) -> Option<DecodingKey> {
        let keys = self.state().keys;
        let key = keys.iter().find(|key| key.kid == kid && key.verifies(now));
        key.map(|key| key.verifying.clone())
    }

    /// Looks for new keys: now and then, and sooner where a token names one that is not known.
    pub(super) fn look(&self, named: Option<&str>) {
        let state = self.state();
        let age = self.clock.now() - state.read_at;
        let unknown = named.is_some_and(|kid| state.keys.iter().all(|key| key.kid != kid));
        if (age >= LOOK || (unknown && age >= LOOK_AT_MOST))
            && let Err(fault) = self.read()
        {
            tracing::warn!(%fault, "the keys could not be read again; those known stay in use");
            self.state.write().unwrap_or_else(PoisonError::into_inner).read_at = self.clock.now();
        }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the folder.
    fn read(&self) -> Result<Arc<Vec<Key>>, KeysFault> {
        let mut keys: Vec<_> = self.folder.read()?.into_iter().map(Key::new).collect::<Result<_, _>>()?;
        let next: Vec<_> = keys.iter().skip(1).map(|next| next.made_at).collect();
        for (key, next) in keys.iter_mut().zip(next) {
            key.until = Some(next + LOOK + ACCESS_LIFETIME + LEEWAY);
        }
        let keys = Arc::new(keys);
        let state = State { keys: Arc::clone(&keys), read_at: self.clock.now() };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(keys)
    }
}

fn public(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// RFC 7638: the hash of the members that make the key, in alphabetical order.
fn thumbprint(x: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8037, appendix A.3.
    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(thumbprint(x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
