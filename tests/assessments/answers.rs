use crate::editing::{Draft, assessment, faults, id, made, take_steps};
use crate::harness::{Answer, Client, TestApp, column};
use serde_json::{Value, json};

async fn answer(who: &Client<'_>, assessment: &str, text: &str) -> Answer {
    let body = json!({"text": {"ro": text}});
    who.post(&format!("/api/v1/assessments/{assessment}/answers"), &body).send().await
}

#[actix_web::test]
async fn an_answer_stands_beside_the_coding_wherever_that_is_shown() {
    let app = TestApp::demo().await;
    let coding = assessment(&app, "ROTMR0001").await;
    let path = format!("/api/v1/assessments/{coding}");
    let before = app.get(&path).await.ok();
    assert_eq!(before["answers"], json!([]));
    app.clock.set("2026-12-01");
    let publisher = app.publisher_of("ROTMR").await;
    let told = answer(&publisher, &coding, "Raportul a apărut în martie.").await;
    assert_eq!(told.header("location"), Some(path.as_str()));
    let shown = made(&told);
    app.clock.set("2026-12-02");
    made(&answer(&app.editor_of("ROTMR").await, &coding, "Și portalul e public.").await);

    let page = app.get(&format!("{path}?lang=en")).await.ok();
    assert_eq!(column(&page["answers"], "recorded_at"), ["2026-12-01T12:00:00Z", "2026-12-02T12:00:00Z"]);
    let first = &page["answers"][0];
    assert_eq!(
        first["text"],
        json!({"text": "Raportul a apărut în martie.", "language": "ro"}),
        "nobody wrote it in English"
    );
    assert_eq!(
        (&first["reported_by"]["role"], &first["reported_by"]["member"]),
        (&json!("publisher"), &json!("ROTMR"))
    );
    assert_eq!(&shown["answers"][0], first);
    let without = |assessment: &Value| {
        let mut assessment = assessment.clone();
        assessment.as_object_mut().unwrap().remove("answers");
        assessment
    };
    assert_eq!(without(&page), without(&app.get(&format!("{path}?lang=en")).await.ok()));
    assert_eq!(
        (&page["codings"], &page["version"], &page["updated_at"]),
        (&before["codings"], &before["version"], &before["updated_at"]),
        "the coding itself is untouched"
    );
    let list = app.get("/api/v1/assessments?commitment=ROTMR0001&lang=en").await.ok();
    assert_eq!(list["data"][0], page);
    let commitment = app.get("/api/v1/commitments/ROTMR0001?lang=en").await.ok();
    assert_eq!(commitment["assessments"][0]["answers"], page["answers"]);
}

#[actix_web::test]
async fn an_answer_is_recorded_once_and_is_part_of_the_history_and_of_the_past() {
    let app = TestApp::demo().await;
    let coding = assessment(&app, "ROTMR0001").await;
    app.clock.set("2026-12-01");
    made(&answer(&app.editor_of("ROTMR").await, &coding, "Nu e așa.").await);
    let [entry] = &app.entries().await[..] else { panic!("one entry was expected") };
    assert_eq!(
        (entry.action.as_str(), entry.kind.as_str(), entry.public, entry.version),
        ("created", "assessment_answer", true, 1)
    );
    let history = app.get("/api/v1/commitments/ROTMR0001/history?kind=assessment_answer").await.ok();
    let [change] = &history["data"].as_array().unwrap()[..] else { panic!("{history:#}") };
    assert_eq!(change["resource_id"], entry.resource_id.to_string());
    let text = change["changes"].as_array().unwrap().iter().find(|change| change["field"] == "text").unwrap();
    assert_eq!(text["after"], json!({"ro": "Nu e așa."}));

    app.clock.set("2026-12-05");
    for (query, count) in [
        ("as_of=2026-11-30", 0),
        ("as_of=2026-12-01", 1),
        ("on=2026-11-30", 0),
        ("on=2026-12-01", 1),
        ("", 1),
    ] {
        let page = app.get(&format!("/api/v1/commitments/ROTMR0001?{query}")).await.ok();
        let answers = page["assessments"][0]["answers"].as_array().unwrap();
        assert_eq!(answers.len(), count, "{query}");
    }
}

#[actix_web::test]
async fn only_implementers_answer_and_only_with_words() {
    let app = TestApp::demo().await;
    let coding = assessment(&app, "ROTMR0001").await;
    let path = format!("/api/v1/assessments/{coding}/answers");
    let staff = app.signed_in(&["editor@ROTMR", "assessor@ROTMR"]).await;
    for roles in [&["assessor@ROTMR"][..], &["editor@IAS", "publisher@ROU"], &["admin", "auditor"]] {
        let refused = answer(&app.signed_in(roles).await, &coding, "Nu.").await;
        refused.problem(403, "role_missing");
    }
    let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    for (body, expected) in [
        (json!({}), fault("", "field_missing")),
        (json!({"text": {}}), fault("/text", "text_missing")),
        (json!({"text": {"en": ""}}), fault("/text/en", "text_empty")),
        (json!({"text": {"en": "No."}, "links": []}), fault("/links", "field_unknown")),
    ] {
        assert_eq!(faults(&staff.post(&path, &body).send().await), expected, "{body}");
    }
    answer(&staff, "01936b3c-0000-7000-8000-000000000000", "Nu.").await.problem(404, "not_found");
    staff.delete(&format!("/api/v1/assessments/{coding}?reason=Wrong")).if_match("*").send().await;
    answer(&staff, &coding, "Nu.").await.problem(410, "withdrawn");
    assert_eq!(app.count("assessment_answers").await, 0);
}

#[actix_web::test]
async fn an_answer_in_a_draft_is_private_until_the_plan_is_published() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let shown = made(&answer(&staff, &draft.assessment, "Într-o ciornă.").await);
    answer(&app.editor_of("IAS").await, &draft.assessment, "Nu.").await.problem(404, "not_found");
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    let entries = app.entries_of(&id(&shown["answers"][0])).await;
    let told: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.public)).collect();
    assert_eq!(told, [("created", false), ("published", true)]);
    let page = app.get(&format!("/api/v1/assessments/{}", draft.assessment)).await.ok();
    assert_eq!(page["answers"], shown["answers"]);
}

#[actix_web::test]
async fn a_draft_goes_with_what_was_answered_in_it() {
    for what in ["assessments", "commitments"] {
        let app = TestApp::demo().await;
        let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
        let draft = Draft::make(&staff).await;
        let shown = made(&answer(&staff, &draft.assessment, "Într-o ciornă.").await);
        let thing = if what == "assessments" { &draft.assessment } else { &draft.commitment };
        let deleted = staff.delete(&format!("/api/v1/{what}/{thing}")).if_match("*").send().await;
        assert_eq!(deleted.status, 204, "{}", String::from_utf8_lossy(&deleted.body));
        assert_eq!(app.count("assessment_answers").await, 0);
        let entries = app.entries_of(&id(&shown["answers"][0])).await;
        let told: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.version)).collect();
        assert_eq!(told, [("created", 1), ("deleted", 2)]);
    }
}

#[actix_web::test]
async fn an_answer_is_never_changed_even_in_the_database() {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::demo().await;
    let coding = assessment(&app, "ROTMR0001").await;
    made(&answer(&app.editor_of("ROTMR").await, &coding, "Nu.").await);
    let mut conn = app.database.connect().await;
    for sql in [
        "UPDATE assessment_answers SET text = '{\"en\": \"Yes.\"}'",
        "DELETE FROM assessment_answers",
        "TRUNCATE assessment_answers",
    ] {
        let refused = conn.batch_execute(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}
