use super::*;

#[actix_web::test]
async fn what_was_never_used_is_deleted() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    editor.delete(&page(&id)).send().await.problem(428, "if_match_missing");
    editor.delete(&page(&id)).if_match("\"9-x\"").send().await.problem(412, "version_stale");
    app.editor_of("IAS").await.delete(&page(&id)).if_match("*").send().await.problem(404, "not_found");
    let etag = editor.etag(&page(&id)).await;
    assert_eq!(editor.delete(&page(&id)).if_match(&etag).send().await.status, 204);
    editor.get(&page(&id)).send().await.problem(404, "not_found");
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
    assert_eq!(app.count("files").await, 0);
}

#[actix_web::test]
async fn what_was_used_is_withdrawn_and_keeps_its_hash() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let (id, milestone) = (uploaded(&publisher).await, milestone(&app, "ROTMR0001").await);
    assert_eq!(attach(&publisher, &milestone, &id).await.status, 201);
    let editor = app.editor_of("ROTMR").await;
    editor.delete(&page(&id)).if_match("*").send().await.problem(403, "role_missing");
    publisher.delete(&page(&id)).if_match("*").send().await.problem(422, "reason_missing");
    let reasoned = format!("{}?reason=It+names+a+citizen.", page(&id));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);

    let gone = app.get(&page(&id)).await.problem(410, "withdrawn");
    let last = &gone["last_state"];
    assert_eq!(last["file"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!((&last["file"]["content"], &last["file"]["name"]), (&Value::Null, &Value::Null));
    assert_eq!(last["withdrawn"]["reason"], "It names a citizen.");
    app.get(&content(&id)).await.problem(410, "withdrawn");
    let listed = app.get("/api/v1/evidence?member=ROTMR&limit=200").await.ok();
    assert!(!crate::harness::column(&listed["data"], "id").contains(&id));
    let marked = &app.get(&format!("/api/v1/milestones/{milestone}")).await.ok()["evidence"][0];
    assert_eq!((&marked["id"], &marked["withdrawn"]["reason"]), (&json!(id), &json!("It names a citizen.")));
    let again = attach(&publisher, &milestone, &id).await;
    assert_eq!(faults(&again), [("/evidence/0".to_owned(), "reference_unknown".to_owned())]);

    assert_eq!(files(app.folder.path()).len(), 1);
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
    let last_entry = app.entries_of(&id).await.pop().unwrap();
    assert_eq!((last_entry.action.as_str(), last_entry.public), ("withdrawn", true));
}

#[actix_web::test]
async fn a_withdrawn_link_tells_its_address_no_more() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let milestone = milestone(&app, "ROTMR0001").await;
    let path = format!("/api/v1/milestones/{milestone}/evidence");
    let body = json!({"links": [link("https://example.org/secret")]});
    let attached = publisher.post(&path, &body).send().await.json();
    let id = attached["data"][0]["id"].as_str().unwrap().to_owned();
    let reasoned = format!("{}?reason=Wrong", page(&id));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);
    for answer in [app.get(&page(&id)).await, app.get(&format!("/api/v1/milestones/{milestone}")).await] {
        assert!(!String::from_utf8_lossy(&answer.body).contains("example.org/secret"));
    }
}

#[actix_web::test]
async fn content_stays_while_other_evidence_has_it() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let (one, other) = (uploaded(&publisher).await, uploaded(&publisher).await);
    let milestone = milestone(&app, "ROTMR0001").await;
    for id in [&one, &other] {
        assert_eq!(attach(&publisher, &milestone, id).await.status, 201);
    }
    let reasoned = format!("{}?reason=Twice", page(&one));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);
    app.house.tidy_up().await;
    assert_eq!(app.get(&content(&other)).await.body, PDF);
    let reasoned = format!("{}?reason=Wrong", page(&other));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
    // The same content can come again.
    let again = uploaded(&publisher).await;
    assert_eq!(publisher.get(&content(&again)).send().await.body, PDF);
}

#[actix_web::test]
async fn what_was_withdrawn_in_a_draft_is_never_published() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let step = draft_milestone(&publisher).await;
    let at = format!("/api/v1/milestones/{step}");
    let body = json!({"links": [link("https://example.org/secret"), link("https://example.org/open")]});
    let attached = publisher.post(&format!("{at}/evidence"), &body).send().await.json();
    let [id, open] = [0, 1].map(|index| attached["data"][index]["id"].as_str().unwrap().to_owned());
    let reasoned = format!("{}?reason=It+names+a+citizen.", page(&id));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);
    take_steps(&publisher, "timisoara-2026-2028", &["consult", "adopt", "publish"]).await;
    app.clock.advance(chrono::TimeDelta::days(1));
    let today = ogp_tracker::kernel::Clock::now(&app.clock).format("%Y-%m-%d");
    for path in [at.clone(), format!("{at}?as_of={today}")] {
        let shown = app.get(&path).await.ok();
        assert_eq!(crate::harness::column(&shown["evidence"], "id"), std::slice::from_ref(&open), "{path}");
    }
    app.get(&page(&id)).await.problem(404, "not_found");
    assert!(app.entries_of(&id).await.iter().all(|entry| !entry.public));
    // Its staff still see that it was there.
    let own = app.publisher_of("ROTMR").await.get(&at).send().await.ok();
    assert_eq!(own["evidence"][0]["withdrawn"]["reason"], "It names a citizen.");
}

#[actix_web::test]
async fn what_proves_an_assessment_is_its_assessors_to_withdraw() {
    let app = TestApp::demo().await;
    let (publisher, assessor) = (app.publisher_of("ROTMR").await, app.assessor_of("ROTMR").await);
    let (step, coding) = (milestone(&app, "ROTMR0001").await, assessment(&app, "ROTMR0001").await);
    let [verdict, both, reported] =
        [uploaded(&assessor).await, uploaded(&publisher).await, uploaded(&publisher).await];
    for id in [&verdict, &both] {
        let body = json!({"evidence": [id]});
        let path = format!("/api/v1/assessments/{coding}/evidence");
        assert_eq!(assessor.post(&path, &body).send().await.status, 201);
    }
    for id in [&both, &reported] {
        assert_eq!(attach(&publisher, &step, id).await.status, 201);
    }
    for (id, wrong, right) in [
        (&verdict, &publisher, &assessor),
        (&both, &publisher, &assessor),
        (&reported, &assessor, &publisher),
    ] {
        let reasoned = format!("{}?reason=Wrong", page(id));
        wrong.delete(&reasoned).if_match("*").send().await.problem(403, "role_missing");
        assert_eq!(right.delete(&reasoned).if_match("*").send().await.status, 204);
    }
}

#[actix_web::test]
async fn the_public_record_of_a_withdrawal_names_no_draft() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let id = uploaded(&publisher).await;
    for step in [draft_milestone(&publisher).await, milestone(&app, "ROTMR0001").await] {
        assert_eq!(attach(&publisher, &step, &id).await.status, 201);
    }
    let reasoned = format!("{}?reason=Wrong", page(&id));
    assert_eq!(publisher.delete(&reasoned).if_match("*").send().await.status, 204);
    let plan = "(SELECT id FROM action_plans WHERE slug = 'timisoara-2022-2024')";
    let told = format!("resource_id = '{id}' AND action = 'withdrawn' AND public AND plan_id = {plan}");
    assert_eq!(app.count(&format!("ledger_entries WHERE {told}")).await, 1);
}
