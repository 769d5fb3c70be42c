use crate::harness::TestApp;
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::ledger::service::{Verdict, Watch};
use serde_json::json;

const TABLES: [&str; 5] =
    ["ledger_entries", "ledger_leaves", "ledger_nodes", "ledger_checkpoints", "ledger_logs"];

/// Does something that the triggers forbid, as whoever owns the database can.
async fn bypass(app: &TestApp, sql: &str) {
    let mut conn = app.database.connect().await;
    for table in TABLES {
        conn.batch_execute(&format!("ALTER TABLE {table} DISABLE TRIGGER ALL")).await.unwrap();
    }
    conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    for table in TABLES {
        conn.batch_execute(&format!("ALTER TABLE {table} ENABLE TRIGGER ALL")).await.unwrap();
    }
}

/// As many rounds as it takes to look at everything once.
async fn verdict(app: &TestApp, watch: &Watch) -> Verdict {
    let windows = app.count("ledger_leaves").await / 512;
    for _ in 0..windows.max(1) {
        watch.round(&app.accounts.writes).await.expect("a round");
    }
    watch.verdict()
}

/// An app whose tree has two windows and a half, signed on several days.
async fn grown() -> TestApp {
    let app = TestApp::demo().await;
    app.number().await;
    app.clock.set("2026-11-24");
    let sql = "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, version, public, state, \
        difference, actor_id, actor_role) SELECT gen_random_uuid(), '2026-11-24T12:00:00Z', 'created', \
        'institution', gen_random_uuid(), 1, true, '{\"name\":\"' || n || '\"}', '{}', gen_random_uuid(), 'editor' \
        FROM generate_series(1, 900) AS n";
    app.database.connect().await.batch_execute(sql).await.unwrap();
    app.number().await;
    let size = app.checkpoint().await.0;
    assert!(size > 1_100, "{size}");
    app
}

#[actix_web::test]
async fn an_untouched_record_is_consistent_and_health_says_so() {
    let app = grown().await;
    assert_eq!(app.get("/health/ready").await.ok(), json!({"status": "ready", "ledger": "unchecked"}));
    assert_eq!(verdict(&app, &app.watch).await, Verdict::Consistent);
    assert_eq!(app.get("/health/ready").await.ok(), json!({"status": "ready", "ledger": "consistent"}));
    assert_eq!(app.get("/health/live").await.ok(), json!({"status": "live"}));
}

#[actix_web::test]
async fn a_record_without_entries_is_consistent() {
    let app = TestApp::empty().await;
    assert_eq!(verdict(&app, &app.watch).await, Verdict::Consistent);
}

#[actix_web::test]
async fn health_tells_that_the_record_was_changed_and_stays_ready() {
    let app = grown().await;
    bypass(&app, "UPDATE ledger_entries SET reason = 'Nothing to see here.' WHERE code = 'ROTMR0001'").await;
    verdict(&app, &app.watch).await;
    assert_eq!(app.get("/health/ready").await.ok(), json!({"status": "ready", "ledger": "diverged"}));
}

#[actix_web::test]
async fn whatever_is_altered_deleted_or_put_in_is_found() {
    // Each with a part of what the self-check says of it.
    let cases = [
        (
            "UPDATE ledger_entries SET state = '{}' WHERE id = (SELECT entry_id FROM ledger_leaves WHERE index = 7)",
            "entry 7 (",
        ),
        (
            "UPDATE ledger_entries SET recorded_at = recorded_at - interval '1 microsecond' \
          WHERE id = (SELECT entry_id FROM ledger_leaves WHERE index = 700)",
            "entry 700 (",
        ),
        (
            "UPDATE ledger_entries SET public = false WHERE id = (SELECT entry_id FROM ledger_leaves WHERE index = 9)",
            "entry 9 (",
        ),
        (
            "UPDATE ledger_entries SET actor_id = gen_random_uuid() \
          WHERE id = (SELECT entry_id FROM ledger_leaves ORDER BY index DESC LIMIT 1)",
            "entry ",
        ),
        (
            "DELETE FROM ledger_entries WHERE id = (SELECT entry_id FROM ledger_leaves WHERE index = 600)",
            "entry 600 is missing",
        ),
        ("DELETE FROM ledger_leaves WHERE index = 3", "entry 3 is missing"),
        ("DELETE FROM ledger_leaves WHERE index = (SELECT max(index) FROM ledger_leaves)", ""),
        (
            "UPDATE ledger_leaves a SET entry_id = CASE a.index WHEN 4 THEN '00000000-0000-0000-0000-000000000004'::uuid \
          ELSE a.entry_id END WHERE a.index = 4",
            "entry 4 is missing",
        ),
        ("UPDATE ledger_leaves SET leaf_hash = sha256('x') WHERE index = 5", "entry 5 ("),
        ("UPDATE ledger_nodes SET hash = sha256('x') WHERE level = 1 AND index = 30", "node 30 of level 1"),
        ("UPDATE ledger_nodes SET hash = sha256('x') WHERE level = 9 AND index = 0", ""),
        ("UPDATE ledger_nodes SET hash = sha256('x') WHERE level = 10 AND index = 0", "root"),
        ("DELETE FROM ledger_nodes WHERE level = 2 AND index = 1", "node 1 of level 2"),
        (
            "UPDATE ledger_checkpoints SET root = sha256('x') WHERE size = (SELECT max(size) FROM ledger_checkpoints)",
            "checkpoint",
        ),
        (
            "UPDATE ledger_checkpoints SET note = upper(note) \
          WHERE size = (SELECT max(size) FROM ledger_checkpoints)",
            "checkpoint",
        ),
        // Whoever recomputes everything still has no key.
        (
            "INSERT INTO ledger_checkpoints SELECT size + 1, root, signed_at, \
          replace(note, E'\\n' || size || E'\\n', E'\\n' || size + 1 || E'\\n') FROM ledger_checkpoints \
          ORDER BY size DESC LIMIT 1",
            "is not signed",
        ),
        (
            "INSERT INTO ledger_leaves SELECT max(index) + 1, gen_random_uuid(), sha256('x'), 2, NULL, gen_random_uuid() FROM ledger_leaves",
            "beyond checkpoint",
        ),
        ("DELETE FROM ledger_checkpoints", "without a checkpoint"),
        // The last one gone, the tree is larger than what was signed.
        (
            "DELETE FROM ledger_checkpoints WHERE size = (SELECT max(size) FROM ledger_checkpoints)",
            "beyond checkpoint",
        ),
        // A place in the middle is not free, so whoever puts an entry in must move another.
        (
            "UPDATE ledger_leaves SET index = 100000, previous = NULL WHERE index = 8; \
          UPDATE ledger_leaves SET index = 8, previous = NULL WHERE index = 10; \
          UPDATE ledger_leaves SET index = 10 WHERE index = 100000",
            "entry 8 (",
        ),
        // Nodes that no leaves make.
        (
            "DELETE FROM ledger_nodes WHERE level = 9 AND index = 1; \
          INSERT INTO ledger_nodes (level, index, hash) VALUES (9, 1, sha256('x'))",
            "",
        ),
    ];
    let app = grown().await;
    let conn = &mut app.database.connect().await;
    for table in TABLES {
        conn.batch_execute(&format!("CREATE TABLE kept_{table} AS TABLE {table}")).await.unwrap();
    }
    for (sql, told) in cases {
        bypass(&app, sql).await;
        let Verdict::Diverged(found) = verdict(&app, &Watch::default()).await else { panic!("{sql}") };
        assert!(found.contains(told), "{sql}: {found}");
        let mut restore = String::new();
        for table in ["ledger_checkpoints", "ledger_nodes", "ledger_leaves", "ledger_entries"] {
            restore.push_str(&format!("DELETE FROM {table};"));
        }
        for table in ["ledger_entries", "ledger_leaves", "ledger_nodes", "ledger_checkpoints"] {
            restore.push_str(&format!("INSERT INTO {table} SELECT * FROM kept_{table};"));
        }
        bypass(&app, &restore).await;
    }
    assert_eq!(verdict(&app, &Watch::default()).await, Verdict::Consistent);
}

#[actix_web::test]
async fn an_entry_put_into_the_past_is_found() {
    let app = grown().await;
    assert_eq!(verdict(&app, &Watch::default()).await, Verdict::Consistent);
    // No trigger stands against an insertion; it gets the next place like any other entry.
    let sql = "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, version, public, state, \
        difference, actor_id, actor_role) SELECT gen_random_uuid(), '2026-11-23T10:00:00Z', 'changed', kind, \
        resource_id, version + 1, true, state, difference, actor_id, actor_role FROM ledger_entries \
        WHERE kind = 'commitment' LIMIT 1";
    app.database.connect().await.batch_execute(sql).await.unwrap();
    app.number().await;
    let Verdict::Diverged(found) = verdict(&app, &Watch::default()).await else { panic!("not found") };
    assert!(found.contains("recorded before checkpoint"), "{found}");
}

#[actix_web::test]
async fn a_log_that_was_set_back_is_found_by_whoever_saw_it_before() {
    let app = grown().await;
    let watch = Watch::default();
    assert_eq!(verdict(&app, &watch).await, Verdict::Consistent);
    let first = "(SELECT min(size) FROM ledger_checkpoints)";
    let sql = format!(
        "DELETE FROM ledger_leaves WHERE index >= {first}; \
         DELETE FROM ledger_nodes WHERE (index + 1) << level > {first}; \
         DELETE FROM ledger_checkpoints WHERE size > {first}"
    );
    bypass(&app, &sql).await;
    // Nothing in the database tells: that is what copies of checkpoints are for.
    assert_eq!(verdict(&app, &Watch::default()).await, Verdict::Consistent);
    let Verdict::Diverged(found) = verdict(&app, &watch).await else { panic!("not found") };
    assert!(found.contains("has shrunk"), "{found}");
}

#[actix_web::test]
async fn nothing_is_signed_on_top_of_a_tree_that_was_changed() {
    let app = grown().await;
    let (note, sequencer) = (app.note().await, app.sequencer().await);
    bypass(&app, "UPDATE ledger_nodes SET hash = sha256('x') WHERE level = 10 AND index = 0").await;
    let sql = "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, version, public, state, \
        difference, actor_id, actor_role) VALUES (gen_random_uuid(), '2026-11-24T12:00:00Z', 'created', \
        'institution', gen_random_uuid(), 1, true, 'null', '{}', gen_random_uuid(), 'editor')";
    app.database.connect().await.batch_execute(sql).await.unwrap();
    let error = sequencer.round().await.unwrap_err().to_string();
    assert!(error.contains("is not the one"), "{error}");
    assert_eq!(app.note().await, note);
}

/// Also for the owner of the tables, also where a session poses as a replica.
#[actix_web::test]
async fn nobody_updates_deletes_or_truncates_the_record() {
    let app = TestApp::demo().await;
    app.number().await;
    let mut conn = app.database.connect().await;
    for role in ["origin", "replica", "local"] {
        conn.batch_execute(&format!("SET session_replication_role = {role}")).await.unwrap();
        for table in TABLES {
            let column = match table {
                "ledger_entries" => "reason",
                "ledger_leaves" => "leaf_hash",
                "ledger_nodes" => "hash",
                "ledger_checkpoints" => "note",
                _ => "id",
            };
            for sql in [
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table} CASCADE"),
            ] {
                let error = conn.batch_execute(&sql).await.unwrap_err().to_string();
                assert!(error.contains("is append-only"), "{role}: {sql}: {error}");
            }
        }
    }
}

/// A role that may all that the service does, and owns nothing.
#[actix_web::test]
async fn a_role_that_owns_no_tables_cannot_even_take_the_triggers_away() {
    let app = TestApp::demo().await;
    app.number().await;
    let mut conn = app.database.connect().await;
    let role = format!("service_{}", app.database.name);
    conn.batch_execute(&format!(
        "CREATE ROLE {role}; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO {role}; \
         SET ROLE {role}"
    ))
    .await
    .unwrap();
    for (sql, told) in [
        ("DELETE FROM ledger_entries", "append-only"),
        ("UPDATE ledger_checkpoints SET note = ''", "append-only"),
        ("TRUNCATE ledger_nodes", "append-only"),
        ("ALTER TABLE ledger_leaves DISABLE TRIGGER ALL", "must be owner"),
        ("DROP TABLE ledger_checkpoints", "must be owner"),
        ("SET session_replication_role = replica", "permission denied"),
    ] {
        let error = conn.batch_execute(sql).await.unwrap_err().to_string();
        assert!(error.contains(told), "{sql}: {error}");
    }
    conn.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

/// The record knows people by pseudonyms only: who erases the person changes no entry.
#[actix_web::test]
async fn erasing_a_person_breaks_no_hash_and_leaves_a_name_that_nobody_has() {
    let app = TestApp::demo().await;
    let (editor, auditor) = (app.editor_of("ROTMR").await, app.auditor().await);
    let body = json!({"title": {"en": "A step"}});
    let made = editor.post("/api/v1/commitments/ROTMR0001/milestones", &body).send().await;
    assert_eq!(made.status, 201);
    app.number().await;
    let (before, entries) = (app.checkpoint().await, app.log_entries().await);
    let entry = entries.iter().find(|entry| entry["resource_id"] == made.json()["id"]).expect("an entry");
    let actor = format!("/api/v1/actors/{}", entry["actor_id"].as_str().unwrap());
    assert_eq!(auditor.get(&actor).send().await.ok()["email"], editor.email);
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains(&editor.email), "an address is in the record");
    let sql = format!("DELETE FROM people WHERE id = '{}'", editor.person_id);
    app.database.connect().await.batch_execute(&sql).await.unwrap();
    auditor.get(&actor).send().await.problem(404, "not_found");
    assert_eq!(app.log_entries().await, entries);
    assert_eq!(verdict(&app, &Watch::default()).await, Verdict::Consistent);
    app.continues(before).await;
    app.verify_all().await;
}
