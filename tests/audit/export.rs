use super::{PLAN, checked, exported, report, some_story};
use crate::harness::TestApp;
use ogp_tracker::audit::model::report_schema;
use serde_json::{Value, json};

const ADDRESS: &str = "/api/v1/action-plans/timisoara-2022-2024/report";

#[actix_web::test]
async fn the_same_question_gives_the_same_bytes_but_for_the_generation_block() {
    let app = TestApp::demo().await;
    some_story(&app).await;
    let question = "as_of=2026-11-24&on=2023-03-01";
    let split = |body: Vec<u8>| {
        let text = String::from_utf8(body).unwrap();
        let at = text.find(",\"generation\":").expect("a generation block");
        let (before, after) = text.split_at(at);
        assert_eq!(after.matches("\"generation\"").count(), 1);
        (before.to_owned(), after.to_owned())
    };
    app.clock.set("2026-11-26");
    let (first, made) = split(report(&app, question).await);
    // More happens, other keys sign.
    let staff = app.editor_of("ROTMR").await;
    let address = format!("/api/v1/action-plans/{PLAN}");
    let renamed = json!({"title": {"en": "Another title", "ro": "Alt titlu"}, "reason": "It was mistyped."});
    staff.patch(&address, &renamed).if_match("*").send().await.ok();
    app.log_keys().rotate().unwrap();
    app.clock.set("2026-11-27");
    let (second, made_later) = split(report(&app, question).await);
    assert_eq!(first, second);
    assert_ne!(made, made_later);
    let (today, _) = split(report(&app, "").await);
    assert!(today.contains("Alt titlu") && !first.contains("Alt titlu"));
}

#[actix_web::test]
async fn the_published_schema_is_that_of_the_code_and_describes_every_report() {
    let published: Value = serde_json::from_str(include_str!("../../openapi/report.schema.json")).unwrap();
    assert_eq!(
        published,
        report_schema(),
        "run `cargo run -- openapi --report-schema > openapi/report.schema.json`"
    );
    let schema = jsonschema::validator_for(&published).expect("a schema");
    let app = TestApp::demo().await;
    some_story(&app).await;
    for address in [ADDRESS, "/api/v1/report?as_of=2026-11-23"] {
        let report = exported(&app, address).await.json();
        let faults: Vec<_> = schema.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{address}");
    }
    let mut less = exported(&app, ADDRESS).await.json();
    less["action_plans"][0].as_object_mut().unwrap().remove("findings");
    assert!(!schema.is_valid(&less));
}

#[actix_web::test]
async fn lines_are_the_same_record_by_record() {
    let app = TestApp::demo().await;
    some_story(&app).await;
    app.number().await;
    let lines = app.get_with(ADDRESS, &[("accept", "application/x-ndjson")]).await;
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    let by_query = app.get(&format!("{ADDRESS}?format=ndjson")).await;
    assert_eq!(by_query.body.len(), lines.body.len());
    assert!(checked(&lines.body).holds, "{:#?}", checked(&lines.body).checks);
    let text = String::from_utf8(lines.body.clone()).unwrap();
    let entries = text.lines().filter(|line| line.starts_with(r#"{"at":"/action_plans/0/entries/"#)).count();
    let whole = app.get(ADDRESS).await.json();
    assert_eq!(entries, whole["action_plans"][0]["entries"].as_array().unwrap().len());
    // Without one of its lines, or with two swapped, it is another report.
    let mut all: Vec<_> = text.lines().collect();
    all.remove(3);
    assert!(!checked(format!("{}\n", all.join("\n")).as_bytes()).holds);
    let cut = &lines.body[..lines.body.len() - 1];
    assert!(!checked(cut).holds);
}

#[actix_web::test]
async fn a_report_is_asked_for_as_everything_else() {
    let app = TestApp::demo().await;
    app.number().await;
    let answer = app.get(ADDRESS).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"report-timisoara-2022-2024-2026-11-23.json\"")
    );
    let etag = answer.header("etag").expect("an entity tag").to_owned();
    assert_eq!(app.get_with(ADDRESS, &[("if-none-match", &etag)]).await.status, 304);
    app.get_with(ADDRESS, &[("accept", "text/csv")]).await.problem(406, "not_acceptable");
    let rather = app.get_with(ADDRESS, &[("accept", "application/x-ndjson;q=0, */*")]).await;
    assert_eq!(rather.header("content-type"), Some("application/json"));
    for (address, status) in [
        ("/api/v1/action-plans/no-such-plan/report", 404),
        ("/api/v1/members/XXX/report", 404),
        ("/api/v1/report?as_of=2026-11-24", 400),
        ("/api/v1/report?as_of=yesterday", 400),
        ("/api/v1/report?format=pdf", 400),
        ("/api/v1/report?lang=ro", 400),
        // The record of that day knows nothing yet.
        ("/api/v1/action-plans/timisoara-2022-2024/report?as_of=2019-01-01", 404),
        ("/api/v1/members/ROTMR/report?as_of=2019-01-01", 404),
    ] {
        let answer = app.get(address).await;
        assert_eq!(answer.status, status, "{address}: {}", String::from_utf8_lossy(&answer.body));
    }
}

#[actix_web::test]
async fn without_a_signed_record_there_is_no_report_yet() {
    let app = TestApp::demo().await;
    app.get(ADDRESS).await.problem(503, "record_unsigned");
}

#[actix_web::test]
async fn a_draft_has_no_report_and_tells_nothing_in_others() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let plan = json!({"member": "ROTMR", "slug": "timisoara-2027", "title": {"en": "A secret plan"}});
    let answer = publisher.post("/api/v1/action-plans", &plan).send().await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    app.number().await;
    assert_eq!(app.get("/api/v1/action-plans/timisoara-2027/report").await.status, 404);
    let all = exported(&app, "/api/v1/report").await;
    assert!(!String::from_utf8(all.body).unwrap().contains("secret plan"));
}
