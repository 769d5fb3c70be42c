use crate::harness::people::PASSWORD;
use crate::harness::{Answer, Setting, Template, TestApp, TestDatabase};
use chrono::TimeDelta;
use ogp_tracker::http::ask::TrustedProxies;
use reqwest::Method;
use serde_json::json;

async fn guess(app: &TestApp, email: &str, password: &str, from: &str) -> Answer {
    let request = app.request(Method::POST, "/api/v1/auth/token").header("x-forwarded-for", from);
    app.send(request.json(&json!({"email": email, "password": password}))).await
}

/// Behind a proxy, so that a test can come from anywhere.
async fn behind_a_proxy() -> TestApp {
    let database = TestDatabase::new(Template::Empty).await;
    let proxies = TrustedProxies(vec!["127.0.0.1/32".parse().unwrap()]);
    TestApp::with(database, Setting { proxies, ..Setting::default() })
}

fn wait(answer: &Answer) -> i64 {
    answer.problem(429, "too_many_requests");
    answer.header("retry-after").expect("Retry-After").parse().expect("seconds")
}

#[actix_web::test]
async fn after_five_failures_an_account_waits_longer_and_longer() {
    let app = behind_a_proxy().await;
    let (_, email) = app.person(None, &[]).await;
    // Existing or not, from wherever they come: all the same.
    for email in [email.as_str(), "nobody@example.org", "no address"] {
        for n in 0..5 {
            guess(&app, email, "wrong", &format!("192.0.2.{n}")).await.problem(401, "sign_in_refused");
        }
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let before = app.hasher.work();
            assert_eq!(wait(&guess(&app, &email.to_uppercase(), PASSWORD, "198.51.100.1").await), delay);
            assert_eq!(app.hasher.work(), before, "nothing is hashed meanwhile");
            app.clock.advance(TimeDelta::seconds(delay));
            guess(&app, email, "wrong", "198.51.100.2").await.problem(401, "sign_in_refused");
        }
        app.clock.advance(TimeDelta::hours(2));
    }
}

#[actix_web::test]
async fn a_success_and_an_hour_of_quiet_forget_the_failures() {
    let app = behind_a_proxy().await;
    let (_, email) = app.person(None, &[]).await;
    let fail = async |times: usize| {
        for _ in 0..times {
            guess(&app, &email, "wrong", "192.0.2.1").await.problem(401, "sign_in_refused");
        }
    };
    fail(4).await;
    guess(&app, &email, PASSWORD, "192.0.2.1").await.ok();
    fail(5).await;
    assert_eq!(wait(&guess(&app, &email, "wrong", "192.0.2.1").await), 1);
    app.clock.advance(TimeDelta::seconds(3_601));
    fail(5).await;
    assert_eq!(wait(&guess(&app, &email, "wrong", "192.0.2.1").await), 1);
}

#[actix_web::test]
async fn guesses_at_the_same_instant_do_not_slip_through() {
    let app = behind_a_proxy().await;
    let (_, email) = app.person(None, &[]).await;
    let before = app.hasher.work();
    let guesses = (0..30).map(|_| guess(&app, &email, "wrong", "192.0.2.1"));
    let answers = futures_util::future::join_all(guesses).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!((tried, app.hasher.work() - before), (5, 40));
    assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)));
}

#[actix_web::test]
async fn an_address_that_tries_many_accounts_is_slowed_and_no_other() {
    let app = behind_a_proxy().await;
    let (_, email) = app.person(None, &[]).await;
    for n in 0..50 {
        // What a client says of itself in front of the proxy's word is not believed.
        let from = format!("203.0.113.{n}, 192.0.2.7");
        guess(&app, &format!("person{n}@example.net"), "wrong", &from).await.problem(401, "sign_in_refused");
    }
    assert_eq!(wait(&guess(&app, &email, PASSWORD, "192.0.2.7").await), 1);
    guess(&app, &email, PASSWORD, "192.0.2.8").await.ok();
    app.clock.advance(TimeDelta::seconds(1));
    // A success is not counted against the address, and does not wipe its slate clean.
    guess(&app, &email, PASSWORD, "192.0.2.7").await.ok();
    guess(&app, "x@example.net", "wrong", "192.0.2.7").await.problem(401, "sign_in_refused");
    assert_eq!(wait(&guess(&app, &email, PASSWORD, "192.0.2.7").await), 2);
}

#[actix_web::test]
async fn without_a_trusted_proxy_nobody_chooses_where_they_come_from() {
    let app = TestApp::empty().await;
    for n in 0..50 {
        let from = format!("203.0.113.{n}");
        guess(&app, &format!("person{n}@example.net"), "wrong", &from).await.problem(401, "sign_in_refused");
    }
    wait(&guess(&app, "person@example.net", "wrong", "203.0.113.99").await);
}
