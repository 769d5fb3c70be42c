use crate::editing::{faults, made};
use crate::harness::TestApp;
use serde_json::json;

const BELOW: &str = "/api/v1/commitments/ROTMR0001/milestones";

#[actix_web::test]
async fn a_weight_is_a_whole_number_from_1_to_1000_or_none() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let before = app.contents().await;
    for (weight, code) in [
        (json!(0), "number_out_of_range"),
        (json!(-1), "number_out_of_range"),
        (json!(1001), "number_out_of_range"),
        (json!(40000), "number_out_of_range"),
        (json!(1.5), "type_wrong"),
        (json!("2"), "type_wrong"),
    ] {
        let body = json!({"title": {"en": "A step"}, "weight": weight});
        let refused = editor.post(BELOW, &body).send().await;
        assert_eq!(faults(&refused), [("/weight".to_owned(), code.to_owned())], "{weight}");
    }
    assert_eq!(app.contents().await, before);
    for weight in [json!(1), json!(1000), json!(null)] {
        let body = json!({"title": {"en": "A step"}, "weight": weight});
        let milestone = made(&editor.post(BELOW, &body).send().await);
        assert_eq!(milestone["weight"], weight);
    }
}

#[actix_web::test]
async fn a_weight_changes_without_a_reason_and_goes_with_null() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = made(&editor.post(BELOW, &json!({"title": {"en": "A step"}})).send().await);
    let path = format!("/api/v1/milestones/{}", milestone["id"].as_str().unwrap());
    for weight in [json!(7), json!(null)] {
        let changed = editor.patch(&path, &json!({"weight": weight})).if_match("*").send().await.ok();
        assert_eq!(changed["weight"], weight);
        assert_eq!(app.get(&path).await.ok()["weight"], weight);
    }
}
