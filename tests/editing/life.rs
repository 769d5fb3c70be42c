//! The life of an action plan, and who sees it when.

use super::{DRAFT, Draft, faults, take_steps};
use crate::harness::{Client, TestApp, spec};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STEPS: [&str; 6] = ["consult", "adopt", "publish", "close", "return", "withdraw"];

async fn step(who: &Client<'_>, plan: &str, step: &str) -> crate::harness::Answer {
    let body = json!({"reason": "So it was decided."});
    who.post(&format!("/api/v1/action-plans/{plan}/{step}"), &body).send().await
}

/// Every step that does not lead on from here is refused, with those that do.
async fn only(app: &TestApp, who: &Client<'_>, plan: &str, allowed: &[&str]) {
    let before = app.entries().await.len();
    let wrong: Vec<_> = STEPS.iter().filter(|step| !allowed.contains(step)).collect();
    assert!(wrong.len() >= 3);
    for wrong in wrong {
        let problem = step(who, plan, wrong).await.problem(409, "action_plan_step_wrong");
        assert_eq!(problem["allowed"], json!(allowed), "after {wrong}");
    }
    assert_eq!(app.entries().await.len(), before);
}

#[actix_web::test]
async fn a_plan_goes_through_its_life_step_by_step() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let plan = Draft::make(&staff).await.plan;
    let page = format!("/api/v1/action-plans/{plan}");
    let status = async || staff.get(&page).send().await.ok()["status"].as_str().unwrap().to_owned();
    let life: [(&str, &[&str], &str); 9] = [
        ("draft", &["consult", "withdraw"], "consult"),
        ("in_consultation", &["adopt", "return", "withdraw"], "return"),
        ("draft", &["consult", "withdraw"], "consult"),
        ("in_consultation", &["adopt", "return", "withdraw"], "adopt"),
        ("adopted", &["publish", "return", "withdraw"], "return"),
        ("in_consultation", &["adopt", "return", "withdraw"], "adopt"),
        ("adopted", &["publish", "return", "withdraw"], "publish"),
        ("published", &["close", "withdraw"], "close"),
        ("closed", &["return", "withdraw"], "return"),
    ];
    let mut version = 1;
    for (now, allowed, next) in life {
        assert_eq!(status().await, now);
        only(&app, &staff, &plan, allowed).await;
        let answer = step(&staff, &plan, next).await;
        let shown = answer.ok();
        version += 1;
        assert_eq!(shown["version"], version);
        let read = staff.get(&page).send().await;
        assert_eq!((read.ok(), read.header("etag")), (shown, answer.header("etag")));
    }
    assert_eq!(status().await, "published");
    let withdrawn = step(&staff, &plan, "withdraw").await.ok();
    assert_eq!(withdrawn["status"], "withdrawn");
    for any in STEPS {
        let problem = step(&staff, &plan, any).await.problem(410, "withdrawn");
        assert_eq!(problem["last_state"]["version"], version + 1);
    }
}

#[actix_web::test]
async fn a_step_back_needs_a_reason_and_others_take_one() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let plan = Draft::make(&staff).await.plan;
    take_steps(&staff, &plan, &["consult"]).await;
    for back in ["return", "withdraw"] {
        let path = format!("/api/v1/action-plans/{plan}/{back}");
        for body in [json!({}), json!({"reason": null}), json!({"reason": "  "})] {
            let refused = staff.post(&path, &body).send().await;
            assert_eq!(faults(&refused), [("/reason".to_owned(), "reason_missing".to_owned())], "{body}");
        }
        let refused = staff.request(Method::POST, &path).send().await;
        assert_eq!(faults(&refused), [("/reason".to_owned(), "reason_missing".to_owned())]);
    }
    let adopted = staff.post(&format!("/api/v1/action-plans/{plan}/adopt"), &json!({"reason": "Voted."}));
    adopted.send().await.ok();
    let unknown =
        staff.post(&format!("/api/v1/action-plans/{plan}/publish"), &json!({"why": "x"})).send().await;
    assert_eq!(faults(&unknown), [("/why".to_owned(), "field_unknown".to_owned())]);
    let stale =
        staff.request(Method::POST, &format!("/api/v1/action-plans/{plan}/publish")).if_match("\"1-x\"");
    stale.send().await.problem(412, "version_stale");
    let reasons: Vec<_> = app.entries_of(&plan).await.into_iter().map(|entry| entry.reason).collect();
    assert_eq!(reasons, [None, None, Some("Voted.".to_owned())]);
}

/// Everything that can be read and where a draft of Timișoara could show.
async fn everywhere(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for operation in spec::reads().iter().filter(|operation| operation.scope().is_none()) {
        let address = operation.address(app).await;
        all.push(if operation.is_list() { format!("{address}?total=true&limit=200") } else { address });
    }
    assert!(all.len() >= 11, "{all:?}");
    let more = [
        "members/ROTMR",
        "institutions/municipality-of-timisoara",
        "commitments/ROTMR0001",
        "action-plans?member=ROTMR&total=true",
        "action-plans/timisoara-2022-2024",
        "commitments?member=ROTMR&total=true",
        "milestones?commitment=ROTMR0001&total=true",
        "assessments?commitment=ROTMR0001&total=true",
    ];
    all.extend(more.iter().map(|path| format!("/api/v1/{path}")));
    all
}

/// What somebody, or nobody in particular, reads at these places.
async fn seen(app: &TestApp, who: Option<&Client<'_>>, paths: &[String]) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    for path in paths {
        let answer = match who {
            Some(who) => who.get(path).send().await,
            None => app.get(path).await,
        };
        seen.insert(path.clone(), answer.ok());
    }
    seen
}

fn filters(draft: &Draft) -> Vec<String> {
    let mut paths = Vec::new();
    for list in ["commitments", "milestones", "assessments", "progress-updates"] {
        paths.extend([&draft.plan, DRAFT].map(|plan| format!("/api/v1/{list}?action_plan={plan}")));
    }
    for list in ["milestones", "assessments", "progress-updates"] {
        paths.push(format!("/api/v1/{list}?commitment={}", draft.commitment));
    }
    paths
}

#[actix_web::test]
async fn a_draft_is_nowhere_to_be_seen_for_those_without_a_role_there() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let others = [
        app.signed_in(&["editor@ROU", "publisher@ROU", "assessor@IAS"]).await,
        app.auditor().await,
        app.signed_in(&[]).await,
    ];
    let everyone: Vec<_> = [None].into_iter().chain(others.iter().map(Some)).collect();
    let places = everywhere(&app).await;
    let before = seen(&app, None, &places).await;
    let entries = app.entries().await.len();
    let draft = Draft::make(&staff).await;
    for steps in [&[][..], &["consult"], &["adopt"]] {
        take_steps(&staff, &draft.plan, steps).await;
        for who in &everyone {
            assert_eq!(seen(&app, *who, &places).await, before);
            for path in draft.pages() {
                let answer = match who {
                    Some(who) => who.get(&path).send().await,
                    None => app.get(&path).await,
                };
                answer.problem(404, "not_found");
            }
            for path in filters(&draft) {
                let answer = match who {
                    Some(who) => who.get(&path).send().await,
                    None => app.get(&path).await,
                };
                answer.problem(400, "reference_unknown");
            }
        }
    }
    // Nor can it be found out by trying to change it.
    let other = &others[0];
    for path in draft.pages() {
        other.patch(&path, &json!({"number": 1})).if_match("*").send().await.problem(404, "not_found");
        other.delete(&format!("{path}?reason=x")).if_match("*").send().await.problem(404, "not_found");
    }
    for below in ["milestones", "assessments", "links"] {
        let path = format!("/api/v1/commitments/{}/{below}", draft.commitment);
        other.post(&path, &json!({})).send().await.problem(404, "not_found");
    }
    let link = format!("/api/v1/commitment-links/{}?reason=x", draft.link);
    other.delete(&link).if_match("*").send().await.problem(404, "not_found");
    let bulk = json!({"milestones": [{"id": draft.milestone, "version": 1, "patch": {}}]});
    other.post("/api/v1/milestones/bulk", &bulk).send().await.problem(404, "not_found");
    let commitment = json!({"action_plan": DRAFT, "title": {"en": "Mine"}});
    let refused = other.post("/api/v1/commitments", &commitment).send().await;
    assert_eq!(faults(&refused), [("/action_plan".to_owned(), "reference_unknown".to_owned())]);
    let link = json!({"kind": "related", "to": draft.commitment});
    let ours = app.editor_of("IAS").await;
    let refused = ours.post("/api/v1/commitments/IAS0001/links", &link).send().await;
    assert_eq!(faults(&refused), [("/to".to_owned(), "reference_unknown".to_owned())]);
    assert!(app.entries().await.iter().skip(entries).all(|entry| !entry.public));
}

#[actix_web::test]
async fn a_draft_is_seen_by_all_who_have_a_role_there_and_by_admins() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let total = async |who: &Client<'_>, list: &str| {
        who.get(&format!("/api/v1/{list}?total=true")).send().await.ok()["page"]["total"].as_i64().unwrap()
    };
    let lists = ["action-plans", "commitments", "milestones", "assessments"];
    let mut before = Vec::new();
    for list in lists {
        before.push(total(&staff, list).await);
    }
    let draft = Draft::make(&staff).await;
    draft.report(&staff).await;
    let names = |page: &Value, list: &str| -> Vec<String> {
        page[list].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    for role in ["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR", "admin"] {
        let who = app.signed_in(&[role]).await;
        for path in draft.pages() {
            let answer = who.get(&path).send().await;
            answer.ok();
            let control = answer.header("cache-control").unwrap();
            assert!(control.contains("private"), "{path} may be kept by shared caches: {control}");
        }
        for (list, before) in lists.iter().zip(&before) {
            assert_eq!(total(&who, list).await, before + 1, "{role}: {list}");
        }
        for path in filters(&draft) {
            let page = who.get(&path).send().await.ok();
            assert_eq!(page["data"].as_array().unwrap().len(), 1, "{role}: {path}");
        }
        let member = who.get("/api/v1/members/ROTMR").send().await.ok();
        assert!(names(&member, "action_plans").contains(&draft.plan), "{role}");
        let institution = who.get("/api/v1/institutions/municipality-of-timisoara").send().await.ok();
        assert!(names(&institution, "leads").contains(&draft.commitment), "{role}");
        let linked = who.get("/api/v1/commitments/ROTMR0001").send().await.ok();
        assert!(names(&linked, "links").contains(&draft.link), "{role}");
    }
    // A script sees what its person sees, as far as its scopes reach.
    let editor = app.editor_of("ROTMR").await;
    let page = &draft.pages()[0];
    for (scope, status) in [("read", 200), ("edit", 200), ("audit", 404)] {
        let token = app.api_token(editor.person_id, &[scope]).await;
        let answer = app.with_token(Method::GET, page, &token).send().await;
        assert_eq!(answer.status, status, "{scope}");
    }
}

#[actix_web::test]
async fn publication_shows_all_of_it_and_records_it() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let update = draft.report(&staff).await;
    let milestone = format!("/api/v1/milestones/{}", draft.milestone);
    let patch = json!({"title": {"en": "A step, reworded while nobody looked"}});
    staff.patch(&milestone, &patch).if_match("*").send().await.ok();
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    for path in draft.pages() {
        let page = app.get(&path).await;
        assert_eq!(page.ok(), staff.get(&path).send().await.ok());
    }
    for path in filters(&draft) {
        assert_eq!(app.get(&path).await.ok()["data"].as_array().unwrap().len(), 1, "{path}");
    }
    let parts = [
        (&draft.plan, "action_plan", vec!["created", "changed", "changed", "published"]),
        (&draft.commitment, "commitment", vec!["created", "published"]),
        (&draft.milestone, "milestone", vec!["created", "changed", "published"]),
        (&draft.link, "commitment_link", vec!["created", "published"]),
        (&draft.assessment, "assessment", vec!["created", "published"]),
        (&update, "progress_update", vec!["created", "published"]),
    ];
    for (id, kind, expected) in &parts {
        let entries = app.entries_of(id).await;
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(&actions, expected, "{id}");
        for entry in &entries {
            assert_eq!(entry.public, entry.action == "published", "{entry:?}");
            assert_eq!(entry.kind, *kind);
        }
    }
    assert_eq!(app.entries().await.iter().filter(|entry| entry.public).count(), parts.len());
    // What follows is public.
    let patch = json!({"position": 4});
    staff.patch(&milestone, &patch).if_match("*").send().await.ok();
    assert!(app.entries_of(&draft.milestone).await.last().unwrap().public);
    let patch = json!({"title": {"en": "Reworded while all can see it"}});
    let unexplained = staff.patch(&milestone, &patch).if_match("*").send().await;
    assert_eq!(faults(&unexplained), [("/reason".to_owned(), "reason_missing".to_owned())]);
}

#[actix_web::test]
async fn of_a_withdrawn_plan_everybody_reads_what_it_last_said() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let mut pages = vec!["action-plans/timisoara-2022-2024".to_owned()];
    let mut parts = 0;
    for list in ["commitments", "milestones", "assessments"] {
        let rows = app.all(&format!("/api/v1/{list}?action_plan=timisoara-2022-2024")).await;
        parts += rows.len();
        pages.extend(rows.iter().map(|row| format!("{list}/{}", super::id(row))));
    }
    assert_eq!(parts, 4 + 20 + 4);
    let mut last = Vec::new();
    for page in &pages {
        last.push(app.get(&format!("/api/v1/{page}")).await.ok());
    }
    step(&publisher, "timisoara-2022-2024", "withdraw").await.ok();
    for (page, last) in pages.iter().zip(&last) {
        for answer in [
            app.get(&format!("/api/v1/{page}")).await,
            publisher.get(&format!("/api/v1/{page}")).send().await,
            publisher.patch(&format!("/api/v1/{page}"), &json!({})).if_match("*").send().await,
        ] {
            let problem = answer.problem(410, "withdrawn");
            let mut state = problem["last_state"].clone();
            if page.starts_with("action-plans") {
                assert_eq!(state["status"], "withdrawn");
                for field in ["status", "version", "updated_at"] {
                    state[field] = last[field].clone();
                }
            }
            assert_eq!(&state, last, "{page}");
        }
    }
    for list in ["action-plans?member=ROTMR", "commitments?member=ROTMR"] {
        assert_eq!(app.all(&format!("/api/v1/{list}")).await.len(), 0, "{list}");
    }
    for list in ["commitments", "milestones", "assessments"] {
        let filtered = app.get(&format!("/api/v1/{list}?action_plan=timisoara-2022-2024")).await;
        filtered.problem(400, "reference_unknown");
    }
    assert_eq!(app.get("/api/v1/members/ROTMR").await.ok()["action_plans"], json!([]));
    let [entry] = &app.entries().await[..] else { panic!("one entry was expected") };
    assert_eq!((entry.action.as_str(), entry.public), ("withdrawn", true));
}

/// A plan that was given up before anybody saw it stays hidden.
#[actix_web::test]
async fn a_draft_that_is_withdrawn_stays_unseen() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    assert_eq!(step(&staff, &draft.plan, "withdraw").await.ok()["status"], "withdrawn");
    for path in draft.pages() {
        app.get(&path).await.problem(404, "not_found");
        staff.get(&path).send().await.problem(410, "withdrawn");
    }
    assert!(app.entries().await.iter().all(|entry| !entry.public));
}
