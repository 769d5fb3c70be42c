//! How many statements a request costs: no list asks once more for each of its rows.

use crate::harness::wire::Wire;
use crate::harness::{Setting, Template, TestApp, TestDatabase, spec};

/// What one request may cost: who asks, what the filters name, the page, and its total.
const MOST: usize = 6;

async fn tapped() -> (TestApp, Wire) {
    let mut database = TestDatabase::new(Template::Demo).await;
    let wire = Wire::tap(&mut database);
    // What is kept costs nothing.
    (TestApp::with(database, Setting { cache: 0, ..Setting::default() }), wire)
}

/// What a request costs once its statements are prepared on every connection.
async fn cost(app: &TestApp, wire: &Wire, path: &str) -> usize {
    for _ in 0..4 {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    wire.statements();
    app.get(path).await;
    wire.statements()
}

#[actix_web::test]
async fn a_list_of_200_rows_costs_as_many_statements_as_a_list_of_one() {
    let (app, wire) = tapped().await;
    let mut several = 0;
    for list in spec::lists() {
        let path = list.address(&app).await;
        let one = cost(&app, &wire, &format!("{path}?limit=1&total=true")).await;
        let all = cost(&app, &wire, &format!("{path}?limit=200&total=true")).await;
        assert!((2..=MOST).contains(&one), "{path} costs {one} statements");
        assert_eq!(all, one, "{path} costs a statement for each row");
        let rows = app.get(&format!("{path}?limit=200")).await.ok()["data"].as_array().unwrap().len();
        several += u32::from(rows >= 10);
    }
    assert!(several >= 6, "only {several} lists have more than a few rows");
}

#[actix_web::test]
async fn what_is_nested_filtered_and_computed_costs_no_statement_for_each_row_either() {
    let (app, wire) = tapped().await;
    for asked in [
        "commitments?include=milestones&include=evidence&include=progress_reports&include=assessments&include=links",
        "action-plans?include=commitments&include=events&include=reports",
        "members?include=action_plans&include=local_members",
        "milestones?include=reported_percents&include=assessments&include=evidence",
        "commitments?schedule=overdue&has_evidence=false&stale=false&role=lead&sector=government&on=2020-01-01",
        "commitments?q=date+deschise",
        "milestones?schedule=overdue&has_evidence=false&country=RO",
        "commitments?format=csv",
    ] {
        let one = cost(&app, &wire, &format!("/api/v1/{asked}&limit=1")).await;
        let all = cost(&app, &wire, &format!("/api/v1/{asked}&limit=100")).await;
        assert!((1..=MOST).contains(&one), "{asked} costs {one} statements");
        assert_eq!(all, one, "{asked} costs a statement for each row");
    }
}

#[actix_web::test]
async fn numbers_of_many_commitments_on_many_days_cost_as_many_statements_as_those_of_one() {
    let (app, wire) = tapped().await;
    let numbers = |asked: &str| format!("/api/v1/statistics?{asked}");
    let one = cost(&app, &wire, &numbers("action_plan=iasi-2019-2021&on=2020-12-31")).await;
    assert!((1..=MOST).contains(&one), "it costs {one} statements");
    let filters = "country=RO&group_by=lead_institution&group_by=sector";
    let series =
        "action_plan=timisoara-2022-2024&group_by=progress&from=2013-01-01&to=2022-12-31&interval=month";
    assert_eq!(cost(&app, &wire, &numbers(series)).await, one, "a point costs a statement");
    assert!(cost(&app, &wire, &numbers(filters)).await <= one, "a commitment costs a statement");
}
