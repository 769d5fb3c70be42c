//! The keys that sign checkpoints of the record: a folder of their own, outside the database, so that
//! whoever can write to the database cannot sign what they made of it.
//!
//! The newest key signs. The sequencer records each new key in the log itself, and the checkpoint that
//! first has that entry is signed by the key before, too, where it is still there: whoever trusts the old
//! key learns of the new one from a state that the old one vouches for.

use crate::accounts::service::{KeyFolder, KeysFault};
use crate::kernel::Clock;
use crate::ledger::model::note::hex;
use ed25519_dalek::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// How another folder is chosen.
const CHOICE: &str = "OGP_LOG_KEYS_DIR or --log-keys-dir";

/// The folder of the keys that sign checkpoints.
#[derive(Clone)]
pub struct LogKeys {
    folder: KeyFolder,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogKeys").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl LogKeys {
    /// A folder, made where it is missing, perhaps without a key.
    ///
    /// # Errors
    /// Where the folder cannot be used, or others can read it.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, KeysFault> {
        let keys = Self { folder: KeyFolder::open(dir, CHOICE)?, clock };
        keys.read()?;
        Ok(keys)
    }

    /// The keys, oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be read, or others can read it.
    pub fn read(&self) -> Result<Vec<SigningKey>, KeysFault> {
        Ok(self.folder.read()?.into_iter().map(|file| file.key).collect())
    }

    /// Makes the first key. Returns its public half in hexadecimal digits.
    ///
    /// # Errors
    /// Where there is one, or the folder cannot be written.
    pub fn init(&self) -> Result<String, KeysFault> {
        if !self.read()?.is_empty() {
            let dir = self.folder.dir().display();
            return Err(KeysFault::new(format!(
                "{dir} has a key for the log; replace it with keys log-rotate"
            )));
        }
        self.make()
    }

    /// Makes a key that signs from now on. The old one stays, to vouch for it. Returns its public half.
    ///
    /// # Errors
    /// Where there is none to replace, or the folder cannot be written.
    pub fn rotate(&self) -> Result<String, KeysFault> {
        if self.read()?.is_empty() {
            let dir = self.folder.dir().display();
            return Err(KeysFault::new(format!("{dir} has no key for the log; make one with keys log-init")));
        }
        self.make()
    }

    fn make(&self) -> Result<String, KeysFault> {
        let short = |key: &[u8]| hex(key.first_chunk::<8>().map_or(&[], |first| first));
        let made = self.folder.make(self.clock.now(), |key| short(key.as_bytes()))?;
        Ok(hex(made.key.verifying_key().as_bytes()))
    }
}
