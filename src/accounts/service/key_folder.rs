//! Ed25519 keys, one PEM file each, in a folder that only the tracker's user can read. The name of a file
//! begins with when its key was made.

use super::secret::random;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// When a key was made, at the beginning of its file's name.
const MADE: &str = "%Y%m%dT%H%M%S%3fZ";

/// Why keys cannot be used, in one line for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeysFault(String);

impl KeysFault {
    /// For a reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// A key of a folder.
pub struct KeyFile {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The key.
    pub key: SigningKey,
    /// Where it is kept.
    pub path: PathBuf,
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A folder of keys.
#[derive(Debug, Clone)]
pub struct KeyFolder {
    dir: PathBuf,
    /// How another folder is chosen, for messages.
    choice: &'static str,
}

impl KeyFolder {
    /// A folder, made where it is missing. `choice` says how another one is chosen.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn open(dir: &Path, choice: &'static str) -> Result<Self, KeysFault> {
        let folder = Self { dir: dir.to_owned(), choice };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|error| folder.fault("make the folder", dir, &error))?;
        Ok(folder)
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its keys, oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be read, or others can read it.
    pub fn read(&self) -> Result<Vec<KeyFile>, KeysFault> {
        self.private(&self.dir)?;
        let mut keys = Vec::new();
        let entries = fs::read_dir(&self.dir).map_err(|error| self.fault("read", &self.dir, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| self.fault("read", &self.dir, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                self.private(&path)?;
                keys.push(self.read_key(path)?);
            }
        }
        keys.sort_by(|one, other| (one.made_at, &one.path).cmp(&(other.made_at, &other.path)));
        Ok(keys)
    }

    /// Makes a key, newer than all others also where a clock was set back. `name` makes the end of the
    /// file's name.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn make(
        &self,
        now: DateTime<Utc>,
        name: impl Fn(&VerifyingKey) -> String,
    ) -> Result<KeyFile, KeysFault> {
        let known = self.read()?;
        let made_at = known.last().map_or(now, |newest| now.max(newest.made_at + TimeDelta::milliseconds(1)));
        let key = SigningKey::from_bytes(&random::<32>().map_err(KeysFault::new)?);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(KeysFault::new)?;
        let name = name(&key.verifying_key());
        let path = self.dir.join(format!("{}-{name}.pem", made_at.format(MADE)));
        // First complete, then in place: a kill between leaves no half key.
        let fresh = path.with_extension("new");
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| self.fault("write", &fresh, &error))?;
        fs::rename(&fresh, &path).map_err(|error| self.fault("write", &path, &error))?;
        Ok(KeyFile { made_at, key, path })
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn delete(&self, path: &Path) -> Result<(), KeysFault> {
        fs::remove_file(path).map_err(|error| self.fault("delete", path, &error))
    }

    fn read_key(&self, path: PathBuf) -> Result<KeyFile, KeysFault> {
        let text = fs::read_to_string(&path).map_err(|error| self.fault("read", &path, &error))?;
        let broken = |reason: String| KeysFault(format!("{} is no signing key: {reason}", path.display()));
        let key = SigningKey::from_pkcs8_pem(&text).map_err(|error| broken(error.to_string()))?;
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let made = name.split_once('-').and_then(|(made, _)| NaiveDateTime::parse_from_str(made, MADE).ok());
        let made_at =
            made.ok_or_else(|| broken("its name does not begin with when it was made".to_owned()))?.and_utc();
        Ok(KeyFile { made_at, key, path })
    }

    fn fault(&self, doing: &str, path: &Path, error: &std::io::Error) -> KeysFault {
        let (path, choice) = (path.display(), self.choice);
        KeysFault(format!("cannot {doing} {path}: {error}; choose another folder for keys with {choice}"))
    }

    /// Makes sure that a folder or file belongs to the present user, and that nobody else can read it.
    fn private(&self, path: &Path) -> Result<(), KeysFault> {
        let metadata = fs::metadata(path).map_err(|error| self.fault("read", path, &error))?;
        if metadata.uid() != nix::unistd::geteuid().as_raw() {
            return Err(KeysFault(format!(
                "{} belongs to another user, who could take the signing keys; change its owner, or choose another \
                 folder for keys with {}",
                path.display(),
                self.choice
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
}
