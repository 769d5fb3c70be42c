use super::*;

/// How many rows a list has with these filters.
async fn total(app: &TestApp, filters: &str) -> i64 {
    let list = app.get(&format!("/api/v1/evidence?total=true&limit=1&{filters}")).await.ok();
    list["page"]["total"].as_i64().unwrap()
}

#[actix_web::test]
async fn filters_narrow_and_combine() {
    let app = TestApp::demo().await;
    let (all, imported) = (total(&app, "").await, app.count("evidence").await);
    assert!(all >= 10 && all == imported, "{all}, {imported}");
    assert_eq!(total(&app, "member=ROTMR").await, 0);
    // Later than the demo data, which was imported today.
    app.clock.set("2100-01-01");
    let editor = app.editor_of("ROTMR").await;
    let (id, step) = (uploaded(&editor).await, milestone(&app, "ROTMR0001").await);
    // Nobody but its staff sees it yet.
    assert_eq!(total(&app, "member=ROTMR").await, 0);
    let own = editor.get("/api/v1/evidence?member=ROTMR").send().await.ok();
    assert_eq!(crate::harness::column(&own["data"], "id"), std::slice::from_ref(&id));
    attach(&editor, &step, &id).await;
    for (filters, expected) in [
        ("member=ROTMR", 1),
        ("action_plan=timisoara-2022-2024", 1),
        ("commitment=ROTMR0001", 1),
        ("commitment=ROTMR0002", 0),
        (&format!("milestone={step}"), 1),
        ("kind=report&member=ROTMR", 1),
        ("kind=photo", 0),
        ("kind=report&kind=photo", 1),
        ("member=ROU", all),
    ] {
        assert_eq!(total(&app, filters).await, expected, "{filters}");
    }
    let newest = app.get("/api/v1/evidence?limit=1").await.ok();
    assert_eq!(newest["data"][0]["id"], id.as_str());
    app.get("/api/v1/evidence?commitment=NOPE&member=NOPE").await.problem(400, "reference_unknown");
    for unknown in ["01936b3c-0000-7000-8000-000000000000", "first-step"] {
        let answer = app.get(&format!("/api/v1/evidence?milestone={step}&milestone={unknown}")).await;
        let problem = answer.problem(400, "reference_unknown");
        assert_eq!(problem["errors"][0]["parameter"], "milestone");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(unknown));
    }
    assert_eq!(app.all("/api/v1/evidence").await.len() as i64, all + 1);
}

#[actix_web::test]
async fn imported_evidence_is_read_by_itself() {
    let app = TestApp::demo().await;
    let one = &app.get("/api/v1/evidence?kind=web_page&limit=1").await.ok()["data"][0];
    let shown = app.get(&page(one["id"].as_str().unwrap())).await.ok();
    assert!(shown["url"].as_str().unwrap().starts_with("http"));
    assert!(shown["attached_to"][0]["commitment"]["code"].is_string());
    assert_eq!(shown["member"]["code"], "ROU");
    app.get(&content(one["id"].as_str().unwrap())).await.problem(404, "not_found");
}
