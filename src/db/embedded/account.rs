//! The user that runs the server: PostgreSQL refuses to run as root.

use super::Fault;
use nix::unistd::{Uid, User, geteuid};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The user that runs the server.
#[derive(Debug, Clone)]
pub struct Account {
    uid: Uid,
    /// Set where the server must change user.
    other: Option<User>,
}

impl Account {
    /// The present user; for root, `postgres`, else `nobody`.
    ///
    /// # Errors
    /// For root, where the machine has neither user.
    pub fn choose() -> Result<Self, Fault> {
        let uid = geteuid();
        if !uid.is_root() {
            return Ok(Self { uid, other: None });
        }
        for name in ["postgres", "nobody"] {
            if let Ok(Some(user)) = User::from_name(name)
                && !user.uid.is_root()
            {
                return Ok(Self { uid: user.uid, other: Some(user) });
            }
        }
        Err(Fault(
            "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`: \
             start the tracker as another user, or set DATABASE_URL"
                .to_owned(),
        ))
    }

    /// For messages.
    pub fn name(&self) -> String {
        match &self.other {
            Some(user) => user.name.clone(),
            None => match User::from_uid(self.uid) {
                Ok(Some(user)) => user.name,
                _ => self.uid.to_string(),
            },
        }
    }

    /// User and group to change to, where that is needed.
    pub(super) fn ids(&self) -> Option<(u32, u32)> {
        self.other.as_ref().map(|user| (user.uid.as_raw(), user.gid.as_raw()))
    }

    pub(super) fn is_owner(&self, metadata: &Metadata) -> bool {
        metadata.uid() == self.uid.as_raw()
    }

    /// Whether the account may pass through a folder.
    pub(super) fn can_enter(&self, dir: &Path) -> bool {
        let Some((uid, gid)) = self.ids() else { return true };
        let Ok(metadata) = dir.metadata() else { return false };
        let bit = if metadata.uid() == uid {
            0o100
        } else if metadata.gid() == gid {
            0o010
        } else {
            0o001
        };
        metadata.mode() & bit != 0
    }

    /// A command that runs as the account, in a process group of its own: a Ctrl-C at the
    /// terminal reaches the tracker alone, which stops the server when its requests are done.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").process_group(0).env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Some((uid, gid)) = self.ids() {
            command.gid(gid).uid(uid);
        }
        command
    }
}
