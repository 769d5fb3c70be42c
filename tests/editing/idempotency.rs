//! The same request, sent again under the same key.

use super::{faults, id, made};
use crate::harness::{Answer, TestApp};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;

const PATH: &str = "/api/v1/commitments/ROTMR0001/milestones";

#[track_caller]
fn same(one: &Answer, other: &Answer) {
    assert_eq!(one.status, other.status, "{}", String::from_utf8_lossy(&other.body));
    assert_eq!(String::from_utf8_lossy(&one.body), String::from_utf8_lossy(&other.body));
    for name in ["etag", "location", "content-type", "content-language", "cache-control"] {
        assert_eq!(one.header(name), other.header(name), "{name}");
    }
}

#[actix_web::test]
async fn the_same_request_gets_the_same_answer() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let before = app.count("milestones").await;
    let body = json!({"title": {"en": "Once", "ro": "O dată"}});
    let first = editor.post(PATH, &body).key("k-1").header("accept-language", "ro").send().await;
    let made = made(&first);
    assert_eq!(first.header("location").unwrap(), format!("/api/v1/milestones/{}", id(&made)));
    // Also after the thing has changed: it is what was answered, not what is there now.
    let path = first.header("location").unwrap().to_owned();
    editor.patch(&path, &json!({"position": 30})).if_match(first.header("etag").unwrap()).send().await.ok();
    for key in ["k-1", "\"k-1\"", " k-1 "] {
        let again = editor.post(PATH, &body).key(key).header("accept-language", "ro").send().await;
        same(&first, &again);
    }
    assert_eq!(app.count("milestones").await, before + 1);
    assert_eq!(app.entries().await.len(), 2);
}

#[actix_web::test]
async fn steps_and_bulk_changes_are_answered_again_too() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let close =
        || publisher.request(Method::POST, "/api/v1/action-plans/timisoara-2022-2024/close").key("close");
    let closed = close().send().await;
    assert_eq!(closed.ok()["status"], "closed");
    same(&closed, &close().send().await);
    let milestone = super::milestones(&app, "ROTMR0001").await.remove(0);
    let bulk = json!({"milestones": [{"id": milestone, "version": 1, "patch": {"position": 9}}]});
    let change = || publisher.post("/api/v1/milestones/bulk", &bulk).key("bulk");
    let changed = change().send().await;
    assert_eq!(changed.ok()["data"][0]["version"], 2);
    same(&changed, &change().send().await);
    assert_eq!(app.entries().await.len(), 2);
}

#[actix_web::test]
async fn a_key_belongs_to_one_request() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"title": {"en": "Once"}});
    made(&editor.post(PATH, &body).key("k-2").send().await);
    let other_body = editor.post(PATH, &json!({"title": {"en": "Twice"}})).key("k-2");
    other_body.send().await.problem(422, "idempotency_key_reused");
    let other_path = editor.post("/api/v1/commitments/ROTMR0002/milestones", &body).key("k-2");
    other_path.send().await.problem(422, "idempotency_key_reused");
    let other_query = editor.post(&format!("{PATH}?lang=ro"), &body).key("k-2");
    other_query.send().await.problem(422, "idempotency_key_reused");
    assert_eq!(app.entries().await.len(), 1);
}

#[actix_web::test]
async fn the_keys_of_two_people_have_nothing_to_do_with_each_other() {
    let app = TestApp::demo().await;
    let (one, other) = (app.editor_of("ROTMR").await, app.editor_of("ROTMR").await);
    let body = json!({"title": {"en": "Once each"}});
    let first = made(&one.post(PATH, &body).key("k-3").send().await);
    let second = made(&other.post(PATH, &json!({"title": {"en": "Another"}})).key("k-3").send().await);
    assert_ne!(first["id"], second["id"]);
    // A further session of the same person is the same caller.
    let later = app.sign_in(one.person_id, &one.email).await;
    let again = made(&later.post(PATH, &body).key("k-3").send().await);
    assert_eq!(first, again);
    // Whoever nobody knows learns nothing from a key.
    let nobody = app.request(Method::POST, PATH).json(&body).header("idempotency-key", "k-3");
    app.send(nobody).await.problem(401, "credential_missing");
}

#[actix_web::test]
async fn what_is_refused_pins_nothing() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let refused = editor.post(PATH, &json!({"title": {}})).key("content").send().await;
    assert_eq!(faults(&refused), [("/title".to_owned(), "text_missing".to_owned())]);
    made(&editor.post(PATH, &json!({"title": {"en": "Right"}})).key("content").send().await);

    let commitment =
        |plan: &str, code: &str| json!({"action_plan": plan, "code": code, "title": {"en": "New"}});
    let send = async |plan: &str, code: &str, key: &str| {
        editor.post("/api/v1/commitments", &commitment(plan, code)).key(key).send().await
    };
    send("timisoara-2022-2024", "ROTMR0002", "taken").await.problem(409, "commitment_code_taken");
    made(&send("timisoara-2022-2024", "ROTMR0090", "taken").await);
    send("romania-2022-2024", "ROTMR0091", "foreign").await.problem(403, "role_missing");
    made(&send("timisoara-2022-2024", "ROTMR0091", "foreign").await);
    assert_eq!(app.count("idempotency_keys").await, 3);
}

/// Waits until requests hold the locks of their keys and wait for something else.
async fn until_one_waits(app: &TestApp) {
    let waits = "pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted \
                 AND a.wait_event_type = 'Lock' AND a.datname = current_database()";
    while app.count(waits).await == 0 {
        actix_web::rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn while_the_first_is_in_flight_the_same_request_is_told_to_come_again() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"title": {"en": "Slow"}});
    let send = || editor.post(PATH, &body).key("slow").send();
    let mut holder = app.database.connect().await;
    let hold = "BEGIN; SELECT id FROM commitments WHERE code = 'ROTMR0001' FOR UPDATE";
    holder.batch_execute(hold).await.unwrap();
    let (first, second) = join(send(), async {
        until_one_waits(&app).await;
        let second = send().await;
        holder.batch_execute("ROLLBACK").await.unwrap();
        second
    })
    .await;
    second.problem(409, "request_in_flight");
    made(&first);
    same(&first, &send().await);
    assert_eq!(app.entries().await.len(), 1);
}

#[actix_web::test]
async fn a_key_outlives_the_process() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let (person, email) = (editor.person_id, editor.email.clone());
    let body = json!({"title": {"en": "Kept"}});
    let first = editor.post(PATH, &body).key("kept").send().await;
    made(&first);
    let app = app.restarted().await;
    let editor = app.sign_in(person, &email).await;
    same(&first, &editor.post(PATH, &body).key("kept").send().await);
    // For a day at least.
    app.clock.advance(TimeDelta::minutes(23 * 60 + 59));
    let editor = app.sign_in(person, &email).await;
    same(&first, &editor.post(PATH, &body).key("kept").send().await);
    assert_eq!(app.entries().await.len(), 1);
}

#[actix_web::test]
async fn a_fault_of_ours_is_never_pinned() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"title": {"en": "In the end"}});
    let send = || editor.post(PATH, &body).key("unlucky").send();
    let mut conn = app.database.connect().await;
    conn.batch_execute("ALTER TABLE ledger_entries RENAME TO ledger_gone").await.unwrap();
    send().await.problem(500, "internal_error");
    conn.batch_execute("ALTER TABLE ledger_gone RENAME TO ledger_entries").await.unwrap();
    assert_eq!(app.count("idempotency_keys").await, 0);
    // A connection that breaks in the middle of the work.
    conn.batch_execute("BEGIN; SELECT id FROM commitments WHERE code = 'ROTMR0001' FOR UPDATE")
        .await
        .unwrap();
    let (broken, ()) = join(send(), async {
        until_one_waits(&app).await;
        let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE wait_event_type = 'Lock' AND datname = current_database()";
        conn.batch_execute(&format!("{waiting}; ROLLBACK")).await.unwrap();
    })
    .await;
    broken.problem(503, "database_unavailable");
    assert_eq!(app.count("idempotency_keys").await, 0);
    assert_eq!(app.entries().await.len(), 0);
    let first = send().await;
    made(&first);
    same(&first, &send().await);
    assert_eq!(app.entries().await.len(), 1);
}

#[actix_web::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"title": {"en": "Never"}});
    for key in ["", " ", "\"\"", &"k".repeat(256)] {
        let refused = editor.post(PATH, &body).key(key).send().await;
        refused.problem(400, "idempotency_key_malformed");
    }
    let twice = editor.post(PATH, &body).key("one").key("two").send().await;
    twice.problem(400, "idempotency_key_malformed");
    let bytes = editor.post(PATH, &body).raw();
    let bytes = bytes.header("idempotency-key", HeaderValue::from_bytes("schlüssel".as_bytes()).unwrap());
    app.send(bytes).await.problem(400, "idempotency_key_malformed");
    assert_eq!(app.entries().await.len(), 0);
    made(&editor.post(PATH, &body).key(&"k".repeat(255)).send().await);
}
