//! The two times: how things stood on a day, and what the record of a day said.

use crate::harness::TestApp;
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
