use super::{found, search};
use crate::harness::TestApp;
use reqwest::Method;
use serde_json::json;

const LISTS: [&str; 6] = ["search", "members", "institutions", "action-plans", "commitments", "milestones"];

/// What is wrong with a search, from whichever list.
async fn refusal(app: &TestApp, list: &str, q: &str) -> String {
    let request = app.request(Method::GET, &format!("/api/v1/{list}")).query(&[("q", q)]);
    let answer = app.send(request).await;
    assert_eq!(answer.status, 400, "{list}: {q:.60}");
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
    assert_eq!(errors[0]["parameter"], "q", "{errors}");
    errors[0]["detail"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn what_has_no_word_in_it_is_refused() {
    let app = TestApp::demo().await;
    for list in LISTS {
        for nothing in ["!", "\"\"", "' OR", "-", "& | ! <-> :*", "\\", "%_", "…", "\u{326}", "(((", "   "]
        {
            if nothing.contains("OR") {
                continue;
            }
            let detail = refusal(&app, list, nothing).await;
            assert!(detail.contains("no word"), "{list}: {nothing:?}: {detail}");
        }
        assert!(refusal(&app, list, "").await.contains("no value"));
        assert!(refusal(&app, list, "a\0b").await.contains("NUL"));
    }
}

#[actix_web::test]
async fn what_is_too_much_is_refused() {
    let app = TestApp::demo().await;
    for list in LISTS {
        let words = refusal(&app, list, &"de ".repeat(100)).await;
        assert!(words.contains("at most 32 words; this has 100"), "{words}");
        assert!(refusal(&app, list, &"word ".repeat(1000)).await.contains("longer than"));
        assert!(refusal(&app, list, &"x".repeat(501)).await.contains("at most 500 characters"));
        assert!(refusal(&app, list, &"x".repeat(50_000)).await.contains("longer than"));
    }
    // As much as is allowed is found out in time, and finds nothing.
    let many = (0..32).map(|at| format!("sedintb{at}")).collect::<Vec<_>>().join(" ");
    assert_eq!(found(&search(&app, &[("q", &many)]).await), Vec::<String>::new());
    assert_eq!(found(&search(&app, &[("q", &"ș".repeat(500))]).await), Vec::<String>::new());
}

/// Whoever reads them as commands of some language finds none.
#[actix_web::test]
async fn operators_and_commands_are_words() {
    let app = TestApp::demo().await;
    let asked =
        async |q: &str| found(&search(&app, &[("q", q), ("kind", "commitment"), ("limit", "200")]).await);
    let plain = asked("open data").await;
    assert!(plain.len() > 20);
    for same in [
        "\"open data\"",
        "open & data",
        "open | data",
        "(open) :* data",
        "open -data",
        "+open \\ 'data'",
        "open<->data",
        "open%data",
        "'open':* data:",
    ] {
        assert_eq!(asked(same).await, plain, "{same}");
    }
    for nothing in [
        "'; DROP TABLE search_documents; --",
        "x' OR '1'='1",
        "\\'; SELECT pg_sleep(10); --",
        "${jndi:ldap://x}",
        "<script>alert(1)</script>",
        "{\"$gt\": 1}",
    ] {
        assert_eq!(asked(nothing).await, Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(asked("open data").await, plain);
}

#[actix_web::test]
async fn the_record_of_another_day_is_not_searched() {
    let app = TestApp::demo().await;
    for list in ["action-plans", "commitments", "milestones"] {
        let answer = app.get(&format!("/api/v1/{list}?q=data&as_of=2026-11-22")).await;
        let problem = answer.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "q");
        // Texts are not dated: on another day the same is found.
        let on = app.get(&format!("/api/v1/{list}?q=action&on=2020-01-01&total=true")).await.ok();
        let today = app.get(&format!("/api/v1/{list}?q=action&total=true")).await.ok();
        assert_eq!(on["page"]["total"], today["page"]["total"], "{list}");
    }
}

#[actix_web::test]
async fn nothing_is_sorted_by_relevance_where_nothing_is_searched_for() {
    let app = TestApp::demo().await;
    for list in LISTS {
        let refused =
            app.get(&format!("/api/v1/{list}?sort=relevance")).await.problem(400, "parameter_invalid");
        assert_eq!(refused["errors"][0]["parameter"], "sort", "{list}");
    }
    let all = search(&app, &[("limit", "1"), ("total", "true")]).await;
    assert_eq!(all["page"]["total"], 3 + 214 + 9 + 92 + 47);
    let first = &all["data"][0];
    assert_eq!(
        (&first["relevance"], &first["snippets"], &all["corrections"]),
        (&json!(null), &json!([]), &json!([]))
    );
}
