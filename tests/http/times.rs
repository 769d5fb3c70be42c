//! The two times: how things stood on a day, and what the record of a day said.

use crate::editing::{id, made};
use crate::harness::{RECORDED, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// The day of the tests' clock, to which the record of the demo data belongs.
const TODAY: &str = "2026-11-23";

/// The same but for the place of the next page, which belongs to the question.
fn answered(mut list: Value) -> Value {
    list["page"]["next"] = Value::Null;
    list
}

#[actix_web::test]
async fn the_record_of_today_says_what_is_there() {
    let app = TestApp::demo().await;
    let mut compared = 0;
    for list in ["action-plans", "commitments", "milestones"] {
        let path = format!("/api/v1/{list}");
        let page = format!("{path}?lang=*&limit=200&total=true");
        let now = app.get(&page).await.ok();
        assert_eq!(answered(now), answered(app.get(&format!("{page}&as_of={TODAY}")).await.ok()), "{list}");
        for row in app.all(&path).await {
            let one = format!("{path}/{}?lang=*", row["id"].as_str().unwrap());
            let (now, then) = (app.get(&one).await.ok(), app.get(&format!("{one}&as_of={TODAY}")).await.ok());
            for (field, value) in now.as_object().unwrap() {
                assert_eq!(value, &then[field], "{field} of {one}");
            }
            compared += 1;
        }
    }
    assert!(compared > 140, "only {compared} things were compared");
}

#[actix_web::test]
async fn before_the_first_entry_the_record_says_nothing() {
    let app = TestApp::demo().await;
    for path in ["action-plans/timisoara-2022-2024", "commitments/ROTMR0001"] {
        app.get(&format!("/api/v1/{path}?as_of=2020-01-01")).await.problem(404, "not_found");
    }
    for list in ["action-plans", "commitments", "milestones"] {
        let page = app.get(&format!("/api/v1/{list}?as_of=2020-01-01&total=true")).await.ok();
        assert_eq!((&page["data"], &page["page"]["total"]), (&json!([]), &json!(0)));
    }
}

#[actix_web::test]
async fn the_record_keeps_what_was_changed_published_and_withdrawn() {
    let app = TestApp::demo().await;
    let (id, email) = app.person(None, &["publisher@ROTMR"]).await;
    let (commitment, draft) = ("/api/v1/commitments/ROTMR0002", "/api/v1/action-plans/timisoara-2026-2028");
    let title = async |asked: &str| app.get(&format!("{commitment}?{asked}")).await.ok()["title"].clone();
    let before = title("").await;

    app.clock.set("2026-11-24");
    let staff = app.sign_in(id, &email).await;
    let renamed = json!({"title": {"en": "Renamed"}, "reason": "Clearer."});
    staff.patch(commitment, &renamed).if_match("*").send().await.ok();
    let plan = json!({"slug": "timisoara-2026-2028", "member": "ROTMR", "title": {"en": "The next plan"}});
    made(&staff.post("/api/v1/action-plans", &plan).send().await);
    app.clock.set("2026-11-25");
    let staff = app.sign_in(id, &email).await;
    for step in ["consult", "adopt", "publish"] {
        staff.request(Method::POST, &format!("{draft}/{step}")).send().await.ok();
    }
    app.clock.set("2026-11-26");
    let staff = app.sign_in(id, &email).await;
    let gone = staff.delete(&format!("{commitment}?reason=Dropped")).if_match("*").send().await;
    assert_eq!(gone.status, 204);
    staff
        .request(Method::POST, &format!("{draft}/withdraw"))
        .body(&json!({"reason": "Redone."}))
        .send()
        .await
        .ok();
    app.clock.set("2026-11-27");

    assert_eq!(title(&format!("as_of={RECORDED}")).await, before);
    assert_eq!(title("as_of=2026-11-24").await, "Renamed");
    let withdrawn = app.get(&format!("{commitment}?as_of=2026-11-26")).await.problem(410, "withdrawn");
    assert_eq!(withdrawn["last_state"]["title"], "Renamed");
    app.get(&format!("{commitment}?as_of=2026-11-21")).await.problem(404, "not_found");
    // A draft is in nobody's record, not even for those who make it.
    let staff = app.sign_in(id, &email).await;
    staff.get(&format!("{draft}?as_of=2026-11-24")).send().await.problem(404, "not_found");
    let published = app.get(&format!("{draft}?as_of=2026-11-25")).await.ok();
    assert_eq!(published["status"], "published");
    app.get(&format!("{draft}?as_of=2026-11-26")).await.problem(410, "withdrawn");
    let count = async |list: &str, asked: &str| {
        app.get(&format!("/api/v1/{list}?member=ROTMR&total=true&{asked}")).await.ok()["page"]["total"]
            .clone()
    };
    for (day, commitments, plans) in
        [(RECORDED, 4, 1), ("2026-11-24", 4, 1), ("2026-11-25", 4, 2), ("2026-11-26", 3, 1)]
    {
        assert_eq!(count("commitments", &format!("as_of={day}")).await, commitments, "{day}");
        assert_eq!(count("action-plans", &format!("as_of={day}")).await, plans, "{day}");
    }
}

#[actix_web::test]
async fn pages_of_a_record_follow_each_other() {
    let app = TestApp::demo().await;
    let staff = app.editor_of("ROTMR").await;
    app.clock.set("2026-11-24");
    let staff = app.sign_in(staff.person_id, &staff.email).await;
    let body = json!({"action_plan": "timisoara-2022-2024", "title": {"en": "One more"}});
    let more = id(&made(&staff.post("/api/v1/commitments", &body).send().await));
    let all = async |asked: &str| {
        let rows = app.all(&format!("/api/v1/commitments?sort=-updated_at,code{asked}")).await;
        rows.iter().map(id).collect::<Vec<_>>()
    };
    let (then, now) = (all(&format!("&as_of={TODAY}")).await, all("").await);
    assert_eq!((then.len(), now.len()), (92, 93));
    assert!(!then.contains(&more) && now.contains(&more));
    let first = app.get(&format!("/api/v1/commitments?limit=1&as_of={TODAY}")).await.ok();
    let cursor = first["page"]["next"].as_str().unwrap().to_owned();
    // A cursor belongs to the record that it was made for.
    let elsewhere = app.get(&format!("/api/v1/commitments?limit=1&as_of=2026-11-24&cursor={cursor}")).await;
    elsewhere.problem(400, "parameter_invalid");
}

#[actix_web::test]
async fn days_that_cannot_be_asked_about_are_told() {
    let app = TestApp::demo().await;
    for (asked, parameter) in [
        ("as_of=2026-11-24", "as_of"),
        ("as_of=yesterday", "as_of"),
        ("on=2026-02-30", "on"),
        ("on=+12000-01-01", "on"),
        ("on=", "on"),
        ("as_of=2026-01-01&as_of=2026-01-02", "as_of"),
        ("until=2026-01-01", "until"),
    ] {
        for path in
            ["commitments/ROTMR0001", "milestones", "action-plans/timisoara-2022-2024/progress", "progress"]
        {
            let refused = app.get(&format!("/api/v1/{path}?{asked}")).await;
            assert_eq!(
                (refused.status, &refused.json()["errors"][0]["parameter"]),
                (400, &json!(parameter)),
                "{path}?{asked}"
            );
        }
    }
    // A day to come can be asked about, as far as is known now.
    let then = app.get("/api/v1/progress?on=2030-01-01").await.ok();
    assert_eq!(then["day"], "2030-01-01");
}
