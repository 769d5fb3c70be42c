//! What is public cannot vanish: it is withdrawn, and stays readable as what it last said.

use super::{DRAFT, Draft, id, made, milestones};
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};

/// How many a list counts in all.
async fn total(app: &TestApp, list: &str) -> i64 {
    let separator = if list.contains('?') { '&' } else { '?' };
    let page = app.get(&format!("/api/v1/{list}{separator}total=true&limit=1")).await.ok();
    page["page"]["total"].as_i64().expect("a total")
}

/// Withdraws something public, and holds against the rules what is left of it.
async fn withdraw(app: &TestApp, who: &Client<'_>, path: &str, patch: &Value) {
    let before = app.get(path).await;
    let last = before.ok();
    let etag = before.header("etag").unwrap();
    who.delete(&format!("{path}?reason=Wrong")).send().await.problem(428, "if_match_missing");
    let stale = who.delete(&format!("{path}?reason=Wrong")).if_match("\"9-x\"").send().await;
    stale.problem(412, "version_stale");
    assert_eq!(stale.header("etag"), Some(etag));
    for unexplained in [path.to_owned(), format!("{path}?reason="), format!("{path}?reason=+")] {
        let refused = who.delete(&unexplained).if_match(etag).send().await;
        assert!([400, 422].contains(&refused.status), "{unexplained}: {}", refused.status);
    }
    let refused = who.delete(path).if_match(etag).send().await;
    refused.problem(422, "reason_missing");
    assert_eq!(app.get(path).await.ok(), last);
    let entries = app.entries().await.len();

    let removed = who.delete(&format!("{path}?reason=Printed+twice.")).if_match(etag).send().await;
    assert_eq!(removed.status, 204, "{}", String::from_utf8_lossy(&removed.body));
    assert!(removed.body.is_empty());
    let entry = app.entries().await.split_off(entries);
    let [entry] = &entry[..] else { panic!("one entry was expected: {entry:?}") };
    assert_eq!((entry.action.as_str(), entry.reason.as_deref()), ("withdrawn", Some("Printed twice.")));
    assert_eq!(entry.resource_id.to_string(), id(&last));
    assert!(entry.public && i64::from(2) <= entry.version);

    for gone in [
        app.get(path).await,
        who.get(path).send().await,
        who.patch(path, patch).if_match("*").send().await,
        who.patch(path, patch).if_match(etag).send().await,
        who.delete(&format!("{path}?reason=Again")).if_match("*").send().await,
    ] {
        let problem = gone.problem(410, "withdrawn");
        // The instant and the version of the withdrawal are new; all else is what it last said.
        let mut state = problem["last_state"].clone();
        assert!(state["version"].as_i64() > last["version"].as_i64());
        for field in ["version", "updated_at"] {
            state[field] = last[field].clone();
        }
        assert_eq!(state, last);
    }
    assert_eq!(app.entries().await.len(), entries + 1);
}

#[actix_web::test]
async fn a_commitment_is_withdrawn_with_all_below_it() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let below = milestones(&app, "ROTMR0001").await;
    let coded = super::assessment(&app, "ROTMR0001").await;
    let lists = ["commitments", "milestones", "assessments", "commitments?member=ROTMR"];
    let mut before = Vec::new();
    for list in lists {
        before.push(total(&app, list).await);
    }
    let path = "/api/v1/commitments/ROTMR0001";
    withdraw(&app, &publisher, path, &json!({"number": "9"})).await;
    for ((list, before), less) in lists.iter().zip(before).zip([1, 5, 1, 1]) {
        assert_eq!(total(&app, list).await, before - less, "{list}");
    }
    let plan = app.get("/api/v1/action-plans/timisoara-2022-2024").await.ok();
    assert_eq!(plan["commitments"].as_array().unwrap().len(), 3);
    for part in below.iter().map(|id| format!("milestones/{id}")).chain([format!("assessments/{coded}")]) {
        let problem = app.get(&format!("/api/v1/{part}")).await.problem(410, "withdrawn");
        assert!(part.ends_with(problem["last_state"]["id"].as_str().unwrap()));
    }
    let unknown = app.get("/api/v1/milestones?commitment=ROTMR0001").await;
    unknown.problem(400, "reference_unknown");
    let more = publisher.post(&format!("{path}/milestones"), &json!({"title": {"en": "Late"}})).send().await;
    assert!([404, 410].contains(&more.status), "{}", more.status);
    let link = json!({"kind": "related", "to": "ROTMR0001"});
    let link = publisher.post("/api/v1/commitments/ROTMR0002/links", &link).send().await;
    assert_eq!(super::faults(&link), [("/to".to_owned(), "reference_unknown".to_owned())]);
}

#[actix_web::test]
async fn a_milestone_is_withdrawn() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let milestone = milestones(&app, "ROTMR0004").await.remove(0);
    let before = total(&app, "milestones").await;
    withdraw(&app, &publisher, &format!("/api/v1/milestones/{milestone}"), &json!({"position": 9})).await;
    assert_eq!(total(&app, "milestones").await, before - 1);
    assert!(!milestones(&app, "ROTMR0004").await.contains(&milestone));
    let page = app.get("/api/v1/commitments/ROTMR0004").await.ok();
    assert_eq!(page["milestones"].as_array().unwrap().len(), 6);
    let bulk = json!({"milestones": [{"id": milestone, "version": 2, "patch": {"position": 4}}]});
    publisher.post("/api/v1/milestones/bulk", &bulk).send().await.problem(404, "not_found");
}

#[actix_web::test]
async fn an_assessment_is_withdrawn_by_assessors() {
    let app = TestApp::demo().await;
    let assessor = app.assessor_of("ROTMR").await;
    let assessment = super::assessment(&app, "ROTMR0001").await;
    let before = total(&app, "assessments").await;
    let path = format!("/api/v1/assessments/{assessment}");
    withdraw(&app, &assessor, &path, &json!({"report_year": 2024})).await;
    assert_eq!(total(&app, "assessments").await, before - 1);
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    assert_eq!(page["assessments"], json!([]));
}

#[actix_web::test]
async fn a_link_is_withdrawn_from_both_its_ends() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let body = json!({"kind": "continues", "to": "IAS0001"});
    let made = made(&publisher.post("/api/v1/commitments/ROTMR0001/links", &body).send().await);
    let link = &made["links"][0];
    let (path, version) = (format!("/api/v1/commitment-links/{}", id(link)), link["version"].clone());
    let links = async |code: &str| {
        let page = app.get(&format!("/api/v1/commitments/{code}")).await.ok();
        page["links"].as_array().unwrap().len()
    };
    assert_eq!((links("ROTMR0001").await, links("IAS0001").await), (1, 1));
    let twice = publisher.post("/api/v1/commitments/ROTMR0001/links", &body).send().await;
    twice.problem(409, "link_exists");
    publisher.delete(&format!("{path}?reason=Wrong")).send().await.problem(428, "if_match_missing");
    let stale = publisher.delete(&format!("{path}?reason=Wrong")).if_match("\"7\"").send().await;
    stale.problem(412, "version_stale");
    let etag = format!("\"{version}\"");
    assert_eq!(stale.header("etag"), Some(etag.as_str()));
    publisher.delete(&path).if_match(&etag).send().await.problem(422, "reason_missing");
    let editor = app.editor_of("ROTMR").await;
    editor.delete(&format!("{path}?reason=Wrong")).if_match(&etag).send().await.problem(403, "role_missing");
    // Whoever looks after its other end does not look after it.
    let other_end = app.publisher_of("IAS").await;
    let refused = other_end.delete(&format!("{path}?reason=Wrong")).if_match(&etag).send().await;
    refused.problem(403, "role_missing");
    let removed = publisher.delete(&format!("{path}?reason=Wrong")).if_match(&etag).send().await;
    assert_eq!(removed.status, 204);
    assert_eq!((links("ROTMR0001").await, links("IAS0001").await), (0, 0));
    let again = publisher.delete(&format!("{path}?reason=Wrong")).if_match("*").send().await;
    again.problem(404, "not_found");
    let entries = app.entries_of(&id(link)).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["created", "withdrawn"]);
    // It can be linked anew.
    super::made(&publisher.post("/api/v1/commitments/ROTMR0001/links", &body).send().await);
}

#[actix_web::test]
async fn drafts_are_deleted_and_that_is_recorded() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let plan = format!("/api/v1/action-plans/{}", draft.plan);
    let full = staff.delete(&plan).if_match("*").send().await;
    full.problem(409, "action_plan_not_empty");
    let of = |table: &str, id: &str| format!("{table} WHERE id = '{id}'");
    // One by one, without a reason; the last with all that is still below it.
    let parts = [
        ("milestones", &draft.milestone, "milestones"),
        ("commitments", &draft.commitment, "commitments"),
        ("action-plans", &draft.plan, "action_plans"),
    ];
    for (collection, id, table) in parts {
        let path = format!("/api/v1/{collection}/{id}");
        let etag = staff.etag(&path).await;
        staff.delete(&path).send().await.problem(428, "if_match_missing");
        let removed = staff.delete(&path).if_match(&etag).send().await;
        assert_eq!(removed.status, 204, "{path}: {}", String::from_utf8_lossy(&removed.body));
        staff.get(&path).send().await.problem(404, "not_found");
        assert_eq!(app.count(&of(table, id)).await, 0);
    }
    assert_eq!(app.count(&of("commitment_links", &draft.link)).await, 0);
    assert_eq!(app.count(&of("assessments", &draft.assessment)).await, 0);
    for id in [&draft.plan, &draft.commitment, &draft.milestone, &draft.link, &draft.assessment] {
        let entries = app.entries_of(id).await;
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["created", "deleted"], "{id}");
        assert!(entries.iter().all(|entry| !entry.public), "{id}");
        assert_eq!(entries[1].version, entries[0].version + 1);
    }
}

#[actix_web::test]
async fn what_is_in_use_is_not_withdrawn() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    for (path, code) in [
        ("members/ROU", "member_in_use"),
        ("members/IAS", "member_in_use"),
        ("institutions/municipality-of-timisoara", "institution_in_use"),
    ] {
        let refused = admin.delete(&format!("/api/v1/{path}?reason=Over")).if_match("*").send().await;
        refused.problem(409, code);
    }
    assert_eq!(app.entries().await.len(), 0);
    let body = json!({"code": "SPARE", "kind": "local", "country": "RO", "name": {"en": "Spare"}});
    made(&admin.post("/api/v1/members", &body).send().await);
    withdraw(&app, &admin, "/api/v1/members/SPARE", &json!({"cohort": 2020})).await;
    let body = json!({"slug": "spare", "name": {"en": "Spare"}, "sector": "other"});
    made(&admin.post("/api/v1/institutions", &body).send().await);
    withdraw(&app, &admin, "/api/v1/institutions/spare", &json!({"country": "RO"})).await;
    let names: Vec<_> = app.all("/api/v1/members").await.iter().map(|row| row["code"].clone()).collect();
    assert_eq!(names, ["IAS", "ROTMR", "ROU"]);
    assert_eq!(total(&app, "institutions").await, 214);
}

/// What refers to a thing that is gone is refused.
#[actix_web::test]
async fn nothing_new_refers_to_what_was_withdrawn() {
    let app = TestApp::demo().await;
    let admin = app.signed_in(&["admin", "publisher@ROTMR"]).await;
    let body = json!({"slug": "spare", "name": {"en": "Spare"}, "sector": "other"});
    made(&admin.post("/api/v1/institutions", &body).send().await);
    let removed = admin.delete("/api/v1/institutions/spare?reason=Closed").if_match("*").send().await;
    assert_eq!(removed.status, 204);
    let patch = json!({"leads": [{"institution": "spare"}]});
    let refused = admin.patch("/api/v1/commitments/ROTMR0001", &patch).if_match("*").send().await;
    assert_eq!(
        super::faults(&refused),
        [("/leads/0/institution".to_owned(), "reference_unknown".to_owned())]
    );
    let body = json!({"code": "SPARE", "kind": "national", "country": "RO", "name": {"en": "Spare"}});
    made(&admin.post("/api/v1/members", &body).send().await);
    let removed = admin.delete("/api/v1/members/SPARE?reason=Left").if_match("*").send().await;
    assert_eq!(removed.status, 204);
    let patch = json!({"national_member": "SPARE"});
    let refused = admin.patch("/api/v1/members/IAS", &patch).if_match("*").send().await;
    assert_eq!(super::faults(&refused), [("/national_member".to_owned(), "reference_unknown".to_owned())]);
}

/// Whoever does not see a draft is told the same as where there is none, word for word.
#[actix_web::test]
async fn a_hidden_draft_and_nothing_are_told_alike() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR"]).await;
    Draft::make(&staff).await;
    let stranger = app.signed_in(&["publisher@IAS"]).await;
    let told = async |path: String| {
        let mut answers = Vec::new();
        let patched = stranger.patch(&path, &json!({"number": 1})).if_match("*").send().await;
        let deleted = stranger.delete(&format!("{path}?reason=No")).if_match("*").send().await;
        for answer in [stranger.get(&path).send().await, patched, deleted] {
            let mut problem = answer.problem(404, "not_found");
            let fields = problem.as_object_mut().unwrap();
            fields.remove("request_id");
            answers.push(serde_json::to_string(fields).unwrap());
        }
        answers
    };
    let hidden = told(format!("/api/v1/action-plans/{DRAFT}")).await;
    let absent = told("/api/v1/action-plans/no-such-plan".to_owned()).await;
    let renamed: Vec<_> = absent.iter().map(|text| text.replace("no-such-plan", DRAFT)).collect();
    assert_eq!(hidden, renamed);
}
