use super::*;

#[actix_web::test]
async fn the_first_attachment_to_something_public_makes_it_public() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let (id, milestone) = (uploaded(&editor).await, milestone(&app, "ROTMR0001").await);
    let attached = attach(&editor, &milestone, &id).await;
    assert_eq!(attached.status, 201);
    assert_eq!(attached.json()["data"][0]["id"], id.as_str());
    let shown = app.get(&page(&id)).await.ok();
    assert_eq!(shown["attached_to"][0]["milestone_id"], milestone.as_str());
    assert_eq!(shown["attached_to"][0]["commitment"]["code"], "ROTMR0001");
    assert_eq!(shown["version"], 2);
    let step = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!(step["evidence"][0]["id"], id.as_str());
    let entries: Vec<_> =
        app.entries_of(&id).await.into_iter().map(|entry| (entry.action, entry.public)).collect();
    assert_eq!(entries, [("created".to_owned(), false), ("published".to_owned(), true)]);
    attach(&editor, &milestone, &id).await.problem(409, "evidence_attached");
}

#[actix_web::test]
async fn a_link_made_there_is_public_from_the_start() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = milestone(&app, "ROTMR0001").await;
    let body = json!({"links": [link("https://example.org/1"), link("https://example.org/2")]});
    let attached = editor.post(&format!("/api/v1/milestones/{milestone}/evidence"), &body).send().await;
    let urls = crate::harness::column(&attached.json()["data"], "url");
    assert_eq!(urls, ["https://example.org/1", "https://example.org/2"]);
    let entries: Vec<_> = app.entries().await.into_iter().map(|entry| (entry.action, entry.public)).collect();
    assert_eq!(entries, vec![("created".to_owned(), true); 2]);
}

#[actix_web::test]
async fn evidence_of_another_member_is_not_there() {
    let app = TestApp::demo().await;
    let said = [("member", "IAS"), ("title", r#"{"en": "Theirs"}"#), ("kind", "report")];
    let body = form(&said, Some(("a.pdf", "application/pdf", PDF)));
    let theirs = made(&sending(&app.editor_of("IAS").await, body).send().await);
    let editor = app.editor_of("ROTMR").await;
    let (milestone, ours) = (milestone(&app, "ROTMR0001").await, uploaded(&editor).await);
    let nobodys = uuid::Uuid::nil();
    let body = json!({"evidence": [ours, theirs, nobodys, ours]});
    let refused = editor.post(&format!("/api/v1/milestones/{milestone}/evidence"), &body).send().await;
    let expected = [
        ("/evidence/1", "reference_unknown"),
        ("/evidence/2", "reference_unknown"),
        ("/evidence/3", "evidence_duplicate"),
    ];
    assert_eq!(faults(&refused), expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
    let nothing = editor.post(&format!("/api/v1/milestones/{milestone}/evidence"), &json!({})).send().await;
    nothing.problem(422, "evidence_missing");
}

#[actix_web::test]
async fn an_assessor_proves_an_assessment() {
    let app = TestApp::demo().await;
    let assessor = app.assessor_of("ROTMR").await;
    let list = app.get("/api/v1/assessments?commitment=ROTMR0001").await.ok();
    let assessment = list["data"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"evidence": [uploaded(&assessor).await]});
    let path = format!("/api/v1/assessments/{assessment}/evidence");
    assert_eq!(assessor.post(&path, &body).send().await.status, 201);
    let shown = app.get(&page(body["evidence"][0].as_str().unwrap())).await.ok();
    assert_eq!(shown["attached_to"][0]["assessment_id"], assessment.as_str());
}

#[actix_web::test]
async fn what_a_draft_uses_becomes_public_with_it() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let step = draft_milestone(&publisher).await;
    let (fresh, known) = (uploaded(&publisher).await, uploaded(&publisher).await);
    let public_step = milestone(&app, "ROTMR0001").await;
    assert_eq!(attach(&publisher, &public_step, &known).await.status, 201);
    for id in [&fresh, &known] {
        assert_eq!(attach(&publisher, &step, id).await.status, 201);
    }
    app.get(&page(&fresh)).await.problem(404, "not_found");
    app.get(&content(&fresh)).await.problem(404, "not_found");
    // The public record and the public page tell nothing of the draft.
    let places = app.get(&page(&known)).await.ok()["attached_to"].as_array().unwrap().len();
    assert_eq!(places, 1);
    assert_eq!(publisher.get(&page(&known)).send().await.ok()["attached_to"].as_array().unwrap().len(), 2);
    for step in ["consult", "adopt", "publish"] {
        let path = format!("/api/v1/action-plans/timisoara-2026-2028/{step}");
        publisher.request(Method::POST, &path).send().await.ok();
    }
    assert_eq!(app.get(&content(&fresh)).await.body, PDF);
    assert_eq!(app.get(&page(&known)).await.ok()["attached_to"].as_array().unwrap().len(), 2);
    let history = async |id: &str| {
        let entries = app.entries_of(id).await.into_iter();
        entries.map(|entry| format!("{} {}", entry.action, entry.public)).collect::<Vec<_>>()
    };
    assert_eq!(history(&fresh).await, ["created false", "changed false", "published true"]);
    let expected = ["created false", "published true", "changed false", "changed true"];
    assert_eq!(history(&known).await, expected);
}

#[actix_web::test]
async fn a_draft_that_goes_lets_its_evidence_go() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let step = draft_milestone(&publisher).await;
    let id = uploaded(&publisher).await;
    assert_eq!(attach(&publisher, &step, &id).await.status, 201);
    let gone = publisher.delete(&format!("/api/v1/milestones/{step}")).if_match("*").send().await;
    assert_eq!(gone.status, 204);
    let left = publisher.get(&page(&id)).send().await.ok();
    assert_eq!(left["attached_to"], json!([]));
    assert_eq!(app.count("evidence_uses").await, 0);
}

#[actix_web::test]
async fn attachments_cannot_be_changed_behind_the_record() {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    assert_eq!(attach(&editor, &milestone(&app, "ROTMR0001").await, &id).await.status, 201);
    let mut conn = app.database.connect().await;
    for sql in [
        "UPDATE evidence_uses SET position = 7",
        "DELETE FROM evidence_uses",
        "TRUNCATE evidence_uses",
        "SET session_replication_role = replica; DELETE FROM evidence_uses",
    ] {
        let error = conn.batch_execute(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

#[actix_web::test]
async fn twenty_pieces_at_once_are_enough() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let at = format!("/api/v1/milestones/{}/evidence", milestone(&app, "ROTMR0001").await);
    let links = |count: usize| -> Vec<_> {
        (0..count).map(|number| link(&format!("https://example.org/{number}"))).collect()
    };
    let ids = vec![uploaded(&editor).await];
    let refused = editor.post(&at, &json!({"links": links(21)})).send().await;
    assert_eq!(faults(&refused), [("/links".to_owned(), "list_too_long".to_owned())]);
    let refused = editor.post(&at, &json!({"evidence": ids, "links": links(20)})).send().await;
    assert_eq!(faults(&refused), [(String::new(), "evidence_too_many".to_owned())]);
    let taken = editor.post(&at, &json!({"evidence": ids, "links": links(19)})).send().await;
    assert_eq!(taken.status, 201);
    let update = |_| json!({"milestone": ids[0], "links": links(20)});
    let bulk = json!({"updates": (0..101).map(update).collect::<Vec<_>>()});
    let refused = editor.post("/api/v1/milestones/updates/bulk", &bulk).send().await;
    assert_eq!(faults(&refused), [("/updates".to_owned(), "evidence_too_many".to_owned())]);
}

#[actix_web::test]
async fn what_is_withdrawn_takes_no_evidence() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let (step, coding) = (milestone(&app, "ROTMR0001").await, assessment(&app, "ROTMR0001").await);
    for path in [format!("/api/v1/milestones/{step}"), format!("/api/v1/assessments/{coding}")] {
        let body = json!({"links": [link("https://example.org/1")]});
        let at = format!("{path}/evidence");
        assert_eq!(staff.post(&at, &body).send().await.status, 201);
        let gone = staff.delete(&format!("{path}?reason=Twice")).if_match("*").send().await;
        assert_eq!(gone.status, 204);
        let gone = staff.post(&at, &body).send().await.problem(410, "withdrawn");
        assert_eq!(gone["last_state"]["data"][0]["url"], "https://example.org/1");
    }
}
