//! A PostgreSQL server of one's own, for whoever has no database to give.
//!
//! [`DataDir`] is the folder, held by one tracker at a time; [`Cluster`] the database files in it;
//! [`Server`] the running process. The server listens on a unix socket only, in a folder that
//! only its own user can enter, and asks for a password that only the tracker's user can read.
//!
//! A tracker that is killed cannot stop its server. A guard process does it then: it waits on a
//! pipe that the kernel closes when the tracker ends, however it ends. Should the guard be killed
//! too, the next start finds the old server by its lock file and stops it first.

mod account;
mod binaries;
mod data_dir;
mod process;

pub use account::Account;
pub use binaries::{Binaries, find, obtain};
pub use data_dir::DataDir;
pub use process::{Options, Server};

use super::connect::Target;
use process::guard;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tokio_postgres::Config;

/// The database's superuser and the database, in a cluster that the tracker made.
const NAME: &str = "ogp";
/// The port that names the socket file; nothing listens on TCP.
const PORT: u16 = 5432;
/// The beginning of the name of a folder that `initdb` works in.
const UNFINISHED: &str = "data.new";
/// The longest path of a unix socket, in bytes (`sun_path` less its end mark).
const MAX_SOCKET_PATH: usize = 107;

/// What cannot be done, in one line for the operator, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl Fault {
    fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self(format!("cannot {doing} {}: {error}", path.display()))
    }
}

/// The database files of one data folder.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Belongs to the account that runs the server; closed to all others.
    home: PathBuf,
    account: Account,
    password: String,
}

impl Cluster {
    /// The cluster of a data folder; made by `initdb` where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be used, or `initdb` fails.
    pub fn open(data_dir: &DataDir, account: &Account, binaries: &Binaries) -> Result<Self, Fault> {
        let home = data_dir.cluster_home(account)?;
        let password = data_dir.password()?;
        let cluster = Self { home, account: account.clone(), password };
        if !cluster.files().join("PG_VERSION").exists() {
            cluster.initialize(binaries)?;
        }
        Ok(cluster)
    }

    /// The major version that an existing cluster was made by.
    pub fn version(data_dir: &DataDir) -> Option<u32> {
        let text = fs::read_to_string(data_dir.path().join("postgres/data/PG_VERSION")).ok()?;
        text.trim().parse().ok()
    }

    /// `PGDATA`.
    fn files(&self) -> PathBuf {
        self.home.join("data")
    }

    fn initialize(&self, binaries: &Binaries) -> Result<(), Fault> {
        // Made beside its final place and then renamed: a start that is killed half-way leaves
        // nothing that looks like a cluster. Under a name of its own: the `initdb` of such a start
        // may still be at work, and removes its folder when it gives up.
        self.remove_unfinished();
        let fresh = self.home.join(format!("{UNFINISHED}{}", std::process::id()));
        let password_file = self.home.join("initdb.password");
        write_secret(&password_file, &self.password)?;
        self.account.give(&password_file)?;
        let mut command = self.account.command(&binaries.initdb());
        command
            .arg("--pgdata")
            .arg(&fresh)
            .args(["--username", NAME, "--encoding", "UTF8", "--locale", "C", "--auth", "scram-sha-256"])
            .arg("--pwfile")
            .arg(&password_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let output = self.run_guarded(&mut command);
        let removed = fs::remove_file(&password_file);
        let output = output.map_err(|error| Fault::io("run", &binaries.initdb(), &error))?;
        removed.map_err(|error| Fault::io("remove", &password_file, &error))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
            return Err(Fault(format!(
                "initdb could not make a database in {}: {last}",
                self.home.display()
            )));
        }
        let files = self.files();
        fs::rename(&fresh, &files).map_err(|error| Fault::io("rename", &fresh, &error))
    }

    /// Runs a program to its end, or until the tracker's.
    fn run_guarded(&self, command: &mut Command) -> std::io::Result<Output> {
        let child = command.spawn()?;
        let guard = guard(&self.account, child.id());
        let output = child.wait_with_output();
        if let Ok(mut guard) = guard {
            let _ = guard.kill();
            let _ = guard.wait();
        }
        output
    }

    /// Removes what starts that were killed have left; as far as possible, for it is in nobody's way.
    fn remove_unfinished(&self) {
        for entry in fs::read_dir(&self.home).into_iter().flatten().filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// The folder of the socket, made where it is missing. Where the data folder's path is too
    /// long for a socket, a folder with a short name under the system's temporary folder.
    fn socket_dir(&self) -> Result<PathBuf, Fault> {
        let near = self.home.join("run");
        if fits_socket(&near) {
            self.account.own_dir(&near)?;
            return Ok(near);
        }
        let name = crate::kernel::text::fingerprint(self.home.as_os_str().as_encoded_bytes());
        let short = Path::new("/tmp").join(format!("ogp-{name}"));
        self.account.own_dir(&short)?;
        Ok(short)
    }

    /// How to reach the tracker's database, once the server runs.
    ///
    /// # Errors
    /// Where the folder of the socket cannot be used.
    pub fn connection(&self) -> Result<Target, Fault> {
        self.target(&self.socket_dir()?, NAME)
    }

    /// How to reach the server's database of that name.
    fn target(&self, socket_dir: &Path, database: &str) -> Result<Target, Fault> {
        let mut config = Config::new();
        config
            .host_path(socket_dir)
            .port(PORT)
            .user(NAME)
            .password(&self.password)
            .dbname(database)
            .ssl_mode(tokio_postgres::config::SslMode::Disable);
        Target::new(config).map_err(|error| Fault(error.to_string()))
    }
}

fn fits_socket(dir: &Path) -> bool {
    dir.as_os_str().len() + format!("/.s.PGSQL.{PORT}").len() <= MAX_SOCKET_PATH
}

fn write_secret(path: &Path, secret: &str) -> Result<(), Fault> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|error| Fault::io("write", path, &error))
}

impl Account {
    /// A folder that belongs to the account and is closed to others. One that somebody else put
    /// there is refused: its owner could take the database's place.
    fn own_dir(&self, path: &Path) -> Result<(), Fault> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => self.give(path)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Fault::io("make the folder", path, &error)),
        }
        let metadata = fs::symlink_metadata(path).map_err(|error| Fault::io("read", path, &error))?;
        if !metadata.is_dir() || !self.is_owner(&metadata) {
            return Err(Fault(format!(
                "{} is not a folder of the user {}; remove it, or choose another data folder with OGP_DATA_DIR",
                path.display(),
                self.name()
            )));
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(|error| Fault::io("close", path, &error))
    }

    /// Hands a file or folder to the account, where that is another user than the present one.
    fn give(&self, path: &Path) -> Result<(), Fault> {
        match self.ids() {
            Some((uid, gid)) => {
                chown(path, Some(uid), Some(gid)).map_err(|error| Fault::io("hand over", path, &error))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_is_at_most_107_bytes() {
        let room = MAX_SOCKET_PATH - "/.s.PGSQL.5432".len();
        assert!(fits_socket(Path::new(&"x".repeat(room))));
        assert!(!fits_socket(Path::new(&"x".repeat(room + 1))));
    }
}
