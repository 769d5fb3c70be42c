use crate::harness::people::Client;
use crate::harness::{Answer, Setting, Template, TestApp, TestDatabase};
use chrono::TimeDelta;
use ogp_tracker::http::ask::TrustedProxies;
use ogp_tracker::http::rate::Rates;
use reqwest::Method;
use serde_json::json;

const MEMBERS: &str = "/api/v1/members";

/// Few requests for each, and behind a proxy, so that a test can come from anywhere.
async fn strict() -> TestApp {
    with(Rates { anonymous: 3, signed_in: 20, downloads: 2 }).await
}

async fn with(rates: Rates) -> TestApp {
    let proxies = TrustedProxies(vec!["127.0.0.1/32".parse().unwrap()]);
    TestApp::with(TestDatabase::new(Template::Demo).await, Setting { rates, proxies, ..Setting::default() })
}

async fn from(app: &TestApp, address: &str, path: &str) -> Answer {
    app.get_with(path, &[("x-forwarded-for", address)]).await
}

async fn as_person(client: &Client<'_>, address: &str, path: &str) -> Answer {
    client.get(path).header("x-forwarded-for", address).send().await
}

/// `RateLimit` and `RateLimit-Policy`.
fn told(answer: &Answer) -> [&str; 2] {
    ["ratelimit", "ratelimit-policy"].map(|name| answer.header(name).unwrap_or_default())
}

#[track_caller]
fn refused(answer: &Answer) -> i64 {
    let problem = answer.problem(429, "too_many_requests");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let seconds = answer.header("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!(problem["detail"].as_str().unwrap().contains(&format!("in {seconds} seconds")), "{problem}");
    assert!(told(answer)[0].ends_with(&format!("r=0;t={seconds}")), "{:?}", told(answer));
    seconds
}

#[actix_web::test]
async fn an_answer_says_what_is_left_whatever_it_is() {
    let app = with(Rates { anonymous: 60, signed_in: 0, downloads: 0 }).await;
    let etag = app.get(MEMBERS).await.header("etag").unwrap().to_owned();
    let post = app.request(Method::POST, "/api/v1/commitments").json(&json!({}));
    let answers = [
        (app.get_with(MEMBERS, &[("if-none-match", &etag)]).await, 304),
        (app.get("/api/v1/members/NOPE").await, 404),
        (app.get("/api/v1/members?colour=red").await, 400),
        (app.send(post).await, 401),
        (app.send(app.request(Method::HEAD, MEMBERS)).await, 200),
        (app.send(app.request(Method::DELETE, MEMBERS)).await, 405),
        (app.get("/openapi.json").await, 200),
    ];
    for (left, (answer, status)) in (0..59).rev().zip(&answers) {
        assert_eq!(answer.status, *status);
        let used = 60 - left;
        let limit = format!("\"default\";r={left};t={used}");
        assert_eq!(told(answer), [limit.as_str(), "\"default\";q=60;w=60"]);
    }
}

#[actix_web::test]
async fn whoever_asks_too_often_waits_and_nobody_else() {
    let app = strict().await;
    for _ in 0..3 {
        from(&app, "192.0.2.1", MEMBERS).await.ok();
    }
    assert_eq!(refused(&from(&app, "192.0.2.1", MEMBERS).await), 20);
    assert_eq!(refused(&from(&app, "192.0.2.1", "/api/v1/commitments").await), 20);
    from(&app, "192.0.2.2", MEMBERS).await.ok();
    app.clock.advance(TimeDelta::seconds(19));
    assert_eq!(refused(&from(&app, "192.0.2.1", MEMBERS).await), 1);
    app.clock.advance(TimeDelta::seconds(1));
    from(&app, "192.0.2.1", MEMBERS).await.ok();
    refused(&from(&app, "192.0.2.1", MEMBERS).await);
}

#[actix_web::test]
async fn neighbours_in_ipv6_are_one_caller() {
    let app = strict().await;
    for n in 0..3 {
        from(&app, &format!("2001:db8::{n:x}"), MEMBERS).await.ok();
    }
    refused(&from(&app, "2001:db8::ffff:1", MEMBERS).await);
    from(&app, "2001:db8:0:1::1", MEMBERS).await.ok();
}

#[actix_web::test]
async fn who_is_signed_in_may_ask_more_wherever_they_are() {
    let app = strict().await;
    let editor = app.editor_of("IAS").await;
    // Nobody knows the token before it has held once.
    assert!(told(&as_person(&editor, "192.0.2.7", "/api/v1/me").await)[1].contains("q=3;"));
    for n in 0..20 {
        let answer = as_person(&editor, &format!("192.0.2.{}", n % 5), MEMBERS).await;
        assert_eq!((answer.status, told(&answer)[1]), (200, "\"default\";q=20;w=60"));
    }
    assert_eq!(refused(&as_person(&editor, "198.51.100.1", MEMBERS).await), 3);
    from(&app, "192.0.2.1", MEMBERS).await.ok();
}

#[actix_web::test]
async fn a_credential_that_is_made_up_gains_nothing() {
    let app = strict().await;
    for n in 0..4 {
        let token = format!("Bearer ogp_{n}");
        let shown = [("authorization", token.as_str()), ("x-forwarded-for", "192.0.2.1")];
        let answer = app.get_with(MEMBERS, &shown).await;
        if n < 3 {
            answer.problem(401, "token_invalid");
        } else {
            refused(&answer);
        }
    }
}

#[actix_web::test]
async fn what_is_much_work_has_a_smaller_limit_besides() {
    let app = with(Rates { anonymous: 100, signed_in: 0, downloads: 2 }).await;
    let csv = from(&app, "192.0.2.1", "/api/v1/members?format=csv").await;
    assert_eq!(
        told(&csv),
        ["\"default\";r=99;t=1, \"downloads\";r=1;t=30", "\"default\";q=100;w=60, \"downloads\";q=2;w=60"]
    );
    let workbook = "/api/v1/action-plans/timisoara-2022-2024/workbook";
    assert_eq!(from(&app, "192.0.2.1", workbook).await.status, 200);
    for path in [workbook, "/api/v1/report", "/api/v1/members/IAS/report", "/api/v1/members?format=xlsx"] {
        assert_eq!(refused(&from(&app, "192.0.2.1", path).await), 30);
    }
    from(&app, "192.0.2.1", MEMBERS).await.ok();
}

#[actix_web::test]
async fn health_and_preflights_are_not_counted() {
    let app = strict().await;
    for _ in 0..10 {
        let live = app.get("/health/live").await;
        assert_eq!((live.status, told(&live)), (200, ["", ""]));
        let preflight = app.request(Method::OPTIONS, MEMBERS).header("origin", "https://example.org");
        let preflight = preflight.header("access-control-request-method", "GET");
        assert_eq!(app.send(preflight).await.status, 200);
    }
    app.get(MEMBERS).await.ok();
}

#[actix_web::test]
async fn programs_in_browsers_can_read_it() {
    let app = strict().await;
    let answer = app.get_with(MEMBERS, &[("origin", "https://example.org")]).await;
    let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
    for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
        assert!(exposed.split(", ").any(|one| one.trim() == name), "{name}: {exposed}");
    }
}

#[actix_web::test]
async fn zero_is_no_limit() {
    let app = with(Rates::NONE).await;
    for _ in 0..10 {
        assert_eq!(told(&app.get("/api/v1/members?format=csv").await), ["", ""]);
    }
}
