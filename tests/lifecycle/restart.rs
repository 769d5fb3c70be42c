//! Killed in whatever way, the tracker comes back with everything it had.

use super::tracker::{Home, Process, Tracker, until};
use nix::sys::signal::Signal;
use serde_json::Value;

/// Ids and versions of all commitments, and the ids of the milestones of one.
async fn known(tracker: &Tracker) -> Vec<Value> {
    let page = tracker.get("/api/v1/commitments?limit=200").await.ok();
    let commitments = page["data"].as_array().expect("data");
    assert_eq!(commitments.len(), 92);
    let one = tracker.get("/api/v1/commitments/ROTMR0001").await.ok();
    let milestones = one["milestones"].as_array().expect("milestones");
    assert_eq!(milestones.len(), 5);
    commitments
        .iter()
        .flat_map(|row| [row["id"].clone(), row["version"].clone()])
        .chain(milestones.iter().map(|row| row["id"].clone()))
        .collect()
}

/// A tracker starts on what is left and knows all that was known.
async fn comes_back(home: &Home, before: &[Value]) {
    let tracker = home.serve().await;
    assert_eq!(known(&tracker).await, before);
    assert!(!tracker.messages().iter().any(|message| message == "making a database"));
    assert_eq!(home.servers().len(), 1);
    tracker.terminate().done();
}

#[actix_web::test]
async fn killed_alone_it_takes_its_database_server_along_and_comes_back() {
    let home = Home::new();
    let tracker = home.serve().await;
    let before = known(&tracker).await;
    let family = tracker.family();
    assert!(family.len() > 2, "server, its helpers and the guard: {family:?}");
    tracker.kill9();
    until("the guard has stopped the server", || family.iter().all(|process| !process.lives()));
    comes_back(&home, &before).await;
}

#[actix_web::test]
async fn killed_together_with_its_guard_it_comes_back() {
    let home = Home::new();
    let tracker = home.serve().await;
    let before = known(&tracker).await;
    let (guards, servers) = (tracker.guards(), home.servers());
    assert_eq!(guards.len(), 1);
    assert_eq!(servers.len(), 1);
    guards[0].signal(Signal::SIGKILL);
    tracker.kill9();
    until("the guard is gone", || !guards[0].lives());
    assert!(servers[0].lives(), "nobody was there to stop the server");
    comes_back(&home, &before).await;
    assert!(!servers[0].lives(), "the server that was left behind still runs");
}

#[actix_web::test]
async fn killed_together_with_its_database_server_it_comes_back() {
    let home = Home::new();
    let tracker = home.serve().await;
    let before = known(&tracker).await;
    let servers = home.servers();
    assert_eq!(servers.len(), 1);
    // It would notice, and end by itself.
    tracker.signal(Signal::SIGSTOP);
    servers[0].signal(Signal::SIGKILL);
    tracker.kill9();
    until("the server is gone", || !servers[0].lives());
    assert!(home.cluster().join("data/postmaster.pid").exists(), "a crash leaves the lock file");
    comes_back(&home, &before).await;
}

#[actix_web::test]
async fn killed_while_its_first_database_is_made_it_makes_another() {
    let home = Home::new();
    let tracker = Tracker::start(home.command(&[]));
    let old = initdb_at_work(&tracker);
    // The program that makes the database wakes up beside the next one, at the worst time.
    old.signal(Signal::SIGSTOP);
    tracker.kill9();
    let mut again = Tracker::start(home.command(&[]));
    initdb_at_work(&again);
    old.signal(Signal::SIGCONT);
    again.wait_until_ready().await;
    assert_eq!(known(&again).await.len(), 92 * 2 + 5);
    until("the old one is gone", || !old.lives());
    let files = std::fs::read_dir(home.cluster()).expect("the folder of the database");
    let mut names: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "run", "server.log"], "something stays behind");
}

/// Waits until a tracker's `initdb` has begun to write.
fn initdb_at_work(tracker: &Tracker) -> Process {
    let mut found = None;
    until("initdb is at work", || {
        let family = tracker.family();
        found = family.iter().find(|process| process.args[0].ends_with("initdb")).cloned();
        // Its own helper comes after the first files.
        found.as_ref().is_some_and(|initdb| family.iter().any(|process| process.parent == initdb.pid))
    });
    found.expect("initdb")
}

#[actix_web::test]
async fn when_its_database_server_is_killed_it_ends_and_says_so() {
    let home = Home::new();
    let tracker = home.serve().await;
    let before = known(&tracker).await;
    home.servers()[0].signal(Signal::SIGKILL);
    tracker.ended().complains_of(&["the database server ended unexpectedly", "signal: 9"]);
    comes_back(&home, &before).await;
}
