//! The keys that sign access tokens: Ed25519, one PEM file each, in a folder that only the
//! tracker's user can read.
//!
//! The newest key signs. One that was replaced still verifies until the last token that it may
//! have signed has expired; then it is of no use, and the next rotation deletes it.

use super::jwt::{ACCESS_LIFETIME, LEEWAY};
use super::secret::random;
use crate::kernel::{Clock, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

/// How often a running server looks for new keys.
const LOOK: TimeDelta = TimeDelta::seconds(60);
/// How often it looks at most where tokens name keys that it does not know: anybody can send such.
const LOOK_AT_MOST: TimeDelta = TimeDelta::seconds(5);
/// When a key was made, at the beginning of its file's name.
const MADE: &str = "%Y%m%dT%H%M%S%3fZ";

/// Why keys cannot be used, in one line for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeysFault(String);

impl KeysFault {
    fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self(format!(
            "cannot {doing} {}: {error}; choose another folder for keys with OGP_KEYS_DIR or --keys-dir",
            path.display()
        ))
    }
}

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
    dir: PathBuf,
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
        f.debug_struct("Keys").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Key {
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
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|error| KeysFault::io("make the folder", dir, &error))?;
        let keys = Self { dir: dir.to_owned(), clock, state: RwLock::default() };
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
        let known = self.read()?;
        // Newer than all others, also where a clock was set back.
        let now = self.clock.now();
        let made_at = known.last().map_or(now, |newest| now.max(newest.made_at + TimeDelta::milliseconds(1)));
        let seed = random::<32>().map_err(|error| KeysFault(error.to_string()))?;
        let key = SigningKey::from_bytes(&seed);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| KeysFault(error.to_string()))?;
        let kid = thumbprint(&public(&key));
        let path = self.dir.join(format!("{}-{kid}.pem", made_at.format(MADE)));
        // First complete, then in place: a kill between leaves no half key.
        let fresh = path.with_extension("new");
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| KeysFault::io("write", &fresh, &error))?;
        fs::rename(&fresh, &path).map_err(|error| KeysFault::io("write", &path, &error))?;
        for old in self.read()?.iter().filter(|key| !key.verifies(now)) {
            fs::remove_file(&old.path).map_err(|error| KeysFault::io("delete", &old.path, &error))?;
        }
        self.read()?;
        Ok(kid)
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
        private(&self.dir)?;
        let mut keys = Vec::new();
        let entries = fs::read_dir(&self.dir).map_err(|error| KeysFault::io("read", &self.dir, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| KeysFault::io("read", &self.dir, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                private(&path)?;
                keys.push(read_key(path)?);
            }
        }
        keys.sort_by(|one, other| (one.made_at, &one.kid).cmp(&(other.made_at, &other.kid)));
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

fn read_key(path: PathBuf) -> Result<Key, KeysFault> {
    let text = fs::read_to_string(&path).map_err(|error| KeysFault::io("read", &path, &error))?;
    let broken = |reason: String| KeysFault(format!("{} is no signing key: {reason}", path.display()));
    let key = SigningKey::from_pkcs8_pem(&text).map_err(|error| broken(error.to_string()))?;
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let made = name.split_once('-').and_then(|(made, _)| NaiveDateTime::parse_from_str(made, MADE).ok());
    let made_at =
        made.ok_or_else(|| broken("its name does not begin with when it was made".to_owned()))?.and_utc();
    let der = key.to_pkcs8_der().map_err(|error| broken(error.to_string()))?;
    let x = public(&key);
    Ok(Key {
        kid: thumbprint(&x),
        made_at,
        until: None,
        signing: EncodingKey::from_ed_der(der.as_bytes()),
        verifying: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
        x,
        path,
    })
}

fn public(key: &SigningKey) -> String {
    URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes())
}

/// RFC 7638: the hash of the members that make the key, in alphabetical order.
fn thumbprint(x: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

/// Makes sure that a folder or file belongs to the present user, and that nobody else can read it.
fn private(path: &Path) -> Result<(), KeysFault> {
    let metadata = fs::metadata(path).map_err(|error| KeysFault::io("read", path, &error))?;
    if metadata.uid() != nix::unistd::geteuid().as_raw() {
        return Err(KeysFault(format!(
            "{} belongs to another user, who could take the signing keys; change its owner, or choose another \
             folder for keys with OGP_KEYS_DIR or --keys-dir",
            path.display()
        )));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(KeysFault(format!(
            "{} can be read by other users (mode {:03o}), and signing keys are secret: run `chmod go= {}`",
            path.display(),
            metadata.mode() & 0o777,
            path.display()
        )));
    }
    Ok(())
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
