use crate::harness::TestApp;

#[actix_web::test]
async fn timisoara_s_first_commitment_has_five_milestones() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    assert_eq!(page["milestones"].as_array().unwrap().len(), 5);
    assert_eq!(page["action_plan"]["slug"], "timisoara-2022-2024");
}
