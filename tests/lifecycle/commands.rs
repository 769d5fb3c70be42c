//! The commands beside `serve`.

use super::database::command;
use super::tracker::{Home, program, run, run_with_input};
use crate::harness::{Template, TestApp, TestDatabase};
use serde_json::{Value, json};
use std::path::PathBuf;

const SETTINGS: [&str; 7] =
    ["OGP_LISTEN", "DATABASE_URL", "OGP_DATA_DIR", "OGP_DEMO", "OGP_WORKERS", "OGP_LOG", "OGP_POSTGRES_BIN"];

/// A file of the repository.
fn file(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name).to_str().expect("text").to_owned()
}

fn demo() -> Value {
    serde_json::from_slice(&std::fs::read(file("demo/romania.json")).expect("demo data")).expect("JSON")
}

/// A document with one member that the demo data has not.
fn one_member() -> Value {
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "CLJ", "kind": "local", "country": "RO", "name": {"en": "Cluj-Napoca, Romania"}}]
    })
}

#[test]
fn help_of_every_command_names_every_setting_and_has_examples() {
    for args in [&[][..], &["serve"], &["migrate"], &["import"], &["openapi"]] {
        let mut command = program(args);
        command.arg("--help").env("DATABASE_URL", "postgres://ogp:s3cret@localhost/ogp");
        let ended = run(command);
        let help = ended.done();
        for setting in SETTINGS {
            assert!(
                help.contains(&format!("[env: {setting}")),
                "{args:?} does not tell of {setting}: {help}"
            );
        }
        assert!(help.contains("Examples:\n  "), "{args:?} has no examples: {help}");
        assert!(!help.contains("s3cret"), "{args:?} shows the password: {help}");
    }
}

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let ended = run(program(&["--help"]));
    for word in ["serve", "migrate", "import", "openapi", "Exit codes: 0", "[default: 127.0.0.1:8080]"] {
        assert!(ended.done().contains(word), "no {word:?} in: {}", ended.stdout);
    }
    let version = run(program(&["--version"]));
    assert_eq!(version.done(), concat!("ogp-tracker ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[actix_web::test]
async fn migrate_applies_lists_and_reverts() {
    let database = TestDatabase::new(Template::Bare).await;
    let migrate = |args: &[&str]| run(command(&database, &[&["migrate"], args].concat())).done().to_owned();
    let pending = migrate(&["--pending"]);
    let names: Vec<&str> = pending.lines().filter_map(|line| line.strip_prefix("pending ")).collect();
    assert_eq!(names.len(), pending.lines().count());
    let oldest = "2026-11-23-000001_partial_dates";
    assert_eq!(names.first(), Some(&oldest));
    assert_eq!(migrate(&["--pending"]), pending, "listing changes nothing");

    let applied = migrate(&[]);
    assert_eq!(applied.lines().count(), names.len());
    assert!(applied.lines().all(|line| line.starts_with("applied ")), "{applied}");
    assert_eq!(migrate(&[]), "the schema is up to date already\n");
    assert_eq!(migrate(&["--pending"]), "the schema is up to date\n");

    let newest = names.last().expect("a migration");
    let version: String = newest.split('_').next().expect("a version").replace('-', "");
    assert_eq!(migrate(&["--revert", "1"]), format!("reverted {version}\n"));
    assert_eq!(migrate(&["--pending"]), format!("pending {newest}\n"));
    assert_eq!(migrate(&["--revert", "99"]).lines().count(), names.len() - 1);
    assert_eq!(migrate(&["--revert", "1"]), "there was nothing to revert\n");
    assert_eq!(migrate(&[]).lines().count(), names.len());
}

#[test]
fn openapi_prints_what_is_published() {
    let openapi = run(program(&["openapi"]));
    assert_eq!(openapi.done(), std::fs::read_to_string(file("openapi/openapi.json")).expect("a file"));
    let schema = run(program(&["openapi", "--import-schema"]));
    assert_eq!(schema.done(), std::fs::read_to_string(file("openapi/import.schema.json")).expect("a file"));
}

#[actix_web::test]
async fn import_brings_a_file_in_once() {
    let database = TestDatabase::new(Template::Bare).await;
    let romania = file("demo/romania.json");
    let import = |args: &[&str]| run(command(&database, &[&["import", &romania], args].concat()));
    let tried = import(&["--dry-run"]);
    assert!(tried.done().ends_with("dry run: nothing was changed; the import would do the above\n"));
    let imported = import(&[]);
    assert!(imported.done().ends_with("\nimported\n"), "{}", imported.stdout);
    let count = imported.stdout.lines().find(|line| line.starts_with("commitments ")).expect("commitments");
    assert_eq!(
        count.split_whitespace().collect::<Vec<_>>(),
        ["commitments", "92", "created", "0", "updated", "0", "unchanged"]
    );
    let counts = |text: &str| text.lines().rev().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(counts(&tried.stdout), counts(&imported.stdout), "the dry run foretold it");
    let again = import(&[]);
    assert!(
        again.done().ends_with("\nnothing changed: everything is already as the document says\n"),
        "{}",
        again.stdout
    );
    let json: Value = serde_json::from_str(import(&["--json"]).done()).expect("JSON");
    assert_eq!(json["commitments"], json!({"created": 0, "updated": 0, "unchanged": 92}));
    let app = TestApp::on(database);
    assert_eq!(app.all("/api/v1/commitments").await.len(), 92);
}

#[actix_web::test]
async fn import_reads_standard_input() {
    let database = TestDatabase::new(Template::Demo).await;
    let document = one_member().to_string();
    let ended = run_with_input(command(&database, &["import", "-"]), document.as_bytes());
    assert!(ended.done().ends_with("\nimported\n"), "{}", ended.stdout);
    let app = TestApp::on(database);
    assert_eq!(app.get("/api/v1/members/CLJ").await.ok()["name"], "Cluj-Napoca, Romania");
}

#[actix_web::test]
async fn a_dry_run_changes_nothing() {
    let database = TestDatabase::new(Template::Demo).await;
    let document = one_member().to_string();
    let ended = run_with_input(command(&database, &["import", "-", "--dry-run"]), document.as_bytes());
    let line = ended.done().lines().find(|line| line.starts_with("members ")).expect("members");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["members", "1", "created", "0", "updated", "0", "unchanged"]
    );
    let app = TestApp::on(database);
    app.get("/api/v1/members/CLJ").await.problem(404, "not_found");
}

#[actix_web::test]
async fn a_faulty_document_is_told_with_pointers_and_changes_nothing() {
    let database = TestDatabase::new(Template::Demo).await;
    let mut document = demo();
    document["members"][1]["joined_year"] = json!(2001);
    document["commitments"][3]["action_plan"] = json!("no-such-plan");
    document["commitments"][91]["title"] = json!(7);
    let bytes = document.to_string();
    let ended = run_with_input(command(&database, &["import", "-"]), bytes.as_bytes());
    ended.complains_of(&["4 fault(s)", "all are listed above", "nothing was imported"]);
    let pointers: Vec<_> =
        ended.stdout.lines().map(|line| line.split_once(": ").expect("a pointer first").0).collect();
    // Of another plan, the fourth would take a code that is in use.
    let expected = [
        "/commitments/3/action_plan",
        "/commitments/3/code",
        "/commitments/91/title",
        "/members/1/joined_year",
    ];
    assert_eq!(pointers, expected, "{}", ended.stdout);

    let ended = run_with_input(command(&database, &["import", "-", "--json"]), bytes.as_bytes());
    assert_eq!(ended.code, Some(1));
    let faults: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(faults[0]["pointer"], "/commitments/3/action_plan");
    let app = TestApp::on(database);
    assert_eq!(app.get("/api/v1/members/IAS").await.ok()["joined_year"], 2018);
}

#[actix_web::test]
async fn a_document_that_cannot_be_read_is_told() {
    let database = TestDatabase::new(Template::Empty).await;
    run(command(&database, &["import", "/nowhere/plan.json"])).complains_of(&["/nowhere/plan.json"]);
    run(command(&database, &["import", "/"])).complains_of(&["cannot read /"]);
    let ended = run_with_input(command(&database, &["import", "-"]), b"{\"format\": ");
    ended.complains_of(&["1 fault(s)"]);
    assert!(ended.stdout.starts_with("(document): "), "{}", ended.stdout);
}

#[actix_web::test]
async fn what_was_imported_into_the_own_database_is_served_later() {
    let home = Home::new();
    let migrated = run(home.command(&["migrate"]));
    assert!(migrated.done().lines().all(|line| line.starts_with("applied ")), "{}", migrated.stdout);
    assert!(home.servers().is_empty(), "the command left its server behind");
    let document = home.path().join("plan.json");
    std::fs::write(&document, one_member().to_string()).expect("a document");
    let imported = run(home.command(&["import", document.to_str().expect("text")]));
    assert!(imported.done().ends_with("\nimported\n"), "{}", imported.stdout);
    assert!(home.servers().is_empty(), "the command left its server behind");

    let tracker = home.serve().await;
    assert_eq!(tracker.get("/api/v1/members/CLJ").await.ok()["code"], "CLJ");
    // What is not empty is not filled with the demo.
    tracker.get("/api/v1/members/ROU").await.problem(404, "not_found");
}
