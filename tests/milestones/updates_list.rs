//! Reading what was reported, and finding milestones by it.

use super::{Step, report};
use crate::editing::{id, made};
use crate::harness::{TestApp, column};
use serde_json::{Value, json};

async fn percents(app: &TestApp, query: &str) -> Vec<Value> {
    let rows = app.all(&format!("/api/v1/progress-updates?{query}")).await;
    rows.iter().map(|row| row["percent"].clone()).collect()
}

#[actix_web::test]
async fn filters_find_what_they_say() {
    let app = TestApp::demo().await;
    app.clock.set("2023-01-01");
    let (timisoara, national) = (app.editor_of("ROTMR").await, app.editor_of("ROU").await);
    let milestone = Step::plain(&timisoara).await;
    let foreign = crate::editing::milestones(&app, "RO0020").await.remove(0);
    let update = |progress: &str, percent: i64, day: &str| json!({"progress": progress, "percent": percent, "effective_on": day, "challenge": "approval_delay"});
    let first = made(&report(&timisoara, &milestone, &update("limited", 10, "2022-06-01")).await);
    let mut second = update("substantial", 60, "2022-07-01");
    second["supersedes"] = first["id"].clone();
    second["reason"] = json!("More was done.");
    made(&report(&timisoara, &milestone, &second).await);
    let mut third = update("substantial", 70, "2022-08-01");
    third.as_object_mut().unwrap().remove("challenge");
    made(&report(&timisoara, &milestone, &third).await);
    made(&report(&national, &foreign, &update("limited", 20, "2022-09-01")).await);
    for (query, expected) in [
        ("", vec![20, 70, 60, 10]),
        (&format!("milestone={milestone}"), vec![70, 60, 10]),
        ("commitment=ROTMR0001", vec![70, 60, 10]),
        ("commitment=RO0020&commitment=ROTMR0001", vec![20, 70, 60, 10]),
        ("action_plan=timisoara-2022-2024", vec![70, 60, 10]),
        ("member=ROU", vec![20]),
        ("member=ROTMR&member=ROU&progress=limited", vec![20, 10]),
        ("member=IAS", vec![]),
        ("challenge=approval_delay", vec![20, 60, 10]),
        ("effective_from=2022-07-01&effective_to=2022-08-01", vec![70, 60]),
        ("superseded=true", vec![10]),
        ("superseded=false&sort=effective_on", vec![60, 70, 20]),
        ("sort=recorded_at,effective_on", vec![10, 60, 70, 20]),
    ] {
        assert_eq!(percents(&app, query).await, expected, "{query}");
    }
    for query in ["milestone=1.2", "commitment=NOPE0001", "member=XX"] {
        app.get(&format!("/api/v1/progress-updates?{query}")).await.problem(400, "reference_unknown");
    }
    // Page by page.
    let path = format!("/api/v1/milestones/{milestone}/updates?limit=2&total=true");
    let page = app.get(&path).await.ok();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["page"]["total"]), (2, &json!(3)));
    let next = app.get(&format!("{path}&cursor={}", page["page"]["next"].as_str().unwrap())).await.ok();
    assert_eq!(next["data"][0]["id"], first["id"]);
    assert!(next["page"]["next"].is_null());
}

#[actix_web::test]
async fn milestones_are_found_by_their_present_progress() {
    let app = TestApp::demo().await;
    app.clock.set("2023-01-01");
    let editor = app.editor_of("ROTMR").await;
    let (one, other) = (Step::plain(&editor).await, Step::plain(&editor).await);
    let on = |progress: &str, day: &str| json!({"progress": progress, "effective_on": day});
    made(&report(&editor, &one, &on("limited", "2022-06-01")).await);
    made(&report(&editor, &one, &on("substantial", "2022-07-01")).await);
    made(&report(&editor, &other, &on("not_started", "2022-07-01")).await);
    let found = async |query: &str| {
        let rows = app.all(&format!("/api/v1/milestones?commitment=ROTMR0001&{query}")).await;
        rows.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(found("progress=limited").await, [] as [String; 0]);
    assert_eq!(found("progress=substantial").await, std::slice::from_ref(&one));
    assert_eq!(found("progress=substantial&progress=not_started").await, [one, other]);
    assert_eq!(found("progress=not_reported").await.len(), 5);
    let page = app.get("/api/v1/milestones?progress=halfway").await;
    page.problem(400, "parameter_invalid");
}

#[actix_web::test]
async fn a_list_shows_each_update_as_it_is_read_alone() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    for day in ["2022-06-01", "2022-07-01"] {
        let update = json!({
            "progress": "substantial", "effective_on": day, "narrative": {"ro": "Pe drum."},
            "links": [{"url": "https://example.org/", "title": {"en": "News"}, "kind": "news"}]
        });
        made(&report(&editor, &milestone, &update).await);
    }
    let rows = app.all("/api/v1/progress-updates").await;
    assert_eq!(column(&json!(rows), "effective_on"), ["2022-07-01", "2022-06-01"]);
    for row in rows {
        assert_eq!(app.get(&format!("/api/v1/progress-updates/{}", id(&row))).await.ok(), row);
        assert_eq!(row["fallbacks"]["narrative"], "ro");
    }
}

#[actix_web::test]
async fn the_record_of_a_day_has_no_later_correction_and_not_its_mark() {
    let app = TestApp::demo().await;
    app.clock.set("2026-12-01");
    let milestone = Step::plain(&app.editor_of("ROTMR").await).await;
    let update = |progress: &str, day: &str| json!({"progress": progress, "effective_on": day, "challenge": "approval_delay"});
    let first =
        made(&report(&app.editor_of("ROTMR").await, &milestone, &update("limited", "2026-11-30")).await);
    app.clock.set("2026-12-05");
    let mut correction = update("substantial", "2026-11-29");
    correction["supersedes"] = first["id"].clone();
    correction["reason"] = json!("More was done.");
    let second = made(&report(&app.editor_of("ROTMR").await, &milestone, &correction).await);
    app.clock.set("2026-12-09");
    let found = async |path: &str| {
        let rows = app.all(path).await;
        let told = rows.iter().map(|row| (id(row), row["superseded_by"]["id"].as_str().map(str::to_owned)));
        told.collect::<Vec<_>>()
    };
    let (wrong, right) = (id(&first), id(&second));
    let marked = (wrong.clone(), Some(right.clone()));
    for list in [
        format!("/api/v1/milestones/{milestone}/updates?lang=en"),
        "/api/v1/progress-updates?lang=en".to_owned(),
        "/api/v1/progress-updates?action_plan=timisoara-2022-2024".to_owned(),
        format!("/api/v1/progress-updates?milestone={milestone}"),
    ] {
        for (times, expected) in [
            ("", vec![marked.clone(), (right.clone(), None)]),
            ("&as_of=2026-12-09", vec![marked.clone(), (right.clone(), None)]),
            ("&as_of=2026-12-05", vec![marked.clone(), (right.clone(), None)]),
            ("&as_of=2026-12-04", vec![(wrong.clone(), None)]),
            ("&as_of=2026-12-04&superseded=true", vec![]),
            ("&as_of=2026-12-04&superseded=false", vec![(wrong.clone(), None)]),
            ("&on=2026-11-29", vec![(right.clone(), None)]),
            ("&on=2026-11-28", vec![]),
            ("&on=2026-11-29&as_of=2026-12-04", vec![]),
            ("&on=2026-11-30&as_of=2026-12-04", vec![(wrong.clone(), None)]),
            // A day to come: nothing more is reported by then.
            ("&on=2030-01-01", vec![marked.clone(), (right.clone(), None)]),
        ] {
            assert_eq!(found(&format!("{list}{times}")).await, expected, "{list}{times}");
        }
        let page = app.get(&format!("{list}&as_of=2026-12-04&total=true")).await.ok();
        assert_eq!(page["page"]["total"], 1, "{list}");
        app.get(&format!("{list}&as_of=2026-12-10")).await.problem(400, "parameter_invalid");
    }
    // Before the milestone was recorded it has no updates to list.
    let before = format!("/api/v1/milestones/{milestone}/updates?as_of=2026-11-30");
    app.get(&before).await.problem(404, "not_found");
    let before = "/api/v1/progress-updates?as_of=2026-11-30";
    assert_eq!(app.all(before).await, [] as [Value; 0]);
    app.get(&format!("{before}&milestone={milestone}")).await.problem(400, "reference_unknown");
}

#[actix_web::test]
async fn the_record_of_today_has_what_the_list_has() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    for day in ["2022-06-01", "2022-07-01", "2022-07-01"] {
        let update = json!({
            "progress": "substantial", "effective_on": day, "narrative": {"ro": "Pe drum."},
            "links": [{"url": "https://example.org/", "title": {"en": "News"}, "kind": "news"}]
        });
        made(&report(&editor, &milestone, &update).await);
    }
    let now = app.all("/api/v1/progress-updates?lang=*").await;
    assert_eq!(now.len(), 3);
    assert_eq!(app.all("/api/v1/progress-updates?lang=*&as_of=2026-11-23").await, now);
    // Page by page, of one day alone.
    let path = "/api/v1/progress-updates?lang=*&limit=2&as_of=2026-11-23";
    let page = app.get(path).await.ok();
    let next = page["page"]["next"].as_str().unwrap();
    assert_eq!(app.get(&format!("{path}&cursor={next}")).await.ok()["data"], json!(now[2..]));
    let elsewhere = format!("/api/v1/progress-updates?lang=*&limit=2&cursor={next}");
    app.get(&elsewhere).await.problem(400, "parameter_invalid");
}
