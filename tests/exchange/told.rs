//! Every fault at once, each where it is, and each only once.

use super::sample::{commitment, day, document};
use super::{assert_faults, at, faults_of, push, refusals, take};
use crate::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn ten_faults_in_ten_places_are_told_at_once() {
    let app = TestApp::empty().await;
    let mut d = document();
    d["compiled_on"] = json!("2026-02-30");
    d["author"] = json!("me");
    at(&mut d, "/institutions/0")["sector"] = json!("public");
    at(&mut d, "/members/1")["national_member"] = json!("XXX");
    at(&mut d, "/action_plans/0")["ends"] = day("2020-01-01");
    for code in ["TS0003", "TS0004", "TS0005", "TS0006", "TS0007"] {
        push(&mut d, "/commitments", commitment(code));
    }
    at(&mut d, "/commitments/1/title")["ro"] = json!("nul\0");
    take(&mut d, "/commitments/2/action_plan");
    at(&mut d, "/commitments/3")["leads"] = json!([{ "institution": "nobody" }]);
    at(&mut d, "/commitments/4")["links"] = json!([{ "kind": "related", "to": "TS0005" }]);
    at(&mut d, "/commitments/5")["code"] = json!("TS0007");
    let expected = [
        ("/action_plans/0/ends", "dates_reversed", ""),
        ("/author", "field_unknown", ""),
        ("/commitments/1/title/ro", "text_has_nul", ""),
        ("/commitments/2", "field_missing", "\"action_plan\""),
        ("/commitments/3/leads/0/institution", "reference_unknown", ""),
        ("/commitments/4/links/0/to", "link_to_itself", ""),
        ("/commitments/6/code", "commitment_duplicate", "/commitments/5/code already"),
        ("/compiled_on", "date_wrong", ""),
        ("/institutions/0/sector", "value_unknown", ""),
        ("/members/1/national_member", "reference_unknown", ""),
    ];
    assert_faults(&faults_of(&app, d.to_string().as_bytes()).await, &expected);
}

refusals! {
    several_faults_of_one_item_are_all_told: |d| {
        let item = at(d, "/commitments/1");
        item["number"] = json!("");
        item["starts"] = json!("2024");
        item["title"] = json!({ "english": "x", "ro": 5 });
    } => [
        ("/commitments/1/number", "text_empty", ""),
        ("/commitments/1/starts", "type_wrong", "\"2024\" is not of the type object"),
        ("/commitments/1/title", "language_wrong", "\"english\""),
        ("/commitments/1/title/ro", "type_wrong", "5 is not of the type string"),
    ];
    a_faulty_member_is_not_told_again_by_its_plan_and_its_locals: |d| at(d, "/members/0")["country"] = json!("Romania") =>
        [("/members/0/country", "format_wrong", "\"Romania\" does not have the form")];
    a_faulty_plan_is_not_told_again_by_its_commitments: |d| at(d, "/action_plans/0")["number"] = json!(0) =>
        [("/action_plans/0/number", "number_out_of_range", "0 is less than 1")];
    a_faulty_institution_is_not_told_again_by_what_it_leads: |d| at(d, "/institutions/0")["country"] = json!("ro") =>
        [("/institutions/0/country", "format_wrong", "")];
    a_faulty_policy_area_is_not_told_again: |d| at(d, "/policy_areas/0")["name"] = json!(1) =>
        [("/policy_areas/0/name", "type_wrong", "")];
    a_faulty_scheme_is_not_told_again_by_its_assessments: |d| at(d, "/assessment_schemes/0")["assessor"] = json!("me") =>
        [("/assessment_schemes/0/assessor", "value_unknown", "\"irm\"")];
    a_faulty_commitment_is_not_told_again_by_links_to_it: |d| at(d, "/commitments/1")["number"] = json!(7) =>
        [("/commitments/1/number", "type_wrong", "")];
    a_faulty_milestone_is_not_told_again_by_reports_about_it: |d| at(d, "/commitments/0/milestones/0")["label"] = json!(1) =>
        [("/commitments/0/milestones/0/label", "type_wrong", "")];
    institutions_that_are_no_list_are_not_told_again: |d| d["institutions"] = json!({}) =>
        [("/institutions", "type_wrong", "an object is not of the type array")];
    members_that_are_no_list_are_not_told_again: |d| d["members"] = json!("ROU") =>
        [("/members", "type_wrong", "")];
    plans_that_are_no_list_are_not_told_again: |d| d["action_plans"] = json!(null) =>
        [("/action_plans", "type_wrong", "null is not of the type array")];
    policy_areas_that_are_no_list_are_not_told_again: |d| d["policy_areas"] = json!(1) =>
        [("/policy_areas", "type_wrong", "")];
    schemes_that_are_no_list_are_not_told_again: |d| d["assessment_schemes"] = json!(true) =>
        [("/assessment_schemes", "type_wrong", "")];
}

#[tokio::test]
async fn faults_are_told_in_the_order_of_the_document() {
    let app = TestApp::empty().await;
    let mut d = document();
    for at in 2..12 {
        push(&mut d, "/commitments", json!({ "action_plan": "test-town-2024", "key": at, "code": null }));
    }
    let faults = faults_of(&app, d.to_string().as_bytes()).await;
    let expected: Vec<_> = (2..12).map(|at| format!("/commitments/{at}/key")).collect();
    let told: Vec<_> = faults.iter().map(|fault| fault.pointer.clone()).collect();
    assert_eq!(told, expected);
}
