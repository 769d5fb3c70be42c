//! The first people, and the commands that look after people and keys.

use super::tracker::{Ended, Home, program, run, run_with_input};
use crate::harness::people::PASSWORD;
use crate::harness::{Template, TestApp, TestDatabase};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;

fn command(database: &TestDatabase, args: &[&str]) -> Command {
    let mut command = program(args);
    command.env("DATABASE_URL", database.target.connection_string());
    command
}

fn user(database: &TestDatabase, args: &[&str]) -> Ended {
    run(command(database, &[&["user"], args].concat()))
}

async fn sign_in(address: &str, email: &str, password: &str) -> (u16, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = json!({"email": email, "password": password});
    let request =
        reqwest::Client::new().request(Method::POST, format!("{address}/api/v1/auth/token")).json(&body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn told_password(text: &str) -> &str {
    text.lines().find_map(|line| line.split_once("(told this once): ")).expect("a password").1
}

#[actix_web::test]
async fn people_are_looked_after_from_the_command_line() {
    let database = TestDatabase::new(Template::Demo).await;
    let ana = "ana.pop@primarie.example";
    let added = user(
        &database,
        &[
            "add",
            "Ana.Pop@primarie.example",
            "--name",
            "Ana Pop",
            "--language",
            "ro",
            "--role",
            "editor@IAS",
            "--role",
            "admin",
        ],
    );
    assert!(added.done().starts_with("ana.pop@primarie.example has an account\n"), "{added:?}");
    let password = told_password(&added.stdout).to_owned();
    assert!(password.len() >= 20);
    user(&database, &["add", ana, "--name", "Ana"]).complains_of(&["another person has this e-mail address"]);
    user(&database, &["disable", ana]).complains_of(&["nobody else is an admin"]);
    user(&database, &["revoke", ana, "admin"]).complains_of(&["nobody else is an admin"]);
    user(&database, &["add", "ion@example.org", "--name", "Ion", "--role", "admin"]).done();
    assert_eq!(
        user(&database, &["revoke", ana, "admin"]).done(),
        "ana.pop@primarie.example is admin no more\n"
    );
    user(&database, &["revoke", ana, "admin"]).complains_of(&["no grant is called"]);
    assert_eq!(
        user(&database, &["grant", ana, "publisher@rotmr"]).done(),
        "ana.pop@primarie.example is publisher@rotmr\n"
    );
    user(&database, &["grant", ana, "publisher@ROTMR"]).complains_of(&["holds this role already"]);
    user(&database, &["grant", ana, "publisher@NOPE"]).complains_of(&["no member is called \"NOPE\""]);
    user(&database, &["grant", "nobody@example.org", "auditor"])
        .complains_of(&["nobody has the e-mail address"]);
    let list = user(&database, &["list"]);
    assert_eq!(
        list.done(),
        "ana.pop@primarie.example  Ana Pop  [editor@IAS, publisher@ROTMR]\nion@example.org  Ion  [admin]\n"
    );
    user(&database, &["disable", ana]).done();
    assert!(
        user(&database, &["list"]).done().contains("Ana Pop  [editor@IAS, publisher@ROTMR]  (kept out)\n")
    );
    let json: Value = serde_json::from_str(user(&database, &["list", "--json"]).done()).expect("JSON");
    assert_eq!(
        (&json[0]["email"], &json[0]["disabled"], &json[0]["language"]),
        (&json!(ana), &json!(true), &json!("ro"))
    );
    user(&database, &["enable", ana]).done();
    let app = TestApp::on(database);
    assert_eq!(sign_in(&app.address, ana, &password).await.0, 200);
    let reset = user(&app.database, &["reset-password", ana]);
    assert_eq!(sign_in(&app.address, ana, &password).await.0, 401);
    assert_eq!(sign_in(&app.address, ana, told_password(reset.done())).await.0, 200);
}

#[actix_web::test]
async fn passwords_are_read_from_standard_input_and_checked() {
    let database = TestDatabase::new(Template::Empty).await;
    let add = |input: &str| {
        let args = ["user", "add", "ana@example.org", "--name", "Ana", "--password-stdin"];
        run_with_input(command(&database, &args), input.as_bytes())
    };
    add("elevenchars\n").complains_of(&["at least 12"]);
    add("passwordpassword\n").complains_of(&["among the first that are guessed"]);
    let added = add(&format!("{PASSWORD}\r\n"));
    assert_eq!(added.done(), "ana@example.org has an account\n");
    let app = TestApp::on(database);
    assert_eq!(sign_in(&app.address, "ana@example.org", PASSWORD).await.0, 200);
}

#[actix_web::test]
async fn what_makes_no_sense_is_wrong_usage() {
    for args in [
        &["user", "add", "no address", "--name", "x"][..],
        &["user", "add", "a@example.org", "--name", "x", "--role", "editor"],
        &["user", "add", "a@example.org", "--name", "x", "--role", "admin@IAS"],
        &["user", "add", "a@example.org", "--name", "x", "--language", "?"],
        &["user", "add", "a@example.org", "--name", " "],
        &["user", "grant", "a@example.org", "mayor"],
        &["user"],
        &["keys"],
    ] {
        assert_eq!(run(program(args)).code, Some(2), "{args:?}");
    }
    for args in [&["user", "--help"][..], &["user", "add", "--help"], &["keys", "rotate", "--help"]] {
        assert!(run(program(args)).done().contains("Examples:"), "{args:?}");
    }
}

#[actix_web::test]
async fn the_first_start_tells_passwords_once() {
    let home = Home::new();
    let tracker = home.serve().await;
    let told = tracker.announcements();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("admin@localhost"));
    for email in ["editor.ias@demo.invalid", "publisher.rotmr@demo.invalid", "assessor.rou@demo.invalid"] {
        assert!(told[1].contains(email), "{told:?}");
    }
    let (admin, demo) = (told_password(&told[0]), told_password(&told[1]));
    assert!(admin.len() >= 20 && admin != demo);
    let (status, tokens) = sign_in(&tracker.address, "admin@localhost", admin).await;
    assert_eq!((status, &tokens["expires_in"]), (200, &json!(900)));
    assert_eq!(sign_in(&tracker.address, "assessor.rotmr@demo.invalid", demo).await.0, 200);
    let log = tracker.messages().join("\n");
    assert!(!log.contains(admin) && !log.contains(demo));
    let ended = tracker.terminate();
    assert_eq!(ended.stdout, "");
    let again = home.serve().await;
    assert_eq!(again.announcements(), Vec::<String>::new());
    assert_eq!(sign_in(&again.address, "admin@localhost", admin).await.0, 200);
}

#[actix_web::test]
async fn the_first_people_can_be_given() {
    let home = Home::new();
    let mut command = home.command(&[]);
    command.env("OGP_ADMIN_EMAIL", "Mayor@primarie.example").env("OGP_ADMIN_PASSWORD", PASSWORD);
    command.env("OGP_DEMO_PASSWORD", "eight quiet blue boats");
    let tracker = super::tracker::Tracker::ready(command).await;
    assert_eq!(tracker.announcements(), Vec::<String>::new());
    assert!(tracker.messages().iter().any(|line| line == "the first admin was made: mayor@primarie.example"));
    assert_eq!(sign_in(&tracker.address, "mayor@primarie.example", PASSWORD).await.0, 200);
    assert_eq!(sign_in(&tracker.address, "editor.ias@demo.invalid", "eight quiet blue boats").await.0, 200);
}

#[actix_web::test]
async fn a_first_admin_that_cannot_be_made_is_told() {
    let database = TestDatabase::new(Template::Empty).await;
    let serve = |email: &str, password: &str| {
        let mut command = command(&database, &["--listen", "127.0.0.1:0"]);
        command.env("OGP_ADMIN_EMAIL", email).env("OGP_ADMIN_PASSWORD", password);
        run(command)
    };
    serve("mayor@primarie.example", "").complains_of(&["OGP_ADMIN_EMAIL and OGP_ADMIN_PASSWORD go together"]);
    serve("mayor", PASSWORD).complains_of(&["OGP_ADMIN_EMAIL", "no"]);
    serve("mayor@primarie.example", "short").complains_of(&["OGP_ADMIN_PASSWORD", "at least 12"]);
}

#[actix_web::test]
async fn keys_are_listed_and_rotated_beside_a_running_server() {
    let home = Home::new();
    let tracker = home.serve().await;
    let list = || run(home.command(&["keys", "list"])).done().to_owned();
    assert_eq!(list().lines().count(), 1);
    let rotated = run(home.command(&["keys", "rotate"]));
    let kid = rotated.done().split(' ').next().unwrap().to_owned();
    let lines = list();
    let lines: Vec<_> = lines.lines().collect();
    assert!(
        lines[0].contains("verifies until") && lines[1].starts_with(&kid) && lines[1].ends_with("signs"),
        "{lines:?}"
    );
    drop(tracker);
    let keys = home.data().join("keys");
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    run(home.command(&["keys", "list"])).complains_of(&["can be read by other users", "chmod go="]);
    run(home.command(&[])).complains_of(&["can be read by other users"]);
}
