use crate::editing::{Draft, faults, id, made, take_steps};
use crate::harness::{Client, TestApp, column};
use serde_json::{Value, json};

fn day(date: &str) -> Value {
    json!({"date": date, "precision": "day", "text": null, "ongoing": false})
}

/// A milestone of Timișoara that is public and due on a day, and where it is read.
async fn due_on(editor: &Client<'_>, due: Value) -> String {
    let body = json!({"title": {"en": "A step"}, "starts": day("2022-04-01"), "due": due});
    let answer = editor.post("/api/v1/commitments/ROTMR0001/milestones", &body).send().await;
    format!("/api/v1/milestones/{}", id(&made(&answer)))
}

async fn patch(editor: &Client<'_>, path: &str, due: Value, reason: &str) -> Value {
    // A merge patch keeps what it does not name of the old date.
    editor.patch(path, &json!({"due": due, "reason": reason})).if_match("*").send().await.ok()
}

async fn decide(editor: &Client<'_>, path: &str, body: Value) -> Value {
    editor.post(&format!("{path}/reschedule"), &body).send().await.ok()
}

/// From, to, decided on, reason of each rescheduling.
fn moves(milestone: &Value) -> Vec<[String; 4]> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let all = milestone["reschedulings"].as_array().unwrap().iter();
    all.map(|one| [&one["from"]["date"], &one["to"]["date"], &one["decided_on"], &one["reason"]].map(text))
        .collect()
}

#[actix_web::test]
async fn every_due_date_is_kept_with_when_why_and_by_whom() {
    let app = TestApp::demo().await;
    app.clock.set("2022-05-02");
    let editor = app.editor_of("ROTMR").await;
    let path = due_on(&editor, day("2022-12-31")).await;
    let fresh = app.get(&path).await.ok();
    assert_eq!((&fresh["original_due"], &fresh["days_moved"]), (&day("2022-12-31"), &json!(0)));
    assert_eq!(fresh["reschedulings"], json!([]));
    let moved = patch(&editor, &path, day("2023-03-31"), "Elections.").await;
    assert_eq!((&moved["due"], &moved["original_due"]), (&day("2023-03-31"), &day("2022-12-31")));
    assert_eq!(moved["days_moved"], 90);
    app.clock.set("2022-09-01");
    let publisher = app.publisher_of("ROTMR").await;
    let moved = patch(&publisher, &path, day("2022-11-30"), "Sooner than thought.").await;
    assert_eq!(moved["days_moved"], -31);
    let told = &moved["reschedulings"];
    assert_eq!(column(told, "decided_on"), ["2022-05-02", "2022-09-01"]);
    assert_eq!(column(told, "role"), ["editor", "publisher"]);
    assert_eq!(column(told, "recorded_at"), ["2022-05-02T12:00:00Z", "2022-09-01T12:00:00Z"]);
    assert_eq!(told[0]["member_id"], app.get("/api/v1/members/ROTMR").await.ok()["id"]);
    assert_eq!(
        moves(&moved),
        [
            ["2022-12-31", "2023-03-31", "2022-05-02", "Elections."],
            ["2023-03-31", "2022-11-30", "2022-09-01", "Sooner than thought."]
        ]
    );
    assert_eq!(app.get(&path).await.ok(), moved);
    // Other changes leave it as it is.
    let editor = app.editor_of("ROTMR").await;
    let renamed = editor.patch(&path, &json!({"title": {"en": "The step"}, "reason": "A typo."}));
    assert_eq!(moves(&renamed.if_match("*").send().await.ok()).len(), 2);
    // Its commitment's page says the same.
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    let shown = page["milestones"].as_array().unwrap().iter().find(|one| one["id"] == moved["id"]).unwrap();
    assert_eq!(shown["reschedulings"], moved["reschedulings"]);
}

#[actix_web::test]
async fn a_decision_of_an_earlier_day_is_recorded_today() {
    let app = TestApp::demo().await;
    app.clock.set("2022-05-02");
    let editor = app.editor_of("ROTMR").await;
    let path = due_on(&editor, day("2022-12-31")).await;
    app.clock.set("2022-10-10");
    let editor = app.editor_of("ROTMR").await;
    let entries = app.entries().await.len();
    let body = json!({"due": day("2023-06-30"), "decided_on": "2022-09-05", "reason": " Voted. "});
    let moved = decide(&editor, &path, body).await;
    assert_eq!(moves(&moved), [["2022-12-31", "2023-06-30", "2022-09-05", "Voted."]]);
    assert_eq!(moved["reschedulings"][0]["recorded_at"], "2022-10-10T12:00:00Z");
    assert_eq!((&moved["days_moved"], &moved["version"]), (&json!(181), &json!(2)));
    let all = app.entries().await;
    let [entry] = &all[entries..] else { panic!("one entry was expected") };
    assert_eq!((entry.action.as_str(), entry.kind.as_str(), entry.version), ("changed", "milestone", 2));
    assert_eq!((entry.public, entry.reason.as_deref()), (true, Some("Voted.")));
    // The same day again is not before it; without a day, today is meant.
    decide(&editor, &path, json!({"due": day("2023-07-31"), "decided_on": "2022-09-05", "reason": "Again."}))
        .await;
    let moved = decide(&editor, &path, json!({"due": null, "reason": "Goes on."})).await;
    let told = moves(&moved);
    assert_eq!(told[2], ["2023-07-31", "-", "2022-10-10", "Goes on."]);
    assert_eq!((&moved["due"], &moved["days_moved"]), (&Value::Null, &Value::Null));
    assert_eq!(moved["original_due"], day("2022-12-31"));
    // What had a due date once gets one back by a decision, too.
    let moved = decide(&editor, &path, json!({"due": day("2022-12-31"), "reason": "After all."})).await;
    assert_eq!((moves(&moved).len(), &moved["days_moved"]), (4, &json!(0)));
}

#[actix_web::test]
async fn a_decision_that_makes_no_sense_is_refused_with_every_fault() {
    let app = TestApp::demo().await;
    app.clock.set("2022-05-02");
    let editor = app.editor_of("ROTMR").await;
    let path = due_on(&editor, day("2022-12-31")).await;
    patch(&editor, &path, day("2023-01-31"), "Elections.").await;
    let at = format!("{path}/reschedule");
    let (good, before) = (day("2023-02-28"), app.contents().await);
    for (body, expected) in [
        (
            json!({"due": good, "decided_on": "2022-05-03", "reason": "x"}),
            vec![("/decided_on", "date_in_future")],
        ),
        (
            json!({"due": good, "decided_on": "2022-05-01", "reason": "x"}),
            vec![("/decided_on", "date_too_early")],
        ),
        (json!({"due": good, "decided_on": "soon", "reason": "x"}), vec![("/decided_on", "date_wrong")]),
        (json!({"due": day("2023-01-31"), "reason": "x"}), vec![("/due", "due_unchanged")]),
        (json!({"due": day("2022-03-31"), "reason": "x"}), vec![("/due", "dates_reversed")]),
        (json!({"due": {"date": "2023-02-28"}, "reason": "x"}), vec![("/due", "date_wrong")]),
        (json!({"due": good, "reason": "  "}), vec![("/reason", "text_empty")]),
        (json!({"due": good, "reason": ""}), vec![("/reason", "text_empty")]),
        (json!({"due": good, "reason": "x".repeat(2_001)}), vec![("/reason", "text_too_long")]),
        (json!({}), vec![("", "field_missing"), ("", "field_missing")]),
        (json!({"due": good}), vec![("", "field_missing")]),
        (
            json!({"due": "soon", "decided_on": 5, "reason": 7, "weight": 3}),
            vec![
                ("/decided_on", "type_wrong"),
                ("/due", "type_wrong"),
                ("/reason", "type_wrong"),
                ("/weight", "field_unknown"),
            ],
        ),
        (
            json!({"due": day("2023-01-31"), "decided_on": "2022-05-03", "reason": " "}),
            vec![("/decided_on", "date_in_future"), ("/due", "due_unchanged"), ("/reason", "text_empty")],
        ),
    ] {
        let mut told = faults(&editor.post(&at, &body).send().await);
        told.sort();
        let expected: Vec<_> = expected.iter().map(|(at, code)| (at.to_string(), code.to_string())).collect();
        assert_eq!(told, expected, "{body}");
    }
    let stale = editor.post(&at, &json!({"due": good, "reason": "x"})).if_match("\"1-x\"").send().await;
    stale.problem(412, "version_stale");
    assert_eq!(app.contents().await, before, "what was refused has stored something");
    editor.post(&at, &json!({"due": good, "reason": "x"})).if_match("\"2-x\"").send().await.ok();
}

#[actix_web::test]
async fn drafts_and_first_due_dates_are_no_reschedulings() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let path = format!("/api/v1/milestones/{}", draft.milestone);
    let body = json!({"due": day("2027-06-30"), "reason": "Why not."});
    let at = format!("{path}/reschedule");
    staff.post(&at, &body).send().await.problem(409, "milestone_not_public");
    app.post(&at, &body).await.problem(401, "credential_missing");
    let moved = staff.patch(&path, &json!({"due": day("2027-05-31")})).if_match("*").send().await.ok();
    assert_eq!((&moved["original_due"], &moved["reschedulings"]), (&day("2027-05-31"), &json!([])));
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    let moved = decide(&staff, &path, body.clone()).await;
    assert_eq!((moves(&moved).len(), &moved["days_moved"]), (1, &json!(30)));

    let path = due_on(&staff, Value::Null).await;
    let at = format!("{path}/reschedule");
    staff.post(&at, &body).send().await.problem(409, "milestone_undated");
    let dated = patch(&staff, &path, day("2027-05-31"), "It was left out.").await;
    assert_eq!((&dated["original_due"], &dated["reschedulings"]), (&day("2027-05-31"), &json!([])));
    let withdrawn = staff.delete(&format!("{path}?reason=Twice")).if_match("*").send().await;
    assert_eq!(withdrawn.status, 204);
    staff.post(&at, &body).send().await.problem(410, "withdrawn");
}

#[actix_web::test]
async fn the_list_tells_what_was_rescheduled_from_what_was_not() {
    let app = TestApp::demo().await;
    let count = async |query: &str| {
        let page = app.get(&format!("/api/v1/milestones?total=true&limit=1&{query}")).await.ok();
        page["page"]["total"].as_u64().unwrap()
    };
    let all = count("rescheduled=false").await;
    assert_eq!((all, count("rescheduled=true").await), (47, 0));
    let editor = app.editor_of("ROTMR").await;
    let (one, two) = (due_on(&editor, day("2026-12-31")).await, due_on(&editor, day("2026-12-31")).await);
    for path in [&one, &two] {
        patch(&editor, path, day("2027-01-31"), "Elections.").await;
    }
    assert_eq!((count("rescheduled=false").await, count("rescheduled=true").await), (47, 2));
    let rows = app.all("/api/v1/milestones?rescheduled=true&commitment=ROTMR0001").await;
    let paths: Vec<_> = rows.iter().map(|row| format!("/api/v1/milestones/{}", id(row))).collect();
    assert_eq!(paths, [one, two]);
    assert_eq!(count("rescheduled=true&commitment=ROTMR0002").await, 0);
}

#[actix_web::test]
async fn many_at_once_keep_their_due_dates_too() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let mut ours = Vec::new();
    for _ in 0..3 {
        ours.push(due_on(&editor, day("2026-12-31")).await);
    }
    let item =
        |path: &str, patch: Value| json!({"id": path.rsplit('/').next(), "version": 1, "patch": patch});
    let body = json!({"reason": "The budget.", "milestones": [
        item(&ours[0], json!({"due": day("2027-01-31")})),
        item(&ours[1], json!({"due": day("2027-02-28"), "reason": "The law."})),
        item(&ours[2], json!({"position": 9})),
    ]});
    editor.post("/api/v1/milestones/bulk", &body).send().await.ok();
    let mut reasons = Vec::new();
    for path in &ours {
        let milestone = app.get(path).await.ok();
        reasons.push(column(&milestone["reschedulings"], "reason"));
    }
    assert_eq!(reasons, [vec!["The budget."], vec!["The law."], vec![]]);
}

fn document(due: &Value) -> Value {
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "name": {"en": "X"}}],
        "action_plans": [{"slug": "x-2026", "member": "XXA"}],
        "commitments": [{
            "action_plan": "x-2026", "key": "one", "title": {"en": "One"},
            "milestones": [{"key": "a", "title": {"en": "A"}, "due": due}]
        }]
    })
}

#[actix_web::test]
async fn an_import_that_moves_a_public_due_date_says_so_and_one_that_changes_nothing_changes_nothing() {
    let app = TestApp::empty().await;
    app.import(&document(&Value::Null)).await.unwrap();
    app.import(&document(&day("2026-06-30"))).await.unwrap();
    let first = async || app.get("/api/v1/milestones").await.ok()["data"][0].clone();
    assert_eq!(first().await["reschedulings"], json!([]));
    app.clock.set("2026-12-01");
    app.import(&document(&day("2026-09-30"))).await.unwrap();
    let moved = first().await;
    assert_eq!(moves(&moved), [["2026-06-30", "2026-09-30", "2026-12-01", "-"]]);
    assert_eq!(moved["reschedulings"][0]["role"], "admin");
    assert_eq!(moved["reschedulings"][0]["member_id"], Value::Null);
    let before = app.contents().await;
    app.import(&document(&day("2026-09-30"))).await.unwrap();
    let after = app.contents().await;
    for table in ["milestones", "ledger_entries"] {
        assert_eq!(after[table], before[table], "{table}");
    }
}

#[actix_web::test]
async fn on_another_day_the_due_date_in_force_then_is_filtered_by() {
    let app = TestApp::demo().await;
    let (person, email) = app.person(None, &["editor@ROTMR"]).await;
    app.clock.set("2022-09-01");
    let staff = app.sign_in(person, &email).await;
    let body = json!({"title": {"en": "A step"}, "due": {"date": "2022-12-31", "precision": "day"}});
    let path = "/api/v1/commitments/ROTMR0001/milestones";
    let milestone = id(&made(&staff.post(path, &body).send().await));
    // Dropped for a while, then given back later.
    for (day, due) in
        [("2022-10-10", Value::Null), ("2022-11-10", json!({"date": "2023-06-30", "precision": "day"}))]
    {
        app.clock.set(day);
        let staff = app.sign_in(person, &email).await;
        let moved = json!({"due": due, "reason": "The budget."});
        staff.post(&format!("/api/v1/milestones/{milestone}/reschedule"), &moved).send().await.ok();
    }
    app.clock.set("2023-01-31");
    let found = async |asked: &str| {
        let rows = app.all(&format!("/api/v1/milestones?commitment=ROTMR0001&{asked}")).await;
        rows.iter().any(|row| row["id"] == *milestone)
    };
    for (asked, expected) in [
        ("on=2022-09-15&due_before=2023-01-01", true),
        ("on=2022-09-15&rescheduled=false", true),
        ("on=2022-09-15&schedule=upcoming", true),
        ("on=2022-10-20&schedule=undated", true),
        ("on=2022-10-20&due_before=2023-01-01", false),
        ("on=2022-10-20&rescheduled=true", true),
        ("on=2022-12-01&due_after=2023-01-01", true),
        ("on=2023-01-15&schedule=overdue", false),
        ("on=2023-07-15&schedule=overdue", true),
        ("due_before=2023-01-01", false),
        ("rescheduled=true", true),
    ] {
        assert_eq!(found(asked).await, expected, "{asked}");
    }
    let staff = app.sign_in(person, &email).await;
    let early = json!({"due": null, "decided_on": "2022-04-26", "reason": "Long ago."});
    let refused = staff.post(&format!("/api/v1/milestones/{milestone}/reschedule"), &early).send().await;
    assert_eq!(faults(&refused), [("/decided_on".to_owned(), "date_too_early".to_owned())]);
    let other = id(&made(&staff.post(path, &body).send().await));
    let refused = staff.post(&format!("/api/v1/milestones/{other}/reschedule"), &early).send().await;
    assert_eq!(faults(&refused), [("/decided_on".to_owned(), "date_before_plan".to_owned())]);
}
