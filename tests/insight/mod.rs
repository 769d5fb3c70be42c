//! What is computed, and the rules it is computed by: progress, numbers, one's own work and its calendar.

mod badge;
mod calendar;
mod rules;
mod statistics;
mod story;
mod worklist;

use crate::editing::{id, made, milestones, take_steps};
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};

/// A plan of Timișoara that began on 1 December 2026 and is published, with a commitment.
struct Plan {
    commitment: String,
}

const PLAN: &str = "timisoara-next";

impl Plan {
    /// Made by somebody who publishes there. The clock stands at that day afterwards.
    async fn publish(app: &TestApp, staff: &Client<'_>) -> Self {
        let plan = json!({
            "slug": PLAN, "member": "ROTMR", "title": {"en": "Next plan", "ro": "Planul următor"},
            "starts": {"date": "2026-12-01", "precision": "day"}
        });
        made(&staff.post("/api/v1/action-plans", &plan).send().await);
        let commitment = json!({
            "action_plan": PLAN, "title": {"en": "A promise", "ro": "O promisiune"},
            "leads": [{"institution": "municipality-of-timisoara"}]
        });
        let commitment = id(&made(&staff.post("/api/v1/commitments", &commitment).send().await));
        take_steps(staff, PLAN, &["consult", "adopt", "publish"]).await;
        app.clock.set("2026-12-01");
        Self { commitment }
    }

    /// A milestone of its commitment that says what is given besides its title.
    async fn step(&self, staff: &Client<'_>, says: &Value) -> String {
        let mut body = json!({"title": {"en": "A step", "ro": "Un pas"}});
        body.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
        let path = format!("/api/v1/commitments/{}/milestones", self.commitment);
        id(&made(&staff.post(&path, &body).send().await))
    }
}

/// A day, as dates are written.
fn on(day: &str) -> Value {
    json!({"date": day, "precision": "day"})
}

/// Reports about a milestone.
async fn report(who: &Client<'_>, milestone: &str, update: &Value) {
    made(&who.post(&format!("/api/v1/milestones/{milestone}/updates"), update).send().await);
}

/// A plan among those of its member, which are only counted, says of itself what it says alone.
pub(crate) async fn counted_alike(app: &TestApp, plan: &Value, times: &str) {
    let member = plan["member"]["code"].as_str().unwrap();
    let member = app.get(&format!("/api/v1/members/{member}/progress?{times}")).await.ok();
    let plans = member["action_plans"].as_array().unwrap();
    let beside = plans.iter().find(|one| one["action_plan"] == plan["action_plan"]).expect("the plan");
    let fields = beside.as_object().unwrap().iter().filter(|(field, _)| *field != "running");
    for (field, value) in fields {
        assert_eq!(&plan[field], value, "{field} of {} {times}", plan["action_plan"]["slug"]);
    }
}

#[actix_web::test]
async fn milestones_that_do_not_stand_count_neither_alone_nor_among_all() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let progress = async |times: &str| {
        app.get(&format!("/api/v1/action-plans/timisoara-2022-2024/progress?{times}")).await.ok()
    };
    let standing = |plan: &Value| plan["milestones"]["active"].as_i64().unwrap();
    let before = standing(&progress("").await);
    let milestone = &milestones(&app, "ROTMR0001").await[0];
    let patch = json!({
        "disposition": "withdrawn", "disposition_reason": {"en": "Nobody wants it."}, "reason": "The council decided so.",
    });
    editor.patch(&format!("/api/v1/milestones/{milestone}"), &patch).if_match("*").send().await.ok();
    for times in ["", "on=2023-06-30"] {
        let plan = progress(times).await;
        assert_eq!(standing(&plan), before - 1, "{plan:#}");
        counted_alike(&app, &plan, times).await;
    }
}
