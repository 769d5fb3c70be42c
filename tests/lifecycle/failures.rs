//! What cannot work is told in one line that says what to do.

use super::tracker::{Ended, Home, program, run};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

/// Runs with one setting that is wrong, and asserts that no database was begun.
fn run_with(name: &str, value: &str) -> Ended {
    let home = Home::new();
    let mut command = home.command(&[]);
    command.env(name, value);
    let ended = run(command);
    assert!(!home.data().join("postgres").exists(), "it began a database all the same");
    ended
}

/// The usage error of a setting's value: exit code 2.
#[track_caller]
fn refuses_usage(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(ended.stdout.is_empty(), "{ended:#?}");
    for word in words {
        assert!(ended.stderr.contains(word), "no {word:?} in: {}", ended.stderr);
    }
}

#[test]
fn a_port_in_use_is_told_before_a_database_is_begun() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = holder.local_addr().expect("its address").to_string();
    run_with("OGP_LISTEN", &address).complains_of(&[&address, "in use", "OGP_LISTEN"]);
}

#[test]
fn an_address_to_listen_on_that_is_none_is_told() {
    for address in ["here", "127.0.0.1", "127.0.0.1:99999", "no-such-host.invalid:80", "203.0.113.1:8080"] {
        run_with("OGP_LISTEN", address).complains_of(&[address, "OGP_LISTEN"]);
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told() {
    let home = Home::new();
    let file = home.path().join("file");
    fs::write(&file, "a file, not a folder").expect("a file");
    for path in [file.clone(), file.join("below")] {
        let path = path.to_str().expect("text");
        run_with("OGP_DATA_DIR", path).complains_of(&["data folder", path, "OGP_DATA_DIR"]);
    }
}

#[test]
fn database_programs_that_are_not_there_are_told() {
    let home = Home::new();
    let nowhere = home.path().join("nowhere");
    let nowhere = nowhere.to_str().expect("text");
    run_with("OGP_POSTGRES_BIN", nowhere).complains_of(&["OGP_POSTGRES_BIN", nowhere, "install"]);
}

#[test]
fn database_programs_of_another_version_are_told() {
    let home = Home::new();
    let bin = home.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    for program in ["postgres", "initdb"] {
        let path = bin.join(program);
        fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n").expect("a program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    }
    run_with("OGP_POSTGRES_BIN", bin.to_str().expect("text")).complains_of(&["PostgreSQL 13", "14 or newer"]);
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    for filter in ["ogp_tracker=loud", "loud", "=debug=", "info,verbose"] {
        run_with("OGP_LOG", filter).complains_of(&["OGP_LOG", filter, "info or debug"]);
    }
}

#[test]
fn a_number_of_workers_that_is_none_is_told() {
    for workers in ["0", "-1", "many", "1.5"] {
        refuses_usage(&run_with("OGP_WORKERS", workers), &[workers, "--workers"]);
    }
}

#[test]
fn a_switch_that_is_neither_on_nor_off_is_told() {
    refuses_usage(&run_with("OGP_DEMO", "maybe"), &["maybe", "on", "off"]);
}

#[test]
fn a_command_or_option_that_is_none_is_told() {
    refuses_usage(&run(program(&["dance"])), &["dance", "--help"]);
    refuses_usage(&run(program(&["serve", "--colour"])), &["--colour", "--help"]);
    refuses_usage(&run(program(&["migrate", "--pending", "--revert", "1"])), &["--pending", "--revert"]);
    refuses_usage(&run(program(&["import"])), &["FILE"]);
}
