use crate::harness::TestApp;

#[actix_web::test]
async fn every_milestone_of_the_list_can_be_read_alone_and_says_the_same() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/milestones").await;
    assert_eq!(rows.len(), 47);
    for row in rows {
        let id = row["id"].as_str().unwrap();
        let page = app.get(&format!("/api/v1/milestones/{}", id.to_uppercase())).await.ok();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(&page[field], value, "{field} of {id}");
        }
    }
}

#[actix_web::test]
async fn a_milestone_has_no_name_but_its_id() {
    let app = TestApp::demo().await;
    app.get("/api/v1/milestones/1.2.1").await.problem(404, "not_found");
}
