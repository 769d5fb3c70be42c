use crate::editing::{Draft, id, milestones, take_steps};
use crate::harness::{Client, TestApp, column};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn history(milestone: &str) -> String {
    format!("/api/v1/milestones/{milestone}/history")
}

async fn change(who: &Client<'_>, milestone: &str, patch: Value) {
    who.patch(&format!("/api/v1/milestones/{milestone}"), &patch).if_match("*").send().await.ok();
}

#[actix_web::test]
async fn every_change_is_there_with_before_after_role_reason_and_time() {
    let app = TestApp::demo().await;
    let first = milestones(&app, "ROTMR0001").await.remove(0);
    app.clock.set("2026-12-01");
    let editor = app.editor_of("ROTMR").await;
    change(&editor, &first, json!({"label": "1.1.a", "position": 9, "reason": "A typo."})).await;
    let answer = app.get(&history(&first)).await;
    let page = answer.ok();
    assert_eq!(page["page"], json!({"next": null}));
    assert_eq!(answer.header("content-language"), None);
    let [changed, made] = &page["data"].as_array().unwrap()[..] else { panic!("{page:#}") };
    let names: BTreeSet<_> = changed.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "recorded_at",
        "action",
        "kind",
        "resource_id",
        "code",
        "version",
        "role",
        "member",
        "actor_id",
        "reason",
        "changes",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(
        changed["changes"],
        json!([
            {"field": "label", "before": "1.1", "after": "1.1.a"},
            {"field": "position", "before": 0, "after": 9}
        ])
    );
    for (field, value) in [
        ("recorded_at", json!("2026-12-01T12:00:00Z")),
        ("action", json!("changed")),
        ("kind", json!("milestone")),
        ("resource_id", json!(first)),
        ("code", Value::Null),
        ("version", json!(2)),
        ("role", json!("editor")),
        ("member", json!("ROTMR")),
        ("reason", json!("A typo.")),
    ] {
        assert_eq!(changed[field], value, "{field}");
    }
    assert_ne!(changed["actor_id"], "00000000-0000-0000-0000-000000000000");
    // The import made it.
    assert_eq!(
        (&made["action"], &made["role"], &made["member"]),
        (&json!("created"), &json!("admin"), &Value::Null)
    );
    assert_eq!(made["actor_id"], "00000000-0000-0000-0000-000000000000");
    let label = made["changes"].as_array().unwrap().iter().find(|change| change["field"] == "label").unwrap();
    assert_eq!(label, &json!({"field": "label", "before": null, "after": "1.1"}));
}

#[actix_web::test]
async fn a_history_is_filtered_by_kind_action_and_day_and_read_in_pages() {
    let app = TestApp::demo().await;
    let first = milestones(&app, "ROTMR0001").await.remove(0);
    for (day, position) in [("2026-12-01", 5), ("2026-12-02", 6), ("2026-12-03", 7)] {
        app.clock.set(day);
        change(&app.editor_of("ROTMR").await, &first, json!({"position": position})).await;
    }
    let versions = async |query: &str| {
        let rows = app.all(&format!("{}?{query}", history(&first))).await;
        rows.iter().map(|row| row["version"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("", vec![4, 3, 2, 1]),
        ("sort=recorded_at", vec![1, 2, 3, 4]),
        ("action=created", vec![1]),
        ("action=changed&action=created", vec![4, 3, 2, 1]),
        ("action=withdrawn", vec![]),
        ("kind=milestone&from=2026-12-02", vec![4, 3]),
        ("kind=commitment", vec![]),
        ("from=2026-12-02&to=2026-12-02", vec![3]),
        ("to=2026-12-01&action=changed", vec![2]),
        ("from=2026-12-04", vec![]),
        ("to=9999-12-31", vec![4, 3, 2, 1]),
        ("from=0001-01-01", vec![4, 3, 2, 1]),
    ] {
        assert_eq!(versions(query).await, expected, "{query}");
    }
    let page = app.get(&format!("{}?limit=3&total=true", history(&first))).await.ok();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["page"]["total"]), (3, &json!(4)));
    let next = page["page"]["next"].as_str().unwrap();
    let rest = app.get(&format!("{}?limit=3&cursor={next}", history(&first))).await.ok();
    assert_eq!(rest["data"][0]["version"], 1);
    for (query, parameter) in
        [("kind=plan", "kind"), ("action=edited", "action"), ("from=soon", "from"), ("sort=code", "sort")]
    {
        let problem =
            app.get(&format!("{}?{query}", history(&first))).await.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], parameter);
    }
}

#[actix_web::test]
async fn what_a_draft_went_through_stays_with_its_staff() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let path = history(&draft.milestone);
    change(&staff, &draft.milestone, json!({"position": 4})).await;
    let elsewhere = app.editor_of("IAS").await;
    let admin = app.admin().await;
    let actions = async |who: Option<&Client<'_>>| {
        let answer = match who {
            Some(who) => who.get(&path).send().await,
            None => app.get(&path).await,
        };
        (answer.status, column(&answer.json()["data"], "action"))
    };
    app.get(&path).await.problem(404, "not_found");
    elsewhere.get(&path).send().await.problem(404, "not_found");
    for who in [&staff, &admin] {
        assert_eq!(actions(Some(who)).await, (200, vec!["changed".to_owned(), "created".to_owned()]));
    }
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    for who in [None, Some(&elsewhere)] {
        assert_eq!(actions(who).await, (200, vec!["published".to_owned()]));
    }
    for who in [&staff, &admin] {
        assert_eq!(actions(Some(who)).await.1, ["published", "changed", "created"]);
    }
    let answer = staff.get(&path).send().await;
    assert!(answer.header("cache-control").unwrap().contains("private"));
}

#[actix_web::test]
async fn what_was_withdrawn_keeps_its_history() {
    let app = TestApp::demo().await;
    let ours = milestones(&app, "ROTMR0001").await;
    app.clock.set("2026-12-01");
    let publisher = app.publisher_of("ROTMR").await;
    let path = format!("/api/v1/milestones/{}", ours[0]);
    let gone = publisher.delete(&format!("{path}?reason=It+was+there+twice.")).if_match("*").send().await;
    assert_eq!(gone.status, 204);
    app.get(&path).await.problem(410, "withdrawn");
    let rows = app.all(&history(&ours[0])).await;
    let actions: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["withdrawn", "created"]);
    assert_eq!((&rows[0]["reason"], &rows[0]["changes"]), (&json!("It was there twice."), &json!([])));
    // With its commitment, too.
    let gone = publisher.delete("/api/v1/commitments/ROTMR0001?reason=Dropped").if_match("*").send().await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.all(&history(&ours[1])).await.len(), 1);
    app.get(&history("0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a11")).await.problem(404, "not_found");
    app.get(&history("ROTMR0001")).await.problem(404, "not_found");
}

#[actix_web::test]
async fn a_history_speaks_of_its_milestone_and_of_no_other() {
    let app = TestApp::demo().await;
    let ours = milestones(&app, "ROTMR0001").await;
    let editor = app.editor_of("ROTMR").await;
    change(&editor, &ours[1], json!({"position": 7})).await;
    for milestone in &ours {
        for entry in app.all(&history(milestone)).await {
            assert_eq!(entry["resource_id"], **milestone);
        }
    }
    let page = app.get("/api/v1/milestones?limit=1").await.ok();
    app.get(&history(&id(&page["data"][0]))).await.ok();
}

#[actix_web::test]
async fn what_was_reported_and_what_proves_it_is_part_of_the_history() {
    let app = TestApp::demo().await;
    let ours = milestones(&app, "ROTMR0001").await;
    app.clock.set("2026-12-01");
    let staff = app.signed_in(&["editor@ROTMR", "assessor@ROTMR"]).await;
    let link = |title: &str| json!([{"url": "https://example.org/", "title": {"en": title}, "kind": "news"}]);
    let update =
        json!({"progress": "substantial", "effective_on": "2022-06-30", "links": link("Of the update")});
    let update = staff.post(&format!("/api/v1/milestones/{}/updates", ours[0]), &update).send().await;
    let update = crate::editing::made(&update);
    let proof = async |path: &str, title: &str| {
        let answer = staff.post(path, &json!({"links": link(title)})).send().await;
        assert_eq!((answer.status, answer.header("etag")), (201, None));
        id(&answer.json()["data"][0])
    };
    let own = proof(&format!("/api/v1/milestones/{}/evidence", ours[0]), "Of the milestone").await;
    let assessment = crate::editing::assessment(&app, "ROTMR0001").await;
    let coded = proof(&format!("/api/v1/assessments/{assessment}/evidence"), "Of the assessment").await;
    let reported = id(&update["evidence"][0]);
    let changed = async |path: &str| {
        let rows = app.all(&format!("{path}?from=2026-12-01")).await;
        let ids: Vec<_> = rows.iter().map(|row| row["resource_id"].as_str().unwrap().to_owned()).collect();
        let each: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(each.len(), ids.len(), "an entry comes twice: {rows:#?}");
        each
    };
    let of_milestone = BTreeSet::from([id(&update), reported, own]);
    assert_eq!(changed(&history(&ours[0])).await, of_milestone);
    assert_eq!(changed(&history(&ours[1])).await, BTreeSet::new());
    let of_commitment: BTreeSet<_> = of_milestone.into_iter().chain([coded]).collect();
    assert_eq!(changed("/api/v1/commitments/ROTMR0001/history").await, of_commitment);
    assert_eq!(changed("/api/v1/commitments/ROTMR0002/history").await, BTreeSet::new());
}
