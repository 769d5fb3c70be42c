use super::{PLAN, Plan, on, report};
use crate::editing::{id, made, review};
use crate::harness::{Client, TestApp, column};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

/// Whoever asks after another day signs in again: tokens are short-lived.
async fn work_of(app: &TestApp, who: &Client<'_>, query: &str) -> Value {
    let who = app.sign_in(who.person_id, &who.email).await;
    who.get(&format!("/api/v1/me/worklist?{query}")).send().await.ok()
}

async fn in_plan(app: &TestApp, who: &Client<'_>, day: &str) -> Value {
    app.clock.set(day);
    work_of(app, who, &format!("action_plan={PLAN}")).await
}

/// The reasons of the only item, none where there is no item.
#[track_caller]
fn reasons(work: &Value) -> Value {
    match &work["data"].as_array().expect("data")[..] {
        [] => json!([]),
        [only] => only["reasons"].clone(),
        _ => panic!("one item was expected: {work:#}"),
    }
}

async fn staff(app: &TestApp) -> Client<'_> {
    app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await
}

#[actix_web::test]
async fn a_due_date_comes_nearer_and_passes() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let step = plan
        .step(&fresh, &json!({"label": "1.1", "due": {"date": "2027-01-31", "precision": "month"}}))
        .await;
    assert_eq!(in_plan(&app, &staff, "2026-12-31").await["counts"]["items"], 0);
    let work = in_plan(&app, &staff, "2027-01-01").await;
    let [item] = &work["data"].as_array().unwrap()[..] else { panic!("{work:#}") };
    assert_eq!((&item["reasons"], &item["urgency"]), (&json!(["due_soon"]), &json!("due_soon")));
    assert_eq!((&item["days_left"], &item["days_overdue"]), (&json!(30), &Value::Null));
    assert_eq!(item["milestone"], json!({"id": step, "label": "1.1", "title": "A step"}));
    assert_eq!((&item["assessment"], &item["progress"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&item["commitment"]["title"], &item["member"]["code"]),
        (&json!("A promise"), &json!("ROTMR"))
    );
    assert_eq!((&item["action_plan"]["slug"], &item["schedule"]), (&json!(PLAN), &json!("due_soon")));
    assert_eq!(item["due"]["precision"], "month");
    assert_eq!(item["report_url"], format!("/api/v1/milestones/{step}/updates"));

    let work = in_plan(&app, &staff, "2027-02-05").await;
    assert_eq!((&work["today"], &work["counts"]["overdue"]), (&json!("2027-02-05"), &json!(1)));
    assert_eq!(reasons(&work), json!(["overdue"]));
    assert_eq!((&work["data"][0]["days_overdue"], &work["data"][0]["days_left"]), (&json!(5), &Value::Null));
    let work = work_of(&app, &staff, &format!("action_plan={PLAN}&lang=ro")).await;
    assert_eq!(work["data"][0]["milestone"]["title"], "Un pas");
}

#[actix_web::test]
async fn silence_is_told_by_the_rules_in_force_and_ended_by_news() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let step = plan.step(&fresh, &json!({})).await;
    // Begun with its plan, on 1 December; a local member reports every four months.
    assert_eq!(reasons(&in_plan(&app, &staff, "2027-04-01").await), json!([]));
    let work = in_plan(&app, &staff, "2027-04-02").await;
    assert_eq!(reasons(&work), json!(["silent"]));
    assert_eq!((&work["data"][0]["days_silent"], &work["counts"]["silent"]), (&json!(122), &json!(1)));
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let limited =
        |day: &str| json!({"progress": "limited", "effective_on": day, "challenge": "approval_delay"});
    report(&fresh, &step, &limited("2027-03-15")).await;
    assert_eq!(reasons(&in_plan(&app, &staff, "2027-07-15").await), json!([]));
    // "Still limited" is no news.
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    report(&fresh, &step, &limited("2027-07-14")).await;
    let work = in_plan(&app, &staff, "2027-07-16").await;
    assert_eq!(reasons(&work), json!(["silent"]));
    assert_eq!(work["data"][0]["days_silent"], 123);
    assert_eq!(work["data"][0]["progress"]["effective_on"], "2027-07-14");
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let mut told = limited("2027-07-16");
    told["narrative"] = json!({"ro": "S-a lansat licitația."});
    report(&fresh, &step, &told).await;
    assert_eq!(reasons(&work_of(&app, &staff, &format!("action_plan={PLAN}")).await), json!([]));
    // A rule that is stricter from a day on.
    let rules = json!({"kind": "local", "valid_from": "2027-08-20", "update_interval_months": 1});
    made(&app.admin().await.post("/api/v1/reporting-rules", &rules).send().await);
    assert_eq!(reasons(&in_plan(&app, &staff, "2027-08-19").await), json!([]));
    assert_eq!(reasons(&in_plan(&app, &staff, "2027-08-20").await), json!(["silent"]));
}

#[actix_web::test]
async fn what_is_complete_is_asked_for_evidence_once_that_is_withdrawn() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let step = plan.step(&fresh, &json!({"due": on("2026-12-31")})).await;
    let complete = json!({
        "progress": "complete", "effective_on": "2026-12-01", "completed_on": "2026-12-01",
        "links": [{"url": "https://example.org/report.pdf", "title": {"en": "Report"}, "kind": "document"}]
    });
    report(&fresh, &step, &complete).await;
    assert_eq!(reasons(&in_plan(&app, &staff, "2027-09-01").await), json!([]));
    // As withdrawing it does.
    let withdrawal = "UPDATE evidence SET withdrawn_at = '2027-09-01', withdrawn_reason = 'Wrong.' \
                      WHERE url = 'https://example.org/report.pdf'";
    app.database.connect().await.batch_execute(withdrawal).await.expect("a withdrawal");
    let work = work_of(&app, &staff, &format!("action_plan={PLAN}")).await;
    assert_eq!(
        (&reasons(&work), &work["counts"]["evidence_missing"]),
        (&json!(["evidence_missing"]), &json!(1))
    );
    assert_eq!(work["data"][0]["progress"]["evidence_count"], 0);
}

#[actix_web::test]
async fn an_assessment_waits_until_it_is_answered() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let path = format!("/api/v1/commitments/{}/assessments", plan.commitment);
    let coding = id(&made(&fresh.post(&path, &review()).send().await));
    let work = in_plan(&app, &staff, "2026-12-02").await;
    assert_eq!(reasons(&work), json!(["assessment_unanswered"]));
    let item = &work["data"][0];
    assert_eq!(item["assessment"]["id"], coding);
    assert_eq!(
        (&item["assessment"]["assessor"], &item["assessment"]["report"]),
        (&json!("local_monitoring_body"), &json!("A look at the draft"))
    );
    assert_eq!((&item["milestone"], &item["schedule"]), (&Value::Null, &Value::Null));
    let url = format!("/api/v1/assessments/{coding}/answers");
    assert_eq!(item["report_url"], url);
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    made(&fresh.post(&url, &json!({"text": {"en": "Thank you."}})).send().await);
    assert_eq!(reasons(&work_of(&app, &staff, &format!("action_plan={PLAN}")).await), json!([]));
}

#[actix_web::test]
async fn the_most_urgent_comes_first_and_pages_hold_everything_once() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    let begun = |due: &str| json!({"starts": on("2026-12-01"), "due": on(due)});
    let later = plan.step(&fresh, &begun("2027-05-20")).await;
    let sooner = plan.step(&fresh, &json!({"starts": on("2027-05-01"), "due": on("2027-05-10")})).await;
    let silent = plan.step(&fresh, &json!({"starts": on("2026-12-01")})).await;
    let late =
        plan.step(&fresh, &json!({"starts": on("2027-04-15"), "due": on("2027-04-30"), "position": 9})).await;
    let latest = plan.step(&fresh, &begun("2027-01-31")).await;
    plan.step(&fresh, &json!({"starts": on("2027-05-02")})).await;
    let reason = json!({"disposition": "withdrawn", "disposition_reason": {"en": "No money."}});
    let mut given_up = begun("2027-01-31");
    given_up.as_object_mut().unwrap().extend(reason.as_object().unwrap().clone());
    plan.step(&fresh, &given_up).await;
    let path = format!("/api/v1/commitments/{}/assessments", plan.commitment);
    let coding = id(&made(&fresh.post(&path, &review()).send().await));

    let work = in_plan(&app, &staff, "2027-05-01").await;
    let ids = |work: &Value| -> Vec<String> {
        let of = |item: &Value| {
            item["milestone"]["id"].as_str().or(item["assessment"]["id"].as_str()).unwrap().to_owned()
        };
        work["data"].as_array().unwrap().iter().map(of).collect()
    };
    let order = [&latest, &late, &sooner, &later, &silent, &coding].map(String::clone);
    assert_eq!(ids(&work), order);
    assert_eq!(
        column(&work["data"], "urgency"),
        ["overdue", "overdue", "due_soon", "due_soon", "silent", "assessment_unanswered"]
    );
    assert_eq!(work["data"][0]["reasons"], json!(["overdue", "silent"]));
    let counts = json!({
        "overdue": 2, "due_soon": 2, "silent": 3, "evidence_missing": 0, "assessment_unanswered": 1, "items": 6
    });
    assert_eq!(work["counts"], counts);

    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = format!("action_plan={PLAN}&limit=2&total=true{cursor}");
        let page = work_of(&app, &staff, &query).await;
        assert_eq!((&page["counts"], &page["page"]["total"]), (&counts, &json!(6)));
        paged.extend(ids(&page));
        match page["page"]["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, order);
    let silent_ones = work_of(&app, &staff, &format!("action_plan={PLAN}&reason=silent&total=true")).await;
    assert_eq!(ids(&silent_ones), [&latest, &later, &silent].map(String::clone));
    assert_eq!((&silent_ones["counts"], &silent_ones["page"]["total"]), (&counts, &json!(3)));
}

#[actix_web::test]
async fn work_is_that_of_editors_and_publishers_in_published_plans() {
    let app = TestApp::demo().await;
    let staff = staff(&app).await;
    let plan = Plan::publish(&app, &staff).await;
    let fresh = app.sign_in(staff.person_id, &staff.email).await;
    plan.step(&fresh, &json!({"due": on("2026-12-15")})).await;
    let both = app.signed_in(&["editor@ROTMR", "publisher@IAS", "assessor@ROU"]).await;
    let items = async |who: &Client<'_>, query: &str| {
        let answer = who.get(&format!("/api/v1/me/worklist?total=true&limit=200&{query}")).send().await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.ok()
    };
    let all = items(&both, "").await;
    let members: Vec<_> =
        all["data"].as_array().unwrap().iter().map(|item| &item["member"]["code"]).collect();
    assert!(members.contains(&&json!("ROTMR")));
    assert!(members.iter().all(|code| ["ROTMR", "IAS"].contains(&code.as_str().unwrap())), "{members:?}");
    assert_eq!(items(&both, "member=ROU").await["counts"]["items"], 0, "an assessor has no reports to write");
    let one = items(&both, "member=rotmr").await["counts"]["items"].as_i64().unwrap();
    let other = items(&both, "member=IAS").await["counts"]["items"].as_i64().unwrap();
    assert_eq!(all["counts"]["items"], one + other);
    for roles in [&[][..], &["admin", "auditor"], &["assessor@ROTMR"], &["editor@ROU"]] {
        let who = app.signed_in(roles).await;
        let work = items(&who, &format!("action_plan={PLAN}")).await;
        assert_eq!((&work["counts"]["items"], &work["data"]), (&json!(0), &json!([])), "{roles:?}");
    }
    assert_eq!(items(&fresh, &format!("action_plan={PLAN}")).await["counts"]["items"], 1);
    crate::editing::take_steps(&fresh, PLAN, &["close"]).await;
    assert_eq!(items(&fresh, &format!("action_plan={PLAN}")).await["counts"]["items"], 0);
    for query in
        ["member=XXX", "action_plan=nowhere", "reason=bored", "sort=due", "limit=201", "on=2026-12-01"]
    {
        let refused = fresh.get(&format!("/api/v1/me/worklist?{query}")).send().await;
        assert_eq!(refused.status, 400, "{query}");
    }
}
