use crate::harness::{TestApp, column};

#[actix_web::test]
async fn timisoara_s_first_commitment_has_five_milestones() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    assert_eq!(column(&page["milestones"], "label"), ["1.1", "1.2.1", "1.2.2", "1.3", "1.4"]);
    assert_eq!(page["action_plan"]["slug"], "timisoara-2022-2024");
    assert_eq!(page["member"]["code"], "ROTMR");
    assert_eq!(page["milestones_complete"], false);
    assert_eq!(column(&page["leads"], "slug"), ["municipality-of-timisoara"]);
    assert_eq!(page["assessments"].as_array().unwrap().len(), 1);
    assert_eq!(
        page["starts"],
        serde_json::json!({"date": "2022-04-01", "precision": "month", "text": "Apr 2022", "ongoing": false})
    );
}

#[actix_web::test]
async fn a_commitment_is_found_by_code_and_id_in_any_case() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    let id = page["id"].as_str().unwrap();
    for name in ["rotmr0001", id, &id.to_uppercase()] {
        assert_eq!(app.get(&format!("/api/v1/commitments/{name}")).await.ok(), page, "{name}");
    }
}

#[actix_web::test]
async fn every_commitment_of_the_list_can_be_read_alone_and_says_the_same() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/commitments").await;
    assert_eq!(rows.len(), 92);
    for row in rows {
        let page = app.get(&format!("/api/v1/commitments/{}", row["id"].as_str().unwrap())).await.ok();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(&page[field], value, "{field} of {}", row["code"]);
        }
    }
}
