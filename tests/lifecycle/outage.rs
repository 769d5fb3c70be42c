//! The database goes away under a running tracker, and comes back.

use super::database::serve;
use super::tracker::Tracker;
use crate::harness::{Template, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use std::time::Duration;

const READS: [&str; 3] = ["/api/v1/members", "/api/v1/commitments/ROTMR0001", "/api/v1/milestones?limit=1"];

/// Asks until the answer has this status. On the way only the two statuses of an outage may be
/// seen: being without a database is no fault of the tracker's.
async fn settles(tracker: &Tracker, path: &str, status: u16) -> crate::harness::Answer {
    for _ in 0..2_000 {
        let answer = tracker.get(path).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(matches!(answer.status, 200 | 503), "{path} answered {}: {text}", answer.status);
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} never answered {status}");
}

#[actix_web::test]
async fn without_its_database_it_lives_on_and_recovers() {
    let database = TestDatabase::new(Template::Demo).await;
    let tracker = serve(&database).await;
    for path in READS {
        tracker.get(path).await.ok();
    }
    let (mut admin, _) = database.target.with_database("postgres").connect().await.expect("the server");
    let name = &database.name;
    let allow = |allowed: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
    let end_all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");

    for _ in 0..2 {
        admin.batch_execute(&allow(false)).await.expect("closed");
        admin.batch_execute(&end_all).await.expect("everybody sent away");
        let answer = settles(&tracker, "/health/ready", 503).await;
        answer.problem(503, "database_unavailable");
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        for path in READS {
            let answer = settles(&tracker, path, 503).await;
            let problem = answer.problem(503, "database_unavailable");
            assert!(answer.header("retry-after").is_some());
            assert!(!problem.to_string().contains(name.as_str()), "it tells about the inside: {problem}");
        }
        tracker.get("/health/live").await.ok();

        admin.batch_execute(&allow(true)).await.expect("open again");
        settles(&tracker, "/health/ready", 200).await;
        for path in READS {
            settles(&tracker, path, 200).await;
        }
    }
    tracker.terminate().done();
}

#[actix_web::test]
async fn when_only_its_connections_are_cut_reads_go_on() {
    let database = TestDatabase::new(Template::Demo).await;
    let tracker = serve(&database).await;
    tracker.get(READS[0]).await.ok();
    let (mut admin, _) = database.target.with_database("postgres").connect().await.expect("the server");
    let name = &database.name;
    let end_all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    admin.batch_execute(&end_all).await.expect("everybody sent away");
    for path in READS {
        settles(&tracker, path, 200).await;
    }
}

#[actix_web::test]
async fn with_an_older_schema_it_is_not_ready() {
    let database = TestDatabase::new(Template::Empty).await;
    let tracker = serve(&database).await;
    ogp_tracker::db::migrate::revert(&database.target, 1).await.expect("one migration back");
    tracker.get("/health/ready").await.problem(503, "database_not_migrated");
    tracker.get("/health/live").await.ok();
    ogp_tracker::db::migrate::migrate(&database.target).await.expect("and forth");
    tracker.get("/health/ready").await.ok();
}
