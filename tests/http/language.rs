use crate::harness::TestApp;
use serde_json::{Value, json};

/// Texts in English and Romanian, English alone, French alone.
fn document() -> Value {
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "name": {"en": "Moldova", "ro": "Moldova (ro)"}}],
        "action_plans": [{
            "slug": "x-2026",
            "member": "XXA",
            "title": {"en": "Plan", "ro": "Plan (ro)"}
        }],
        "commitments": [{
            "action_plan": "x-2026",
            "code": "XX0001",
            "title": {"en": "Open data", "ro": "Date deschise"},
            "summary": {"en": "Only English"},
            "problem": {"fr": "Seulement en français"}
        }]
    })
}

async fn app() -> TestApp {
    let app = TestApp::empty().await;
    app.import(&document()).await.unwrap();
    app
}

const ADDRESS: &str = "/api/v1/commitments/XX0001";

#[actix_web::test]
async fn lang_chooses_before_accept_language_before_english() {
    let app = app().await;
    for (query, accept, title) in [
        ("", None, "Open data"),
        ("?lang=ro", None, "Date deschise"),
        ("?lang=RO", None, "Date deschise"),
        ("?lang=ro-MD", None, "Date deschise"),
        ("?lang=en", Some("ro"), "Open data"),
        ("?lang=ro", Some("en"), "Date deschise"),
        ("?lang=de", Some("ro"), "Open data"),
        ("", Some("ro"), "Date deschise"),
        ("", Some("ro-RO"), "Date deschise"),
        ("", Some("RO"), "Date deschise"),
        ("", Some("de, ro"), "Date deschise"),
        ("", Some("de, hu"), "Open data"),
        ("", Some("en, ro"), "Open data"),
        ("", Some("en;q=0.1, ro;q=0.9"), "Date deschise"),
        ("", Some("ro;q=0.1, en;q=0.9"), "Open data"),
        ("", Some("ro;q=0, en;q=0.1"), "Open data"),
        ("", Some("ro;q=0"), "Open data"),
        ("", Some("*"), "Open data"),
        ("", Some("*, ro;q=0.5"), "Date deschise"),
        ("", Some("*;q=0.1, ro;q=0.5"), "Date deschise"),
    ] {
        let headers: Vec<_> = accept.iter().map(|accept| ("accept-language", *accept)).collect();
        let answer = app.get_with(&format!("{ADDRESS}{query}"), &headers).await;
        assert_eq!(answer.ok()["title"], title, "{query} {accept:?}");
    }
}

#[actix_web::test]
async fn a_malformed_accept_language_is_ignored() {
    let app = app().await;
    let long = "x".repeat(8_000);
    let many = "ro-".repeat(2_000);
    for accept in ["", ";;;", "q=1", "ro;q=", "ro;q=9", "ro_RO", "<script>", "'; --", "12", ",", &long, &many]
    {
        let answer = app.get_with(ADDRESS, &[("accept-language", accept)]).await;
        assert_eq!(answer.status, 200, "{accept:.40}");
        assert!(answer.ok()["title"].is_string());
    }
    let request = app
        .request(reqwest::Method::GET, ADDRESS)
        .header("accept-language", reqwest::header::HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    assert_eq!(app.send(request).await.ok()["title"], "Open data");
}

#[actix_web::test]
async fn a_malformed_lang_is_refused() {
    let app = app().await;
    for lang in ["romanian-language", "r", "ro_RO", "ro-", "12", "**", "ro,en", "*-RO"] {
        for address in [ADDRESS, "/api/v1/commitments"] {
            let problem = app.get(&format!("{address}?lang={lang}")).await.problem(400, "parameter_invalid");
            assert_eq!(problem["errors"][0]["parameter"], "lang", "{lang}");
        }
    }
}

#[actix_web::test]
async fn texts_in_another_language_are_marked() {
    let app = app().await;
    let page = app.get(&format!("{ADDRESS}?lang=ro")).await.ok();
    assert_eq!(page["summary"], "Only English");
    assert_eq!(page["problem"], "Seulement en français");
    assert_eq!(page["fallbacks"], json!({"problem": "fr", "summary": "en"}));
    let page = app.get(&format!("{ADDRESS}?lang=fr")).await.ok();
    assert_eq!(page["fallbacks"], json!({"summary": "en", "title": "en"}));
    let page = app.get("/api/v1/members/XXA?lang=ro").await.ok();
    assert!(page.get("fallbacks").is_none(), "nothing fell back: {page}");
    assert!(page.get("translations").is_none());
}

#[actix_web::test]
async fn content_language_tells_the_languages_used() {
    let app = app().await;
    for (query, languages) in [
        ("?lang=en", vec!["en", "fr"]),
        ("?lang=ro", vec!["en", "fr", "ro"]),
        ("?lang=*", vec!["en", "fr", "ro"]),
    ] {
        let answer = app.get(&format!("{ADDRESS}{query}")).await;
        let mut told: Vec<_> = answer.header("content-language").unwrap().split(", ").collect();
        told.sort_unstable();
        assert_eq!(told, languages, "{query}");
    }
    let answer = app.get("/api/v1/members?lang=ro").await;
    assert_eq!(answer.header("content-language"), Some("ro"));
    let empty = app.get("/api/v1/institutions").await;
    assert_eq!(empty.header("content-language"), None, "there is no text");
}

#[actix_web::test]
async fn a_star_adds_all_translations() {
    let app = app().await;
    let page = app.get(&format!("{ADDRESS}?lang=*")).await.ok();
    assert_eq!(
        page["translations"],
        json!({
            "problem": {"fr": "Seulement en français"},
            "summary": {"en": "Only English"},
            "title": {"en": "Open data", "ro": "Date deschise"}
        })
    );
    let list = app.get("/api/v1/commitments?lang=*").await.ok();
    assert_eq!(list["data"][0]["translations"], page["translations"]);
    let romanian = app.get_with(&format!("{ADDRESS}?lang=*"), &[("accept-language", "ro")]).await.ok();
    assert_eq!(romanian["title"], "Date deschise");
    assert_eq!(romanian["translations"], page["translations"]);
}

#[actix_web::test]
async fn caches_are_told_that_answers_differ_by_language() {
    let app = app().await;
    for address in [ADDRESS, "/api/v1/commitments", "/api/v1/members"] {
        let answer = app.get(address).await;
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
        assert!(vary.join(",").to_lowercase().contains("accept-language"), "{vary:?}");
    }
}
