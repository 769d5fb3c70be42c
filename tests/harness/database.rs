//! A database for each test, copied from a migrated template.
//!
//! All test processes of a run share one server, which they start under a file lock and keep alive
//! with a heartbeat; a shell beside it stops it when the heartbeat has been still for two minutes.

use diesel_async::SimpleAsyncConnection;
use ogp_tracker::db::embedded::{Account, Cluster, DataDir, Options, Server, find};
use ogp_tracker::db::{Conn, Target, migrate};
use ogp_tracker::exchange::service::import;
use ogp_tracker::kernel::text::fingerprint;
use ogp_tracker::kernel::{Freshness, SystemIds, Touched};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::OnceCell;

/// The day on which the demo data was recorded: the one before that of the tests' clock.
pub const RECORDED: &str = "2026-11-22";

/// What a test's database begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Nothing at all, not even a schema.
    Bare,
    /// The schema.
    Empty,
    /// The schema and the demo data.
    Demo,
}

/// A database of one test; gone when the test ends.
#[derive(Debug)]
pub struct TestDatabase {
    pub name: String,
    pub target: Target,
    /// What applications on it know of changes, unless they hear of them by themselves: a test that changes
    /// something beside them says so.
    pub freshness: Freshness,
    admin: Target,
    /// Roles of its own, which go with it.
    roles: Vec<String>,
    /// Whether somebody else drops it.
    is_shared: bool,
}

impl TestDatabase {
    pub async fn new(template: Template) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = admin().await;
        let from = match template {
            Template::Bare => "template0".to_owned(),
            _ => template_database(&admin, template).await,
        };
        let name = format!("ogp_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let encoding =
            if template == Template::Bare { " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" } else { "" };
        let mut conn = connect(&admin).await;
        let sql = format!("CREATE DATABASE {name} TEMPLATE {from}{encoding}");
        create(&mut conn, &sql).await;
        let freshness = Freshness::default();
        freshness.hears(true);
        Self {
            target: admin.with_database(&name),
            freshness,
            name,
            admin,
            roles: Vec::new(),
            is_shared: false,
        }
    }

    /// The same database for another application, which must end first; nothing that it is told of changes is known
    /// there.
    pub fn shared(&self) -> Self {
        let freshness = Freshness::default();
        let (target, admin) = (self.target.clone(), self.admin.clone());
        Self { name: self.name.clone(), target, freshness, admin, roles: Vec::new(), is_shared: true }
    }

    /// A connection to change something beside the applications.
    pub async fn connect(&self) -> Conn {
        self.freshness.changed(&Touched::Everything);
        connect(&self.target).await
    }

    /// A role of this test that can sign in and may nothing else; how it does.
    pub async fn role(&mut self, what: &str) -> Target {
        let role = format!("{}_{what}", self.name);
        let sql = format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'");
        connect(&self.admin).await.batch_execute(&sql).await.expect("a role");
        let signs_in = format!("{} user='{role}' password='{role}'", self.target.connection_string());
        self.roles.push(role);
        Target::parse(&signs_in).expect("an address")
    }

    /// `pg_dump` of the schema.
    pub fn dump_schema(&self) -> String {
        let url = url_of(&self.target);
        let output = Command::new(binaries().program("pg_dump"))
            .args(["--schema-only", "--no-owner", "--dbname", &url])
            .output()
            .expect("pg_dump");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        // Newer versions fence the dump with a random word.
        text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")).fold(
            String::new(),
            |mut text, line| {
                text.push_str(line);
                text.push('\n');
                text
            },
        )
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.is_shared {
            return;
        }
        let mut sql = vec![format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)];
        sql.extend(self.roles.iter().map(|role| format!("DROP ROLE {role}")));
        let admin = self.admin.clone();
        // A runtime of its own: the test's may be ending.
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            runtime.block_on(async {
                let mut conn = connect(&admin).await;
                // Each by itself: a database is not dropped together with anything else.
                for sql in &sql {
                    conn.batch_execute(sql).await?;
                }
                Ok::<_, diesel::result::Error>(())
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test database stays behind: {error}");
        }
    }
}

async fn connect(target: &Target) -> Conn {
    target.connect().await.unwrap_or_else(|error| panic!("cannot reach {target}: {error}")).0
}

/// Copying fails while anybody is still connected to the original.
async fn create(conn: &mut Conn, sql: &str) {
    for _ in 0..100 {
        match conn.batch_execute(sql).await {
            Ok(()) => return,
            Err(error) if error.to_string().contains("being accessed by other users") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{sql}: {error}"),
        }
    }
    panic!("{sql}: the original is in use all the time");
}

/// The server that test databases are made on.
async fn admin() -> Target {
    static ADMIN: OnceCell<Target> = OnceCell::const_new();
    ADMIN
        .get_or_init(|| async {
            match std::env::var("TEST_DATABASE_URL") {
                Ok(url) if !url.is_empty() => Target::parse(&url).expect("TEST_DATABASE_URL"),
                _ => own_server().await,
            }
        })
        .await
        .clone()
}

/// `postgres://...` of a target, for programs of PostgreSQL.
fn url_of(target: &Target) -> String {
    target.connection_string()
}

pub fn binaries() -> ogp_tracker::db::embedded::Binaries {
    let explicit = std::env::var_os("OGP_POSTGRES_BIN").map(PathBuf::from);
    find(explicit.as_deref(), None, None)
        .expect("OGP_POSTGRES_BIN")
        .expect("the tests need PostgreSQL 14 or newer on this machine: apt-get install postgresql")
}

/// The template of this build of the tests, made by whichever process comes first.
async fn template_database(admin: &Target, template: Template) -> String {
    static NAMES: [OnceCell<String>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let (kind, cell) = match template {
        Template::Demo => ("demo", &NAMES[1]),
        _ => ("empty", &NAMES[0]),
    };
    cell.get_or_init(|| async {
        let name = format!("ogp_template_{kind}_{}", build());
        let _lock = lock("template.lock");
        let mut conn = connect(admin).await;
        let sql =
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        match conn.batch_execute(&sql).await {
            Ok(()) => {}
            Err(error) if error.to_string().contains("already exists") => return name,
            Err(error) => panic!("{sql}: {error}"),
        }
        let target = admin.with_database(&name);
        migrate::migrate(&target).await.expect("migrations");
        if template == Template::Demo {
            let demo = include_bytes!("../../demo/romania.json");
            let mut conn = connect(&target).await;
            import(&mut conn, demo, false, &super::TestClock::at(RECORDED), &SystemIds)
                .await
                .expect("demo data");
        }
        name
    })
    .await
    .clone()
}

/// Names this build of the tests: another build may migrate or import differently.
fn build() -> String {
    let exe = std::env::current_exe().expect("the test binary");
    let changed = exe.metadata().expect("the test binary").modified().expect("its time");
    let since = changed.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    fingerprint(format!("{} {}", exe.display(), since.as_nanos()))
}

/// The folder of all tests of this user.
pub fn base() -> PathBuf {
    let base = std::env::temp_dir().join(format!("ogp-tracker-tests-{}", nix::unistd::geteuid()));
    fs::create_dir_all(&base).expect("a folder for tests");
    base
}

fn lock(name: &str) -> File {
    let file = File::options().create(true).append(true).open(base().join(name)).expect("a lock file");
    file.lock().expect("a lock");
    file
}

async fn own_server() -> Target {
    let base = base();
    let heartbeat = base.join("heartbeat");
    let _lock = lock("server.lock");
    let data = base.join("data");
    let binaries = binaries();
    let account = Account::choose().expect("a user for the database");
    // Touching tells the shell to wait; a heartbeat that is gone means that it is stopping the server.
    if touch(&heartbeat) {
        let data_dir = DataDir::open(&data).expect("the data folder");
        let running = Cluster::open(&data_dir, &account, &binaries).and_then(|cluster| cluster.connection());
        if let Ok(target) = running
            && target.connect().await.is_ok()
        {
            keep_alive(heartbeat);
            return target;
        }
    }
    if data.exists() {
        // A new beginning costs a second and leaves nothing of earlier runs. Starting stops whatever
        // server is still there.
        let data_dir = DataDir::open(&data).expect("the data folder");
        let cluster = Cluster::open(&data_dir, &account, &binaries).expect("the old cluster");
        drop(Server::start(&cluster, &binaries, &Options::default()).await);
        drop(data_dir);
        fs::remove_dir_all(&data).expect("the old data folder");
    }
    let data_dir = DataDir::open(&data).expect("the data folder");
    let cluster = Cluster::open(&data_dir, &account, &binaries).expect("a cluster");
    let options = Options { max_connections: Some(400), throwaway: true };
    let server = Server::start(&cluster, &binaries, &options).await.expect("a server");
    File::create(&heartbeat).expect("a heartbeat");
    stop_when_still(&heartbeat, server.pid());
    let target = server.detach();
    keep_alive(heartbeat);
    target
}

fn touch(heartbeat: &Path) -> bool {
    File::options().write(true).open(heartbeat).and_then(|file| file.set_modified(SystemTime::now())).is_ok()
}

/// Touches the heartbeat as long as this process lives.
fn keep_alive(heartbeat: PathBuf) {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        std::thread::spawn(move || {
            while touch(&heartbeat) {
                std::thread::sleep(Duration::from_secs(20));
            }
        });
    });
}

/// Stops the server when nobody has touched the heartbeat for two minutes. It is first moved away
/// and looked at again: whoever touched it in between has kept the server alive.
#[expect(clippy::zombie_processes, reason = "the shell outlives this process on purpose")]
fn stop_when_still(heartbeat: &Path, server: u32) {
    const SCRIPT: &str = r#"
        fresh() { [ -n "$(find "$1" -mmin -2 2>/dev/null)" ]; }
        while sleep 10; do
            fresh "$1" && continue
            mv "$1" "$1.old" || exit
            if fresh "$1.old"; then mv "$1.old" "$1"; else kill -INT "$2"; exit; fi
        done"#;
    Command::new("/bin/sh")
        .args(["-c", SCRIPT, "ogp-tracker-tests"])
        .arg(heartbeat)
        .arg(server.to_string())
        .process_group(0)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
}
