//! What a running tracker has and shows.

use super::tracker::{Home, Tracker};
use crate::harness::people::PASSWORD;
use crate::harness::{Template, TestDatabase};
use ogp_tracker::db::Target;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

async fn commitments(tracker: &Tracker, filter: &str) -> i64 {
    let page = tracker.get(&format!("/api/v1/commitments?limit=1&total=true{filter}")).await.ok();
    page["page"]["total"].as_i64().expect("a total")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

#[actix_web::test]
async fn from_nothing_it_serves_the_romanian_commitments() {
    let home = Home::new();
    let tracker = home.serve().await;
    let first = tracker.get("/api/v1/commitments/ROTMR0001").await.ok();
    assert_eq!(first["milestones"].as_array().expect("milestones").len(), 5);
    assert_eq!(commitments(&tracker, "").await, 92);
    assert_eq!(commitments(&tracker, "&kind=national").await, 86);
    assert_eq!(tracker.get("/api/v1/members/IAS").await.ok()["joined_year"], 2018);
    assert_eq!(tracker.get("/health/live").await.ok()["status"], "live");
}

#[actix_web::test]
async fn without_the_demo_it_begins_empty() {
    let home = Home::new();
    let mut command = home.command(&["serve"]);
    command.env("OGP_DEMO", "off");
    let tracker = Tracker::ready(command).await;
    assert_eq!(commitments(&tracker, "").await, 0);
    assert_eq!(tracker.get("/api/v1/members").await.ok()["data"], serde_json::json!([]));
}

#[actix_web::test]
async fn its_database_is_closed_to_others() {
    let home = Home::new();
    let tracker = home.serve().await;
    assert_eq!(mode(home.data()) & 0o007, 0, "others may not enter the data folder");
    assert_eq!(mode(&home.cluster()), 0o700);
    assert_eq!(mode(&home.cluster().join("data")), 0o700);
    assert_eq!(mode(&home.socket_dir()), 0o700);
    let password_file = home.data().join("postgres.password");
    assert_eq!(mode(&password_file), 0o600);
    assert!(!home.cluster().join("initdb.password").exists(), "the copy for initdb stays behind");

    let lock = fs::read_to_string(home.cluster().join("data/postmaster.pid")).expect("a running server");
    assert_eq!(lock.lines().nth(5), Some(""), "it listens on TCP: {lock}");
    let socket = format!("host='{}' user=ogp dbname=ogp", home.socket_dir().display());
    let password = fs::read_to_string(&password_file).expect("the password");
    let own = Target::parse(&format!("{socket} password={password}")).expect("an address");
    own.check_server().await.expect("the password opens it");
    let guessed = Target::parse(&format!("{socket} password=ogp")).expect("an address");
    let refused = guessed.check_server().await.expect_err("another password does not");
    assert!(refused.contains("password authentication failed"), "{refused}");
    let shown = tracker.log().iter().map(ToString::to_string).collect::<String>();
    assert!(!shown.contains(password.trim()), "the password is in the log");
}

#[actix_web::test]
async fn the_path_of_the_data_folder_may_be_longer_than_a_socket_s() {
    let home = Home::with_data(&format!("{}/{}", "long".repeat(20), "longer".repeat(10)));
    let tracker = home.serve().await;
    let socket_dir = home.socket_dir();
    assert!(!socket_dir.starts_with(home.data()), "the path is not long: {}", socket_dir.display());
    assert_eq!(mode(&socket_dir), 0o700);
    assert_eq!(commitments(&tracker, "").await, 92);
    tracker.terminate().done();
    let again = home.serve().await;
    assert_eq!(commitments(&again, "").await, 92);
    again.terminate().done();
    fs::remove_dir(socket_dir).expect("an empty folder");
}

/// Root's own folders are closed to the user that runs the database, who is another one then. For
/// everybody else the database simply is where the data folder is.
#[actix_web::test]
async fn a_data_folder_below_a_closed_folder_works() {
    let home = Home::new();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).expect("a closed folder");
    let tracker = home.serve().await;
    assert_eq!(commitments(&tracker, "").await, 92);
    let owner = fs::metadata(home.cluster()).expect("the folder of the database").uid();
    let near = home.data().join("postgres");
    if nix::unistd::geteuid().is_root() {
        assert_ne!(owner, 0, "PostgreSQL does not run as root");
        assert!(near.is_symlink(), "the files cannot be in a place that is closed to their user");
        assert_eq!(mode(&home.cluster()), 0o700);
    } else {
        assert_eq!(owner, nix::unistd::geteuid().as_raw());
        assert!(!near.is_symlink());
    }
    tracker.terminate().done();
    let again = home.serve().await;
    assert_eq!(commitments(&again, "").await, 92);
    assert!(!again.messages().iter().any(|message| message == "making a database"));
}

#[actix_web::test]
async fn every_line_of_the_log_is_json_where_nobody_watches() {
    let home = Home::new();
    let mut command = home.command(&[]);
    command.env("OGP_LOG", "debug");
    // Passwords that were made up are told to people, beside the log; these are not.
    command.env("OGP_ADMIN_PASSWORD", PASSWORD).env("OGP_DEMO_PASSWORD", PASSWORD);
    let tracker = Tracker::ready(command).await;
    let answer = tracker.get("/api/v1/members/ROU").await;
    answer.ok();
    let id = answer.header("x-request-id").expect("a request id");
    let ended = tracker.terminate();
    ended.done();
    let lines: Vec<serde_json::Value> = ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        for field in ["timestamp", "level", "message"] {
            assert!(line[field].is_string(), "no {field}: {line}");
        }
    }
    assert!(lines.iter().any(|line| line["message"] == "stopped"));
    assert!(!ended.stderr.contains(PASSWORD));
    let of_request = lines.iter().find(|line| line["span"]["request_id"] == id);
    let of_request = of_request.unwrap_or_else(|| panic!("no line names the request {id}"));
    assert_eq!(of_request["span"]["path"], "/api/v1/members/ROU");
}

#[actix_web::test]
async fn each_answer_has_a_request_id_of_its_own() {
    let database = TestDatabase::new(Template::Empty).await;
    let tracker = super::database::serve(&database).await;
    let mut ids = Vec::new();
    for path in ["/health/live", "/health/ready", "/api/v1/members", "/api/v1/members/NONE", "/nowhere"] {
        let answer = tracker.get(path).await;
        ids.push(answer.header("x-request-id").unwrap_or_else(|| panic!("none for {path}")).to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
}
