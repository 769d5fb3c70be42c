use crate::harness::{TestApp, column};

#[actix_web::test]
async fn a_plan_shows_its_member_and_its_commitments() {
    let app = TestApp::demo().await;
    let plan = app.get("/api/v1/action-plans/timisoara-2022-2024").await.ok();
    assert_eq!(plan["member"]["code"], "ROTMR");
    assert_eq!(column(&plan["commitments"], "code"), ["ROTMR0001", "ROTMR0002", "ROTMR0003", "ROTMR0004"]);
    assert_eq!(plan["commitments_known"], 4);
}

#[actix_web::test]
async fn a_plan_is_found_by_slug_and_id_in_any_case() {
    let app = TestApp::demo().await;
    let plan = app.get("/api/v1/action-plans/iasi-2019-2021").await.ok();
    let id = plan["id"].as_str().unwrap();
    for name in ["IASI-2019-2021", id, &id.to_uppercase()] {
        assert_eq!(app.get(&format!("/api/v1/action-plans/{name}")).await.ok(), plan, "{name}");
    }
}
