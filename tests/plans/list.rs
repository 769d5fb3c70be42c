use crate::harness::{TestApp, column};

async fn slugs(app: &TestApp, query: &str) -> Vec<String> {
    let page = app.get(&format!("/api/v1/action-plans?{query}&total=true")).await.ok();
    let slugs = column(&page["data"], "slug");
    assert_eq!(page["page"]["total"], slugs.len(), "{query}");
    slugs
}

#[actix_web::test]
async fn member_and_kind_narrow_and_combine() {
    let app = TestApp::demo().await;
    assert_eq!(slugs(&app, "").await.len(), 9);
    assert_eq!(slugs(&app, "member=ROU").await.len(), 7);
    assert_eq!(slugs(&app, "member=ias").await, ["iasi-2019-2021"]);
    assert_eq!(slugs(&app, "member=IAS&member=ROTMR").await, ["iasi-2019-2021", "timisoara-2022-2024"]);
    assert_eq!(slugs(&app, "kind=local").await, ["iasi-2019-2021", "timisoara-2022-2024"]);
    assert_eq!(slugs(&app, "kind=local&kind=national").await.len(), 9);
    assert!(slugs(&app, "kind=local&member=ROU").await.is_empty());
    let id = app.get("/api/v1/members/IAS").await.ok()["id"].as_str().unwrap().to_uppercase();
    assert_eq!(slugs(&app, &format!("member={id}")).await, ["iasi-2019-2021"]);
}

/// The demo's dates: July 2012 to June 2014 (months), 2016-08-10 (day) to June 2018 (month),
/// 2018 (year) to August 2020 (month), 2020 to 2022 (years), 2025 to 2027 (years).
#[actix_web::test]
async fn a_plan_is_active_from_the_first_to_the_last_day_that_its_dates_can_mean() {
    let app = TestApp::demo().await;
    for (day, plan, active) in [
        ("2012-06-30", "romania-2012-2014", false),
        ("2012-07-01", "romania-2012-2014", true),
        ("2014-06-30", "romania-2012-2014", true),
        ("2014-07-01", "romania-2012-2014", false),
        ("2014-07-01", "romania-2014-2016", true),
        ("2016-08-09", "romania-2016-2018", false),
        ("2016-08-10", "romania-2016-2018", true),
        ("2018-06-30", "romania-2016-2018", true),
        ("2017-12-31", "romania-2018-2020", false),
        ("2018-01-01", "romania-2018-2020", true),
        ("2020-08-31", "romania-2018-2020", true),
        ("2020-09-01", "romania-2018-2020", false),
        ("2020-01-01", "romania-2020-2022", true),
        ("2022-12-31", "romania-2020-2022", true),
        ("2023-01-01", "romania-2020-2022", false),
        ("2024-12-31", "romania-2025-2027", false),
        ("2025-01-01", "romania-2025-2027", true),
        ("2027-12-31", "romania-2025-2027", true),
        ("2028-01-01", "romania-2025-2027", false),
        ("2024-04-30", "timisoara-2022-2024", true),
        ("2024-05-01", "timisoara-2022-2024", false),
    ] {
        let found = slugs(&app, &format!("active_on={day}")).await;
        assert_eq!(found.iter().any(|slug| slug == plan), active, "{plan} on {day}");
    }
    assert!(slugs(&app, "active_on=2016-07-15").await.is_empty());
    assert_eq!(slugs(&app, "active_on=2020-03-01&kind=local").await, ["iasi-2019-2021"]);
}

#[actix_web::test]
async fn days_far_from_all_plans_are_answered_too() {
    let app = TestApp::demo().await;
    for day in ["0001-01-01", "9999-12-31"] {
        assert!(slugs(&app, &format!("active_on={day}")).await.is_empty(), "{day}");
    }
    for day in ["-200000-01-01", "%2B200000-01-01", "-262143-01-01", "%2B262142-12-31"] {
        let answer = app.get(&format!("/api/v1/action-plans?active_on={day}")).await;
        assert!(matches!(answer.status, 200 | 400), "{day}: {}", answer.status);
    }
}
