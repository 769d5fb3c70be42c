use crate::harness::TestApp;

#[actix_web::test]
async fn every_assessment_of_the_list_can_be_read_alone_and_says_the_same() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/assessments").await;
    assert_eq!(rows.len(), 131);
    for row in rows {
        let id = row["id"].as_str().unwrap();
        let mut page = app.get(&format!("/api/v1/assessments/{id}")).await.ok();
        // The page has what proves it besides.
        assert_eq!(page.as_object_mut().unwrap().remove("evidence"), Some(serde_json::json!([])));
        assert_eq!(page, row);
    }
}

#[actix_web::test]
async fn an_assessment_has_no_name_but_its_id() {
    let app = TestApp::demo().await;
    app.get("/api/v1/assessments/design-2023").await.problem(404, "not_found");
}
