//! What changed: between two days of a plan, and along the record.

mod feed;
mod plan;

use crate::editing::id;
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};
use std::collections::HashMap;

const PLAN: &str = "timisoara-2022-2024";

/// The ids of the milestones of Timișoara's plan by their labels.
async fn milestones(app: &TestApp) -> HashMap<String, String> {
    let rows = app.all(&format!("/api/v1/milestones?action_plan={PLAN}")).await;
    let by_label: HashMap<_, _> =
        rows.iter().map(|row| (row["label"].as_str().unwrap().to_owned(), id(row))).collect();
    assert_eq!(by_label.len(), 20);
    by_label
}

async fn patch(who: &Client<'_>, path: &str, patch: Value) {
    who.patch(path, &patch).if_match("*").send().await.ok();
}

/// A due date known to the month.
fn month(date: &str) -> Value {
    json!({"date": date, "precision": "month"})
}

/// The sentences of a list of changes.
fn sentences(changes: &Value) -> Vec<String> {
    let changes = changes.as_array().expect("a list");
    changes.iter().map(|change| change["sentence"]["text"].as_str().expect("a sentence").to_owned()).collect()
}
