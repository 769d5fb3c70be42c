use super::{PLAN, Plan, on, report};
use crate::harness::people::PASSWORD;
use crate::harness::{Answer, Client, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LINK: &str = "/api/v1/me/calendar";
const CALENDAR: &str = "/api/v1/me/calendar.ics";

/// Makes a link.
async fn link(who: &Client<'_>) -> String {
    let made = who.request(Method::POST, LINK).send().await;
    assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")));
    let body = made.json();
    assert!(body["created_at"].is_string());
    body["url"].as_str().expect("an address").to_owned()
}

/// The events of a calendar by their ids, each with its properties, as a calendar program reads them.
#[track_caller]
fn events(answer: &Answer) -> BTreeMap<String, BTreeMap<String, String>> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    let text = String::from_utf8(answer.body.clone()).expect("UTF-8");
    let lines: Vec<_> = text.strip_suffix("\r\n").expect("a last line end").split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
    let unfolded = lines.join("\r\n").replace("\r\n ", "");
    let lines: Vec<_> = unfolded.split("\r\n").collect();
    assert_eq!(
        (lines[0], lines[1], *lines.last().unwrap()),
        ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    );
    assert!(lines.contains(&"PRODID:-//ogp-tracker//Due dates//EN"));
    let mut events = BTreeMap::new();
    for event in unfolded.split("BEGIN:VEVENT\r\n").skip(1) {
        let (event, _) = event.split_once("\r\nEND:VEVENT").expect("an end");
        let properties: BTreeMap<_, _> = event
            .split("\r\n")
            .map(|line| line.split_once(':').expect("a value"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(properties.len(), event.split("\r\n").count(), "nothing is there twice: {event}");
        events.insert(properties["UID"].clone(), properties);
    }
    events
}

/// Those of the plan of the tests, named so that the demo data's are left out.
fn ours(events: BTreeMap<String, BTreeMap<String, String>>) -> Vec<BTreeMap<String, String>> {
    let ours = |event: &BTreeMap<String, String>| {
        event["DESCRIPTION"].contains("Planul următor") || event["SUMMARY"].contains("Planul următor")
    };
    events.into_values().filter(ours).collect()
}

/// A publisher of Timișoara who reads Romanian, with the plan of the tests.
async fn staff(app: &TestApp) -> (Client<'_>, Plan) {
    let publisher = app.publisher_of("ROTMR").await;
    let patch = json!({"language": "ro"});
    publisher.patch("/api/v1/me", &patch).if_match("*").send().await.ok();
    let plan = Plan::publish(app, &publisher).await;
    (app.sign_in(publisher.person_id, &publisher.email).await, plan)
}

#[actix_web::test]
async fn due_dates_are_days_in_the_calendar_until_they_are_met() {
    let app = TestApp::demo().await;
    let (staff, plan) = staff(&app).await;
    let tricky = json!({
        "title": {"en": "Tricky", "ro": "Raport; pași, \\ și\r\nEND:VEVENT ".to_owned() + &"ș".repeat(80)},
        "label": "1.1", "due": {"date": "2027-02-10", "precision": "month", "text": "februarie 2027"}
    });
    let step = plan.step(&staff, &tricky).await;
    plan.step(&staff, &json!({"due": {"text": "soon"}})).await;
    let url = link(&staff).await;
    let answer = app.get(&url).await;
    let found = ours(events(&answer));
    let [update, due] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(due["UID"], format!("milestones-{step}@ogp-tracker"));
    assert_eq!((&*due["DTSTART;VALUE=DATE"], &*due["DTEND;VALUE=DATE"]), ("20270228", "20270301"));
    assert_eq!((&*due["DTSTAMP"], &*due["TRANSP"]), ("20261201T000000Z", "TRANSPARENT"));
    assert_eq!(due["SUMMARY"], format!("1.1 Raport\\; pași\\, \\\\ și\\nEND:VEVENT {}", "ș".repeat(80)));
    assert_eq!(due["DESCRIPTION"], "februarie 2027\\nO promisiune\\nPlanul următor\\nTimișoara",);
    assert!(due["URL"].starts_with("http://127.0.0.1:"), "{}", due["URL"]);
    assert!(due["URL"].ends_with(&format!("/api/v1/milestones/{step}")), "{}", due["URL"]);
    assert_eq!(
        app.get(due["URL"].split_once("/api").map(|(_, path)| format!("/api{path}")).unwrap().as_str())
            .await
            .status,
        200
    );

    // A local member's repository, four months after the plan began.
    assert_eq!(update["SUMMARY"], "Planul următor: update due");
    assert_eq!(update["DTSTART;VALUE=DATE"], "20270401");
    let complete = json!({
        "progress": "complete", "effective_on": "2026-12-01", "completed_on": "2026-12-01",
        "links": [{"url": "https://example.org/r.pdf", "title": {"en": "Report"}, "kind": "document"}]
    });
    app.clock.set("2027-01-15");
    let staff = app.sign_in(staff.person_id, &staff.email).await;
    let mut later = complete.clone();
    later["effective_on"] = json!("2027-01-15");
    report(&staff, &step, &later).await;
    let found = ours(events(&app.get(&url).await));
    let [update] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(update["DTSTART;VALUE=DATE"], "20270515");
    crate::editing::take_steps(&staff, PLAN, &["close"]).await;
    assert_eq!(ours(events(&app.get(&url).await)), []);
}

#[actix_web::test]
async fn a_calendar_program_asks_again_cheaply() {
    let app = TestApp::demo().await;
    let (staff, plan) = staff(&app).await;
    plan.step(&staff, &json!({"due": on("2027-03-31")})).await;
    let url = link(&staff).await;
    let answer = app.get(&url).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    let etag = answer.header("etag").expect("an entity tag").to_owned();
    app.clock.advance(chrono::TimeDelta::hours(3));
    let again = app.get_with(&url, &[("if-none-match", &etag)]).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag.as_str())));
    let head = app.send(app.request(Method::HEAD, &url)).await;
    assert_eq!((head.status, head.header("etag")), (200, Some(etag.as_str())));
    plan.step(&app.sign_in(staff.person_id, &staff.email).await, &json!({"due": on("2027-04-30")})).await;
    let changed = app.get_with(&url, &[("if-none-match", &etag)]).await;
    assert_eq!(events(&changed).len(), events(&answer).len() + 1);
}

#[actix_web::test]
async fn a_link_opens_nothing_else_and_is_kept_as_a_hash() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("IAS").await;
    let state = async |who: &Client<'_>| who.get(LINK).send().await.ok();
    assert_eq!(state(&editor).await, json!({"created_at": null}));
    let url = link(&editor).await;
    assert_eq!(state(&editor).await, json!({"created_at": "2026-11-23T12:00:00Z"}));
    let token = url.strip_prefix(&format!("{CALENDAR}?token=")).expect("an address with a token");
    assert!(token.starts_with("ogpc_") && token.len() == 48, "{token}");
    for path in ["/api/v1/me", "/api/v1/me/worklist", LINK, "/api/v1/members"] {
        app.with_token(Method::GET, path, token).send().await.problem(401, "token_invalid");
    }
    let stored = app.count(&format!("calendar_links WHERE hash = sha256('{token}')")).await;
    assert_eq!((stored, app.count("calendar_links").await), (1, 1));
    // What it opens for whoever has no work, or no such link.
    let reader = app.signed_in(&["admin", "assessor@ROTMR"]).await;
    assert_eq!(events(&app.get(&link(&reader).await).await).len(), 0);
    let forged = format!("{CALENDAR}?token={}", token.replace("ogpc_", "ogpc_a"));
    for wrong in [CALENDAR, &format!("{CALENDAR}?token=ogpc_"), &forged] {
        let refused = app.get(wrong).await;
        let problem = refused.problem(404, "not_found");
        assert_eq!(problem["detail"], "there is no calendar \"calendar.ics\"", "{wrong}");
        assert_eq!(problem["instance"], CALENDAR);
    }
    // An access token is no calendar link.
    app.get(&format!("{CALENDAR}?token={}", editor.token)).await.problem(404, "not_found");
    for query in ["token=", "token=one&token=two", "token=one&colour=red", "token=one&as_of=2026-11-23"] {
        let refused = app.get(&format!("{CALENDAR}?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
    }
}

#[actix_web::test]
async fn a_link_ends_when_it_is_renewed_ended_or_its_person_kept_out() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let editor = app.editor_of("IAS").await;
    let ended = async |url: &str| app.get(url).await.problem(404, "not_found");
    let first = link(&editor).await;
    let second = link(&editor).await;
    ended(&first).await;
    events(&app.get(&second).await);
    for _ in 0..2 {
        assert_eq!(editor.delete(LINK).send().await.status, 204);
    }
    ended(&second).await;
    assert_eq!(editor.get(LINK).send().await.ok(), json!({"created_at": null}));

    let third = link(&editor).await;
    let person = format!("/api/v1/people/{}", editor.person_id);
    for disabled in [true, false] {
        admin.patch(&person, &json!({"disabled": disabled})).if_match("*").send().await.ok();
        ended(&third).await;
    }
    let editor = app.sign_in(editor.person_id, &editor.email).await;
    let fourth = link(&editor).await;
    let change = json!({"current_password": PASSWORD, "new_password": "eleven quick blue buses"});
    assert_eq!(editor.post("/api/v1/me/password", &change).send().await.status, 204);
    ended(&fourth).await;
    assert_eq!(app.count("calendar_links").await, 0);
    assert_eq!(app.entries().await.len(), 0, "accounts are no public data");
}

#[actix_web::test]
async fn a_key_for_a_link_is_refused() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("IAS").await;
    let refused = editor.request(Method::POST, LINK).key("once").send().await;
    let problem: Value = refused.problem(400, "idempotency_key_unsupported");
    assert_eq!(problem["status"], 400);
}
