//! Stopping in good order.

use super::database::serve;
use super::tracker::{Home, Tracker, get, run, until};
use crate::harness::{Template, TestDatabase};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use nix::sys::signal::Signal;

async fn stops_and_leaves_nothing(signal: Signal) {
    let home = Home::new();
    let tracker = home.serve().await;
    assert!(tracker.messages().iter().any(|message| message == "making a database"));
    let id = tracker.get("/api/v1/members/IAS").await.ok()["id"].clone();
    let family = tracker.family();
    assert_eq!(home.servers().len(), 1);
    tracker.signal(signal);
    tracker.ended().done();
    assert!(home.servers().is_empty(), "the database server still runs");
    until("no process is left", || family.iter().all(|process| !process.lives()));
    assert!(!home.cluster().join("data/postmaster.pid").exists(), "the server was not stopped in order");

    let again = home.serve().await;
    assert!(!again.messages().iter().any(|message| message == "making a database"));
    assert_eq!(again.get("/api/v1/members/IAS").await.ok()["id"], id);
}

#[actix_web::test]
async fn sigterm_stops_it_and_its_database() {
    stops_and_leaves_nothing(Signal::SIGTERM).await;
}

#[actix_web::test]
async fn sigint_stops_it_and_its_database() {
    stops_and_leaves_nothing(Signal::SIGINT).await;
}

#[actix_web::test]
async fn told_to_stop_while_it_starts_it_leaves_nothing() {
    let home = Home::new();
    let mut tracker = Tracker::start(home.command(&[]));
    tracker.wait_for_log("making a database");
    tracker.terminate().done();
    assert!(home.servers().is_empty());
    home.serve().await.terminate().done();
}

#[actix_web::test]
async fn a_second_tracker_on_the_same_folder_is_refused() {
    let home = Home::new();
    let first = home.serve().await;
    let holder = format!("process {}", first.pid());
    let folder = home.data().canonicalize().expect("the data folder");
    let folder = folder.to_str().expect("text");
    for args in [&[][..], &["serve"], &["migrate"], &["import", "Cargo.toml"]] {
        run(home.command(args)).complains_of(&["another ogp-tracker", &holder, folder, "OGP_DATA_DIR"]);
    }
    first.get("/api/v1/members/IAS").await.ok();
    assert_eq!(home.servers().len(), 1);
}

/// A request that waits in the database until the lock is given up.
struct Blocked {
    lock: ogp_tracker::db::Conn,
    request: actix_web::rt::task::JoinHandle<crate::harness::Answer>,
}

#[derive(diesel::QueryableByName)]
struct Waiting {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

impl Blocked {
    async fn on(tracker: &Tracker, database: &TestDatabase) -> Self {
        let mut lock = database.connect().await;
        lock.batch_execute("BEGIN; LOCK TABLE members IN ACCESS EXCLUSIVE MODE").await.expect("a lock");
        let address = tracker.address.clone();
        let request = actix_web::rt::spawn(async move { get(&address, "/api/v1/members").await });
        let mut observer = database.connect().await;
        loop {
            let query = diesel::sql_query(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'members'::regclass",
            );
            let waiting: Waiting = query.get_result(&mut observer).await.expect("locks");
            if waiting.count > 0 {
                return Self { lock, request };
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

#[actix_web::test]
async fn a_request_in_flight_is_finished_before_it_ends() {
    let database = TestDatabase::new(Template::Demo).await;
    let mut tracker = serve(&database).await;
    let mut blocked = Blocked::on(&tracker, &database).await;
    tracker.signal(Signal::SIGTERM);
    tracker.wait_for_log("finishing requests in flight");
    blocked.lock.batch_execute("ROLLBACK").await.expect("the lock is given up");
    let answer = blocked.request.await.expect("an answer");
    assert_eq!(answer.ok()["data"].as_array().expect("data").len(), 3);
    tracker.ended().done();
}

#[actix_web::test]
async fn a_second_signal_does_not_wait_for_requests_in_flight() {
    let database = TestDatabase::new(Template::Demo).await;
    let mut tracker = serve(&database).await;
    let blocked = Blocked::on(&tracker, &database).await;
    tracker.signal(Signal::SIGINT);
    tracker.wait_for_log("finishing requests in flight");
    tracker.signal(Signal::SIGINT);
    tracker.ended().done();
    assert!(blocked.request.await.is_err(), "it was answered although the lock is still held");
    drop(blocked.lock);
}
