//! A database of one's own choice: `DATABASE_URL`.

use super::tracker::{Ended, Tracker, program, run};
use crate::harness::{Template, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use std::process::Command;

/// What must never be shown.
const SECRET: &str = "s3cret-do-not-show";

/// `ogp-tracker` on a database.
pub fn command(database: &TestDatabase, args: &[&str]) -> Command {
    let mut command = program(args);
    command.env("DATABASE_URL", database.target.connection_string()).env("OGP_LISTEN", "127.0.0.1:0");
    command
}

/// A tracker that serves from a database.
pub async fn serve(database: &TestDatabase) -> Tracker {
    Tracker::ready(command(database, &[])).await
}

fn run_with_url(url: &str) -> Ended {
    let mut command = program(&[]);
    command.env("DATABASE_URL", url).env("OGP_LISTEN", "127.0.0.1:0");
    let ended = run(command);
    let shown = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!shown.contains(SECRET), "the password is shown: {shown}");
    ended
}

#[actix_web::test]
async fn a_given_database_is_migrated_and_never_filled() {
    let database = TestDatabase::new(Template::Bare).await;
    let mut command = command(&database, &[]);
    command.env("OGP_DEMO", "on");
    let tracker = Tracker::ready(command).await;
    let page = tracker.get("/api/v1/commitments?total=true").await.ok();
    assert_eq!(page["page"]["total"], 0);
    assert!(tracker.family().is_empty(), "it started a process: {:?}", tracker.family());
    tracker.terminate().done();
}

#[actix_web::test]
async fn several_trackers_start_at_once_on_a_bare_database() {
    let database = TestDatabase::new(Template::Bare).await;
    let mut trackers: Vec<Tracker> = (0..3).map(|_| Tracker::start(command(&database, &[]))).collect();
    for tracker in &mut trackers {
        tracker.wait_until_ready().await;
    }
    let migrated =
        |tracker: &Tracker| tracker.messages().iter().any(|line| line == "the schema is up to date");
    assert_eq!(trackers.iter().filter(|tracker| migrated(tracker)).count(), 1, "one of them migrated");
    for tracker in &trackers {
        assert_eq!(tracker.get("/api/v1/members").await.ok()["data"], serde_json::json!([]));
    }
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let ended = run_with_url(&format!("postgres://ogp:{SECRET}@127.0.0.1:1/ogp"));
    ended.complains_of(&["127.0.0.1:1", "Connection refused", "DATABASE_URL"]);
}

#[test]
fn a_host_that_is_not_there_is_told() {
    let ended = run_with_url(&format!("postgres://ogp:{SECRET}@no-such-host.invalid/ogp"));
    ended.complains_of(&["no-such-host.invalid:5432", "DATABASE_URL"]);
}

#[test]
fn an_address_that_is_none_is_told() {
    for url in [
        format!("mysql://ogp:{SECRET}@localhost/ogp"),
        format!("postgres://ogp:{SECRET}@localhost:port/ogp"),
        format!("postgres://ogp:{SECRET}@localhost/ogp?colour={SECRET}"),
        format!("postgres://ogp:{SECRET}%zz@localhost/ogp"),
        format!("host=localhost password={SECRET} sslmode=maybe"),
        format!("host=localhost password='{SECRET}"),
        SECRET.to_owned(),
    ] {
        run_with_url(&url).complains_of(&["DATABASE_URL"]);
    }
}

#[actix_web::test]
async fn a_server_that_refuses_is_told() {
    let database = TestDatabase::new(Template::Bare).await;
    let right = database.target.connection_string();
    // Nobody of this name is there, so that a server that trusts everybody refuses, too.
    let ended = run_with_url(&format!("{right} user='ogp_stranger' password='{SECRET}'"));
    ended.complains_of(&["ogp_stranger", "DATABASE_URL"]);
    let ended = run_with_url(&format!("{right} dbname='ogp_no_such_database'"));
    ended.complains_of(&["ogp_no_such_database", "does not exist", "DATABASE_URL"]);
}

#[actix_web::test]
async fn a_database_that_is_not_utf_8_is_told() {
    let database = TestDatabase::new(Template::Bare).await;
    let name = format!("{}_latin1", database.name);
    let (mut admin, _) = database.target.with_database("postgres").connect().await.expect("the server");
    let create =
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    admin.batch_execute(&create).await.expect("a database");
    let ended = run_with_url(&database.target.with_database(&name).connection_string());
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("gone again");
    ended.complains_of(&["LATIN1", "UTF8"]);
}
