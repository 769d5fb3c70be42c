//! Schemes are data: what an admin adds is coded by at once, and what exists keeps its words.

use crate::editing::{faults, id, made, milestones};
use crate::harness::{TestApp, column};
use serde_json::{Value, json};

const SCHEMES: &str = "/api/v1/assessment-schemes";

/// A scheme of civil society in a version, with what it knows about completion.
fn scheme(version: &str, completion: &[&str]) -> Value {
    json!({
        "code": "local_csos_review", "version": version, "assessor": "civil_society",
        "title": {"en": "Review by civil society", "ro": "Evaluarea societății civile"},
        "indicators": [
            {"code": "completion", "values": completion},
            {"code": "open_to_the_public", "values": ["no", "yes"]}
        ]
    })
}

/// A coding of completion by that scheme.
fn coding(version: &str, value: &str) -> Value {
    json!({
        "scheme": {"code": "local_csos_review", "version": version}, "stage": "results",
        "report": {"en": "What we saw"}, "report_year": 2026,
        "codings": [{"indicator": "completion", "value": value}]
    })
}

#[actix_web::test]
async fn a_scheme_that_is_added_is_coded_by_at_once() {
    let app = TestApp::demo().await;
    let (admin, assessor) = (app.admin().await, app.signed_in(&["assessor@ROTMR"]).await);
    let commitment = "/api/v1/commitments/ROTMR0001";
    let milestone = milestones(&app, "ROTMR0001").await.remove(0);
    let reported = json!({"progress": "substantial", "effective_on": "2026-06-30"});
    let editor = app.editor_of("ROTMR").await;
    made(&editor.post(&format!("/api/v1/milestones/{milestone}/updates"), &reported).send().await);
    let before = app.get(commitment).await.ok();
    let assessments = format!("{commitment}/assessments");
    let refused = assessor.post(&assessments, &coding("2026", "mostly_done")).send().await;
    assert_eq!(faults(&refused), [("/scheme".to_owned(), "reference_unknown".to_owned())]);

    made(&admin.post(SCHEMES, &scheme("2024", &["not_started", "limited", "complete"])).send().await);
    made(&admin.post(SCHEMES, &scheme("2026", &["nothing_seen", "partly_done", "mostly_done"])).send().await);
    // A word of another era.
    let refused = assessor.post(&assessments, &coding("2026", "limited")).send().await;
    let problem = refused.problem(422, "coding_wrong");
    assert_eq!(problem["errors"][0]["pointer"], "/codings/0");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("nothing_seen, partly_done, mostly_done"), "{detail}");
    let coded = made(&assessor.post(&assessments, &coding("2026", "mostly_done")).send().await);
    assert_eq!(coded["scheme"]["assessor"], "civil_society");
    made(&assessor.post(&assessments, &coding("2024", "limited")).send().await);

    // Beside the government's own report and what others coded, which stay as they were.
    let after = app.get(commitment).await.ok();
    assert_eq!(after["milestones"], before["milestones"]);
    assert_eq!(after["milestones"][0]["progress"]["progress"], "substantial");
    let all = after["assessments"].as_array().unwrap();
    let known = before["assessments"].as_array().unwrap();
    assert_eq!((all.len(), &all[..known.len()]), (known.len() + 2, &known[..]));
    let added = all.iter().find(|one| one["id"] == coded["id"]).expect("it is shown");
    assert_eq!(
        (&added["scheme"]["code"], &added["scheme"]["version"], &added["scheme"]["assessor"]),
        (&json!("local_csos_review"), &json!("2026"), &json!("civil_society"))
    );
    let rows = app.all("/api/v1/assessments?assessor=civil_society").await;
    assert_eq!(rows.len(), 2);
}

#[actix_web::test]
async fn what_is_added_is_read_and_recorded() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let mut body = scheme("2026", &["no", "yes"]);
    body["notes"] = json!([{"text": {"en": "Agreed in May."}}]);
    body["reason"] = json!("Asked for by the coalition.");
    let answer = admin.post(&format!("{SCHEMES}?lang=ro"), &body).send().await;
    let added = made(&answer);
    let path = format!("{SCHEMES}/{}", id(&added));
    assert_eq!(answer.header("location"), Some(path.as_str()));
    assert_eq!((&added["title"], &added["version"]), (&json!("Evaluarea societății civile"), &json!("2026")));
    assert_eq!(added["indicators"], body["indicators"]);
    assert_eq!(app.get(&format!("{path}?lang=ro")).await.ok(), added);
    let [entry] = &app.entries().await[..] else { panic!("one entry was expected") };
    assert_eq!(
        (entry.action.as_str(), entry.kind.as_str(), entry.public),
        ("created", "assessment_scheme", true)
    );
    assert_eq!(entry.reason.as_deref(), Some("Asked for by the coalition."));
    assert_eq!(id(&added), entry.resource_id.to_string());
    for name in ["local_csos_review", "01936b3c-0000-7000-8000-000000000000"] {
        app.get(&format!("{SCHEMES}/{name}")).await.problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_scheme_that_exists_is_never_changed() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let first = made(&admin.post(SCHEMES, &scheme("2026", &["no", "yes"])).send().await);
    let again = admin.post(SCHEMES, &scheme("2026", &["never", "always"])).send().await;
    again.problem(409, "assessment_scheme_exists");
    let path = format!("{SCHEMES}/{}", id(&first));
    for method in [reqwest::Method::PUT, reqwest::Method::PATCH, reqwest::Method::DELETE] {
        admin.request(method, &path).send().await.problem(405, "method_not_allowed");
    }
    assert_eq!(app.get(&path).await.ok(), first);
    made(&admin.post(SCHEMES, &scheme("2027", &["never", "always"])).send().await);
    let rows = app.all(&format!("{SCHEMES}?code=local_csos_review")).await;
    assert_eq!(column(&json!(rows), "version"), ["2026", "2027"]);
}

#[actix_web::test]
async fn every_fault_of_a_scheme_is_told() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let mut body = scheme("2026", &["no", "yes", "no"]);
    body["title"] = json!({});
    body["indicators"][1]["code"] = json!("completion");
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let refused = admin.post(SCHEMES, &body).send().await;
    assert_eq!(
        faults(&refused),
        [
            fault("/indicators/0/values/2", "value_duplicate"),
            fault("/indicators/1/code", "indicator_duplicate"),
            fault("/title", "text_missing"),
        ]
    );
    let mut body = scheme("2026", &[]);
    body["code"] = json!("Review 2026");
    body["colour"] = json!("red");
    let refused = admin.post(SCHEMES, &body).send().await;
    let places: Vec<_> = faults(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(places, ["/code", "/colour", "/indicators/0/values"]);
    assert_eq!((app.count("assessment_schemes").await, app.count("ledger_entries").await), (0, 0));
}

#[actix_web::test]
async fn schemes_are_listed_by_assessor_and_code() {
    let app = TestApp::demo().await;
    let rows = app.all(SCHEMES).await;
    let names: Vec<_> = rows
        .iter()
        .map(|row| (row["code"].as_str().unwrap().to_owned(), row["version"].as_str().unwrap().to_owned()))
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert!(names.len() > 3 && names == sorted, "{names:?}");
    for assessor in ["irm", "local_monitoring_body", "civil_society"] {
        let found = app.all(&format!("{SCHEMES}?assessor={assessor}")).await;
        let expected: Vec<_> = rows.iter().filter(|row| row["assessor"] == assessor).cloned().collect();
        assert_eq!(found, expected, "{assessor}");
    }
    let code = &names[0].0;
    let found = app.all(&format!("{SCHEMES}?code={code}")).await;
    assert_eq!(found.len(), names.iter().filter(|(known, _)| known == code).count());
    let problem = app.get(&format!("{SCHEMES}?code=nope")).await.problem(400, "reference_unknown");
    assert_eq!(problem["errors"][0]["parameter"], "code");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(code.as_str()));
    let page = app.get(&format!("{SCHEMES}?limit=1&total=true&sort=-code,version")).await.ok();
    assert_eq!(page["page"]["total"], names.len());
    // Every scheme that is used can be read, with its words.
    let used = app.all("/api/v1/assessments").await;
    for assessment in used {
        let scheme = &assessment["scheme"];
        assert!(rows.iter().any(|row| row["code"] == scheme["code"] && row["version"] == scheme["version"]));
    }
}
