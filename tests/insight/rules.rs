use crate::editing::{faults, made};
use crate::harness::{TestApp, column};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::accounts::model::Viewer;
use ogp_tracker::insight::model::rules_on;
use ogp_tracker::insight::store::reporting_rules_list;
use ogp_tracker::members::model::MemberKind;
use serde_json::{Value, json};

const RULES: &str = "/api/v1/reporting-rules";

fn set(kind: &str, valid_from: &str, months: i64) -> Value {
    json!({"kind": kind, "valid_from": valid_from, "update_interval_months": months})
}

#[actix_web::test]
async fn the_tracker_comes_with_ogp_s_rules() {
    let app = TestApp::empty().await;
    let page = app.get(RULES).await.ok();
    let [local, national] = &page["data"].as_array().unwrap()[..] else { panic!("{page:#}") };
    let due =
        |report: &str, months: u32, after: &str| json!({"report": report, "months": months, "after": after});
    for (set, kind, months, forum, presentations, deadlines) in [
        (
            local,
            "local",
            4,
            Value::Null,
            Value::Null,
            [due("inception_report", 2, "submission"), due("end_of_commitment_report", 1, "implementation")],
        ),
        (
            national,
            "national",
            6,
            json!(6),
            json!(2),
            [due("action_plan_review", 4, "submission"), due("results_report", 4, "plan_end")],
        ),
    ] {
        assert_eq!((&set["kind"], &set["valid_from"]), (&json!(kind), &json!("2011-09-20")));
        assert_eq!(set["update_interval_months"], months, "{kind}");
        assert_eq!((&set["forum_interval_months"], &set["presentations_per_year"]), (&forum, &presentations));
        assert_eq!(set["deadlines"], json!(deadlines), "{kind}");
        assert!(set["notes"][0]["text"].as_str().unwrap().contains("changed its rules"), "{kind}");
    }
    assert_eq!(app.count("ledger_entries").await, 0);
}

#[actix_web::test]
async fn a_set_holds_from_its_day_on_and_the_past_keeps_its_own() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let body = json!({
        "kind": "local", "valid_from": "2027-01-01", "update_interval_months": 3,
        "forum_interval_months": 12, "presentations_per_year": 1,
        "deadlines": [{"report": "inception_report", "months": 3, "after": "submission"}],
        "notes": [{"text": {"en": "Voted in autumn.", "ro": "Votat în toamnă."}}],
        "sources": [{"url": "https://www.opengovpartnership.org/"}],
        "reason": "OGP changed its handbook."
    });
    let answer = admin.post(&format!("{RULES}?lang=ro"), &body).send().await;
    let added = made(&answer);
    assert_eq!(added["notes"][0]["text"], "Votat în toamnă.");
    assert_eq!(added["created_at"], "2026-11-23T12:00:00Z");
    let [entry] = &app.entries().await[..] else { panic!("one entry was expected") };
    assert_eq!(
        (entry.action.as_str(), entry.kind.as_str(), entry.public),
        ("created", "reporting_rules", true)
    );
    assert_eq!(entry.reason.as_deref(), Some("OGP changed its handbook."));
    assert_eq!(added["id"], entry.resource_id.to_string());
    // Today is early enough.
    made(&admin.post(RULES, &set("national", "2026-11-23", 5)).send().await);

    let (conn, _) = app.database.target.connect().await.unwrap();
    let all = reporting_rules_list(&conn, &Viewer::public()).await.unwrap();
    for day in
        ["2011-09-19", "2011-09-20", "2026-11-22", "2026-11-23", "2026-12-31", "2027-01-01", "2050-01-01"]
    {
        let page = app.get(&format!("{RULES}?on={day}")).await.ok();
        let listed = page["data"].as_array().unwrap();
        let mut expected = Vec::new();
        for (name, kind) in [("local", MemberKind::Local), ("national", MemberKind::National)] {
            if let Some(set) = rules_on(&all, kind, day.parse().unwrap()) {
                expected.push((json!(name), json!(set.valid_from), json!(set.update_interval_months)));
            }
        }
        let listed: Vec<_> = listed
            .iter()
            .map(|set| {
                let field = |name: &str| set[name].clone();
                (field("kind"), field("valid_from"), field("update_interval_months"))
            })
            .collect();
        assert_eq!(listed, expected, "on {day}");
    }
    let on =
        async |query: &str| column(&app.get(&format!("{RULES}?{query}")).await.ok()["data"], "valid_from");
    assert_eq!(on("kind=local").await, ["2027-01-01", "2011-09-20"]);
    assert_eq!(on("kind=local&on=2026-12-31").await, ["2011-09-20"]);
    assert_eq!(on("kind=local&on=2027-01-01").await, ["2027-01-01"]);
    assert_eq!(on("on=2011-09-19").await, [""; 0]);
    assert_eq!(on("sort=valid_from&kind=national").await, ["2011-09-20", "2026-11-23"]);
}

#[actix_web::test]
async fn rules_that_make_no_sense_are_refused_with_every_fault() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let before = app.contents().await;
    for (body, expected) in [
        (set("local", "2026-11-22", 4), vec![("/valid_from", "date_in_past")]),
        (set("local", "2300-01-01", 4), vec![("/valid_from", "date_wrong")]),
        (set("local", "soon", 4), vec![("/valid_from", "date_wrong")]),
        (set("local", "2027-01-01", 0), vec![("/update_interval_months", "number_out_of_range")]),
        (set("local", "2027-01-01", 121), vec![("/update_interval_months", "number_out_of_range")]),
        (set("regional", "2027-01-01", 4), vec![("/kind", "value_unknown")]),
        (json!({}), vec![("", "field_missing"), ("", "field_missing"), ("", "field_missing")]),
        (
            json!({
                "kind": "local", "valid_from": "2020-01-01", "update_interval_months": 4,
                "deadlines": [
                    {"report": "inception_report", "months": 2, "after": "submission"},
                    {"report": "inception_report", "months": 3, "after": "plan_end"}
                ]
            }),
            vec![("/deadlines/1/report", "deadline_duplicate"), ("/valid_from", "date_in_past")],
        ),
        (
            json!({
                "kind": "local", "valid_from": "2027-01-01", "update_interval_months": 1.5, "colour": "red",
                "forum_interval_months": 0, "presentations_per_year": 400,
                "deadlines": [{"report": "No Code", "months": -1, "after": "lunch"}]
            }),
            vec![
                ("/colour", "field_unknown"),
                ("/deadlines/0/after", "value_unknown"),
                ("/deadlines/0/months", "number_out_of_range"),
                ("/deadlines/0/report", "format_wrong"),
                ("/forum_interval_months", "number_out_of_range"),
                ("/presentations_per_year", "number_out_of_range"),
                ("/update_interval_months", "type_wrong"),
            ],
        ),
    ] {
        let mut told = faults(&admin.post(RULES, &body).send().await);
        told.sort();
        let expected: Vec<_> = expected.iter().map(|(at, code)| (at.to_string(), code.to_string())).collect();
        assert_eq!(told, expected, "{body}");
    }
    for query in ["on=soon", "kind=regional", "sort=id", "valid_from=2020-01-01"] {
        assert_eq!(app.get(&format!("{RULES}?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(app.contents().await, before, "what was refused has stored something");
}

#[actix_web::test]
async fn two_sets_of_a_kind_do_not_begin_on_one_day() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let body = set("local", "2027-01-01", 3);
    made(&admin.post(RULES, &body).key("once").send().await);
    made(&admin.post(RULES, &body).key("once").send().await);
    admin.post(RULES, &body).send().await.problem(409, "reporting_rules_exist");
    made(&admin.post(RULES, &set("national", "2027-01-01", 3)).send().await);
    assert_eq!(app.entries().await.len(), 2);
}

#[actix_web::test]
async fn a_set_is_never_changed() {
    let app = TestApp::empty().await;
    let mut conn = app.database.connect().await;
    for sql in [
        "UPDATE reporting_rules SET update_interval_months = 12",
        "DELETE FROM reporting_rules",
        "TRUNCATE reporting_rules",
    ] {
        let refused = conn.batch_execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
}

#[actix_web::test]
async fn a_deadline_follows_the_rules_of_the_day_it_is_counted_from() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let plan = "/api/v1/action-plans/timisoara-2022-2024/progress";
    let before = app.get(plan).await.ok()["reports_due"].clone();
    assert_eq!(before[0]["due_on"], "2022-06-27");
    let stricter = json!({
        "kind": "local", "valid_from": "2026-11-24", "update_interval_months": 1,
        "deadlines": [{"report": "inception_report", "months": 1, "after": "submission"}]
    });
    made_rules(&admin.post("/api/v1/reporting-rules", &stricter).send().await);
    app.clock.set("2026-11-25");
    let after = app.get(plan).await.ok();
    assert_eq!(after["reports_due"], before);
    assert_eq!(after["updates"]["interval_months"], 1);
    // The record of the day before knows nothing of it, whichever day it is asked about.
    let record = app.get(&format!("{plan}?as_of=2026-11-22&on=2026-11-25")).await.ok();
    assert_eq!(record["updates"]["interval_months"], 4);
}

#[track_caller]
fn made_rules(answer: &crate::harness::Answer) {
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
}
