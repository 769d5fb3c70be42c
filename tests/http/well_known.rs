use crate::harness::{Setting, Template, TestApp, TestDatabase};
use chrono::{DateTime, TimeDelta, Utc};
use ogp_tracker::kernel::Clock;
use reqwest::Method;
use serde_json::Value;

const CATALOG: &str = "/.well-known/api-catalog";
const SECURITY: &str = "/.well-known/security.txt";

async fn with_contacts(contacts: &[&str]) -> TestApp {
    let contacts = contacts.iter().map(|contact| (*contact).to_owned()).collect();
    TestApp::with(TestDatabase::new(Template::Empty).await, Setting { contacts, ..Setting::default() })
}

/// All links of a set, as relation and target.
fn links(set: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for context in set["linkset"].as_array().expect("a linkset") {
        for (relation, targets) in context.as_object().expect("a context") {
            for target in targets.as_array().into_iter().flatten() {
                let text = |field: &str| target[field].as_str().expect("a text").to_owned();
                found.push((relation.clone(), text("href"), text("type")));
            }
        }
    }
    found
}

#[actix_web::test]
async fn the_catalogue_leads_to_what_programs_need_to_know() {
    let app = TestApp::demo().await;
    let answer = app.get(CATALOG).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"")
    );
    let set = answer.ok();
    assert_eq!(set["linkset"][0]["anchor"], format!("{}{CATALOG}", app.address));
    assert_eq!(set["linkset"][0]["item"][0]["href"], set["linkset"][1]["anchor"]);
    let links = links(&set);
    for relation in ["service-desc", "service-doc", "service-meta", "status"] {
        assert!(links.iter().any(|(own, ..)| own == relation), "{relation}: {links:?}");
    }
    for (relation, href, media_type) in links.iter().filter(|(relation, ..)| relation != "item") {
        let found = app.get(href.strip_prefix(&app.address).expect("an address of ours")).await;
        assert_eq!(found.status, 200, "{relation}: {href}");
        assert!(found.header("content-type").unwrap().starts_with(media_type.as_str()), "{href}");
    }
}

#[actix_web::test]
async fn the_head_of_the_catalogue_says_where_it_is() {
    let app = TestApp::empty().await;
    let head = app.send(app.request(Method::HEAD, CATALOG)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let link = head.header("link").expect("a Link");
    assert!(link.starts_with("</.well-known/api-catalog>; rel=\"api-catalog\""), "{link}");
}

#[actix_web::test]
async fn the_catalogue_names_the_host_that_was_asked() {
    let app = TestApp::empty().await;
    let set = app.get_with(CATALOG, &[("host", "ogp.example.org")]).await.ok();
    assert_eq!(set["linkset"][1]["anchor"], "http://ogp.example.org/api/v1");
}

#[actix_web::test]
async fn the_contact_is_the_operators_and_is_good_for_less_than_a_year() {
    let app = with_contacts(&["mailto:security@example.org", "https://example.org/report"]).await;
    let answer = app.get(SECURITY).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let values = |field: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(name, _)| *name == field).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("Contact"), ["mailto:security@example.org", "https://example.org/report"]);
    assert_eq!(values("Canonical"), [format!("{}{SECURITY}", app.address)]);
    let [expires] = &values("Expires")[..] else { panic!("one Expires was expected: {text}") };
    let left = expires.parse::<DateTime<Utc>>().unwrap() - app.clock.now();
    assert!(left > TimeDelta::days(90) && left < TimeDelta::days(365), "{expires}");
    let etag = answer.header("etag").unwrap().to_owned();
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(app.get_with(SECURITY, &[("if-none-match", &etag)]).await.status, 304);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.get_with(SECURITY, &[("if-none-match", &etag)]).await.status, 200);
}

#[actix_web::test]
async fn nobody_is_made_up_where_no_contact_is_set() {
    let app = with_contacts(&[]).await;
    let problem = app.get(SECURITY).await.problem(404, "security_contact_missing");
    assert_eq!(problem["instance"], SECURITY);
}
