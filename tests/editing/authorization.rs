//! Who may not, for every operation that the OpenAPI document does not call public. A new operation
//! needs a case here; a case needs an operation.

use super::{DRAFT, Draft, assessment, id, made, milestones, review};
use crate::harness::people::{Asked, PASSWORD};
use crate::harness::spec::{self, Operation};
use crate::harness::{Client, TestApp};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the staff of another member are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    /// That they may not.
    Forbidden,
    /// That there is no such thing: they do not see it.
    Hidden,
    /// Nothing: it is no matter of a member.
    Common,
}

/// An operation on the demo data that succeeds for who may, and only for them.
pub struct Case {
    id: &'static str,
    path: String,
    pub body: Option<Value>,
    /// A role that is enough; none where everybody has the right for themselves.
    role: Option<&'static str>,
    /// A role that is too small.
    small: Option<&'static str>,
    elsewhere: Elsewhere,
    /// How many entries success appends to the ledger.
    entries: usize,
}

impl Case {
    fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn elsewhere(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere, ..self }
    }

    fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// Makes whoever may do it, and what they need for it.
    pub async fn ready<'a>(&mut self, app: &'a TestApp) -> Client<'a> {
        let person = app.signed_in(self.role.as_slice()).await;
        if self.path.contains(MINE) {
            let token = person.post("/api/v1/me/tokens", &script()).send().await;
            assert_eq!(token.status, 201);
            self.path = self.path.replace(MINE, &id(&token.json()));
        }
        person
    }

    /// The request, with all that success takes.
    pub fn asked<'a>(&self, app: &'a TestApp, operation: &Operation, token: &str) -> Asked<'a> {
        self.filled(app.with_token(operation.method.clone(), &self.path, token), operation)
    }

    fn filled<'a>(&self, asked: Asked<'a>, operation: &Operation) -> Asked<'a> {
        let asked = match operation.method {
            Method::PATCH | Method::DELETE => asked.if_match("*"),
            _ => asked,
        };
        match &self.body {
            Some(body) => asked.body(body),
            None => asked,
        }
    }
}

fn case(id: &'static str, path: impl Into<String>, role: &'static str, small: &'static str) -> Case {
    let elsewhere = if role.contains('@') { Elsewhere::Forbidden } else { Elsewhere::Common };
    Case { id, path: path.into(), body: None, role: Some(role), small: Some(small), elsewhere, entries: 1 }
}

/// Something about accounts, which are no public data: nothing is recorded in the ledger.
fn looked_after(id: &'static str, path: &str, role: &'static str, small: &'static str) -> Case {
    case(id, path, role, small).entries(0)
}

/// Something that everybody may do for themselves.
fn own(id: &'static str, path: &str) -> Case {
    let elsewhere = Elsewhere::Common;
    Case { id, path: path.to_owned(), body: None, role: None, small: None, elsewhere, entries: 0 }
}

const EDITOR: &str = "editor@ROTMR";
const PUBLISHER: &str = "publisher@ROTMR";
const ASSESSOR: &str = "assessor@ROTMR";
const ADMIN: &str = "admin";

/// Stands in a path for an API token of whoever asks.
const MINE: &str = "01936b3c-0000-7000-8000-000000000000";

/// An API token to make.
fn script() -> Value {
    json!({"name": "script", "scopes": ["read"], "expires_at": "2027-01-01T00:00:00Z"})
}

/// Progress to report.
fn update() -> Value {
    json!({"progress": "substantial", "effective_on": "2022-06-30"})
}

/// All cases, in an order in which they can succeed one after the other.
async fn cases(app: &TestApp) -> Vec<Case> {
    let staff = app.signed_in(&[EDITOR, PUBLISHER, ASSESSOR, ADMIN]).await;
    let member = json!({"code": "SPARE", "kind": "local", "country": "RO", "name": {"en": "Spare"}});
    made(&staff.post("/api/v1/members", &member).send().await);
    let institution = json!({"slug": "spare", "name": {"en": "Spare"}, "sector": "other"});
    made(&staff.post("/api/v1/institutions", &institution).send().await);
    Draft::make(&staff).await;
    let link = json!({"kind": "related", "to": "ROTMR0003"});
    let linked = made(&staff.post("/api/v1/commitments/ROTMR0001/links", &link).send().await);
    let links = linked["links"].as_array().expect("links");
    let link = links.iter().find(|link| link["direction"] == "outgoing").expect("it was just made");
    let link = id(link);
    let ours = milestones(app, "ROTMR0001").await;
    let assessment = assessment(app, "ROTMR0001").await;
    let due = json!({"title": {"en": "Dated"}, "due": {"date": "2024-06-30", "precision": "day"}});
    let dated = id(&made(&staff.post("/api/v1/commitments/ROTMR0001/milestones", &due).send().await));
    let proof = json!({"links": [{
        "url": "https://example.org/a", "title": {"en": "A proof"}, "kind": "web_page"
    }]});
    let proved = staff.post(&format!("/api/v1/milestones/{}/evidence", ours[3]), &proof).send().await;
    assert_eq!(proved.status, 201);
    let evidence = id(&proved.json()["data"][0]);
    let bulk = json!({"milestones": [{"id": ours[2], "version": 1, "patch": {"position": 9}}]});
    let updates: Vec<_> = [&ours[0], &ours[2]]
        .into_iter()
        .map(|milestone| {
            let mut update = update();
            update["milestone"] = json!(milestone);
            update
        })
        .collect();
    let mut updates = json!({"updates": updates});
    updates["updates"][0]["links"] =
        json!([{"url": "https://example.org/", "title": {"en": "News"}, "kind": "news"}]);
    let colleague = app.signed_in(&["editor@IAS", ASSESSOR]).await;
    let person = format!("/api/v1/people/{}", colleague.person_id);
    let known = staff.get(&person).send().await.ok();
    let (grant, actor) =
        (id(&known["roles"][1]), known["actor_id"].as_str().expect("a pseudonym").to_owned());
    let draft = |step: &str| format!("/api/v1/action-plans/{DRAFT}/{step}");
    vec![
        case("create_member", "/api/v1/members", ADMIN, PUBLISHER)
            .body(json!({"code": "NEW", "kind": "local", "country": "RO", "name": {"en": "New"}})),
        case("update_member", "/api/v1/members/IAS", ADMIN, PUBLISHER).body(json!({"cohort": 2021})),
        case("delete_member", "/api/v1/members/SPARE?reason=Never+joined", ADMIN, PUBLISHER),
        case("create_institution", "/api/v1/institutions", EDITOR, ASSESSOR)
            .body(json!({"slug": "new", "name": {"en": "New"}, "sector": "other"}))
            .elsewhere(Elsewhere::Common),
        case("update_institution", "/api/v1/institutions/activewatch", ADMIN, PUBLISHER)
            .body(json!({"country": "MD"})),
        case("delete_institution", "/api/v1/institutions/spare?reason=Never+was", ADMIN, PUBLISHER),
        case("create_reporting_rules", "/api/v1/reporting-rules", ADMIN, PUBLISHER)
            .body(json!({"kind": "local", "valid_from": "2030-01-01", "update_interval_months": 3})),
        case("create_assessment_scheme", "/api/v1/assessment-schemes", ADMIN, ASSESSOR).body(json!({
            "code": "spare", "version": "1", "assessor": "irm", "title": {"en": "Spare"},
            "indicators": [{"code": "completion", "values": ["no", "yes"]}]
        })),
        case("create_action_plan", "/api/v1/action-plans", EDITOR, ASSESSOR)
            .body(json!({"slug": "another", "member": "ROTMR", "title": {"en": "Another"}})),
        case("update_action_plan", "/api/v1/action-plans/timisoara-2022-2024", EDITOR, ASSESSOR)
            .body(json!({"number": 7})),
        case("consult_action_plan", draft("consult"), EDITOR, ASSESSOR).elsewhere(Elsewhere::Hidden),
        case("adopt_action_plan", draft("adopt"), PUBLISHER, EDITOR).elsewhere(Elsewhere::Hidden),
        // With its commitment, milestone, link and assessment.
        case("publish_action_plan", draft("publish"), PUBLISHER, EDITOR)
            .elsewhere(Elsewhere::Hidden)
            .entries(5),
        case("close_action_plan", draft("close"), PUBLISHER, EDITOR).elsewhere(Elsewhere::Hidden),
        case("return_action_plan", draft("return"), PUBLISHER, EDITOR)
            .body(json!({"reason": "Not yet."}))
            .elsewhere(Elsewhere::Hidden),
        case("withdraw_action_plan", draft("withdraw"), PUBLISHER, EDITOR)
            .body(json!({"reason": "Given up."}))
            .elsewhere(Elsewhere::Hidden),
        case("create_commitment", "/api/v1/commitments", EDITOR, ASSESSOR)
            .body(json!({"action_plan": "timisoara-2022-2024", "title": {"en": "One more"}})),
        case("update_commitment", "/api/v1/commitments/ROTMR0002", EDITOR, ASSESSOR)
            .body(json!({"number": "2b"})),
        case("create_commitment_link", "/api/v1/commitments/ROTMR0001/links", EDITOR, ASSESSOR)
            .body(json!({"kind": "related", "to": "ROTMR0002"})),
        case("update_commitment_link", format!("/api/v1/commitment-links/{link}"), EDITOR, ASSESSOR)
            .body(json!({"kind": "continues"})),
        case(
            "delete_commitment_link",
            format!("/api/v1/commitment-links/{link}?reason=Wrong"),
            PUBLISHER,
            EDITOR,
        ),
        case("create_milestone", "/api/v1/commitments/ROTMR0001/milestones", EDITOR, ASSESSOR)
            .body(json!({"title": {"en": "One more"}})),
        case("update_milestone", format!("/api/v1/milestones/{}", ours[0]), EDITOR, ASSESSOR)
            .body(json!({"position": 8})),
        case("reschedule_milestone", format!("/api/v1/milestones/{dated}/reschedule"), EDITOR, ASSESSOR)
            .body(json!({
                "due": {"date": "2024-12-31", "precision": "day", "text": null, "ongoing": false},
                "reason": "Elections."
            })),
        case("delete_milestone", format!("/api/v1/milestones/{}?reason=Twice", ours[1]), PUBLISHER, EDITOR),
        case("update_milestones", "/api/v1/milestones/bulk", EDITOR, ASSESSOR).body(bulk),
        case("create_progress_update", format!("/api/v1/milestones/{}/updates", ours[0]), EDITOR, ASSESSOR)
            .body(update()),
        // With the evidence that one of them brings.
        case("create_progress_updates", "/api/v1/milestones/updates/bulk", EDITOR, ASSESSOR)
            .body(updates)
            .entries(3),
        case("create_evidence", "/api/v1/evidence", EDITOR, ADMIN).body(json!({
            "member": "ROTMR", "url": "https://example.org/b", "title": {"en": "A proof"}, "kind": "report"
        })),
        case(
            "create_milestone_evidence",
            format!("/api/v1/milestones/{}/evidence", ours[0]),
            EDITOR,
            ASSESSOR,
        )
        .body(proof.clone()),
        case(
            "create_assessment_evidence",
            format!("/api/v1/assessments/{assessment}/evidence"),
            ASSESSOR,
            PUBLISHER,
        )
        .body(proof),
        case("delete_evidence", format!("/api/v1/evidence/{evidence}?reason=Wrong"), PUBLISHER, EDITOR),
        case("create_assessment", "/api/v1/commitments/ROTMR0001/assessments", ASSESSOR, PUBLISHER)
            .body(review()),
        case("update_assessment", format!("/api/v1/assessments/{assessment}"), ASSESSOR, PUBLISHER)
            .body(json!({"report_year": 2022})),
        case(
            "create_assessment_answer",
            format!("/api/v1/assessments/{assessment}/answers"),
            EDITOR,
            ASSESSOR,
        )
        .body(json!({"text": {"en": "We see it otherwise."}})),
        case(
            "delete_assessment",
            format!("/api/v1/assessments/{assessment}?reason=Wrong"),
            ASSESSOR,
            PUBLISHER,
        ),
        case("delete_commitment", "/api/v1/commitments/ROTMR0004?reason=Dropped", PUBLISHER, EDITOR),
        case(
            "delete_action_plan",
            "/api/v1/action-plans/timisoara-2022-2024?reason=All+wrong",
            PUBLISHER,
            EDITOR,
        ),
        looked_after("list_people", "/api/v1/people", ADMIN, PUBLISHER),
        looked_after("create_person", "/api/v1/people", ADMIN, PUBLISHER)
            .body(json!({"email": "new@example.org", "display_name": "New"})),
        looked_after("get_person", &person, ADMIN, PUBLISHER),
        looked_after("update_person", &person, ADMIN, PUBLISHER).body(json!({"display_name": "Newer"})),
        looked_after("create_grant", &format!("{person}/grants"), ADMIN, PUBLISHER)
            .body(json!({"role": "editor", "member": "ROU"})),
        looked_after("delete_grant", &format!("{person}/grants/{grant}"), ADMIN, PUBLISHER),
        looked_after("reset_password", &format!("{person}/reset-password"), ADMIN, PUBLISHER),
        looked_after("get_actor", &format!("/api/v1/actors/{actor}"), "auditor", ADMIN),
        own("get_me", "/api/v1/me"),
        own("update_me", "/api/v1/me").body(json!({"display_name": "Me"})),
        own("update_my_password", "/api/v1/me/password")
            .body(json!({"current_password": PASSWORD, "new_password": "eleven quick blue buses"})),
        own("list_my_tokens", "/api/v1/me/tokens"),
        own("create_my_token", "/api/v1/me/tokens").body(script()),
        own("list_my_work", "/api/v1/me/worklist"),
        own("get_my_calendar", "/api/v1/me/calendar"),
        own("create_my_calendar", "/api/v1/me/calendar"),
        own("delete_my_calendar", "/api/v1/me/calendar"),
        own("delete_my_token", &format!("/api/v1/me/tokens/{MINE}")),
        own("delete_session", "/api/v1/auth/logout"),
        own("delete_sessions", "/api/v1/auth/logout-all"),
    ]
}

/// The operations that are not public, each with its case.
pub async fn table(app: &TestApp) -> Vec<(Case, Operation)> {
    let cases = cases(app).await;
    let mut operations: BTreeMap<String, Operation> =
        spec::guarded().into_iter().map(|operation| (operation.id.clone(), operation)).collect();
    let known: BTreeSet<_> = cases.iter().map(|case| case.id.to_owned()).collect();
    assert_eq!(known.len(), cases.len(), "an operation has two cases");
    let documented: BTreeSet<_> = operations.keys().cloned().collect();
    assert_eq!(known, documented, "on the left the cases, on the right the operations that are not public");
    let with_operation = |case: Case| {
        let operation = operations.remove(case.id).expect("it is documented");
        let path = case.path.split('?').next().expect("a path");
        assert!(fits(path, &operation.path), "{}: {path} is not {}", case.id, operation.path);
        (case, operation)
    };
    cases.into_iter().map(with_operation).collect()
}

fn fits(path: &str, template: &str) -> bool {
    let (path, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    let same = |(one, other): (&&str, &&str)| one == other || other.starts_with('{');
    path.len() == template.len() && path.iter().zip(&template).all(same)
}

/// What a script needs at least and at most for an operation; none where scripts cannot do it.
fn for_scripts(scope: &str) -> Option<Vec<&str>> {
    (scope != "account").then(|| vec![scope])
}

#[actix_web::test]
async fn every_operation_refuses_who_may_not_and_serves_who_may() {
    const FOR_SCRIPTS: [&str; 6] = ["read", "edit", "publish", "assess", "admin", "audit"];
    let app = TestApp::demo().await;
    let all_roles = [EDITOR, PUBLISHER, ASSESSOR, ADMIN, "auditor"];
    let late = app.signed_in(&all_roles).await;
    app.clock.advance(TimeDelta::minutes(16));
    let mut table = table(&app).await;
    let strong = app.signed_in(&all_roles).await;
    let mut forgeries = strong.forgeries();
    forgeries.push(("a session that ended", {
        let gone = app.signed_in(&all_roles).await;
        assert_eq!(gone.request(Method::POST, "/api/v1/auth/logout").send().await.status, 204);
        gone.token
    }));
    let stranger = app.signed_in(&["editor@ROU", "publisher@ROU", "assessor@ROU"]).await;
    let (mut small, mut right, mut reaching) = (Vec::new(), Vec::new(), Vec::new());
    for (case, operation) in &mut table {
        let scope = operation.scope().expect("it is guarded");
        small.push(match case.small {
            Some(role) => Some(app.signed_in(&[role]).await),
            None => None,
        });
        let person = case.ready(&app).await;
        let others: Vec<_> = FOR_SCRIPTS.into_iter().filter(|other| *other != scope).collect();
        reaching.push(app.api_token(person.person_id, &others).await);
        right.push(match for_scripts(scope) {
            Some(scopes) => app.api_token(person.person_id, &scopes).await,
            None => person.token,
        });
    }
    let before = app.contents().await;
    let (mut unknown, mut elsewhere, mut too_small) = (0, 0, 0);
    for (index, (case, operation)) in table.iter().enumerate() {
        let id = case.id;
        let nobody = case.filled(anonymous(&app, operation, &case.path), operation).send().await;
        nobody.problem(401, "credential_missing");
        assert_eq!(nobody.header("www-authenticate"), Some("Bearer"), "{id}");
        let expired = case.asked(&app, operation, &late.token).send().await;
        expired.problem(401, "token_expired");
        assert!(
            expired.header("www-authenticate").is_some_and(|value| value.contains("invalid_token")),
            "{id}"
        );
        for (forgery, token) in &forgeries {
            let refused = case.asked(&app, operation, token).send().await;
            assert_eq!(refused.status, 401, "{id} with {forgery}");
            refused.problem(401, "token_invalid");
            let challenge = refused.header("www-authenticate").expect("a challenge");
            assert!(challenge.contains("invalid_token"), "{id} with {forgery}: {challenge}");
            unknown += 1;
        }
        let foreign = match case.elsewhere {
            Elsewhere::Forbidden => Some((403, "role_missing")),
            Elsewhere::Hidden => Some((404, "not_found")),
            Elsewhere::Common => None,
        };
        if let Some((status, code)) = foreign {
            let refused = case.asked(&app, operation, &stranger.token).send().await;
            assert_eq!(refused.status, status, "{id} of another member");
            refused.problem(status, code);
            elsewhere += 1;
        }
        if let Some(small) = &small[index] {
            let refused = case.asked(&app, operation, &small.token).send().await;
            assert_eq!(refused.status, 403, "{id} with {:?}", case.small);
            refused.problem(403, "role_missing");
            too_small += 1;
        }
        let refused = case.asked(&app, operation, &reaching[index]).send().await;
        assert_eq!(refused.status, 403, "{id} without its scope");
        refused.problem(403, "scope_missing");
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("insufficient_scope"), "{id}: {challenge}");
    }
    assert_eq!(app.contents().await, before, "what was refused has stored something");
    assert!(unknown >= 12 * 29 && elsewhere >= 20 && too_small >= 27, "{unknown}, {elsewhere}, {too_small}");

    // The same requests, by who may.
    app.get("/api/v1/members").await.ok();
    let good = app.with_token(Method::GET, "/api/v1/members/IAS", &strong.resigned()).send().await;
    good.ok();
    for ((case, operation), token) in table.iter().zip(&right) {
        let entries = app.entries().await.len();
        let served = case.asked(&app, operation, token).send().await;
        let text = String::from_utf8_lossy(&served.body);
        assert!((200..300).contains(&served.status), "{}: {} {text}", case.id, served.status);
        assert!(operation.spec["responses"][served.status.to_string()].is_object(), "{}", case.id);
        assert_eq!(app.entries().await.len() - entries, case.entries, "{}: entries in the ledger", case.id);
    }
}

fn anonymous<'a>(app: &'a TestApp, operation: &Operation, path: &str) -> Asked<'a> {
    Asked::new(app, app.request(operation.method.clone(), path))
}

/// Nobody looks after a local member's plan by being national staff, admin or auditor.
#[actix_web::test]
async fn roles_reach_no_further_than_they_say() {
    let app = TestApp::demo().await;
    let path = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await[0]);
    let patch = json!({"position": 7});
    for roles in [
        &["editor@ROU", "publisher@ROU", "assessor@ROU"][..],
        &["editor@IAS", "assessor@ROTMR"],
        &["admin", "auditor"],
        &["publisher@ROU", "admin"],
        &[],
    ] {
        let person = app.signed_in(roles).await;
        let refused = person.patch(&path, &patch).if_match("*").send().await;
        refused.problem(403, "role_missing");
    }
    assert_eq!(app.entries().await.len(), 0);
    let publisher = app.publisher_of("ROTMR").await;
    publisher.patch(&path, &patch).if_match("*").send().await.ok();
    let [entry] = &app.entries().await[..] else { panic!("one entry was expected") };
    assert_eq!((entry.actor_role.as_str(), entry.action.as_str()), ("publisher", "changed"));
}

/// Who may not is told so, and not what would be wrong with the request otherwise.
#[actix_web::test]
async fn the_right_is_asked_for_before_version_and_content() {
    let app = TestApp::demo().await;
    let path = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await[0]);
    let assessor = app.assessor_of("ROTMR").await;
    let nonsense = json!({"colour": "red"});
    assessor.patch(&path, &nonsense).send().await.problem(403, "role_missing");
    assessor.patch(&path, &nonsense).if_match("\"99-x\"").send().await.problem(403, "role_missing");
    let editor = app.editor_of("ROTMR").await;
    editor.patch(&path, &nonsense).send().await.problem(428, "if_match_missing");
    editor.patch(&path, &nonsense).if_match("\"99-x\"").send().await.problem(412, "version_stale");
    editor.patch(&path, &nonsense).if_match("*").send().await.problem(422, "field_unknown");
    let client: &Client<'_> = &editor;
    assert_eq!(client.get(&path).send().await.ok()["version"], 1);
}
