use crate::harness::TestApp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Milestones with every kind of due date, each with every kind of completion.
fn document() -> Value {
    let dues = [
        ("none", Value::Null),
        ("words", json!({"text": "soon"})),
        ("ongoing", json!({"ongoing": true})),
        ("ongoing-from", json!({"date": "2026-06-15", "precision": "day", "ongoing": true})),
        ("day", json!({"date": "2026-06-15", "precision": "day"})),
        ("month", json!({"date": "2026-06-15", "precision": "month"})),
        ("quarter", json!({"date": "2026-04-15", "precision": "quarter"})),
        ("year", json!({"date": "2026-06-15", "precision": "year"})),
    ];
    let ends = [
        ("none", Value::Null),
        ("words", json!({"text": "completed"})),
        ("early", json!({"date": "2026-01-10", "precision": "day"})),
        ("same", json!({"date": "2026-06-15", "precision": "day"})),
        ("next", json!({"date": "2026-06-16", "precision": "day"})),
        ("month", json!({"date": "2026-06-01", "precision": "month"})),
        ("late-month", json!({"date": "2026-07-01", "precision": "month"})),
        ("year", json!({"date": "2026-06-15", "precision": "year"})),
        ("late", json!({"date": "2027-01-01", "precision": "day"})),
    ];
    let mut milestones = Vec::new();
    for (due, due_date) in &dues {
        for (end, end_date) in &ends {
            let mut milestone = json!({"key": format!("due {due}, completed {end}"), "label": format!("due {due}, completed {end}")});
            for (field, date) in [("due", due_date), ("actual_end", end_date)] {
                if !date.is_null() {
                    milestone[field] = date.clone();
                }
            }
            milestones.push(milestone);
        }
    }
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "name": {"en": "X"}}],
        "action_plans": [{"slug": "x-2026", "member": "XXA"}],
        "commitments": [{"action_plan": "x-2026", "key": "one", "title": {"en": "One"}, "milestones": milestones}]
    })
}

const SCHEDULES: [&str; 7] =
    ["undated", "ongoing", "upcoming", "due_soon", "overdue", "completed_on_time", "completed_late"];

async fn labels(app: &TestApp, query: &str) -> BTreeMap<String, String> {
    let rows = app.all(&format!("/api/v1/milestones?{query}")).await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    rows.iter().map(|row| (text(&row["label"]), text(&row["schedule"]))).collect()
}

#[actix_web::test]
async fn the_filter_finds_exactly_the_milestones_whose_field_says_so_on_any_day() {
    let app = TestApp::empty().await;
    app.import(&document()).await.unwrap();
    let mut seen = BTreeSet::new();
    for day in [
        "2025-12-01",
        "2026-05-15",
        "2026-05-16",
        "2026-05-31",
        "2026-06-15",
        "2026-06-16",
        "2026-06-30",
        "2026-07-01",
        "2026-12-31",
        "2027-01-01",
    ] {
        app.clock.set(day);
        let all = labels(&app, "").await;
        assert_eq!(all.len(), 72);
        let mut union = 0;
        for schedule in SCHEDULES {
            let found = labels(&app, &format!("schedule={schedule}")).await;
            let expected: BTreeMap<_, _> = all
                .iter()
                .filter(|(_, field)| *field == schedule)
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            assert_eq!(found, expected, "{schedule} on {day}");
            union += found.len();
            if !found.is_empty() {
                seen.insert(schedule);
            }
        }
        assert_eq!(union, all.len(), "every milestone has one schedule on {day}");
        let any = SCHEDULES.map(|schedule| format!("schedule={schedule}")).join("&");
        assert_eq!(labels(&app, &any).await, all);
    }
    assert_eq!(seen.len(), SCHEDULES.len(), "every schedule occurred: {seen:?}");
}

#[actix_web::test]
async fn a_schedule_turns_with_the_last_day_that_the_due_date_can_mean() {
    let app = TestApp::empty().await;
    app.import(&document()).await.unwrap();
    for (label, day, schedule) in [
        ("due day, completed none", "2026-05-15", "upcoming"),
        ("due day, completed none", "2026-05-16", "due_soon"),
        ("due day, completed none", "2026-06-15", "due_soon"),
        ("due day, completed none", "2026-06-16", "overdue"),
        ("due month, completed none", "2026-06-30", "due_soon"),
        ("due month, completed none", "2026-07-01", "overdue"),
        ("due quarter, completed none", "2026-06-30", "due_soon"),
        ("due quarter, completed none", "2026-07-01", "overdue"),
        ("due year, completed none", "2026-12-31", "due_soon"),
        ("due year, completed none", "2027-01-01", "overdue"),
        ("due none, completed none", "2027-01-01", "undated"),
        ("due words, completed none", "2027-01-01", "undated"),
        ("due ongoing, completed none", "2027-01-01", "ongoing"),
        ("due ongoing-from, completed none", "2027-01-01", "overdue"),
        ("due day, completed same", "2027-01-01", "completed_on_time"),
        ("due day, completed next", "2027-01-01", "completed_late"),
        ("due day, completed month", "2027-01-01", "completed_on_time"),
        ("due day, completed late-month", "2027-01-01", "completed_late"),
        ("due day, completed words", "2027-01-01", "completed_on_time"),
        ("due year, completed year", "2027-01-01", "completed_on_time"),
        ("due none, completed late", "2027-01-01", "completed_on_time"),
    ] {
        app.clock.set(day);
        assert_eq!(labels(&app, "").await[label], schedule, "{label} on {day}");
    }
}

/// Reports about every milestone, as people would if nobody checked: that it is far on, or that it was
/// completed on some day.
async fn report_about_all(app: &TestApp, completed_on: Option<&str>) {
    use diesel_async::SimpleAsyncConnection;
    let (progress, completed) = match completed_on {
        Some(day) => ("complete", format!("'{day}'")),
        None => ("substantial", "NULL".to_owned()),
    };
    let sql = format!(
        "INSERT INTO progress_updates (id, milestone_id, progress, effective_on, completed_on, narrative, \
         challenge_text, actor_id, actor_role, recorded_at) SELECT gen_random_uuid(), id, '{progress}', \
         coalesce({completed}::date, '2026-06-01'), {completed}, '{{}}', '{{}}', gen_random_uuid(), 'editor', \
         clock_timestamp() FROM milestones"
    );
    app.database.connect().await.batch_execute(&sql).await.unwrap();
}

#[actix_web::test]
async fn what_is_reported_decides_about_completion_and_the_filter_agrees() {
    let app = TestApp::empty().await;
    app.import(&document()).await.unwrap();
    let mut seen = BTreeSet::new();
    // Not complete outweighs the milestone's own date; the latest of these that speaks of a day holds on it.
    let mut told = Vec::new();
    for completed in [None, Some("2026-06-15"), Some("2026-07-01"), Some("2027-01-02")] {
        report_about_all(&app, completed).await;
        told.push((completed.unwrap_or("2026-06-01"), completed));
        for day in ["2026-05-16", "2026-06-16", "2027-01-01", "2027-01-03"] {
            app.clock.set(day);
            let all = labels(&app, "").await;
            assert_eq!(all.len(), 72);
            let done = all.values().filter(|schedule| schedule.starts_with("completed")).count();
            let held = told.iter().rfind(|(effective, _)| *effective <= day).map(|(_, completed)| *completed);
            if let Some(held) = held {
                assert_eq!(done, if held.is_some() { 72 } else { 0 }, "{held:?} on {day}");
            }
            for schedule in SCHEDULES {
                let found = labels(&app, &format!("schedule={schedule}")).await;
                assert!(found.values().all(|field| field == schedule), "{schedule} on {day}: {found:?}");
                let expected = all.values().filter(|field| *field == schedule).count();
                assert_eq!(found.len(), expected, "{schedule} on {day}");
                if expected > 0 {
                    seen.insert(schedule);
                }
            }
            if held == Some(Some("2026-06-15")) {
                assert_eq!(all["due day, completed late"], "completed_on_time");
            }
            if held == Some(Some("2026-07-01")) {
                assert_eq!(all["due day, completed early"], "completed_late");
                assert_eq!(all["due year, completed none"], "completed_on_time");
            }
        }
    }
    assert_eq!(seen.len(), SCHEDULES.len(), "every schedule occurred: {seen:?}");
}
