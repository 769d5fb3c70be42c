//! Progress as a picture.

use crate::harness::{TestApp, spec};
use serde_json::json;

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).expect(from).0
}

#[actix_web::test]
async fn a_badge_shows_what_the_progress_says_and_tells_it_in_words() {
    let app = TestApp::demo().await;
    spec::report_some(&app).await;
    let mut shown = 0;
    for plan in app.all("/api/v1/action-plans").await {
        let address = format!("/api/v1/action-plans/{}", plan["slug"].as_str().unwrap());
        let answer = app.get(&format!("{address}/badge.svg")).await;
        assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"));
        let svg = String::from_utf8(answer.body).unwrap();
        let progress = app.get(&format!("{address}/progress")).await.ok();
        let said = match progress["percent"].as_f64() {
            Some(percent) => format!("{percent:.0}%"),
            None => "–".to_owned(),
        };
        shown += u32::from(said != "–");
        assert!(between(&svg, "<title id=\"title\">", "</title>").ends_with(&format!(": {said}")), "{svg}");
        assert!(between(&svg, "<desc id=\"desc\">", "</desc>").contains("2026-11-23"), "{svg}");
        assert!(svg.contains("role=\"img\" aria-labelledby=\"title desc\""));
        assert!(!svg.contains("style") && !svg.contains("script") && !svg.contains("href"), "{svg}");
    }
    assert!(shown >= 1);
    let romanian = app.get("/api/v1/members/ROTMR/badge.svg?lang=ro").await;
    assert!(romanian.header("content-language").unwrap().starts_with("ro"));
    let tag = romanian.header("etag").unwrap();
    let again = app.get_with("/api/v1/members/ROTMR/badge.svg?lang=ro", &[("if-none-match", tag)]).await;
    assert_eq!(again.status, 304);
}

#[actix_web::test]
async fn a_name_cannot_break_out_of_a_badge() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let title = "</title><script>alert(1)</script> & \"quotes\" 'n' \u{7} all";
    let plan = json!({"slug": "a-draft", "member": "ROTMR", "title": {"en": title}});
    let made = publisher.post("/api/v1/action-plans", &plan).send().await;
    if made.status != 201 {
        // Control characters may be refused before; the rest is what matters.
        let plan = json!({"slug": "a-draft", "member": "ROTMR", "title": {"en": title.replace('\u{7}', "")}});
        assert_eq!(publisher.post("/api/v1/action-plans", &plan).send().await.status, 201);
    }
    let answer = publisher.get("/api/v1/action-plans/a-draft/badge.svg").send().await;
    assert_eq!(answer.status, 200);
    let svg = String::from_utf8(answer.body).unwrap();
    assert!(!svg.contains("<script") && svg.matches("</title>").count() == 1, "{svg}");
    assert!(svg.contains("&lt;/title&gt;&lt;script&gt;") && !svg.contains('\u{7}'), "{svg}");
    app.get("/api/v1/action-plans/a-draft/badge.svg").await.problem(404, "not_found");
    app.get("/api/v1/members/XYZ/badge.svg").await.problem(404, "not_found");
    app.get("/api/v1/members/IAS/badge.svg?colour=red").await.problem(400, "parameter_unknown");
}
