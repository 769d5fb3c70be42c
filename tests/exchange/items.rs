//! Items that are not what the schema and the rules of a single item ask for.

use super::sample::day;
use super::{at, faults_of, push, refusals, sample, take};
use crate::harness::TestApp;
use serde_json::json;

refusals! {
    an_unknown_field_is_refused: |d| d["titel"] = json!("x") =>
        [("/titel", "field_unknown", "no field \"titel\"")];
    an_unknown_field_deep_inside_is_refused: |d| at(d, "/commitments/0/milestones/0/due")["dat"] = json!(1) =>
        [("/commitments/0/milestones/0/due/dat", "field_unknown", "no field \"dat\"")];
    every_unknown_field_is_told: |d| { d["a"] = json!(1); d["b/c"] = json!(2); } =>
        [("/a", "field_unknown", "\"a\""), ("/b~1c", "field_unknown", "\"b/c\"")];
    a_wrong_type_is_refused: |d| at(d, "/commitments/0")["number"] = json!(1) =>
        [("/commitments/0/number", "type_wrong", "1 is not of the type string")];
    a_list_in_place_of_a_text_is_refused: |d| at(d, "/members/0")["name"] = json!(["Testland"]) =>
        [("/members/0/name", "type_wrong", "a list is not of the type object")];
    a_number_with_a_fraction_is_refused: |d| at(d, "/commitments/0/progress_reports/0")["percent"] = json!(40.5) =>
        [("/commitments/0/progress_reports/0/percent", "type_wrong", "40.5 is not of the type integer")];
    a_missing_field_is_refused: |d| { take(d, "/commitments/0/evidence/0/url"); } =>
        [("/commitments/0/evidence/0", "field_missing", "\"url\" is missing")];
    a_commitment_without_code_and_key_is_refused: |d| { take(d, "/commitments/1/code"); take(d, "/commitments/0/links"); } =>
        [("/commitments/1", "field_missing", "`code` or a `key`")];
    another_format_is_refused: |d| d["format"] = json!("ckan") =>
        [("/format", "value_unknown", "\"ckan\" must be \"ogp-tracker-import\"")];
    another_version_is_refused: |d| d["version"] = json!(2) => [("/version", "value_unknown", "2 must be 1")];
    a_version_in_quotes_is_refused: |d| d["version"] = json!("1") =>
        [("/version", "value_unknown", "\"1\" must be 1")];

    the_thirtieth_of_february_is_refused: |d| d["compiled_on"] = json!("2026-02-30") =>
        [("/compiled_on", "date_wrong", "\"2026-02-30\" is not a day of the calendar (YYYY-MM-DD)")];
    the_thirtieth_of_february_is_refused_inside_a_partial_date:
        |d| at(d, "/commitments/0/starts")["date"] = json!("2024-02-30") =>
        [("/commitments/0/starts/date", "date_wrong", "is not a day of the calendar")];
    a_date_in_another_order_is_refused: |d| at(d, "/commitments/0/starts")["date"] = json!("30.06.2024") =>
        [("/commitments/0/starts/date", "date_wrong", "YYYY-MM-DD")];
    a_date_far_from_any_plan_is_refused: |d| at(d, "/commitments/0/starts")["date"] = json!("0224-06-30") =>
        [("/commitments/0/starts", "date_wrong", "between 1990 and 2200")];
    a_plain_date_far_from_any_plan_is_refused:
        |d| at(d, "/commitments/0/progress_reports/0")["period_start_on"] = json!("0219-01-01") =>
        [("/commitments/0/progress_reports/0/period_start_on", "date_wrong", "between 1990 and 2200")];
    precision_without_a_date_is_refused: |d| at(d, "/commitments/0")["ends"] = json!({ "precision": "year" }) =>
        [("/commitments/0/ends", "date_wrong", "`date` and `precision` go together")];
    a_date_without_precision_is_refused: |d| at(d, "/action_plans/0")["published"] = json!({ "date": "2024-01-01" }) =>
        [("/action_plans/0/published", "date_wrong", "`date` and `precision` go together")];
    a_date_that_says_nothing_is_refused: |d| at(d, "/commitments/0/evidence/0")["dated"] = json!({}) =>
        [("/commitments/0/evidence/0/dated", "date_wrong", "leave it out where nothing is known")];
    an_unknown_precision_is_refused_with_the_known: |d| at(d, "/commitments/0/ends")["precision"] = json!("season") =>
        [("/commitments/0/ends/precision", "value_unknown", "not one of \"day\", \"month\", \"quarter\", \"year\"")];

    a_plan_that_ends_before_it_starts_is_refused: |d| at(d, "/action_plans/0")["ends"] = day("2023-12-31") =>
        [("/action_plans/0/ends", "dates_reversed", "ends (2023-12-31) before it starts (2024-01-01)")];
    a_commitment_that_ends_before_it_starts_is_refused: |d| at(d, "/commitments/0")["ends"] = day("2024-01-31") =>
        [("/commitments/0/ends", "dates_reversed", "before it starts")];
    a_milestone_due_before_it_starts_is_refused: |d| at(d, "/commitments/0/milestones/0")["starts"] = day("2024-07-01") =>
        [("/commitments/0/milestones/0/due", "dates_reversed", "before it starts")];
    a_milestone_completed_before_it_was_started_is_refused: |d| {
        let milestone = at(d, "/commitments/0/milestones/0");
        milestone["actual_start"] = day("2024-07-01");
        milestone["actual_end"] = day("2024-06-01");
    } => [("/commitments/0/milestones/0/actual_end", "dates_reversed", "before it starts")];
    an_event_that_ends_before_it_starts_is_refused: |d| at(d, "/action_plans/0/events/0")["ends"] = day("2023-11-01") =>
        [("/action_plans/0/events/0/ends", "dates_reversed", "before it starts")];
    a_reported_period_that_ends_before_it_starts_is_refused: |d| {
        let report = at(d, "/commitments/0/progress_reports/0");
        report["period_start_on"] = json!("2024-07-01");
        report["period_end_on"] = json!("2024-06-01");
    } => [("/commitments/0/progress_reports/0/period_end_on", "dates_reversed", "before it starts")];
    an_estimate_outside_its_own_range_is_refused: |d| at(d, "/commitments/0/progress_reports/0")["estimate"] =
        json!({ "on": "2024-05-01", "from": "2024-06-01", "to": "2024-07-01", "basis": { "en": "Guess" } }) =>
        [("/commitments/0/progress_reports/0/estimate", "dates_reversed", "between `from` and `to`")];

    one_language_in_two_spellings_is_refused: |d| at(d, "/commitments/0/title")["RO"] = json!("Alt buget") =>
        [("/commitments/0/title", "value_refused", "the language ro is given twice")];
    a_bad_language_tag_is_refused: |d| at(d, "/commitments/0/title")["romanian"] = json!("Buget") =>
        [("/commitments/0/title", "language_wrong", "\"romanian\" is not a language tag such as \"ro\" or \"pt-BR\"")];
    a_bad_language_of_a_report_is_refused: |d| at(d, "/action_plans/0/reports/0")["language"] = json!("English") =>
        [("/action_plans/0/reports/0/language", "language_wrong", "\"English\" is not a language tag")];
    an_empty_text_is_refused: |d| at(d, "/commitments/0/title")["en"] = json!("") =>
        [("/commitments/0/title/en", "text_empty", "leave the field out")];
    a_name_in_no_language_is_refused: |d| at(d, "/members/0")["name"] = json!({}) =>
        [("/members/0/name", "text_missing", "at least one language")];

    a_script_address_is_refused: |d| at(d, "/commitments/0/evidence/0")["url"] = json!("javascript:alert(1)") =>
        [("/commitments/0/evidence/0/url", "format_wrong", "http:// or https://")];
    a_file_address_is_refused: |d| push(d, "/members/0/sources", json!({ "url": "file:///etc/passwd" })) =>
        [("/members/0/sources/0/url", "format_wrong", "http:// or https://")];
    an_address_with_blanks_is_refused: |d| push(d, "/action_plans/0/documents", json!({ "url": "https://example.org/a b" })) =>
        [("/action_plans/0/documents/0/url", "format_wrong", "\"https://example.org/a b\"")];
    words_in_place_of_an_address_are_told_once: |d| at(d, "/commitments/0/evidence/0")["url"] = json!("see annex") =>
        [("/commitments/0/evidence/0/url", "format_wrong", "http:// or https://")];

    an_unknown_word_is_refused_with_the_known_ones: |d| at(d, "/institutions/0")["sector"] = json!("public") =>
        [("/institutions/0/sector", "value_unknown",
          "\"public\" is not one of \"government\", \"civil_society\", \"private\", \"academia\", \"other\"")];
    an_unknown_word_of_two_is_told_once: |d| at(d, "/members/0")["kind"] = json!("state") =>
        [("/members/0/kind", "value_unknown", "\"state\" is not one of \"national\", \"local\"")];
    an_unknown_optional_word_is_told_once: |d| at(d, "/commitments/0")["code_basis"] = json!("guess") =>
        [("/commitments/0/code_basis", "value_unknown", "\"guess\" is not one of \"page\", \"sequence\"")];
    a_number_in_place_of_a_word_is_told_once: |d| at(d, "/commitments/0")["disposition"] = json!(7) =>
        [("/commitments/0/disposition", "value_unknown", "7 is not one of \"active\", \"withdrawn\", \"carried_over\"")];
    an_unknown_word_in_a_list_is_refused: |d| push(d, "/commitments/0/ogp_values", json!("openness")) =>
        [("/commitments/0/ogp_values/1", "value_unknown", "\"technology_and_innovation\"")];
    a_code_of_another_form_is_refused: |d| at(d, "/commitments/1")["code"] = json!("TS-2") =>
        [("/commitments/0/links/0/to", "reference_unknown", "TS0002"),
         ("/commitments/1/code", "format_wrong", "\"TS-2\" does not have the form")];

    a_percentage_over_100_is_refused: |d| at(d, "/commitments/0/progress_reports/0")["percent"] = json!(101) =>
        [("/commitments/0/progress_reports/0/percent", "number_out_of_range", "101 is more than 100")];
    a_negative_percentage_is_refused: |d| at(d, "/commitments/0/progress_reports/0/milestones/0")["percent"] = json!(-1) =>
        [("/commitments/0/progress_reports/0/milestones/0/percent", "number_out_of_range", "-1 is less than 0")];
    a_year_before_ogp_is_refused: |d| at(d, "/members/1")["cohort"] = json!(1918) =>
        [("/members/1/cohort", "number_out_of_range", "1918 is less than 2011")];
    a_number_too_large_for_the_database_is_refused: |d| at(d, "/action_plans/0")["number"] = json!(u64::MAX) =>
        [("/action_plans/0/number", "number_out_of_range", "is more than 1000")];
    a_scheme_that_codes_nothing_is_refused: |d| at(d, "/assessment_schemes/0")["indicators"] = json!([]) =>
        [("/assessment_schemes/0/indicators", "list_too_short", "at least 1")];
    a_list_beyond_all_measure_is_refused: |d| {
        let event = json!({ "kind": "meeting", "title": { "en": "Again" } });
        at(d, "/action_plans/0")["events"] = json!(vec![event; 32_768 + 1]);
    } => [("/action_plans/0/events", "list_too_long", "at most 1000")];

    a_coding_of_an_unknown_indicator_is_refused: |d|
        at(d, "/commitments/0/assessments/0/codings/0")["indicator"] = json!("ambition") =>
        [("/commitments/0/assessments/0/codings/0", "coding_wrong", "no indicator \"ambition\"; it has completion")];
    a_coding_outside_its_vocabulary_is_refused: |d|
        at(d, "/commitments/0/assessments/0/codings/0")["value"] = json!("done") =>
        [("/commitments/0/assessments/0/codings/0", "coding_wrong", "it can be limited, complete")];
    a_milestone_coding_outside_its_vocabulary_is_refused: |d|
        at(d, "/commitments/0/assessments/0/milestones/0/codings/0")["value"] = json!("done") =>
        [("/commitments/0/assessments/0/milestones/0/codings/0", "coding_wrong", "it can be limited, complete")];
    a_coding_with_value_and_absence_is_refused: |d|
        at(d, "/commitments/0/assessments/0/codings/0")["absence"] = json!("no_data") =>
        [("/commitments/0/assessments/0/codings/0", "coding_wrong", "either `value` or `absence`")];
    a_withdrawal_without_reason_is_refused: |d| at(d, "/commitments/1")["disposition"] = json!("withdrawn") =>
        [("/commitments/1/disposition_reason", "reason_missing", "needs a reason")];
    a_milestone_carried_over_without_reason_is_refused: |d|
        at(d, "/commitments/0/milestones/0")["disposition"] = json!("carried_over") =>
        [("/commitments/0/milestones/0/disposition_reason", "reason_missing", "needs a reason")];
}

#[tokio::test]
async fn large_values_are_refused_without_echo() {
    let app = TestApp::empty().await;
    let mut document = sample::document();
    at(&mut document, "/commitments/0/title")["en"] = json!("ă".repeat(5 * 1024 * 1024));
    let faults = faults_of(&app, document.to_string().as_bytes()).await;
    super::assert_faults(
        &faults,
        &[("/commitments/0/title/en", "text_too_long", "5242880 characters; at most 20000")],
    );
    // Whatever it stands in for: a reference, a word, a date, an address, a key.
    let large = "ă".repeat(50_000);
    for pointer in [
        "/members/1/national_member",
        "/action_plans/0/member",
        "/commitments/0/action_plan",
        "/commitments/0/policy_areas/0",
        "/commitments/0/ogp_values/0",
        "/commitments/0/starts/date",
        "/commitments/0/leads/0/institution",
        "/commitments/0/evidence/0/url",
        "/commitments/0/assessments/0/scheme/code",
        "/commitments/0/assessments/0/codings/0/indicator",
        "/commitments/0/assessments/0/codings/0/value",
        "/commitments/0/assessments/0/milestones/0/milestone",
        "/commitments/0/progress_reports/0/milestones/0/milestone",
        "/commitments/0/links/0/to",
    ] {
        let mut document = sample::document();
        *at(&mut document, pointer) = json!(large);
        assert_short(&faults_of(&app, document.to_string().as_bytes()).await, pointer);
    }
    for (pointer, key) in [("", large.as_str()), ("/commitments/0", &large), ("/commitments/0/title", &large)]
    {
        let mut document = sample::document();
        at(&mut document, pointer)[key] = json!("x");
        assert_short(&faults_of(&app, document.to_string().as_bytes()).await, "a key");
    }
}

#[track_caller]
fn assert_short(faults: &[ogp_tracker::kernel::document::Fault], what: &str) {
    for fault in faults {
        let length = fault.to_string().len();
        assert!(length < 2_000, "{what}: a message of {length} bytes [{}]", fault.code);
    }
}
