use crate::harness::TestApp;

#[actix_web::test]
async fn filters_narrow_and_combine() {
    let app = TestApp::demo().await;
    for (query, count) in [
        ("", 131),
        ("assessor=irm", 127),
        ("assessor=local_monitoring_body", 4),
        ("assessor=civil_society", 0),
        ("assessor=irm&assessor=local_monitoring_body", 131),
        ("stage=mid_term", 47),
        ("stage=design", 31),
        ("stage=end_of_term", 29),
        ("stage=results", 24),
        ("stage=design&stage=results", 55),
        ("commitment=ROTMR0001", 1),
        ("commitment=rotmr0001&assessor=irm", 0),
        ("commitment=rotmr0001&assessor=irm&assessor=local_monitoring_body", 1),
    ] {
        let rows = app.all(&format!("/api/v1/assessments?{query}")).await;
        assert_eq!(rows.len(), count, "{query}");
        let page = app.get(&format!("/api/v1/assessments?limit=1&total=true&{query}")).await.ok();
        assert_eq!(page["page"]["total"], count, "{query}");
        for row in rows {
            assert!(!query.contains("stage=") || query.contains(row["stage"].as_str().unwrap()), "{query}");
        }
    }
}

#[actix_web::test]
async fn plans_narrow_by_slug_or_id() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/assessments?action_plan=Timisoara-2022-2024").await;
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row["action_plan"]["slug"] == "timisoara-2022-2024"));
    let id = rows[0]["action_plan"]["id"].as_str().unwrap();
    assert_eq!(app.all(&format!("/api/v1/assessments?action_plan={id}")).await, rows);
    let both = app.all(&format!("/api/v1/assessments?action_plan={id}&action_plan=iasi-2019-2021")).await;
    assert!(both.len() >= rows.len());
    assert!(
        both.iter().all(|row| row["member"]["kind"] == "local"),
        "those are the plans of the local members"
    );
}
