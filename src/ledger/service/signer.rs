//! Signing documents that are made of the record, with the key that signs the record.

use super::log_keys::LogKeys;
use crate::kernel::{Error, Result};
use crate::ledger::model::note::{Checkpoint, LogKey};
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_byupdate};
use ed25519_dalek::{Signature, SignatureError};
use sha2::{Digest, Sha512};
use std::io;

/// Signs as the log.
#[derive(Debug, Clone)]
pub struct Signer {
    keys: LogKeys,
}

impl Signer {
    /// With the newest of these keys.
    pub fn new(keys: LogKeys) -> Self {
        Self { keys }
    }

    /// The key that signs now, for the log that signed a checkpoint.
    ///
    /// # Errors
    /// `Internal` where there is none.
    pub fn key(&self, checkpoint: &str) -> Result<LogKey> {
        let read = Checkpoint::read(checkpoint);
        let log = read.ok_or_else(|| Error::Internal("a stored checkpoint is none".to_owned()))?.origin;
        Ok(LogKey::new(&log, self.newest()?.verifying_key()))
    }

    /// Signs a message of any size by this key (Ed25519, RFC 8032). `write` gives the message, piece by piece, and the
    /// same each time: it is asked twice.
    ///
    /// # Errors
    /// `Internal` where the key is not there any more, or the message cannot be read.
    pub fn sign(
        &self,
        by: &LogKey,
        write: impl Fn(&mut dyn FnMut(&[u8])) -> io::Result<()>,
    ) -> Result<Signature> {
        let signing = self.newest()?;
        if signing.verifying_key() != by.key {
            return Err(Error::Internal("the key was replaced while it signed".to_owned()));
        }
        let expanded = ExpandedSecretKey::from(&signing.to_bytes());
        let message = |digest: &mut Sha512| {
            write(&mut |piece| digest.update(piece)).map_err(SignatureError::from_source)
        };
        raw_sign_byupdate::<Sha512, _>(&expanded, message, &signing.verifying_key())
            .map_err(|error| Error::Internal(format!("it cannot be signed: {error}")))
    }

    fn newest(&self) -> Result<ed25519_dalek::SigningKey> {
        let keys = self.keys.read().map_err(|fault| Error::Internal(fault.to_string()))?;
        keys.into_iter()
            .next_back()
            .ok_or_else(|| Error::Internal("there is no key to sign with: keys log-init".to_owned()))
    }
}
