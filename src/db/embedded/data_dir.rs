//! The data folder: one tracker at a time.

use super::{Account, Fault, write_secret};
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Where a cluster goes whose own data folder lies in a place closed to the server's user, such as
/// root's home.
const SHARED_HOME: &str = "/var/lib/ogp-tracker/clusters";

/// A data folder, locked. The kernel frees the lock when the tracker ends, however it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the folder where it is missing, and locks it.
    ///
    /// # Errors
    /// Where it cannot be made or written, or another tracker holds it.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let unusable = |error: &std::io::Error| {
            Fault(format!(
                "cannot write to the data folder {}: {error}; choose another with OGP_DATA_DIR or --data-dir",
                path.display()
            ))
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| unusable(&error))?;
        let path = path.canonicalize().map_err(|error| unusable(&error))?;
        let mut lock = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(|error| unusable(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = lock.read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => String::new(),
                    pid => format!(" (process {pid})"),
                };
                return Err(Fault(format!(
                    "another ogp-tracker{holder} is using the data folder {}; stop it, or choose another \
                     folder with OGP_DATA_DIR or --data-dir",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&error)),
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(|error| unusable(&error))?;
        Ok(Self { path, _lock: lock })
    }

    /// Its canonical path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The password of the cluster's superuser: random, and only the tracker's user can read it.
    pub(super) fn password(&self) -> Result<String, Fault> {
        let path = self.path.join("postgres.password");
        match fs::read_to_string(&path) {
            Ok(password) if !password.trim().is_empty() => Ok(password.trim().to_owned()),
            Ok(_) => {
                Err(Fault(format!("{} is empty; restore it from a backup of the folder", path.display())))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut random = [0; 32];
                File::open("/dev/urandom")
                    .and_then(|mut source| source.read_exact(&mut random))
                    .map_err(|error| Fault::io("read", Path::new("/dev/urandom"), &error))?;
                let password = hex(&Sha256::digest(random));
                // First complete, then in place: a kill between leaves no half password.
                let fresh = self.path.join("postgres.password.new");
                write_secret(&fresh, &password)?;
                fs::rename(&fresh, &path).map_err(|error| Fault::io("rename", &fresh, &error))?;
                Ok(password)
            }
            Err(error) => Err(Fault::io("read", &path, &error)),
        }
    }

    /// The folder of the cluster, which the account owns and can reach.
    pub(super) fn cluster_home(&self, account: &Account) -> Result<PathBuf, Fault> {
        let near = self.path.join("postgres");
        if fs::symlink_metadata(&near).is_ok_and(|metadata| metadata.is_symlink()) {
            let home = near.canonicalize().map_err(|error| {
                Fault(format!("the database files of {} are gone: {error}", self.path.display()))
            })?;
            account.own_dir(&home)?;
            return Ok(home);
        }
        let_pass(&self.path, account)?;
        if self.path.ancestors().all(|dir| account.can_enter(dir)) {
            account.own_dir(&near)?;
            return Ok(near);
        }
        let far = Path::new(SHARED_HOME);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(far)
            .map_err(|error| Fault::io("make the folder", far, &error))?;
        // The folder above is the tracker's own, too: it may have been made for uploads, closed to everybody.
        if let Some(above) = far.parent() {
            let_pass(above, account)?;
        }
        let mut random = [0; 16];
        File::open("/dev/urandom")
            .and_then(|mut source| source.read_exact(&mut random))
            .map_err(|error| Fault::io("read", Path::new("/dev/urandom"), &error))?;
        let home = far.join(Uuid::from_bytes(random).simple().to_string());
        account.own_dir(&home)?;
        if !home.ancestors().all(|dir| account.can_enter(dir)) {
            return Err(Fault(format!(
                "the user {}, who runs the database because PostgreSQL refuses root, can reach neither {} nor {}; \
                 choose a data folder that it can reach with OGP_DATA_DIR, or start the tracker as another user",
                account.name(),
                self.path.display(),
                far.display()
            )));
        }
        symlink(&home, &near).map_err(|error| Fault::io("make the link", &near, &error))?;
        tracing::info!(
            data_dir = %self.path.display(), database_files = %home.display(), user = account.name(),
            "the data folder is closed to the database's user: its files are kept elsewhere"
        );
        Ok(home)
    }
}

/// Lets the account's group pass through a folder of the tracker's, and nobody else.
fn let_pass(dir: &Path, account: &Account) -> Result<(), Fault> {
    let Some((_, gid)) = account.ids() else { return Ok(()) };
    if account.can_enter(dir) {
        return Ok(());
    }
    let metadata = dir.metadata().map_err(|error| Fault::io("read", dir, &error))?;
    chown(dir, None, Some(gid)).map_err(|error| Fault::io("hand over", dir, &error))?;
    fs::set_permissions(dir, fs::Permissions::from_mode((metadata.mode() & 0o700) | 0o010))
        .map_err(|error| Fault::io("open", dir, &error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
