use crate::harness::spec;
use crate::harness::{Answer, TestApp};
use std::collections::BTreeSet;

/// What says what to do with a document.
const POLICIES: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "cross-origin"),
];

#[track_caller]
fn secured(answer: &Answer, address: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{address}");
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{address}");
    assert_eq!(answer.header("server"), None, "{address}");
    if answer.status == 304 {
        // Whoever has the document has them with it.
        for name in
            POLICIES.map(|(name, _)| name).into_iter().chain(["content-security-policy", "content-type"])
        {
            assert_eq!(answer.header(name), None, "{address}");
        }
        return;
    }
    for (name, value) in POLICIES {
        assert_eq!(answer.header(name), Some(value), "{address}");
    }
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src ") && policy.contains("frame-ancestors 'none'"),
        "{address}: {policy}"
    );
}

#[actix_web::test]
async fn every_answer_keeps_browsers_from_guessing() {
    let app = TestApp::demo().await;
    let mut addresses: Vec<String> = [
        "/",
        "/docs",
        "/docs/",
        "/docs/nothing.js",
        "/openapi.json",
        "/nothing",
        "/api/v1/members?colour=red",
        "/api/v1/members/NOPE",
        "/api/v1/members?x=%00",
        "/%FF",
    ]
    .map(str::to_owned)
    .into();
    for operation in spec::gets() {
        addresses.push(operation.address(&app).await);
    }
    for address in &addresses {
        secured(&app.get(address).await, address);
        secured(&app.send(app.request(reqwest::Method::POST, address)).await, address);
        secured(&app.send(app.request(reqwest::Method::OPTIONS, address)).await, address);
        secured(&app.get_with(address, &[("if-none-match", "*")]).await, address);
    }
}

#[actix_web::test]
async fn answers_may_be_kept_but_are_checked_before_use_and_errors_are_not_kept() {
    let app = TestApp::demo().await;
    for operation in spec::reads() {
        let address = operation.address(&app).await;
        let answer = app.get(&address).await;
        assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"), "{address}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{address}");
        let refused = app.get(&format!("{address}?colour=red")).await;
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{address}");
    }
}

#[actix_web::test]
async fn each_request_has_an_id_of_its_own() {
    let app = TestApp::demo().await;
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        let answer = app.get_with("/health/live", &[("x-request-id", "forged")]).await;
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 5);
    assert!(!ids.contains("forged"));
}

#[actix_web::test]
async fn the_front_door_leads_to_the_documentation() {
    let app = TestApp::demo().await;
    for (from, status) in [("/", 303), ("/docs", 308)] {
        let answer = app.get(from).await;
        assert_eq!((answer.status, answer.header("location")), (status, Some("/docs/")), "{from}");
    }
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
}

/// The values of `src` and `href` in a page.
fn references(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in html.split(attribute).skip(1) {
            found.push(rest.split('"').next().expect("a value").to_owned());
        }
    }
    found
}

#[actix_web::test]
async fn the_documentation_loads_nothing_from_another_host() {
    let app = TestApp::demo().await;
    let page = app.get("/docs/").await;
    let html = String::from_utf8(page.body.clone()).unwrap();
    let references = references(&html);
    assert!(references.len() >= 4, "{html}");
    let mut scripts = 0;
    for reference in references {
        assert!(!reference.contains("//"), "{reference} is somewhere else");
        if reference.starts_with("data:") {
            continue;
        }
        let path = format!("/docs/{}", reference.trim_start_matches("./"));
        let asset = app.get(&path).await;
        assert_eq!(asset.status, 200, "{path}");
        let kind = asset.header("content-type").unwrap().to_owned();
        if path.ends_with(".js") {
            assert!(kind.contains("javascript"), "{path}: {kind}: `nosniff` would refuse it");
            scripts += 1;
        }
        if path.ends_with(".css") {
            assert!(kind.contains("text/css"), "{path}: {kind}");
            let css = String::from_utf8_lossy(&asset.body).replace(' ', "");
            assert!(
                !css.contains("@import") && !css.contains("url(http") && !css.contains("url(//"),
                "{path}"
            );
        }
        if path.ends_with("initializer.js") {
            let script = String::from_utf8(asset.body).unwrap();
            assert!(!script.contains("http://") && !script.contains("https://"), "{script}");
            assert!(script.contains("/openapi.json"), "{script}");
            assert!(
                script.replace(' ', "").contains("\"validatorUrl\":\"none\""),
                "no validator is asked: {script}"
            );
        }
    }
    assert!(scripts >= 3, "{html}");
}

#[actix_web::test]
async fn the_policy_of_the_documentation_allows_what_its_page_does() {
    let app = TestApp::demo().await;
    let page = app.get("/docs/").await;
    let html = String::from_utf8(page.body.clone()).unwrap();
    let policy = page.header("content-security-policy").unwrap();
    let directive =
        |name: &str| policy.split("; ").find_map(|one| one.strip_prefix(name)).unwrap_or_default();
    assert_eq!(directive("default-src "), "'self'");
    assert!(directive("style-src ").contains("'unsafe-inline'"), "the page has styles of its own");
    assert!(directive("img-src ").contains("data:"));
    for script in html.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').unwrap();
        let inline = rest.split("</script").next().unwrap().trim();
        assert!(attributes.contains("src="), "a script without src would be refused: {inline}");
        assert!(inline.is_empty(), "a script inside the page would be refused: {inline}");
    }
    assert!(!html.contains(" onload=") && !html.contains("javascript:"));
    let elsewhere = app.get("/api/v1/members").await;
    assert_eq!(
        elsewhere.header("content-security-policy"),
        Some("default-src 'none'; frame-ancestors 'none'"),
        "only the page may load anything"
    );
}

#[actix_web::test]
async fn the_document_is_served_as_it_is_committed() {
    let app = TestApp::empty().await;
    let served = app.get("/openapi.json").await;
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert_eq!(
        String::from_utf8(served.body).unwrap().trim_end(),
        include_str!("../../openapi/openapi.json").trim_end()
    );
}
