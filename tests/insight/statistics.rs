//! Numbers: groups of commitments on a day and along a series of days, worked out by hand.

use super::report;
use crate::editing::Draft;
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};
use std::collections::HashMap;

const NUMBERS: &str = "/api/v1/statistics";
/// The quarters from Timișoara's first report on.
const QUARTERS: &str = "member=ROTMR&from=2022-06-30&to=2023-06-30&interval=quarter";
const DAYS: [&str; 5] = ["2022-06-30", "2022-09-30", "2022-12-31", "2023-03-31", "2023-06-30"];

async fn numbers(app: &TestApp, asked: &str) -> Value {
    app.get(&format!("{NUMBERS}?{asked}")).await.ok()
}

/// How many commitments are in each group, by its keys.
fn counts(statistics: &Value) -> Vec<(String, u64)> {
    let rows = statistics["data"].as_array().expect("rows");
    let key = |row: &Value, of: &str| row[of]["key"].as_str().unwrap_or("-").to_owned();
    let told = |row: &Value| {
        let keys = if row["subgroup"].is_null() {
            key(row, "group")
        } else {
            format!("{} {}", key(row, "group"), key(row, "subgroup"))
        };
        (keys, row["commitments"]["total"].as_u64().expect("a number"))
    };
    rows.iter().map(told).collect()
}

/// Timișoara reports four times about three milestones, sets two due dates, and moves one of them.
async fn report_of_timisoara(app: &TestApp) {
    app.clock.set("2026-11-24");
    let staff: Client<'_> = app.editor_of("ROTMR").await;
    let rows = app.all("/api/v1/milestones?action_plan=timisoara-2022-2024").await;
    let ids: HashMap<_, _> =
        rows.iter().map(|row| (row["label"].as_str().unwrap(), row["id"].as_str().unwrap())).collect();
    let says = |progress: &str, on: &str| json!({"progress": progress, "effective_on": on});
    let proved = |mut update: Value| {
        update["links"] = json!([{
            "url": "https://www.primariatm.ro/ogp", "title": {"en": "Proof"}, "kind": "web_page"
        }]);
        update
    };
    for (label, day) in [("2.2", "2022-11-15"), ("4.1", "2022-12-01")] {
        let due = json!({"due": {"date": day, "precision": "day"}, "reason": "The plan names it."});
        staff.patch(&format!("/api/v1/milestones/{}", ids[label]), &due).if_match("*").send().await.ok();
    }
    let later = json!({
        "due": {"date": "2023-06-30", "precision": "day"}, "decided_on": "2023-03-10",
        "reason": "The budget was approved late."
    });
    staff.post(&format!("/api/v1/milestones/{}/reschedule", ids["4.1"]), &later).send().await.ok();
    report(&staff, ids["2.1"], &says("limited", "2022-06-20")).await;
    report(&staff, ids["2.1"], &proved(says("substantial", "2022-09-15"))).await;
    let mut done = proved(says("complete", "2022-11-30"));
    done["completed_on"] = json!("2022-11-25");
    report(&staff, ids["2.2"], &done).await;
    report(&staff, ids["3.1"], &says("limited", "2023-02-10")).await;
}

/// What the table below says of a total.
fn told(total: &Value) -> Value {
    let (said, evidence) = (&total["commitments_by_progress"], &total["evidence"]);
    json!([
        [said["not_reported"], said["limited"], said["substantial"]],
        total["mean"],
        [evidence["claims"], evidence["with_evidence"], evidence["share"]],
        [total["late"], total["average_days_late"], total["rescheduled_share"]],
        [total["running"], total["stale"], total["stale_share"]]
    ])
}

#[actix_web::test]
async fn a_series_tells_each_quarter_as_it_was() {
    let app = TestApp::demo().await;
    report_of_timisoara(&app).await;
    let series = numbers(&app, QUARTERS).await;
    // Four commitments with 5, 2, 6 and 7 milestones. Silent after 27 August 2022 is whoever did not report: four
    // months after the plan began.
    // June: 2.1 is limited, (1 / 2) / 4 = 0.13. September: 2.1 is substantial, proved; (2 / 2) / 4.
    // December: 2.2 is complete, ten days late; 4.1 is thirty days late; (5 / 2) / 4 = 0.63.
    // March: 3.1 is limited; 4.1 is due later now, as was decided; (5 / 2 + 1 / 6) / 4 = 0.67; 2 is silent since the day
    // before. June: 3 is silent since 10 June, 4.1 is due today.
    let expected = [
        json!([[3, 1, 0], 0.13, [1, 0, 0.0], [0, null, 0.0], [4, 0, 0.0]]),
        json!([[3, 1, 0], 0.25, [1, 1, 1.0], [0, null, 0.0], [4, 3, 0.75]]),
        json!([[3, 0, 1], 0.63, [2, 2, 1.0], [2, 20.0, 0.0], [4, 3, 0.75]]),
        json!([[2, 1, 1], 0.67, [3, 2, 0.6667], [1, 10.0, 0.05], [4, 3, 0.75]]),
        json!([[2, 1, 1], 0.67, [3, 2, 0.6667], [1, 10.0, 0.05], [4, 4, 1.0]]),
    ];
    let totals = series["totals"].as_array().unwrap();
    assert_eq!(totals.len(), DAYS.len());
    for ((total, day), expected) in totals.iter().zip(DAYS).zip(&expected) {
        assert_eq!((&total["day"], &told(total)), (&json!(day), expected), "{day}");
    }
    // Nothing is grouped: there is a row for each day, and it is the total.
    let rows = series["data"].as_array().unwrap();
    assert_eq!(rows.len(), DAYS.len());
    for (row, total) in rows.iter().zip(totals) {
        assert_eq!(
            (&row["group"], &row["subgroup"], &row["mean"]),
            (&json!(null), &json!(null), &total["mean"])
        );
        assert_eq!(row["share"], 1.0);
    }
    assert_eq!((&series["interval"], &series["as_of"]), (&json!("quarter"), &json!(null)));
    // The record of the day before knew none of it.
    let before = numbers(&app, &format!("{QUARTERS}&as_of=2026-11-23")).await;
    for total in before["totals"].as_array().unwrap() {
        assert_eq!(told(total)[0], json!([4, 0, 0]));
    }
    assert_eq!(told(&before["totals"][2])[4], json!([4, 4, 1.0]));
}

#[actix_web::test]
async fn a_point_of_a_series_is_the_answer_for_its_day_and_the_plan_s_own_progress() {
    let app = TestApp::demo().await;
    report_of_timisoara(&app).await;
    for grouped in ["", "&group_by=progress", "&group_by=schedule&group_by=progress", "&group_by=action_plan"]
    {
        let series = numbers(&app, &format!("{QUARTERS}{grouped}")).await;
        for (at, day) in DAYS.iter().enumerate() {
            let alone = numbers(&app, &format!("member=ROTMR&on={day}{grouped}")).await;
            assert_eq!(alone["totals"], json!([series["totals"][at]]), "{day}{grouped}");
            let rows = series["data"].as_array().unwrap();
            let of_day: Vec<_> = rows.iter().filter(|row| row["day"] == *day).cloned().collect();
            assert_eq!(alone["data"], json!(of_day), "{day}{grouped}");
        }
    }
    for asked in ["on=2022-12-31", "on=2023-03-31&as_of=2026-11-23", "as_of=2026-11-24", ""] {
        let own = app.get(&format!("/api/v1/action-plans/timisoara-2022-2024/progress?{asked}")).await.ok();
        let total =
            numbers(&app, &format!("action_plan=timisoara-2022-2024&{asked}")).await["totals"][0].clone();
        for field in [
            "commitments",
            "commitments_by_progress",
            "mean",
            "percent",
            "milestones",
            "by_progress",
            "by_schedule",
            "rescheduled",
            "evidence",
        ] {
            assert_eq!(total[field], own[field], "{field} {asked}");
        }
    }
}

#[actix_web::test]
async fn two_dimensions_make_a_row_for_each_pair() {
    let app = TestApp::demo().await;
    report_of_timisoara(&app).await;
    let asked = "kind=local&group_by=member&group_by=progress&on=2023-03-31";
    let statistics = numbers(&app, asked).await;
    let expected = [
        ("IAS not_reported", 2),
        ("IAS not_started", 0),
        ("IAS limited", 0),
        ("IAS substantial", 0),
        ("IAS complete", 0),
        ("ROTMR not_reported", 2),
        ("ROTMR not_started", 0),
        ("ROTMR limited", 1),
        ("ROTMR substantial", 1),
        ("ROTMR complete", 0),
    ];
    assert_eq!(counts(&statistics), expected.map(|(keys, count)| (keys.to_owned(), count)));
    assert_eq!(
        (&statistics["overlapping"], &statistics["totals"][0]["commitments"]["total"]),
        (&json!(false), &json!(6))
    );
    let row = &statistics["data"][8];
    assert_eq!(
        (&row["share"], &row["mean"], &row["by_progress"]["complete"]),
        (&json!(0.1667), &json!(2.5), &json!(1))
    );
    let member = app.get("/api/v1/members/ROTMR").await.ok();
    assert_eq!(row["group"], json!({"key": "ROTMR", "id": member["id"], "name": member["name"]}));
    assert_eq!(row["subgroup"], json!({"key": "substantial", "id": null, "name": "Substantial"}));
    let romanian = app.get(&format!("{NUMBERS}?{asked}&lang=ro")).await;
    assert_eq!(romanian.ok()["data"][5]["subgroup"]["name"], "Neraportat");
    assert!(romanian.header("content-language").unwrap().split(", ").any(|language| language == "ro"));
    // Only the columns that a chart needs.
    let narrow = numbers(&app, &format!("{asked}&fields=group.name,commitments.total")).await;
    assert_eq!(narrow["data"][9], json!({"group": {"name": member["name"]}, "commitments": {"total": 0}}));
}

/// A table has a row for each group on each day, with the same numbers.
#[actix_web::test]
async fn rows_come_as_tables_too() {
    let app = TestApp::demo().await;
    report_of_timisoara(&app).await;
    let asked = format!("{QUARTERS}&group_by=progress");
    let json = numbers(&app, &asked).await;
    let rows = json["data"].as_array().unwrap();
    let lines = app.get(&format!("{NUMBERS}?{asked}&format=ndjson")).await;
    let lines: Vec<Value> =
        lines.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect();
    assert_eq!(&lines, rows);
    let fields = "day,group.key,group.name,share,evidence.share";
    let csv = app.get_with(&format!("{NUMBERS}?{asked}&fields={fields}"), &[("accept", "text/csv")]).await;
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"statistics-2026-11-24.csv\""));
    let text = String::from_utf8(csv.body).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 5 * 5);
    assert_eq!(
        lines[..4],
        [
            "day,group.key,group.name,evidence.share,share",
            "2022-06-30,not_reported,Not reported,,0.75",
            "2022-06-30,not_started,Not started,,0.0",
            "2022-06-30,limited,Limited,0.0,0.25",
        ]
    );
    let book = app.get(&format!("{NUMBERS}?{asked}&format=xlsx")).await;
    assert_eq!((book.status, &book.body[..2]), (200, &b"PK"[..]));
    let tag = [("if-none-match", book.header("etag").unwrap())];
    assert_eq!(app.get_with(&format!("{NUMBERS}?{asked}&format=xlsx"), &tag).await.status, 304);
    app.get_with(NUMBERS, &[("accept", "text/html")]).await.problem(406, "not_acceptable");
}

fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).expect("JSON")
}

#[actix_web::test]
async fn every_dimension_groups_the_demo() {
    let app = TestApp::demo().await;
    let table: [(&str, &[(&str, u64)]); 8] = [
        ("member", &[("IAS", 2), ("ROTMR", 4), ("ROU", 86)]),
        ("kind", &[("national", 86), ("local", 6)]),
        ("cohort", &[("2018", 2), ("2020", 4), ("-", 86)]),
        (
            "cycle_year",
            &[
                ("2012", 18),
                ("2014", 11),
                ("2016", 18),
                ("2018", 18),
                ("2019", 2),
                ("2020", 9),
                ("2022", 14),
                ("2025", 2),
            ],
        ),
        // What was said at the end counts before what was said at mid-term.
        (
            "completion",
            &[("not_started", 8), ("limited", 16), ("substantial", 8), ("complete", 3), ("-", 57)],
        ),
        (
            "ogp_value",
            &[
                ("access_to_information", 58),
                ("civic_participation", 29),
                ("public_accountability", 11),
                ("technology_and_innovation", 35),
                ("-", 30),
            ],
        ),
        (
            "progress",
            &[("not_reported", 92), ("not_started", 0), ("limited", 0), ("substantial", 0), ("complete", 0)],
        ),
        (
            "sector&kind=local",
            &[("government", 6), ("civil_society", 0), ("private", 0), ("academia", 0), ("other", 0)],
        ),
    ];
    for (dimension, expected) in table {
        let statistics = numbers(&app, &format!("group_by={dimension}")).await;
        let expected: Vec<_> = expected.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
        assert_eq!(counts(&statistics), expected, "{dimension}");
        let overlaps = ["ogp_value", "sector&kind=local"].contains(&dimension);
        assert_eq!(statistics["overlapping"], overlaps, "{dimension}");
        for row in statistics["data"].as_array().unwrap() {
            assert_eq!(row["group"]["key"].is_null(), row["group"]["name"].is_null(), "{row}");
        }
    }
    // In 2016 the report on the end was not there yet.
    let then = numbers(&app, "group_by=completion&on=2016-12-31").await;
    let of = |key: &str| counts(&then).into_iter().find(|(known, _)| known == key).map(|(_, count)| count);
    assert_eq!((of("substantial"), of("complete")), (Some(5), Some(2)));
}

/// What a group is called is what the filter of the list takes, and the list finds as many.
#[actix_web::test]
async fn a_group_has_as_many_commitments_as_the_list_finds() {
    let app = TestApp::demo().await;
    report_of_timisoara(&app).await;
    let mut compared = 0;
    for (dimension, filter) in [
        ("member", "member"),
        ("kind", "kind"),
        ("cohort", "cohort"),
        ("cycle_year", "cycle_year"),
        ("action_plan", "action_plan"),
        ("policy_area", "policy_area"),
        ("ogp_value", "ogp_value"),
        ("lead_institution", "role=lead&institution"),
        ("sector", "role=lead&sector"),
        ("progress", "progress"),
        ("schedule", "schedule"),
    ] {
        for day in ["", "&on=2022-12-31"] {
            let statistics = numbers(&app, &format!("group_by={dimension}{day}")).await;
            for (key, count) in counts(&statistics).into_iter().filter(|(key, _)| key != "-") {
                let list = format!("/api/v1/commitments?{filter}={key}{day}&total=true&limit=1");
                assert_eq!(app.get(&list).await.ok()["page"]["total"], count, "{dimension}={key}{day}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} groups were compared");
    for filter in [
        "member=IAS",
        "kind=local&ogp_value=civic_participation",
        "q=bugetare",
        "policy_area=open_data",
        "sector=civil_society&role=support",
        "stale=true&on=2022-12-31",
        "rescheduled=true",
        "rescheduled=true&on=2022-12-31",
        "has_evidence=true",
        "progress=substantial&on=2022-12-31",
    ] {
        let total =
            app.get(&format!("/api/v1/commitments?{filter}&total=true")).await.ok()["page"]["total"].clone();
        let statistics = numbers(&app, filter).await;
        assert_eq!(statistics["totals"][0]["commitments"]["total"], total, "{filter}");
    }
}

#[actix_web::test]
async fn what_cannot_be_counted_is_refused_all_at_once() {
    let app = TestApp::demo().await;
    let refused = async |asked: &str| {
        let problem = app.get(&format!("{NUMBERS}?{asked}")).await;
        assert_eq!(problem.status, 400, "{asked}: {}", String::from_utf8_lossy(&problem.body));
        let problem = problem.json();
        let text = |error: &Value, field: &str| error[field].as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| (text(error, "parameter"), text(error, "detail"))).collect::<Vec<_>>()
    };
    for (asked, parameters) in [
        ("group_by=colour", &["group_by"][..]),
        ("group_by=member&group_by=kind&group_by=progress", &["group_by"]),
        ("group_by=member&group_by=member", &["group_by"]),
        ("group_by=", &["group_by"]),
        ("interval=month", &["from", "to"]),
        ("from=2022-01-01", &["to", "interval"]),
        ("to=2022-01-01&interval=quarter", &["from"]),
        ("from=2023-01-01&to=2022-01-01&interval=month", &["from"]),
        ("from=2023-01-01&to=2022-01-01&interval=month&on=2022-01-01&member=XYZ", &["member", "from", "on"]),
        ("from=2000-01-01&to=2010-01-01&interval=month", &["interval"]),
        (
            "from=today&to=soon&interval=week&group_by=x&sort=day",
            &["sort", "group_by", "from", "to", "interval"],
        ),
        ("from=2000-01-01&to=2001-01-01&interval=month&interval=month", &["interval"]),
        ("as_of=2027-01-01", &["as_of"]),
        ("limit=5", &["limit"]),
    ] {
        let errors = refused(asked).await;
        let mut named: Vec<_> = errors.iter().map(|(parameter, _)| parameter.as_str()).collect();
        named.sort_unstable();
        let mut expected = parameters.to_vec();
        expected.sort_unstable();
        assert_eq!(named, expected, "{asked}: {errors:?}");
    }
    let unknown = refused("group_by=colour").await;
    for dimension in ["member", "cohort", "action_plan", "cycle_year", "lead_institution", "completion"] {
        assert!(unknown[0].1.contains(&format!("`{dimension}`")), "{unknown:?}");
    }
    // As many points as there may be, and as many rows.
    let most = "from=2000-01-01&to=2009-12-31&interval=month";
    assert_eq!(numbers(&app, most).await["totals"].as_array().unwrap().len(), 120);
    let many = refused(&format!("{most}&group_by=lead_institution&group_by=progress")).await;
    assert!(many[0].1.contains("10000 rows"), "{many:?}");
}

#[actix_web::test]
async fn staff_count_their_drafts_and_nobody_else_does() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["editor@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let asked = format!("{NUMBERS}?action_plan={}", draft.plan);
    assert_eq!(app.get(&asked).await.status, 400, "nobody else knows it");
    let own = staff.get(&asked).send().await.ok();
    assert_eq!(own["totals"][0]["commitments"]["total"], 1);
}

#[actix_web::test]
async fn without_data_there_are_empty_groups() {
    let app = TestApp::empty().await;
    let alone = numbers(&app, "").await;
    assert_eq!(alone["totals"][0]["commitments"]["total"], 0);
    assert_eq!((&alone["totals"][0]["share"], alone["data"].as_array().unwrap().len()), (&json!(null), 1));
    assert_eq!(numbers(&app, "group_by=member").await["data"], json!([]));
    assert_eq!(
        counts(&numbers(&app, "group_by=kind").await),
        [("national".to_owned(), 0), ("local".to_owned(), 0)]
    );
}

#[actix_web::test]
async fn progress_is_compared_of_whoever_lists_would_show() {
    let app = TestApp::demo().await;
    let codes = async |query: &str| -> Vec<String> {
        let progress = app.get(&format!("/api/v1/progress?{query}")).await.ok();
        let code = |one: &Value| one["member"]["code"].as_str().unwrap().to_owned();
        progress["members"].as_array().unwrap().iter().map(code).collect()
    };
    assert_eq!(codes("member=IAS&member=ROU").await, ["IAS", "ROU"]);
    assert_eq!(codes("cohort=2020").await, ["ROTMR"]);
    assert_eq!(codes("kind=local&country=ro").await, ["IAS", "ROTMR"]);
    app.get("/api/v1/progress?member=NOBODY").await.problem(400, "reference_unknown");
}
