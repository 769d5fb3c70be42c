//! The running server.

use super::{Account, Binaries, Cluster, Fault, NAME, PORT};
use crate::db::connect::Target;
use diesel_async::SimpleAsyncConnection;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long a start may take, crash recovery included.
const START_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a stop may take before it is enforced.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two looks at a process.
const POLL: Duration = Duration::from_millis(20);

/// Server settings that differ from PostgreSQL's defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Connections beyond the default of 100.
    pub max_connections: Option<u16>,
    /// Gives up durability for speed: for tests, whose data is worth nothing.
    pub throwaway: bool,
}

/// A server that this process started. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Stops the server when this process ends without doing so.
    guard: Option<Child>,
    target: Target,
}

impl Server {
    /// Starts the cluster's server and waits until it answers; makes the database where there is none.
    ///
    /// # Errors
    /// Where it does not come up: with the last line of its log.
    pub async fn start(cluster: &Cluster, binaries: &Binaries, options: &Options) -> Result<Self, Fault> {
        let socket_dir = cluster.socket_dir()?;
        stop_stale(&cluster.files()).await?;
        remove_dead_locks(&cluster.files(), &socket_dir)?;
        let log = cluster.home.join("server.log");
        let deadline = Instant::now() + START_TIMEOUT;
        let target = cluster.target(&socket_dir, "postgres")?;
        let server = loop {
            let mut server = Self {
                child: spawn(cluster, binaries, options, &socket_dir, &log)?,
                guard: None,
                target: target.clone(),
            };
            server.guard = Some(guard(&cluster.account, server.child.id())?);
            match server.wait_until_ready(&log, deadline).await {
                Ok(()) => break server,
                // Processes of a server that was killed take a moment to notice it.
                Err(fault) if fault.0.contains("shared memory block") && Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(fault) => return Err(fault),
            }
        };
        make_database(&server.target).await?;
        Ok(Self::with_target(server, cluster.target(&socket_dir, NAME)?))
    }

    fn with_target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// How to reach the tracker's database.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets the server run on when this process ends. Whoever calls this must stop it otherwise.
    pub fn detach(mut self) -> Target {
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
        let target = self.target.clone();
        std::mem::forget(self);
        target
    }

    /// Returns when the server has ended although nobody stopped it.
    pub async fn ended(&mut self) -> String {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.to_string(),
                Ok(None) => tokio::time::sleep(Duration::from_millis(500)).await,
                Err(error) => return error.to_string(),
            }
        }
    }

    async fn wait_until_ready(&mut self, log: &Path, deadline: Instant) -> Result<(), Fault> {
        let mut announced = false;
        let begun = Instant::now();
        loop {
            if let Ok(Some(_)) = self.child.try_wait() {
                let text = fs::read_to_string(log).unwrap_or_default();
                let fatal = text.lines().find(|line| line.contains("FATAL:") || line.contains("PANIC:"));
                let line = fatal.or_else(|| text.lines().last()).unwrap_or("no message");
                return Err(Fault(format!(
                    "the database did not start: {} (see {})",
                    line.trim(),
                    log.display()
                )));
            }
            let reason = match self.target.connect().await {
                Ok(_) => return Ok(()),
                Err(error) => error.to_string(),
            };
            if reason.contains("password authentication failed") {
                return Err(Fault(
                    "the database refuses the password in `postgres.password`; restore the data folder as a whole"
                        .to_owned(),
                ));
            }
            if Instant::now() > deadline {
                return Err(Fault(format!(
                    "the database did not answer in time: {reason} (see {})",
                    log.display()
                )));
            }
            if !announced && begun.elapsed() > Duration::from_secs(5) {
                announced = true;
                tracing::info!(reason, "waiting for the database, which may be recovering");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = pid_of(self.child.id());
        // "Fast" shutdown: ends sessions, rolls back, writes a checkpoint. "Immediate" recovers at the next start.
        for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL] {
            let _ = kill(pid, signal);
            let deadline = Instant::now() + STOP_TIMEOUT;
            while Instant::now() < deadline {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(POLL);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if let Some(guard) = &mut self.guard {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}

fn pid_of(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap_or(i32::MAX))
}

fn spawn(
    cluster: &Cluster,
    binaries: &Binaries,
    options: &Options,
    socket_dir: &Path,
    log: &Path,
) -> Result<Child, Fault> {
    let opened = fs::File::create(log).map_err(|error| Fault::io("write", log, &error))?;
    let mut settings = vec![
        ("listen_addresses".to_owned(), String::new()),
        ("unix_socket_directories".to_owned(), socket_dir.display().to_string()),
        ("unix_socket_permissions".to_owned(), "0700".to_owned()),
        ("port".to_owned(), PORT.to_string()),
        // Compiling costs more than any of the tracker's short statements can win.
        ("jit".to_owned(), "off".to_owned()),
    ];
    if let Some(most) = options.max_connections {
        settings.push(("max_connections".to_owned(), most.to_string()));
    }
    if options.throwaway {
        for off in ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"] {
            settings.push((off.to_owned(), "off".to_owned()));
        }
    }
    let mut command = cluster.account.command(&binaries.postgres());
    command.arg("-D").arg(cluster.files());
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let stderr = opened.try_clone().map_err(|error| Fault::io("write", log, &error))?;
    command
        .stdin(Stdio::null())
        .stdout(opened)
        .stderr(stderr)
        .spawn()
        .map_err(|error| Fault::io("run", &binaries.postgres(), &error))
}

/// A shell that reads from a pipe nobody writes to, until this process ends and closes it.
pub(super) fn guard(account: &Account, server: u32) -> Result<Child, Fault> {
    let shell = PathBuf::from("/bin/sh");
    account
        .command(&shell)
        .args([
            "-c",
            "cat >/dev/null; kill -INT \"$1\" 2>/dev/null",
            "ogp-tracker-guard",
            &server.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Fault::io("run", &shell, &error))
}

/// Stops a server that an earlier tracker left behind; the data folder's lock is ours, so nobody
/// else can be using it.
async fn stop_stale(files: &Path) -> Result<(), Fault> {
    let Some(pid) = running_server(files) else { return Ok(()) };
    tracing::info!(pid = pid.as_raw(), "stopping the database server that an earlier run left behind");
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        let _ = kill(pid, signal);
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if running_server(files) != Some(pid) {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Err(Fault(format!(
        "a database server (process {pid}) that an earlier run left behind in {} does not stop; end it first",
        files.display()
    )))
}

/// Removes the lock files of a server that did not end in order. PostgreSQL would believe in them as
/// long as any process has its number: another program, or the dead one while nobody has collected
/// it. What is left of that server's own processes is still noticed by its shared memory.
fn remove_dead_locks(files: &Path, socket_dir: &Path) -> Result<(), Fault> {
    for lock in [files.join("postmaster.pid"), socket_dir.join(format!(".s.PGSQL.{PORT}.lock"))] {
        match fs::remove_file(&lock) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Fault::io("remove", &lock, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The process in `postmaster.pid`, if it is alive and a PostgreSQL server of these files: after
/// a crash the number may have gone to some other program.
fn running_server(files: &Path) -> Option<Pid> {
    let text = fs::read_to_string(files.join("postmaster.pid")).ok()?;
    let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?);
    let arguments = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).replace('\0', " "),
        // No /proc, as on macOS.
        Err(_) => {
            let output = std::process::Command::new("ps")
                .args(["-o", "args=", "-p", &pid.to_string()])
                .output()
                .ok()?;
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
    };
    (arguments.contains("postgres") && arguments.contains(&files.display().to_string())).then_some(pid)
}

async fn make_database(target: &Target) -> Result<(), Fault> {
    let fault = |reason: String| Fault(format!("the database could not be prepared: {reason}"));
    let (mut conn, _) = target.connect().await.map_err(|error| fault(error.to_string()))?;
    match conn.batch_execute(&format!("CREATE DATABASE {NAME}")).await {
        Ok(()) => Ok(()),
        Err(error) if error.to_string().contains("already exists") => Ok(()),
        Err(error) => Err(fault(error.to_string())),
    }
}
