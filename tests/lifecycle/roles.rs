//! A role that migrates, and another one that serves.

use super::caller::Caller;
use super::tracker::{Tracker, program, run};
use crate::harness::people::PASSWORD;
use crate::harness::{Template, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::db::Target;
use serde_json::json;
use std::process::Command;

/// `ogp-tracker` as the service's role; migrations by another one, where that is given.
fn command(service: &Target, owner: Option<&Target>, args: &[&str]) -> Command {
    let mut command = program(args);
    command.env("DATABASE_URL", service.connection_string()).env("OGP_LISTEN", "127.0.0.1:0");
    if let Some(owner) = owner {
        command.env("OGP_MIGRATION_DATABASE_URL", owner.connection_string());
    }
    command
}

/// A bare database of one role, and the role of a service.
async fn roles(database: &mut TestDatabase) -> (Target, Target) {
    let mut admin = database.connect().await;
    let (owner, service) = (database.role("owner").await, database.role("service").await);
    let name = &database.name;
    let sql = format!("ALTER DATABASE {name} OWNER TO {name}_owner");
    admin.batch_execute(&sql).await.expect("an owner");
    (owner, service)
}

#[actix_web::test]
async fn one_role_migrates_and_another_imports_and_serves() {
    let mut database = TestDatabase::new(Template::Bare).await;
    let (owner, service) = roles(&mut database).await;
    // Nobody but the owner makes tables.
    run(command(&service, None, &[])).complains_of(&["permission denied", "OGP_MIGRATION_DATABASE_URL"]);
    assert!(run(command(&service, Some(&owner), &["migrate"])).done().contains("applied "));
    let again = run(command(&service, Some(&owner), &["migrate"]));
    assert_eq!(again.done(), "the schema is up to date already\n");
    // From here on the owner's password is known to nobody who serves.
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/romania.json");
    assert!(run(command(&service, None, &["import", demo])).done().ends_with("imported\n"));
    let mut serve = command(&service, None, &[]);
    serve.env("OGP_ADMIN_EMAIL", "admin@example.org").env("OGP_ADMIN_PASSWORD", PASSWORD);
    serve.env("OGP_KEYS_DIR", database_keys(&database));
    let tracker = Tracker::ready(serve).await;
    let admin = Caller::sign_in(&tracker.address, "admin@example.org", PASSWORD).await;
    let editor = admin.person("ana", "editor", "ROTMR", PASSWORD).await;
    let milestones = tracker.get("/api/v1/milestones?commitment=ROTMR0001").await.ok();
    let milestone = milestones["data"][0]["id"].as_str().expect("an id").to_owned();
    let update = json!({"progress": "limited", "effective_on": "2022-06-30"});
    let made = Caller::made(&editor.post(&format!("/api/v1/milestones/{milestone}/updates"), &update).await);
    let mut found = None;
    for _ in 0..1_000 {
        let page = tracker.get("/api/v1/ledger/entries?after=450&limit=200").await.ok();
        let entries = page["data"].as_array().expect("data").clone();
        found = entries.into_iter().find(|entry| entry["resource_id"] == made["id"]);
        if found.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(found.is_some(), "it was not numbered");
    tracker.terminate().done();
    // With the owner's address, too: it migrates and grants at every start.
    Tracker::ready(command(&service, Some(&owner), &[])).await.terminate().done();
}

fn database_keys(database: &TestDatabase) -> std::path::PathBuf {
    crate::harness::base().join(format!("keys-{}", database.name))
}

#[actix_web::test]
async fn settings_that_separate_nothing_are_told() {
    let mut database = TestDatabase::new(Template::Bare).await;
    let (owner, service) = roles(&mut database).await;
    run(command(&owner, Some(&owner), &["migrate"]))
        .complains_of(&["OGP_MIGRATION_DATABASE_URL", "can act as the owner"]);
    let unreachable = Target::parse("postgres://ogp:s3cret@127.0.0.1:1/ogp").unwrap();
    let ended = run(command(&service, Some(&unreachable), &["migrate"]));
    ended.complains_of(&["127.0.0.1:1", "check OGP_MIGRATION_DATABASE_URL"]);
    assert!(!ended.stderr.contains("s3cret"));
    let mut alone = program(&["migrate"]);
    alone.env("OGP_MIGRATION_DATABASE_URL", owner.connection_string());
    run(alone).complains_of(&["OGP_MIGRATION_DATABASE_URL goes with DATABASE_URL"]);
}
