use super::{PLAN, checked, exported, failed, report, some_story, trusted};
use crate::editing::{id, made};
use crate::harness::TestApp;
use ogp_tracker::audit::model::verify::{FileSeen, Known, verify};
use serde_json::{Value, json};
use sha2::Digest;

#[actix_web::test]
async fn a_report_holds_whatever_it_is_about() {
    let app = TestApp::demo().await;
    some_story(&app).await;
    let key = trusted_once_numbered(&app).await;
    for address in [
        "/api/v1/action-plans/timisoara-2022-2024/report",
        "/api/v1/action-plans/romania-2018-2020/report?on=2019-06-30",
        "/api/v1/members/ROU/report?as_of=2026-11-23",
        "/api/v1/members/rotmr/report?as_of=2026-11-24&on=2023-03-01",
        "/api/v1/report",
    ] {
        let answer = exported(&app, address).await;
        let known = Known { keys: vec![key.clone()], ..Known::default() };
        let verdict = verify(&answer.body, &known);
        assert!(verdict.holds, "{address}: {:#?}", verdict.checks);
        let report = answer.json();
        assert!(!report["action_plans"].as_array().unwrap().is_empty(), "{address}");
        assert_eq!(answer.header("x-jws-signature"), report["generation"]["signature"].as_str());
    }
}

async fn trusted_once_numbered(app: &TestApp) -> ogp_tracker::ledger::model::note::LogKey {
    app.number().await;
    trusted(app).await
}

/// Whether two values are one, however their numbers are written: canonical JSON writes 0.0 as 0.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|beside| same(value, beside)))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// What `/progress` tells of a plan, in the report's words.
async fn agrees(app: &TestApp, query: &str) {
    let body = report(app, query).await;
    assert!(checked(&body).holds, "{query}");
    let report: Value = serde_json::from_slice(&body).unwrap();
    let computed = &report["action_plans"][0]["computed"];
    let told = app.get(&format!("/api/v1/action-plans/{PLAN}/progress?{query}")).await.ok();
    let some = |whole: &Value, part: &Value| {
        for (name, value) in part.as_object().unwrap() {
            assert!(same(&whole[name], value), "{query}: {name}: {} is not {value}", whole[name]);
        }
    };
    some(&told, &computed["progress"]);
    assert_eq!(computed["updates"], told["updates"], "{query}");
    let commitments = computed["commitments"].as_array().unwrap();
    assert_eq!(commitments.len(), told["commitments_progress"].as_array().unwrap().len(), "{query}");
    for (commitment, beside) in commitments.iter().zip(told["commitments_progress"].as_array().unwrap()) {
        assert_eq!(commitment["id"], beside["commitment"]["id"], "{query}");
        some(beside, &commitment["progress"]);
        assert_eq!(commitment["updates"], beside["updates"], "{query}");
        let code = commitment["code"].as_str().unwrap();
        let one = app.get(&format!("/api/v1/commitments/{code}/progress?{query}")).await.ok();
        let own = computed["milestones"].as_array().unwrap();
        let own: Vec<_> = own.iter().filter(|step| step["commitment_id"] == commitment["id"]).collect();
        let steps = one["milestones_progress"].as_array().unwrap();
        assert_eq!(own.len(), steps.len(), "{query} {code}");
        for (step, beside) in own.into_iter().zip(steps) {
            for name in [
                "id",
                "schedule",
                "percent",
                "progress",
                "days_moved",
                "original_due",
                "last_on",
                "evidence_count",
            ] {
                assert!(same(&step[name], &beside[name]), "{query} {code} {name}");
            }
        }
    }
    for (due, beside) in
        computed["reports_due"].as_array().unwrap().iter().zip(told["reports_due"].as_array().unwrap())
    {
        for name in ["report", "after", "due_on", "delivered", "schedule"] {
            assert_eq!(due[name], beside[name], "{query} {name}");
        }
    }
}

#[actix_web::test]
async fn what_a_report_computes_is_what_the_api_tells() {
    let app = TestApp::demo().await;
    some_story(&app).await;
    app.clock.set("2026-11-26");
    let publisher = app.publisher_of("ROTMR").await;
    let rows = app.all(&format!("/api/v1/milestones?action_plan={PLAN}")).await;
    let withdrawn = format!("/api/v1/milestones/{}?reason=Listed%20twice", id(&rows[2]));
    assert_eq!(publisher.delete(&withdrawn).if_match("*").send().await.status, 204);
    app.clock.set("2026-11-27");
    let mut asked = 0;
    for as_of in ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"] {
        for on in ["", "&on=2022-06-30", "&on=2023-02-01", "&on=2023-06-01", "&on=2027-01-01"] {
            agrees(&app, &format!("as_of={as_of}{on}")).await;
            asked += 1;
        }
    }
    assert_eq!(asked, 20);
}

#[actix_web::test]
async fn rules_and_findings_are_those_of_the_record() {
    let app = TestApp::demo().await;
    some_story(&app).await;
    let report: Value = serde_json::from_slice(&report(&app, "on=2023-12-31").await).unwrap();
    let section = &report["action_plans"][0];
    let kinds: Vec<_> = section["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "claim_without_evidence").count(), 2, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "silence").count(), 1, "{kinds:?}");
    let claim = &section["findings"][0];
    let update =
        section["updates"].as_array().unwrap().iter().find(|update| update["id"] == claim["update_id"]);
    let named = claim["entries"].as_array().unwrap();
    assert!(named.contains(&update.expect("the update")["entry"]), "{claim}");
    // The sets that the tracker comes with are the same everywhere.
    let rules = app.get("/api/v1/reporting-rules").await.ok();
    let told = report["common"]["rules"].as_array().unwrap();
    assert_eq!(told.len(), rules["data"].as_array().unwrap().len());
    for set in rules["data"].as_array().unwrap() {
        let same = told.iter().any(|known| {
            known["member_kind"] == set["kind"]
                && [
                    "valid_from",
                    "update_interval_months",
                    "forum_interval_months",
                    "presentations_per_year",
                    "deadlines",
                ]
                .iter()
                .all(|name| known[name] == set[name])
        });
        assert!(same, "{set} is not among {told:?}");
    }
    assert_eq!(section["computed"]["rules"]["update_interval_months"], 4);
}

#[actix_web::test]
async fn files_are_checked_by_their_hashes() {
    let app = TestApp::demo().await;
    app.clock.set("2026-11-24");
    let staff = app.editor_of("ROTMR").await;
    let piece = crate::evidence::uploaded(&staff).await;
    let rows = app.all(&format!("/api/v1/milestones?action_plan={PLAN}")).await;
    let said = json!({"progress": "complete", "effective_on": "2023-02-01", "completed_on": "2023-01-31",
        "evidence": [piece]});
    made(&staff.post(&format!("/api/v1/milestones/{}/updates", id(&rows[0])), &said).send().await);
    let body = report(&app, "").await;
    let with = |sha256: &str| {
        let files = vec![FileSeen { name: "raport.pdf".to_owned(), sha256: sha256.to_owned() }];
        verify(&body, &Known { evidence: Some(files), ..Known::default() })
    };
    let content = app.get(&format!("/api/v1/evidence/{piece}/content")).await;
    let sha256: String =
        sha2::Sha256::digest(&content.body).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(with(&sha256).holds);
    let other = with(&"0".repeat(64));
    assert_eq!(failed(&other), ["evidence"]);
    assert!(super::wrong(&other, "evidence").contains("raport.pdf"));
    let none = verify(&body, &Known { evidence: Some(Vec::new()), ..Known::default() });
    assert_eq!(failed(&none), ["evidence"]);
}
