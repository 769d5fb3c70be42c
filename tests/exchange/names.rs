//! Names: each is given once, and each reference leads somewhere.

use super::sample::{commitment, document, full_commitment, plan, scheme, with};
use super::{assert_faults, at, faults_of, push, refusals, take};
use crate::harness::TestApp;
use serde_json::json;

refusals! {
    an_unknown_national_member_is_refused: |d| at(d, "/members/1")["national_member"] = json!("XXX") =>
        [("/members/1/national_member", "reference_unknown", "there is no member \"XXX\"")];
    a_local_member_below_a_local_one_is_refused: |d| at(d, "/members/1")["national_member"] = json!("TSTL") =>
        [("/members/1/national_member", "member_kind_wrong", "\"TSTL\" is not national")];
    a_national_member_below_another_is_refused: |d| at(d, "/members/0")["national_member"] = json!("TST") =>
        [("/members/0/national_member", "member_kind_wrong", "only a local member")];
    a_plan_of_an_unknown_member_is_refused: |d| at(d, "/action_plans/0")["member"] = json!("XXX") =>
        [("/action_plans/0/member", "reference_unknown", "there is no member \"XXX\"")];
    a_commitment_of_an_unknown_plan_is_refused: |d| at(d, "/commitments/1")["action_plan"] = json!("plan-b") =>
        [("/commitments/1/action_plan", "reference_unknown", "there is no plan \"plan-b\"")];
    an_unknown_lead_is_refused: |d| push(d, "/commitments/0/leads", json!({ "institution": "ministry-of-magic" })) =>
        [("/commitments/0/leads/1/institution", "reference_unknown", "no institution \"ministry-of-magic\"")];
    an_unknown_supporter_is_refused: |d| push(d, "/commitments/1/supporters", json!({ "institution": "nobody" })) =>
        [("/commitments/1/supporters/0/institution", "reference_unknown", "no institution \"nobody\"")];
    an_unknown_policy_area_is_refused: |d| push(d, "/commitments/0/policy_areas", json!("open_doors")) =>
        [("/commitments/0/policy_areas/1", "reference_unknown", "no policy area \"open_doors\"")];
    an_unknown_scheme_is_refused: |d| at(d, "/commitments/0/assessments/0/scheme")["code"] = json!("other") =>
        [("/commitments/0/assessments/0/scheme", "reference_unknown", "no scheme \"other\" in version \"2024\"")];
    an_unknown_version_of_a_scheme_is_refused: |d| at(d, "/commitments/0/assessments/0/scheme")["version"] = json!("1") =>
        [("/commitments/0/assessments/0/scheme", "reference_unknown", "no scheme \"town_review\" in version \"1\"")];
    a_link_to_nowhere_is_refused: |d| push(d, "/commitments/0/links", json!({ "kind": "continues", "to": "TS0099" })) =>
        [("/commitments/0/links/1/to", "reference_unknown", "there is no commitment \"TS0099\"")];
    a_link_to_an_unknown_key_is_refused: |d| push(d, "/commitments/0/links", json!({ "kind": "continues", "to": "test-town-2024/x" })) =>
        [("/commitments/0/links/1/to", "reference_unknown", "there is no commitment \"test-town-2024/x\"")];
    an_assessment_of_an_unknown_milestone_is_refused: |d|
        at(d, "/commitments/0/assessments/0/milestones/0")["milestone"] = json!("2") =>
        [("/commitments/0/assessments/0/milestones/0/milestone", "reference_unknown", "has no milestone \"2\"")];
    a_progress_report_on_an_unknown_milestone_is_refused: |d|
        at(d, "/commitments/0/progress_reports/0/milestones/0")["milestone"] = json!("2") =>
        [("/commitments/0/progress_reports/0/milestones/0/milestone", "reference_unknown", "has no milestone \"2\"")];

    a_link_to_itself_is_refused: |d| at(d, "/commitments/0/links/0")["to"] = json!("TS0001") =>
        [("/commitments/0/links/0/to", "link_to_itself", "cannot be linked to itself")];
    a_link_to_itself_by_key_is_refused: |d| at(d, "/commitments/0/links/0")["to"] = json!("test-town-2024/TS0001") =>
        [("/commitments/0/links/0/to", "link_to_itself", "cannot be linked to itself")];

    a_policy_area_twice_is_refused: |d| { let x = at(d, "/policy_areas/0").clone(); push(d, "/policy_areas", x); } =>
        [("/policy_areas/1/code", "policy_area_duplicate", "it is at /policy_areas/0/code already")];
    an_institution_twice_is_refused: |d| { let x = at(d, "/institutions/0").clone(); push(d, "/institutions", x); } =>
        [("/institutions/2/slug", "institution_duplicate", "it is at /institutions/0/slug already")];
    a_scheme_twice_is_refused: |d| push(d, "/assessment_schemes", scheme()) =>
        [("/assessment_schemes/1/code", "scheme_duplicate", "it is at /assessment_schemes/0/code already")];
    an_indicator_twice_in_a_scheme_is_refused: |d| {
        let indicator = at(d, "/assessment_schemes/0/indicators/0").clone();
        push(d, "/assessment_schemes/0/indicators", indicator);
    } => [("/assessment_schemes/0/indicators/1/code", "indicator_duplicate", "indicators/0/code already")];
    a_member_twice_is_refused: |d| { let x = at(d, "/members/1").clone(); push(d, "/members", x); } =>
        [("/members/2/code", "member_duplicate", "it is at /members/1/code already")];
    a_plan_twice_is_refused: |d| { push(d, "/action_plans", plan()); take(d, "/action_plans/1/ogp_plan_id"); } =>
        [("/action_plans/1/slug", "action_plan_duplicate", "it is at /action_plans/0/slug already")];
    an_ogp_plan_id_twice_is_refused: |d| { push(d, "/action_plans", plan()); at(d, "/action_plans/1")["slug"] = json!("b"); } =>
        [("/action_plans/1/ogp_plan_id", "action_plan_duplicate", "it is at /action_plans/0/ogp_plan_id already")];
    a_commitment_code_twice_is_refused: |d| {
        push(d, "/commitments", commitment("TS0002"));
        at(d, "/commitments/2")["key"] = json!("another");
    } => [("/commitments/2/code", "commitment_duplicate", "it is at /commitments/1/code already")];
    a_commitment_key_twice_in_a_plan_is_refused: |d| {
        push(d, "/commitments", json!({ "action_plan": "test-town-2024", "key": "TS0002" }));
    } => [("/commitments/2/key", "commitment_duplicate", "it is at /commitments/1/code already")];
    a_milestone_key_twice_is_refused: |d| push(d, "/commitments/0/milestones", json!({ "key": "1" })) =>
        [("/commitments/0/milestones/1/key", "milestone_duplicate", "milestones/0/key already")];
    an_evidence_key_twice_is_refused: |d| {
        let x = at(d, "/commitments/0/evidence/0").clone();
        push(d, "/commitments/0/evidence", x);
    } => [("/commitments/0/evidence/1/key", "evidence_duplicate", "evidence/0/key already")];
    a_progress_report_key_twice_is_refused: |d|
        push(d, "/commitments/0/progress_reports", json!({ "key": "first", "reported_by": "irm" })) =>
        [("/commitments/0/progress_reports/1/key", "progress_report_duplicate", "progress_reports/0/key already")];
    an_assessment_key_twice_is_refused: |d| {
        let x = at(d, "/commitments/0/assessments/0").clone();
        push(d, "/commitments/0/assessments", x);
    } => [("/commitments/0/assessments/1/key", "assessment_duplicate", "assessments/0/key already")];
    an_institution_twice_in_a_role_is_refused: |d| push(d, "/commitments/0/leads", json!({ "institution": "city-hall" })) =>
        [("/commitments/0/leads/1/institution", "participant_duplicate", "twice in the same role")];
    an_indicator_coded_twice_is_refused: |d| push(d, "/commitments/0/assessments/0/codings",
        json!({ "indicator": "completion", "value": "complete" })) =>
        [("/commitments/0/assessments/0/codings/1/indicator", "coding_duplicate", "coded twice")];
    a_milestone_coded_twice_is_refused: |d| {
        let x = at(d, "/commitments/0/assessments/0/milestones/0").clone();
        push(d, "/commitments/0/assessments/0/milestones", x);
    } => [("/commitments/0/assessments/0/milestones/1/milestone", "milestone_duplicate", "given twice")];
    a_milestone_reported_twice_is_refused: |d|
        push(d, "/commitments/0/progress_reports/0/milestones", json!({ "milestone": "1", "percent": 61 })) =>
        [("/commitments/0/progress_reports/0/milestones/1/milestone", "milestone_duplicate", "given twice")];
    a_policy_area_twice_in_a_commitment_is_refused: |d| push(d, "/commitments/0/policy_areas", json!("open_data")) =>
        [("/commitments/0/policy_areas/1", "value_duplicate", "policy_areas/0 already")];
    an_ogp_value_twice_is_refused: |d| push(d, "/commitments/0/ogp_values", json!("civic_participation")) =>
        [("/commitments/0/ogp_values/1", "value_duplicate", "ogp_values/0 already")];
    a_link_twice_is_refused: |d| push(d, "/commitments/0/links", json!({ "kind": "related", "to": "TS0002" })) =>
        [("/commitments/0/links/1/to", "link_duplicate", "links/0/to already")];
    a_link_twice_by_code_and_by_key_is_refused: |d|
        push(d, "/commitments/0/links", json!({ "kind": "related", "to": "test-town-2024/TS0002" })) =>
        [("/commitments/0/links/1/to", "link_duplicate", "links/0/to already")];
}

#[tokio::test]
async fn one_institution_may_both_lead_and_support() {
    let app = TestApp::empty().await;
    let mut document = document();
    push(&mut document, "/commitments/0/supporters", json!({ "institution": "city-hall" }));
    app.import(&document).await.expect("imported");
}

#[tokio::test]
async fn two_kinds_of_link_may_join_the_same_commitments() {
    let app = TestApp::empty().await;
    let mut document = document();
    push(
        &mut document,
        "/commitments/0/links",
        json!({ "kind": "continues", "to": "test-town-2024/TS0002" }),
    );
    app.import(&document).await.expect("imported");
}

#[tokio::test]
async fn one_key_may_name_a_commitment_in_each_of_two_plans() {
    let app = TestApp::empty().await;
    let mut document = document();
    push(&mut document, "/action_plans", json!({ "slug": "second", "member": "TST" }));
    for plan in ["test-town-2024", "second"] {
        push(&mut document, "/commitments", json!({ "action_plan": plan, "key": "1" }));
    }
    push(&mut document, "/commitments/0/links", json!({ "kind": "related", "to": "second/1" }));
    app.import(&document).await.expect("imported");
}

#[tokio::test]
async fn a_code_of_another_commitment_in_the_database_is_refused_with_its_holder() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let mut taken = commitment("TS0001");
    taken["key"] = json!("mine");
    let faults = faults_of(&app, with(json!({ "commitments": [taken] })).to_string().as_bytes()).await;
    let words =
        "the commitment with the key \"TS0001\" of the plan \"test-town-2024\" in the database has this code";
    assert_faults(&faults, &[("/commitments/0/code", "commitment_duplicate", words)]);
    assert!(faults[0].detail.contains("give that key"), "{}", faults[0].detail);
}

#[tokio::test]
async fn a_code_of_another_plan_in_the_database_is_refused_with_its_holder() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let mut moved = full_commitment();
    moved["action_plan"] = json!("second");
    take(&mut moved, "/links");
    let plans = json!([{ "slug": "second", "member": "TST" }]);
    let faults = faults_of(
        &app,
        with(json!({ "action_plans": plans, "commitments": [moved] })).to_string().as_bytes(),
    )
    .await;
    assert_faults(&faults, &[("/commitments/0/code", "commitment_duplicate", "\"test-town-2024\"")]);
}

#[tokio::test]
async fn an_ogp_id_of_another_plan_in_the_database_is_refused_with_its_holder() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let taker = json!({ "slug": "second", "member": "TST", "ogp_plan_id": "AP_TST01" });
    let alone = with(json!({ "action_plans": [taker] }));
    // The holder gives the id away, but only after it was taken: the database would notice.
    let giver = json!({ "slug": "test-town-2024", "member": "TSTL" });
    let late = with(json!({ "action_plans": [taker, giver] }));
    for document in [alone, late] {
        let faults = faults_of(&app, document.to_string().as_bytes()).await;
        assert_faults(
            &faults,
            &[("/action_plans/0/ogp_plan_id", "action_plan_duplicate", "the plan \"test-town-2024\"")],
        );
    }
    let in_order = with(json!({ "action_plans": [giver, taker] }));
    let changes = app.import(&in_order).await.expect("imported");
    assert_eq!((changes.0["action_plans"].created, changes.0["action_plans"].updated), (1, 1));
}

#[tokio::test]
async fn a_link_to_itself_by_a_code_that_only_the_database_knows_is_refused() {
    let app = TestApp::empty().await;
    let mut first = commitment("TS0003");
    first["key"] = json!("draft");
    let mut all = document();
    push(&mut all, "/commitments", first);
    app.import(&all).await.expect("imported");
    let link = json!({ "kind": "related", "to": "TS0003" });
    let item = json!({ "action_plan": "test-town-2024", "key": "draft", "links": [link] });
    let faults = faults_of(&app, with(json!({ "commitments": [item] })).to_string().as_bytes()).await;
    assert_faults(&faults, &[("/commitments/0/links/0/to", "link_to_itself", "")]);
}

#[tokio::test]
async fn a_member_cannot_become_local_while_others_are_below_it() {
    let app = TestApp::empty().await;
    app.import(&document()).await.expect("imported");
    let member = json!({ "code": "TST", "kind": "local", "country": "RO", "name": { "en": "Testland" } });
    let faults = faults_of(&app, with(json!({ "members": [member] })).to_string().as_bytes()).await;
    assert_faults(&faults, &[("/members/0/kind", "member_kind_wrong", "\"TSTL\"")]);
}
