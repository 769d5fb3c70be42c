//! Several people, and impatient programs, at the same instant.

use super::{id, milestones};
use crate::harness::people::Asked;
use crate::harness::{Answer, Client, TestApp};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeSet;

const ROUNDS: i64 = 200;

/// A change of several fields, by which its author can be told.
fn patch(number: i64) -> Value {
    let number = number.to_string();
    json!({"notes": [{"text": {"en": number}}], "sources": [{"url": "https://example.org/", "note": number}]})
}

#[actix_web::test]
async fn of_two_who_change_the_same_version_exactly_one_succeeds() {
    let app = TestApp::demo().await;
    let (one, other) = (app.editor_of("ROTMR").await, app.publisher_of("ROTMR").await);
    let path = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await[0]);
    let (mut etag, mut winners) = (one.etag(&path).await, [0; 2]);
    for round in 0..ROUNDS {
        let numbers = [2 * round + 1_000, 2 * round + 1_001];
        let send =
            async |who: &Client<'_>, number| who.patch(&path, &patch(number)).if_match(&etag).send().await;
        let (first, second) = join(send(&one, numbers[0]), send(&other, numbers[1])).await;
        let (winner, won, lost) = match first.status {
            200 => (0, first, second),
            _ => (1, second, first),
        };
        winners[winner] += 1;
        let now = won.ok();
        assert_eq!(now["version"], round + 2);
        lost.problem(412, "version_stale");
        assert_eq!(lost.header("etag"), won.header("etag"), "the present entity tag is told");
        let read = app.get(&path).await;
        assert_eq!(read.ok(), now);
        let said = (&now["notes"][0]["text"], &now["sources"][0]["note"]);
        let written = json!(numbers[winner].to_string());
        assert_eq!(said, (&written, &written), "half of it is another's");
        etag = read.header("etag").unwrap().to_owned();
    }
    assert_eq!(winners[0] + winners[1], ROUNDS);
    let versions: Vec<_> = app.entries().await.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, (2..ROUNDS + 2).collect::<Vec<_>>());
}

#[actix_web::test]
async fn the_same_key_from_20_connections_at_once_makes_one_thing() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let before = app.count("milestones").await;
    let body = json!({"title": {"en": "Once"}, "position": 40});
    let send = async || {
        let path = "/api/v1/commitments/ROTMR0001/milestones";
        // Who is told to come again does.
        loop {
            let answer: Answer = editor.post(path, &body).key("one-and-the-same").send().await;
            if answer.status != 409 {
                return answer;
            }
            answer.problem(409, "request_in_flight");
        }
    };
    let answers = join_all((0..20).map(|_| send())).await;
    assert_eq!(answers.len(), 20);
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.body, answers[0].body);
        for name in ["etag", "location", "content-type", "content-language"] {
            assert_eq!(answer.header(name), answers[0].header(name));
        }
    }
    assert_eq!(app.count("milestones").await, before + 1);
    assert_eq!(app.entries().await.len(), 1);
    assert_eq!(app.count("idempotency_keys").await, 1);
}

#[actix_web::test]
async fn twenty_keys_at_once_make_twenty_things() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"title": {"en": "Often"}});
    let send = async |number: usize| {
        let asked = editor.post("/api/v1/commitments/ROTMR0002/milestones", &body);
        id(&super::made(&asked.key(&number.to_string()).send().await))
    };
    let made: BTreeSet<_> = join_all((0..20).map(send)).await.into_iter().collect();
    assert_eq!(made.len(), 20);
    let positions = "(SELECT DISTINCT position FROM milestones m JOIN commitments c ON c.id = m.commitment_id \
                     WHERE c.code = 'ROTMR0002') AS positions";
    assert_eq!(app.count(positions).await, 22, "each has a place of its own");
}

/// Locks are taken in one order, whatever the order of the request.
#[actix_web::test]
async fn bulk_changes_of_the_same_milestones_in_opposite_order_do_not_wait_for_each_other() {
    let app = TestApp::demo().await;
    let (one, other) = (app.editor_of("ROTMR").await, app.editor_of("ROTMR").await);
    let ids = milestones(&app, "ROTMR0004").await;
    assert_eq!(ids.len(), 7);
    for round in 1..=25 {
        let list = app.get("/api/v1/milestones?commitment=ROTMR0004&limit=200").await.ok();
        let rows = list["data"].as_array().unwrap();
        let version = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["version"].clone();
        let item = |id: &String| json!({"id": id, "version": version(id), "patch": patch(round)});
        let there: Vec<_> = ids[..5].iter().map(item).collect();
        let back: Vec<_> = ids[2..].iter().rev().map(item).collect();
        let send = async |who: &Client<'_>, items: Vec<Value>| {
            who.post("/api/v1/milestones/bulk", &json!({"milestones": items})).send().await
        };
        let (first, second) = join(send(&one, there), send(&other, back)).await;
        let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
        assert_eq!(won.ok()["data"].as_array().unwrap().len(), 5);
        let stale = super::faults(&lost);
        assert_eq!(stale.len(), 3, "{stale:?}");
        assert!(stale.iter().all(|(_, code)| code == "version_stale"), "{stale:?}");
    }
    assert_eq!(app.entries().await.len(), 25 * 5);
}

/// What is published meanwhile is either in the record as it was, or was refused or recorded itself.
#[actix_web::test]
async fn publishing_and_changing_at_once_leave_no_private_change_of_something_public() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = super::Draft::make(&staff).await;
    super::take_steps(&staff, &draft.plan, &["consult", "adopt"]).await;
    let path = format!("/api/v1/milestones/{}", draft.milestone);
    let publish = format!("/api/v1/action-plans/{}/publish", draft.plan);
    let changes = join_all((0..10).map(|number| staff.patch(&path, &patch(number)).if_match("*").send()));
    let (published, changed) = join(staff.request(reqwest::Method::POST, &publish).send(), changes).await;
    published.ok();
    assert!(changed.iter().all(|answer| answer.status == 200));
    let entries = app.entries_of(&draft.milestone).await;
    assert_eq!(entries.len(), 12, "made, changed ten times, published");
    let published = entries.iter().find(|entry| entry.action == "published").unwrap();
    for entry in &entries {
        let after = entry.version > published.version || entry.action == "published";
        assert_eq!(entry.public, after, "{entry:?} beside {published:?}");
    }
}

/// Sends a request while a change is being made elsewhere, which is committed as soon as the request
/// waits for it, or is answered without.
async fn meanwhile(app: &TestApp, change: &str, asked: Asked<'_>) -> Answer {
    let mut elsewhere = app.database.connect().await;
    elsewhere.batch_execute(&format!("BEGIN; {change}")).await.unwrap();
    let done = Cell::new(false);
    let send = async {
        let answer = asked.send().await;
        done.set(true);
        answer
    };
    let commit = async {
        let waits = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while !done.get() && app.count(waits).await == 0 {}
        elsewhere.batch_execute("COMMIT").await.unwrap();
    };
    join(send, commit).await.0
}

#[actix_web::test]
async fn what_is_made_while_a_plan_is_published_is_recorded_as_public() {
    let app = TestApp::demo().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    super::Draft::make(&staff).await;
    let publish = format!(
        "UPDATE action_plans SET status = 'published', public_since = now() WHERE slug = '{}'",
        super::DRAFT
    );
    let body = json!({"action_plan": super::DRAFT, "title": {"en": "In the last moment"}});
    let answer = meanwhile(&app, &publish, staff.post("/api/v1/commitments", &body)).await;
    let entries = app.entries_of(&id(&super::made(&answer))).await;
    assert_eq!(entries.len(), 1);
    assert!(entries[0].public, "what everybody sees is missing in the public record");
}

#[actix_web::test]
async fn nothing_begins_to_refer_to_what_is_withdrawn_meanwhile() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let institution = json!({"slug": "spare", "name": {"en": "Spare"}, "sector": "other"});
    super::made(&admin.post("/api/v1/institutions", &institution).send().await);
    let member = json!({"code": "SPARE", "kind": "local", "country": "RO", "name": {"en": "Spare"}});
    super::made(&admin.post("/api/v1/members", &member).send().await);
    let editor = app.signed_in(&["editor@ROTMR", "editor@SPARE"]).await;
    let withdraw = |what: &str| {
        format!("UPDATE {what} SET withdrawn_at = now(), withdrawn_reason = 'Over', version = version + 1")
    };
    let patch = json!({"leads": [{"institution": "spare"}]});
    let asked = editor.patch("/api/v1/commitments/ROTMR0001", &patch).if_match("*");
    let refused = meanwhile(&app, &(withdraw("institutions") + " WHERE slug = 'spare'"), asked).await;
    let expected = |pointer: &str| [(pointer.to_owned(), "reference_unknown".to_owned())];
    assert_eq!(super::faults(&refused), expected("/leads/0/institution"));
    let plan = json!({"slug": "late", "member": "SPARE", "title": {"en": "Late"}});
    let asked = editor.post("/api/v1/action-plans", &plan);
    let refused = meanwhile(&app, &(withdraw("members") + " WHERE code = 'SPARE'"), asked).await;
    assert_eq!(super::faults(&refused), expected("/member"));
}
