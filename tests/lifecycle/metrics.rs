//! What Prometheus is told, on a socket of its own.

use super::database::command;
use super::tracker::{Tracker, get};
use crate::harness::{Template, TestApp, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use std::process::Command;

/// A tracker that serves metrics, and where.
async fn serve(mut command: Command) -> (Tracker, String) {
    command.env("OGP_METRICS_LISTEN", "127.0.0.1:0");
    let mut tracker = Tracker::start(command);
    tracker.wait_until_ready().await;
    tracker.wait_for_log("metrics on http://");
    let told = tracker
        .messages()
        .into_iter()
        .find_map(|line| Some(line.strip_prefix("metrics on ")?.strip_suffix("/metrics")?.to_owned()));
    (tracker, told.expect("an address"))
}

/// The value of a series.
async fn value(address: &str, series: &str) -> Option<f64> {
    let answer = get(address, "/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
    );
    let text = String::from_utf8(answer.body).expect("UTF-8");
    assert!(text.ends_with("# EOF\n"), "{text}");
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// Waits until a series has a value.
async fn becomes(address: &str, series: &str, wanted: f64) {
    let mut found = None;
    for _ in 0..1_000 {
        found = value(address, series).await;
        if found == Some(wanted) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{series} is {found:?}, not {wanted}");
}

#[actix_web::test]
async fn requests_and_the_state_of_the_log_are_told_and_not_to_the_public() {
    let database = TestDatabase::new(Template::Demo).await;
    let (tracker, metrics) = serve(command(&database, &[])).await;
    for code in ["ROTMR0001", "ROTMR0004", "NOPE"] {
        tracker.get(&format!("/api/v1/commitments/{code}")).await;
    }
    tracker.get("/no/such/place").await;
    tracker.get("/no/such/other").await;
    let counted = |route: &str, status: u16| {
        format!("ogp_http_requests_total{{method=\"GET\",route=\"{route}\",status=\"{status}\"}}")
    };
    assert_eq!(value(&metrics, &counted("/api/v1/commitments/{commitment}", 200)).await, Some(2.0));
    assert_eq!(value(&metrics, &counted("/api/v1/commitments/{commitment}", 404)).await, Some(1.0));
    assert_eq!(value(&metrics, &counted("none", 404)).await, Some(2.0));
    let latency = "ogp_http_request_duration_seconds_bucket{le=\"+Inf\",method=\"GET\",route=\"/api/v1/commitments/{commitment}\"}";
    assert_eq!(value(&metrics, latency).await, Some(3.0));
    becomes(&metrics, "ogp_ledger_unnumbered_entries", 0.0).await;
    becomes(&metrics, "ogp_ledger_checked", 1.0).await;
    assert!(value(&metrics, "ogp_ledger_entries").await.is_some_and(|entries| entries > 400.0));
    assert!(value(&metrics, "ogp_ledger_checkpoint_age_seconds").await.is_some_and(|age| age >= 0.0));
    assert_eq!(value(&metrics, "ogp_ledger_diverged").await, Some(0.0));
    assert_eq!(value(&metrics, "ogp_database_up").await, Some(1.0));
    tracker.get("/metrics").await.problem(404, "not_found");
    assert_eq!(get(&metrics, "/api/v1/members").await.status, 404);
    tracker.terminate().done();
}

#[actix_web::test]
async fn a_record_that_is_not_what_was_signed_is_told() {
    let app = TestApp::demo().await;
    app.number().await;
    let sql = "ALTER TABLE ledger_nodes DISABLE TRIGGER ALL; DELETE FROM ledger_nodes WHERE level = 1 AND index = 0";
    app.database.connect().await.batch_execute(sql).await.unwrap();
    let mut command = command(&app.database, &[]);
    command
        .env("OGP_KEYS_DIR", app.keys.path().join("keys"))
        .env("OGP_LOG_KEYS_DIR", app.keys.path().join("log"));
    let (_tracker, metrics) = serve(command).await;
    becomes(&metrics, "ogp_ledger_diverged", 1.0).await;
}
