//! Changing things through HTTP: who may, in which version, and what is left behind.

pub mod authorization;
mod bulk;
mod concurrency;
mod content;
mod idempotency;
mod life;
mod milestone;
mod removal;

use crate::harness::{Answer, Client, TestApp};
use serde_json::{Value, json};

/// A slug that no plan of the demo data has.
pub const DRAFT: &str = "timisoara-2026-2028";

/// The body of a success that made something, after checking that it says where it is.
#[track_caller]
pub fn made(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.header("etag").is_some());
    answer.json()
}

/// An id in a representation.
#[track_caller]
pub fn id(thing: &Value) -> String {
    thing["id"].as_str().expect("an id").to_owned()
}

/// The places and codes of the faults that a 422 tells.
#[track_caller]
pub fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(&answer.body));
    let problem = answer.json();
    let errors = problem["errors"].as_array().expect("errors");
    assert!(!errors.is_empty(), "{problem:#}");
    let text = |error: &Value, field: &str| error[field].as_str().expect("a text").to_owned();
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

/// The ids of the milestones of a commitment, in order.
pub async fn milestones(app: &TestApp, commitment: &str) -> Vec<String> {
    let list = app.get(&format!("/api/v1/milestones?commitment={commitment}&limit=200")).await.ok();
    let ids: Vec<_> = list["data"].as_array().expect("data").iter().map(id).collect();
    assert!(!ids.is_empty(), "{commitment} has no milestones");
    ids
}

/// The id of the first assessment of a commitment.
pub async fn assessment(app: &TestApp, commitment: &str) -> String {
    id(&app.get(&format!("/api/v1/assessments?commitment={commitment}")).await.ok()["data"][0])
}

/// A plan of Timișoara that only its staff see, with one of everything below it.
pub struct Draft {
    pub plan: String,
    pub commitment: String,
    pub milestone: String,
    pub link: String,
    pub assessment: String,
}

impl Draft {
    /// Made by somebody who edits and assesses there.
    pub async fn make(staff: &Client<'_>) -> Self {
        let body = json!({"slug": DRAFT, "member": "ROTMR", "title": {"en": "The next plan"}});
        let plan = id(&made(&staff.post("/api/v1/action-plans", &body).send().await));
        let body = json!({
            "action_plan": DRAFT, "title": {"en": "A secret promise"},
            "leads": [{"institution": "municipality-of-timisoara"}]
        });
        let commitment = id(&made(&staff.post("/api/v1/commitments", &body).send().await));
        let below = |what: &str| format!("/api/v1/commitments/{commitment}/{what}");
        let body =
            json!({"title": {"en": "A secret step"}, "due": {"date": "2027-03-31", "precision": "day"}});
        let milestone = id(&made(&staff.post(&below("milestones"), &body).send().await));
        let body = json!({"kind": "continues", "to": "ROTMR0001"});
        let linked = made(&staff.post(&below("links"), &body).send().await);
        let link = id(&linked["links"][0]);
        let answer = staff.post(&below("assessments"), &review()).send().await;
        let assessment = id(&made(&answer));
        Self { plan, commitment, milestone, link, assessment }
    }

    /// Something is reported about its milestone.
    async fn report(&self, staff: &Client<'_>) -> String {
        let update = json!({"progress": "substantial", "effective_on": "2026-11-20"});
        let path = format!("/api/v1/milestones/{}/updates", self.milestone);
        id(&made(&staff.post(&path, &update).send().await))
    }

    /// Where its parts are read, each by itself.
    pub fn pages(&self) -> Vec<String> {
        vec![
            format!("/api/v1/action-plans/{}", self.plan),
            format!("/api/v1/action-plans/{DRAFT}"),
            format!("/api/v1/commitments/{}", self.commitment),
            format!("/api/v1/milestones/{}", self.milestone),
            format!("/api/v1/assessments/{}", self.assessment),
        ]
    }
}

/// The body of an assessment that its scheme allows.
pub fn review() -> Value {
    json!({
        "scheme": {"code": "ogp_local_inception_report", "version": "2021"}, "stage": "design",
        "report": {"en": "A look at the draft"},
        "codings": [{"indicator": "verifiable", "value": "yes"}]
    })
}

/// Takes a plan through steps of its life that need no reason.
pub async fn take_steps(publisher: &Client<'_>, plan: &str, steps: &[&str]) {
    for step in steps {
        publisher
            .request(reqwest::Method::POST, &format!("/api/v1/action-plans/{plan}/{step}"))
            .send()
            .await
            .ok();
    }
}
