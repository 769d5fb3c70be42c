//! The real program as a process of its own, and the processes that it starts.

use crate::harness::Answer;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// When a test gives up waiting. Nothing is measured by it: a loaded machine may take its time.
const DEADLINE: Duration = Duration::from_secs(120);
/// How long a tracker may take to end in good order when the test is done with it.
const PATIENCE: Duration = Duration::from_secs(45);
/// Between two looks.
const POLL: Duration = Duration::from_millis(20);

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "in vain: waiting until {what}");
        std::thread::sleep(POLL);
    }
}

/// A process; none that has ended and only waits to be forgotten.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub args: Vec<String>,
}

impl Process {
    pub fn lives(&self) -> bool {
        processes().iter().any(|process| process.pid == self.pid)
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid.cast_signed()), signal).expect("a process to signal");
    }

    fn is_guard(&self) -> bool {
        self.args.iter().any(|arg| arg == "ogp-tracker-guard")
    }
}

/// All processes of the machine.
fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return processes_by_ps() };
    let found: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name of the program stands in brackets and may hold anything.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            if matches!(fields.next()?, "Z" | "X") {
                return None;
            }
            let parent = fields.next()?.parse().ok()?;
            let args = fs::read(entry.path().join("cmdline")).ok()?;
            let args = String::from_utf8_lossy(&args).split('\0').map(str::to_owned).collect();
            Some(Process { pid, parent, args })
        })
        .collect();
    if found.is_empty() { processes_by_ps() } else { found }
}

/// The same where there is no `/proc`.
fn processes_by_ps() -> Vec<Process> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat=,args="]).output().expect("ps");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            let ended = fields.next()?.starts_with('Z');
            (!ended).then(|| Process { pid, parent, args: fields.map(str::to_owned).collect() })
        })
        .collect()
}

/// A place for a data folder, which is made by the tracker. Whatever database server is still
/// there at the end is ended.
#[derive(Debug)]
pub struct Home {
    temp: TempDir,
    data: PathBuf,
}

impl Home {
    pub fn new() -> Self {
        Self::with_data("data")
    }

    /// With the data folder at a path below.
    pub fn with_data(path: &str) -> Self {
        let temp = tempfile::tempdir().expect("a temporary folder");
        // The user that runs the database passes through.
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o711)).expect("an open folder");
        let data = temp.path().join(path);
        Self { temp, data }
    }

    /// The folder around the data folder.
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of the database, wherever it is.
    pub fn cluster(&self) -> PathBuf {
        self.data.join("postgres").canonicalize().expect("the folder of the database")
    }

    /// The folder of the running server's socket.
    pub fn socket_dir(&self) -> PathBuf {
        let lock = fs::read_to_string(self.cluster().join("data/postmaster.pid")).expect("a running server");
        PathBuf::from(lock.lines().nth(4).expect("the folder of the socket"))
    }

    /// The database servers that run on this data folder.
    pub fn servers(&self) -> Vec<Process> {
        self.workers().into_iter().filter(|process| process.args[0].ends_with("postgres")).collect()
    }

    /// All programs of PostgreSQL that are told to work in this data folder.
    fn workers(&self) -> Vec<Process> {
        let Ok(cluster) = self.data.join("postgres").canonicalize() else { return Vec::new() };
        let below = format!("{}/data", cluster.display());
        let is_ours = |process: &Process| process.args.iter().any(|arg| arg.starts_with(&below));
        processes().into_iter().filter(is_ours).collect()
    }

    /// `ogp-tracker` on this data folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        command.env("OGP_DATA_DIR", &self.data).env("OGP_LISTEN", "127.0.0.1:0").env_remove("OGP_KEYS_DIR");
        command
    }

    /// A tracker that serves from this data folder.
    pub async fn serve(&self) -> Tracker {
        Tracker::ready(self.command(&[])).await
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for worker in self.workers() {
            for signal in [Signal::SIGQUIT, Signal::SIGCONT] {
                let _ = kill(Pid::from_raw(worker.pid.cast_signed()), signal);
            }
            let deadline = Instant::now() + DEADLINE;
            while worker.lives() && Instant::now() < deadline {
                std::thread::sleep(POLL);
            }
        }
        // Where the data folder is closed to the database's user, the files are elsewhere.
        let near = self.data.join("postgres");
        if near.is_symlink()
            && let Ok(far) = near.canonicalize()
        {
            let _ = fs::remove_dir_all(far);
        }
    }
}

/// `ogp-tracker` with nothing configured but where PostgreSQL is.
pub fn program(args: &[&str]) -> Command {
    // The release build where somebody asks for it.
    let built =
        std::env::var("TEST_TRACKER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_ogp-tracker").to_owned());
    let mut command = Command::new(built);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "DATABASE_URL" || (text.starts_with("OGP_") && text != "OGP_POSTGRES_BIN") {
            command.env_remove(&name);
        }
    }
    // Nothing here measures passwords; and not all tests have a data folder for the keys.
    command.env("OGP_ARGON2_MEMORY_KIB", "8").env("OGP_ARGON2_ITERATIONS", "1");
    // One test asks more in a minute than a person may.
    command.env("OGP_RATE_LIMIT_ANONYMOUS", "0").env("OGP_RATE_LIMIT_SIGNED_IN", "0");
    command.env("OGP_KEYS_DIR", crate::harness::base().join("keys"));
    command.args(args);
    command
}

/// A line for people that tells of accounts that were made, which no log has.
fn announces(line: &str) -> bool {
    line.starts_with("ogp-tracker: the first admin was made: ")
        || line.starts_with("ogp-tracker: demo accounts were made, ")
}

/// What a process writes, read as it comes.
#[derive(Debug)]
struct Written {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Written {
    fn read(mut source: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let reader = std::thread::spawn({
            let bytes = Arc::clone(&bytes);
            move || {
                let mut piece = [0; 4096];
                while let Ok(count @ 1..) = source.read(&mut piece) {
                    bytes.lock().expect("bytes").extend_from_slice(&piece[..count]);
                }
            }
        });
        Self { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("bytes")).into_owned()
    }
}

/// A running `ogp-tracker`. It is ended with the test.
#[derive(Debug)]
pub struct Tracker {
    child: Child,
    stdout: Written,
    stderr: Written,
    /// `http://127.0.0.1:PORT`, once it is ready.
    pub address: String,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What was printed by a program that did what it should.
    #[track_caller]
    pub fn done(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:#?}");
        &self.stdout
    }

    /// The one line for people of a program that could not.
    #[track_caller]
    pub fn complaint(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:#?}");
        let mut plain = self
            .stderr
            .lines()
            .filter(|line| !announces(line) && serde_json::from_str::<Value>(line).is_err());
        let line = plain.next().unwrap_or_else(|| panic!("no line says why: {self:#?}"));
        assert_eq!(plain.next(), None, "more than one line: {self:#?}");
        line.strip_prefix("ogp-tracker: ").unwrap_or_else(|| panic!("it does not say who speaks: {line}"))
    }

    /// Asserts that the complaint names all of these.
    #[track_caller]
    pub fn complains_of(&self, words: &[&str]) {
        let line = self.complaint();
        for word in words {
            assert!(line.contains(word), "no {word:?} in: {line}");
        }
    }
}

/// Runs a command to its end.
pub fn run(command: Command) -> Ended {
    Tracker::start(command).ended()
}

/// Runs a command to its end, with this on standard input.
pub fn run_with_input(mut command: Command, input: &[u8]) -> Ended {
    command.stdin(Stdio::piped());
    let mut started = Tracker::start(command);
    let mut stdin = started.child.stdin.take().expect("standard input");
    stdin.write_all(input).expect("input is read");
    drop(stdin);
    started.ended()
}

impl Tracker {
    /// Starts it, and waits for nothing.
    pub fn start(mut command: Command) -> Self {
        // No keyboard, unless the caller has arranged for input.
        if command.get_args().all(|arg| arg != "-" && arg != "--password-stdin") {
            command.stdin(Stdio::null());
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program to start");
        let stdout = Written::read(child.stdout.take().expect("stdout"));
        let stderr = Written::read(child.stderr.take().expect("stderr"));
        Self { child, stdout, stderr, address: String::new() }
    }

    /// Starts it, and waits until it is ready.
    pub async fn ready(command: Command) -> Self {
        let mut tracker = Self::start(command);
        tracker.wait_until_ready().await;
        tracker
    }

    pub async fn wait_until_ready(&mut self) {
        self.wait_for_log("listening on http://");
        let message = self.messages().into_iter().find(|message| message.starts_with("listening on "));
        let message = message.expect("the line that says where");
        self.address = message.split_whitespace().nth(2).expect("an address").to_owned();
        assert_eq!(self.get("/health/ready").await.ok()["status"], "ready");
    }

    /// Waits for a line of the log; fails where the program ends before.
    #[track_caller]
    pub fn wait_for_log(&mut self, part: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.messages().iter().any(|message| message.contains(part)) {
            let ended = self.child.try_wait().expect("its state");
            assert!(ended.is_none(), "{part:?} did not come: {ended:?}, {}", self.stderr.text());
            assert!(Instant::now() < deadline, "{part:?} did not come: {}", self.stderr.text());
            std::thread::sleep(POLL);
        }
    }

    /// The log so far, whole lines only.
    pub fn log(&self) -> Vec<Value> {
        let text = self.stderr.text();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .filter(|line| !announces(line))
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// The lines for people about accounts that were made.
    pub fn announcements(&self) -> Vec<String> {
        self.stderr.text().lines().filter(|line| announces(line)).map(str::to_owned).collect()
    }

    /// The messages of the log so far.
    pub fn messages(&self) -> Vec<String> {
        let text = self.stderr.text();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["message"].as_str().map(str::to_owned)).collect()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All processes below this one.
    pub fn family(&self) -> Vec<Process> {
        let all = processes();
        let mut family: Vec<Process> = Vec::new();
        let mut parents = vec![self.pid()];
        while let Some(parent) = parents.pop() {
            for child in all.iter().filter(|process| process.parent == parent) {
                parents.push(child.pid);
                family.push(child.clone());
            }
        }
        family
    }

    /// The shell that stops the database server when the tracker cannot.
    pub fn guards(&self) -> Vec<Process> {
        self.family().into_iter().filter(Process::is_guard).collect()
    }

    pub async fn get(&self, path: &str) -> Answer {
        get(&self.address, path).await
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid().cast_signed()), signal).expect("it runs");
    }

    /// Ends it as a crash does.
    pub fn kill9(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Tells it to stop, and waits until it has.
    #[track_caller]
    pub fn terminate(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ended()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ended(mut self) -> Ended {
        let mut status = None;
        until("the program ends", || {
            status = self.child.try_wait().expect("its state");
            // What it wrote is complete only when nobody can write there any more.
            status.is_some() && self.stdout.reader.is_finished() && self.stderr.reader.is_finished()
        });
        let code = status.and_then(|status| status.code());
        Ended { code, stdout: self.stdout.text(), stderr: self.stderr.text() }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = Pid::from_raw(self.child.id().cast_signed());
        let _ = kill(pid, Signal::SIGTERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer from `address`. Each request has a connection of its own, which ends with it.
pub async fn get(address: &str, path: &str) -> Answer {
    // Another process-wide choice that the first test makes; the others find it made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("client");
    let response = client.get(format!("{address}{path}")).send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.expect("a body").to_vec() }
}
