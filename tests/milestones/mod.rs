//! Reading milestones, their schedules, how their due dates moved, and reporting about them.

mod history;
mod list;
mod present;
mod read;
mod reschedule;
mod schedule;
mod updates;
mod updates_bulk;
mod updates_list;
mod weight;

use crate::editing::{id, made};
use crate::harness::{Answer, Client};
use serde_json::{Value, json};

/// Milestones of a public commitment of Timișoara, whose plan began on 27 April 2022.
struct Step;

impl Step {
    /// One that says what is given besides its title.
    async fn make(staff: &Client<'_>, says: &Value) -> String {
        let mut body = json!({"title": {"en": "A step"}});
        body.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
        id(&made(&staff.post("/api/v1/commitments/ROTMR0001/milestones", &body).send().await))
    }

    /// One without any dates.
    async fn plain(staff: &Client<'_>) -> String {
        Self::make(staff, &json!({})).await
    }

    /// Where its updates are.
    fn updates(milestone: &str) -> String {
        format!("/api/v1/milestones/{milestone}/updates")
    }
}

/// Reports about a milestone.
async fn report(who: &Client<'_>, milestone: &str, update: &Value) -> Answer {
    who.post(&Step::updates(milestone), update).send().await
}
