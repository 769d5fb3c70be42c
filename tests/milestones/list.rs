use crate::harness::{TestApp, column};

async fn count(app: &TestApp, query: &str) -> u64 {
    let page = app.get(&format!("/api/v1/milestones?{query}&total=true&limit=1")).await.ok();
    page["page"]["total"].as_u64().expect("a total")
}

#[actix_web::test]
async fn commitments_and_plans_narrow_by_any_of_their_names() {
    let app = TestApp::demo().await;
    assert_eq!(count(&app, "").await, 47);
    let page = app.get("/api/v1/milestones?commitment=rotmr0001").await.ok();
    assert_eq!(column(&page["data"], "label"), ["1.1", "1.2.1", "1.2.2", "1.3", "1.4"]);
    let first = &page["data"][0];
    for query in [
        format!("commitment={}", first["commitment"]["id"].as_str().unwrap().to_uppercase()),
        "commitment=ROTMR0001&action_plan=timisoara-2022-2024".to_owned(),
        "commitment=ROTMR0001&commitment=ROTMR0001".to_owned(),
    ] {
        assert_eq!(count(&app, &query).await, 5, "{query}");
    }
    assert_eq!(count(&app, "commitment=ROTMR0001&action_plan=iasi-2019-2021").await, 0);
    let both = count(&app, "commitment=ROTMR0001&commitment=ROTMR0002").await;
    assert_eq!(both, 5 + count(&app, "commitment=ROTMR0002").await);
    let plan = first["action_plan"]["id"].as_str().unwrap();
    assert_eq!(
        count(&app, &format!("action_plan={plan}")).await,
        count(&app, "action_plan=TIMISOARA-2022-2024").await
    );
}

/// The demo's due dates: December 2015, 2018 (a year), June 2019 (a month).
#[actix_web::test]
async fn due_before_and_due_after_leave_the_day_itself_out() {
    let app = TestApp::demo().await;
    let dated = count(&app, "due_after=1990-01-01").await;
    assert!(dated > 0);
    assert_eq!(dated, count(&app, "due_before=2100-01-01").await);
    let mut last_days: Vec<_> = Vec::new();
    for row in app.all("/api/v1/milestones?due_after=1990-01-01").await {
        last_days.push(row["due"]["date"].as_str().unwrap().to_owned());
    }
    assert_eq!(last_days.len() as u64, dated);
    for day in ["2015-12-31", "2018-12-31", "2019-06-30"] {
        let (before, after) =
            (count(&app, &format!("due_before={day}")).await, count(&app, &format!("due_after={day}")).await);
        let on = last_days.iter().filter(|due| *due == day).count() as u64;
        assert!(on > 0, "{day}");
        assert_eq!(before + on + after, dated, "{day}");
    }
    assert_eq!(count(&app, "due_after=2018-12-30&due_before=2019-01-01").await, 1);
    assert_eq!(count(&app, "due_after=2018-12-31&due_before=2018-12-31").await, 0);
    assert_eq!(
        count(&app, "due_before=2016-01-01&schedule=overdue").await,
        count(&app, "due_before=2016-01-01").await
    );
    assert_eq!(count(&app, "due_before=2016-01-01&schedule=upcoming").await, 0);
}

#[actix_web::test]
async fn days_outside_of_the_calendar_of_the_database_are_no_fault_of_ours() {
    let app = TestApp::demo().await;
    for day in ["-200000-01-01", "-4713-01-01", "%2B200000-01-01", "0000-01-01"] {
        for parameter in ["due_before", "due_after"] {
            let answer = app.get(&format!("/api/v1/milestones?{parameter}={day}")).await;
            assert!(matches!(answer.status, 200 | 400), "{parameter}={day}: {}", answer.status);
        }
    }
}
