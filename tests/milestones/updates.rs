//! Reporting about a milestone: the rules, and what is shown of it.

use super::{Step, report};
use crate::editing::{self, Draft, faults, id, made};
use crate::harness::{Client, TestApp};
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

/// The faults of an update.
async fn refused(who: &Client<'_>, milestone: &str, update: &Value) -> Vec<(String, String)> {
    faults(&report(who, milestone, update).await)
}

fn at(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

fn link() -> Value {
    json!([{"url": "https://example.org/report.pdf", "title": {"en": "Report"}, "kind": "report"}])
}

fn complete(on: &str) -> Value {
    json!({"progress": "complete", "effective_on": on, "completed_on": on, "links": link()})
}

#[actix_web::test]
async fn what_is_reported_is_shown_with_who_reported_it_and_what_proves_it() {
    let app = TestApp::demo().await;
    app.clock.set("2022-08-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let update = json!({
        "progress": "limited", "percent": 20, "effective_on": "2022-06-30", "started_on": "2022-05-02",
        "narrative": {"en": "Two workshops.", "ro": "Două ateliere."},
        "challenge": "other", "challenge_text": {"en": "The hall was closed."}, "links": link()
    });
    let answer = report(&editor, &milestone, &update).await;
    let body = made(&answer);
    let path = format!("/api/v1/progress-updates/{}", id(&body));
    assert_eq!(answer.header("location"), Some(path.as_str()));
    assert_eq!(app.get(&path).await.ok(), body);
    assert_eq!(body["milestone"]["id"], *milestone);
    for (field, value) in [
        ("progress", json!("limited")),
        ("percent", json!(20)),
        ("effective_on", json!("2022-06-30")),
        ("recorded_at", json!("2022-08-01T12:00:00Z")),
        ("started_on", json!("2022-05-02")),
        ("completed_on", Value::Null),
        ("narrative", json!("Two workshops.")),
        ("challenge", json!("other")),
        ("challenge_text", json!("The hall was closed.")),
        ("supersedes", Value::Null),
        ("superseded_by", Value::Null),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    assert_eq!(body["evidence"][0]["url"], "https://example.org/report.pdf");
    assert_eq!(
        (&body["reported_by"]["role"], &body["reported_by"]["member"]),
        (&json!("editor"), &json!("ROTMR"))
    );
    assert!(body["reported_by"]["actor_id"].is_string());
    let romanian = app.get(&format!("{path}?lang=ro")).await.ok();
    assert_eq!(romanian["narrative"], "Două ateliere.");
    assert_eq!(romanian["fallbacks"]["challenge_text"], "en");
    let all = app.get(&format!("{path}?lang=*")).await.ok();
    assert_eq!(all["translations"]["narrative"]["ro"], "Două ateliere.");

    let entries = app.entries_of(&id(&body)).await;
    let [entry] = &entries[..] else { panic!("one entry was expected: {entries:?}") };
    assert_eq!(
        (entry.kind.as_str(), entry.action.as_str(), entry.version),
        ("progress_update", "created", 1)
    );
    assert!(entry.public);
    let evidence = id(&body["evidence"][0]);
    let stated = format!(
        "ledger_entries WHERE kind = 'progress_update' AND state::jsonb -> 'evidence' = '[\"{evidence}\"]'"
    );
    assert_eq!(app.count(&stated).await, 1, "the record says what proved it");
}

/// How many updates are not in the same transaction as their record.
async fn torn(app: &TestApp) -> i64 {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        updates: i64,
        #[diesel(sql_type = BigInt)]
        whole: i64,
    }
    let sql = "SELECT count(*) AS updates, count(*) FILTER (WHERE e.xmin::text = u.xmin::text) AS whole \
        FROM progress_updates u LEFT JOIN ledger_entries e ON e.resource_id = u.id";
    let found: Found = sql_query(sql).get_result(&mut app.database.connect().await).await.unwrap();
    assert!(found.updates > 0);
    found.updates - found.whole
}

#[actix_web::test]
async fn an_update_and_its_record_are_one_transaction_on_a_connection_s_first_use_and_later() {
    let app = TestApp::demo().await;
    let staff = app.editor_of("ROTMR").await;
    let rows = app.all("/api/v1/milestones?action_plan=timisoara-2022-2024").await;
    let milestones: Vec<_> = rows.iter().map(id).collect();
    let update = json!({"progress": "substantial", "effective_on": "2023-01-01"});
    // The first is the first of its connection; many at once open others, each of which prepares its statements.
    assert_eq!(report(&staff, &milestones[0], &update).await.status, 201);
    assert_eq!(torn(&app).await, 0);
    for _ in 0..3 {
        let answers = join_all(milestones.iter().map(|milestone| report(&staff, milestone, &update))).await;
        assert!(answers.iter().all(|answer| answer.status == 201));
    }
    assert_eq!(torn(&app).await, 0);
}

#[actix_web::test]
async fn a_publisher_who_reports_is_shown_as_one() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let milestone = Step::plain(&publisher).await;
    let update = json!({"progress": "substantial", "effective_on": "2023-01-01"});
    let body = made(&report(&publisher, &milestone, &update).await);
    assert_eq!(body["reported_by"]["role"], "publisher");
    let admin = app.admin().await;
    report(&admin, &milestone, &update).await.problem(403, "role_missing");
    app.assessor_of("ROTMR")
        .await
        .post(&Step::updates(&milestone), &update)
        .send()
        .await
        .problem(403, "role_missing");
}

#[actix_web::test]
async fn the_percentage_agrees_with_the_progress() {
    let app = TestApp::demo().await;
    app.clock.set("2022-08-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let update = |progress: &str, percent: i64| {
        let mut update = json!({"progress": progress, "percent": percent, "effective_on": "2022-07-01"});
        if progress == "complete" {
            update["completed_on"] = json!("2022-07-01");
            update["links"] = link();
        }
        update
    };
    for (progress, wrong) in [
        ("not_started", 1),
        ("limited", 0),
        ("limited", 51),
        ("substantial", 49),
        ("substantial", 100),
        ("complete", 99),
    ] {
        assert_eq!(
            refused(&editor, &milestone, &update(progress, wrong)).await,
            at("/percent", "percent_wrong")
        );
    }
    for wrong in [-1, 101] {
        let told = refused(&editor, &milestone, &update("complete", wrong)).await;
        assert_eq!(told, at("/percent", "number_out_of_range"));
    }
    for (progress, right) in [
        ("not_started", 0),
        ("limited", 1),
        ("limited", 50),
        ("substantial", 50),
        ("substantial", 99),
        ("complete", 100),
    ] {
        made(&report(&editor, &milestone, &update(progress, right)).await);
    }
}

#[actix_web::test]
async fn nothing_is_effective_tomorrow_or_before_the_plan() {
    let app = TestApp::demo().await;
    app.clock.set("2022-08-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let on = |day: &str| json!({"progress": "substantial", "effective_on": day});
    assert_eq!(refused(&editor, &milestone, &on("2022-08-02")).await, at("/effective_on", "date_in_future"));
    assert_eq!(
        refused(&editor, &milestone, &on("2022-04-26")).await,
        at("/effective_on", "date_before_plan")
    );
    assert_eq!(refused(&editor, &milestone, &on("2022-02-30")).await, at("/effective_on", "date_wrong"));
    made(&report(&editor, &milestone, &on("2022-08-01")).await);
    made(&report(&editor, &milestone, &on("2022-04-27")).await);
}

#[actix_web::test]
async fn start_completion_and_the_day_of_the_report_are_in_order() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let dated = |started: &str, completed: &str, effective: &str| {
        let dates = json!({"started_on": started, "completed_on": completed, "effective_on": effective});
        let mut update = complete(effective);
        update.as_object_mut().unwrap().extend(dates.as_object().unwrap().clone());
        update
    };
    for (update, pointer) in [
        (dated("2022-05-01", "2022-10-02", "2022-10-01"), "/completed_on"),
        (dated("2022-09-02", "2022-09-01", "2022-10-01"), "/started_on"),
        (
            json!({"progress": "substantial", "effective_on": "2022-10-01", "started_on": "2022-10-02"}),
            "/started_on",
        ),
    ] {
        assert_eq!(refused(&editor, &milestone, &update).await, at(pointer, "dates_reversed"));
    }
    made(&report(&editor, &milestone, &dated("2022-09-01", "2022-09-01", "2022-10-01")).await);
}

#[actix_web::test]
async fn complete_without_evidence_or_day_is_refused() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let bare = json!({"progress": "complete", "effective_on": "2022-11-01"});
    let told = refused(&editor, &milestone, &bare).await;
    let missing = [at("/completed_on", "completion_missing"), at("/evidence", "evidence_missing")].concat();
    assert_eq!(told, missing);
    let early =
        json!({"progress": "substantial", "effective_on": "2022-11-01", "completed_on": "2022-11-01"});
    assert_eq!(refused(&editor, &milestone, &early).await, at("/completed_on", "completion_unexpected"));
    made(&report(&editor, &milestone, &complete("2022-11-01")).await);
    let page = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!(page["progress"]["evidence_count"], 1);
}

#[actix_web::test]
async fn evidence_of_another_member_is_refused() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let (editor, other) = (app.editor_of("ROTMR").await, app.editor_of("ROU").await);
    let milestone = Step::plain(&editor).await;
    let foreign = editing::milestones(&app, "RO0020").await.remove(0);
    let update = json!({"progress": "substantial", "effective_on": "2022-01-01", "links": link()});
    let evidence = id(&made(&report(&other, &foreign, &update).await)["evidence"][0]);
    let mut ours = complete("2022-11-01");
    ours["evidence"] = json!([evidence]);
    assert_eq!(refused(&editor, &milestone, &ours).await, at("/evidence/0", "reference_unknown"));
    // One's own proves more than one thing.
    let first = made(&report(&editor, &milestone, &complete("2022-11-01")).await);
    let second = Step::plain(&editor).await;
    ours["evidence"] = json!([id(&first["evidence"][0])]);
    ours["links"] = json!([]);
    made(&report(&editor, &second, &ours).await);
}

#[actix_web::test]
async fn limited_past_its_due_date_without_a_challenge_code_is_refused_with_the_codes_there_are() {
    let app = TestApp::demo().await;
    app.clock.set("2023-08-01");
    let editor = app.editor_of("ROTMR").await;
    let due = json!({"date": "2023-03-15", "precision": "month"});
    let milestone = Step::make(&editor, &json!({"due": due})).await;
    let on = |day: &str| json!({"progress": "limited", "effective_on": day});
    // On the last day that the due date can mean it is not past it.
    made(&report(&editor, &milestone, &on("2023-03-31")).await);
    let answer = report(&editor, &milestone, &on("2023-04-01")).await;
    assert_eq!(faults(&answer), at("/challenge", "challenge_missing"));
    let told = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    for code in [
        "funding_change",
        "lack_of_resources",
        "priority_shift",
        "approval_delay",
        "external_dependency",
        "other",
    ] {
        assert!(told.contains(code), "{told}");
        let mut update = on("2023-04-01");
        update["challenge"] = json!(code);
        if code == "other" {
            assert_eq!(
                refused(&editor, &milestone, &update).await,
                at("/challenge_text", "challenge_text_missing")
            );
            update["challenge_text"] = json!({"en": "Flood."});
        }
        made(&report(&editor, &milestone, &update).await);
    }
    let mut update = on("2023-04-01");
    update["challenge"] = json!("weather");
    assert_eq!(refused(&editor, &milestone, &update).await, at("/challenge", "value_unknown"));
    made(
        &report(&editor, &milestone, &json!({"progress": "substantial", "effective_on": "2023-04-01"})).await,
    );
}

#[actix_web::test]
async fn what_has_started_and_is_not_far_needs_a_challenge_code() {
    let app = TestApp::demo().await;
    app.clock.set("2023-08-01");
    let editor = app.editor_of("ROTMR").await;
    let missing = at("/challenge", "challenge_missing");
    let on = |day: &str| json!({"progress": "not_started", "effective_on": day});
    let planned = Step::make(&editor, &json!({"starts": {"date": "2023-05-10", "precision": "day"}})).await;
    made(&report(&editor, &planned, &on("2023-05-09")).await);
    assert_eq!(refused(&editor, &planned, &on("2023-05-10")).await, missing);
    // What is known only to the year has begun for certain when the year is over.
    let vague = Step::make(&editor, &json!({"starts": {"date": "2022-05-10", "precision": "year"}})).await;
    made(&report(&editor, &vague, &on("2022-12-30")).await);
    assert_eq!(refused(&editor, &vague, &on("2022-12-31")).await, missing);
    let really =
        Step::make(&editor, &json!({"actual_start": {"date": "2023-02-01", "precision": "day"}})).await;
    assert_eq!(refused(&editor, &really, &on("2023-02-01")).await, missing);

    let reported = Step::plain(&editor).await;
    let mut here = on("2023-03-01");
    here["started_on"] = json!("2023-02-15");
    assert_eq!(refused(&editor, &reported, &here).await, missing);
    here["progress"] = json!("substantial");
    let first = made(&report(&editor, &reported, &here).await);
    made(&report(&editor, &reported, &on("2023-02-28")).await);
    assert_eq!(refused(&editor, &reported, &on("2023-03-02")).await, missing, "an earlier update says so");
    // A start that was an error does not count.
    let mut correction = on("2023-03-01");
    correction["supersedes"] = json!(id(&first));
    correction["reason"] = json!("It was another project.");
    made(&report(&editor, &reported, &correction).await);
    made(&report(&editor, &reported, &on("2023-03-02")).await);
}

#[actix_web::test]
async fn words_about_a_challenge_name_it() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let update =
        json!({"progress": "substantial", "effective_on": "2022-06-30", "challenge_text": {"en": "Money."}});
    assert_eq!(
        refused(&editor, &milestone, &update).await,
        at("/challenge_text", "challenge_text_unexpected")
    );
}

#[actix_web::test]
async fn every_fault_is_told_at_once() {
    let app = TestApp::demo().await;
    app.clock.set("2022-08-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let before = app.contents().await;
    let update = json!({
        "progress": "complete", "percent": 40, "effective_on": "2022-09-01", "started_on": "2022-10-01",
        "supersedes": "01936b3c-0000-7000-8000-000000000000", "challenge": "other",
        "evidence": ["01936b3c-0000-7000-8000-000000000000"],
        "links": [{"url": "https://example.org/", "title": {}, "kind": "news"}]
    });
    let expected = [
        at("/challenge_text", "challenge_text_missing"),
        at("/completed_on", "completion_missing"),
        at("/effective_on", "date_in_future"),
        at("/evidence/0", "reference_unknown"),
        at("/links/0/title", "text_missing"),
        at("/percent", "percent_wrong"),
        at("/reason", "reason_missing"),
        at("/started_on", "dates_reversed"),
        at("/supersedes", "reference_unknown"),
    ];
    assert_eq!(refused(&editor, &milestone, &update).await, expected.concat());
    for (update, pointer, code) in [
        (json!({"progress": "done", "effective_on": "2022-06-01"}), "/progress", "value_unknown"),
        (json!({"progress": "limited"}), "", "field_missing"),
        (
            json!({"progress": "limited", "effective_on": "2022-06-01", "colour": 1}),
            "/colour",
            "field_unknown",
        ),
    ] {
        assert_eq!(refused(&editor, &milestone, &update).await, at(pointer, code));
    }
    for address in ["javascript:alert(1)", "file:///etc/passwd"] {
        let mut update = complete("2022-06-01");
        update["links"][0]["url"] = json!(address);
        assert_eq!(refused(&editor, &milestone, &update).await, at("/links/0/url", "format_wrong"));
    }
    assert_eq!(app.contents().await, before, "what was refused has stored something");
}

#[actix_web::test]
async fn a_correction_supersedes_and_both_are_shown() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let wrong = json!({"progress": "substantial", "percent": 90, "effective_on": "2022-10-01"});
    let wrong = made(&report(&editor, &milestone, &wrong).await);
    let mut right =
        json!({"progress": "substantial", "percent": 60, "effective_on": "2022-09-30", "reason": "A typo."});
    assert_eq!(refused(&editor, &milestone, &right).await, at("/reason", "reason_unexpected"));
    right["supersedes"] = wrong["id"].clone();
    let other = Step::plain(&editor).await;
    assert_eq!(refused(&editor, &other, &right).await, at("/supersedes", "reference_unknown"));
    let right = made(&report(&editor, &milestone, &right).await);
    assert_eq!((&right["supersedes"], &right["reason"]), (&wrong["id"], &json!("A typo.")));
    let path = format!("/api/v1/progress-updates/{}", id(&wrong));
    let superseded = app.get(&path).await.ok();
    let by = &superseded["superseded_by"];
    assert_eq!((&by["id"], &by["reason"]), (&right["id"], &json!("A typo.")));
    assert_eq!(by["recorded_at"], right["recorded_at"]);
    let page = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!((&page["progress"]["percent"], &page["progress"]["update_id"]), (&json!(60), &right["id"]));

    let mut again = json!({"progress": "limited", "effective_on": "2022-09-30", "reason": "No."});
    again["supersedes"] = wrong["id"].clone();
    let refused = report(&editor, &milestone, &again).await.problem(409, "update_superseded");
    assert!(refused["detail"].as_str().unwrap().contains(&id(&right)), "it says which to correct: {refused}");
    // A correction of the correction.
    again["supersedes"] = right["id"].clone();
    let last = made(&report(&editor, &milestone, &again).await);
    let page = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!(page["progress"]["update_id"], last["id"]);

    let list = app.get(&format!("/api/v1/milestones/{milestone}/updates?total=true")).await.ok();
    let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [id(&wrong), id(&last), id(&right)], "latest first, superseded ones among them");
    let held = app.get(&format!("/api/v1/milestones/{milestone}/updates?superseded=false")).await.ok();
    assert_eq!(held["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&last)]);
}

#[actix_web::test]
async fn of_two_corrections_at_once_exactly_one_succeeds() {
    let app = TestApp::demo().await;
    let (one, other) = (app.editor_of("ROTMR").await, app.publisher_of("ROTMR").await);
    let milestone = Step::plain(&one).await;
    let first = json!({"progress": "substantial", "effective_on": "2022-10-01"});
    let mut corrected = id(&made(&report(&one, &milestone, &first).await));
    for _ in 0..20 {
        let mut update = json!({"progress": "substantial", "effective_on": "2022-10-01", "reason": "Again."});
        update["supersedes"] = json!(corrected);
        let (a, b) = join(report(&one, &milestone, &update), report(&other, &milestone, &update)).await;
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        lost.problem(409, "update_superseded");
        corrected = id(&made(&won));
    }
    assert_eq!(app.count("progress_updates").await, 21);
}

#[actix_web::test]
async fn the_same_key_from_20_connections_at_once_makes_one_update() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let update = complete("2022-10-01");
    let send = async || {
        loop {
            let answer = editor.post(&Step::updates(&milestone), &update).key("once").send().await;
            if answer.status != 409 {
                return answer;
            }
            answer.problem(409, "request_in_flight");
        }
    };
    let answers = join_all((0..20).map(|_| send())).await;
    assert_eq!(answers.len(), 20);
    for answer in &answers {
        assert_eq!(made(answer), made(&answers[0]));
        assert_eq!(answer.header("location"), answers[0].header("location"));
    }
    assert_eq!(app.count("progress_updates").await, 1);
    assert_eq!(app.count("ledger_entries WHERE kind = 'progress_update'").await, 1);
}

#[actix_web::test]
async fn what_speaks_of_an_earlier_day_does_not_displace_a_later_one() {
    let app = TestApp::demo().await;
    app.clock.set("2022-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    let on =
        |day: &str, percent: i64| json!({"progress": "substantial", "percent": percent, "effective_on": day});
    for (day, percent) in [("2022-10-01", 80), ("2022-06-01", 55), ("2022-10-01", 85), ("2022-09-30", 99)] {
        made(&report(&editor, &milestone, &on(day, percent)).await);
    }
    let list = app.get(&format!("/api/v1/milestones/{milestone}/updates")).await.ok();
    let told: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|update| update["percent"].clone()).collect();
    assert_eq!(told, [85, 80, 99, 55], "of the same day the one that was told last comes first");
    let row = app.get(&format!("/api/v1/milestones/{milestone}")).await.ok();
    assert_eq!(row["progress"]["percent"], 85);
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    let below =
        page["milestones"].as_array().unwrap().iter().find(|below| below["id"] == *milestone).unwrap();
    assert_eq!(below["progress"], row["progress"]);
    let others =
        page["milestones"].as_array().unwrap().iter().filter(|below| below["progress"].is_null()).count();
    assert_eq!(others, 5, "nobody has reported about the others");
}

#[actix_web::test]
async fn what_is_withdrawn_or_not_active_takes_no_updates() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let update = json!({"progress": "substantial", "effective_on": "2022-10-01"});
    for disposition in ["withdrawn", "carried_over"] {
        let body = json!({"disposition": disposition, "disposition_reason": {"en": "No money."}});
        let milestone = Step::make(&publisher, &body).await;
        report(&publisher, &milestone, &update).await.problem(409, "milestone_not_active");
    }
    let milestone = Step::plain(&publisher).await;
    let reported = id(&made(&report(&publisher, &milestone, &update).await));
    let path = format!("/api/v1/milestones/{milestone}");
    publisher.delete(&format!("{path}?reason=Twice")).if_match("*").send().await;
    let gone = report(&publisher, &milestone, &update).await.problem(410, "withdrawn");
    assert_eq!(gone["last_state"]["id"], *milestone);
    app.get(&format!("{path}/updates")).await.problem(410, "withdrawn");
    let gone = app.get(&format!("/api/v1/progress-updates/{reported}")).await.problem(410, "withdrawn");
    assert_eq!(gone["last_state"]["id"], *reported);
    assert_eq!(app.all("/api/v1/progress-updates").await.len(), 0);
    let nowhere = "01936b3c-0000-7000-8000-000000000000";
    report(&publisher, nowhere, &update).await.problem(404, "not_found");
    app.get(&format!("/api/v1/milestones/{nowhere}/updates")).await.problem(404, "not_found");
    app.get(&format!("/api/v1/progress-updates/{nowhere}")).await.problem(404, "not_found");
    app.get("/api/v1/progress-updates/one").await.problem(404, "not_found");
}

#[actix_web::test]
async fn what_is_reported_in_a_draft_is_private_until_it_is_published() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let reported = made(&report(&staff, &draft.milestone, &complete("2022-10-01")).await);
    let path = format!("/api/v1/progress-updates/{}", id(&reported));
    let below = format!("/api/v1/milestones/{}/updates", draft.milestone);
    let stranger = app.editor_of("IAS").await;
    for hidden in [app.get(&path).await, app.get(&below).await, stranger.get(&path).send().await] {
        hidden.problem(404, "not_found");
    }
    report(&stranger, &draft.milestone, &complete("2022-10-01")).await.problem(404, "not_found");
    assert_eq!(app.all("/api/v1/progress-updates").await.len(), 0);
    let unknown = app.get(&format!("/api/v1/progress-updates?milestone={}", draft.milestone)).await;
    unknown.problem(400, "reference_unknown");
    assert_eq!(staff.get(&path).send().await.ok(), reported);
    assert!(app.entries_of(&id(&reported)).await.iter().all(|entry| !entry.public));

    editing::take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    assert_eq!(app.get(&path).await.ok()["progress"], "complete");
    assert_eq!(app.get(&below).await.ok()["data"].as_array().unwrap().len(), 1);
    let entries = app.entries_of(&id(&reported)).await;
    let told: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.public)).collect();
    assert_eq!(told, [("created", false), ("published", true)]);
}

#[actix_web::test]
async fn a_draft_goes_with_what_was_reported_in_it() {
    for what in ["milestones", "commitments"] {
        let app = TestApp::demo().await;
        let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
        let draft = Draft::make(&staff).await;
        let first = made(&report(&staff, &draft.milestone, &complete("2022-10-01")).await);
        let mut second = complete("2022-10-02");
        second["supersedes"] = first["id"].clone();
        second["reason"] = json!("A day later.");
        let second = made(&report(&staff, &draft.milestone, &second).await);
        let thing = if what == "milestones" { &draft.milestone } else { &draft.commitment };
        let deleted = staff.delete(&format!("/api/v1/{what}/{thing}")).if_match("*").send().await;
        assert_eq!(deleted.status, 204, "{}", String::from_utf8_lossy(&deleted.body));
        assert_eq!(app.count("progress_updates").await, 0);
        for update in [first, second] {
            let entries = app.entries_of(&id(&update)).await;
            let told: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.version)).collect();
            assert_eq!(told, [("created", 1), ("deleted", 2)]);
        }
    }
}

#[actix_web::test]
async fn what_is_public_cannot_be_changed_or_deleted_even_in_the_database() {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = Step::plain(&editor).await;
    made(&report(&editor, &milestone, &complete("2022-10-01")).await);
    let mut conn = app.database.connect().await;
    for sql in [
        "UPDATE progress_updates SET percent = 100",
        "DELETE FROM progress_updates",
        "TRUNCATE progress_updates CASCADE",
    ] {
        let refused = conn.batch_execute(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}
