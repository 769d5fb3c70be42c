use crate::harness::TestApp;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use ogp_tracker::db::{Conn, Writes};
use ogp_tracker::kernel::SystemIds;
use ogp_tracker::ledger::service::{Sequencer, log_origin};
use std::sync::Arc;

/// Appends a public entry, as a writer would.
async fn append(conn: &mut Conn, name: &str) {
    let sql = format!(
        "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, code, version, public, state, \
         difference, actor_id, actor_role) VALUES (gen_random_uuid(), '2026-11-23T12:00:00Z', 'created', \
         'institution', gen_random_uuid(), '{name}', 1, true, '{{\"slug\":\"{name}\"}}', '{{}}', \
         gen_random_uuid(), 'editor')"
    );
    conn.batch_execute(&sql).await.unwrap();
}

/// The codes of the entries of the tree, in its order, without the log's keys.
async fn codes(app: &TestApp) -> Vec<String> {
    let entries = app.log_entries().await;
    let others = entries.iter().filter(|entry| entry["kind"] != "log_key");
    others.map(|entry| entry["code"].as_str().unwrap().to_owned()).collect()
}

/// A sequencer of another replica: it has connections of its own.
async fn replica(app: &TestApp) -> Sequencer {
    app.sequencer().await;
    let writes = Writes::new(&app.database.target, 2);
    let origin = log_origin(&writes.get().await.unwrap(), None).await.unwrap();
    Sequencer::new(writes, Arc::new(app.clock.clone()), Arc::new(SystemIds), app.log_keys(), origin)
}

#[actix_web::test]
async fn a_transaction_that_runs_for_long_keeps_nobody_back_and_comes_when_it_is_committed() {
    let app = TestApp::empty().await;
    app.number().await;
    let sequencer = app.sequencer().await;
    let (mut slow, mut quick) = (app.database.connect().await, app.database.connect().await);
    slow.batch_execute("BEGIN").await.unwrap();
    append(&mut slow, "slow").await;
    append(&mut quick, "quick").await;
    sequencer.round().await.unwrap();
    assert_eq!(codes(&app).await, ["quick"]);
    let before = app.checkpoint().await;
    append(&mut quick, "later").await;
    sequencer.round().await.unwrap();
    slow.batch_execute("COMMIT").await.unwrap();
    sequencer.round().await.unwrap();
    assert_eq!(codes(&app).await, ["quick", "later", "slow"]);
    assert_eq!(sequencer.round().await.unwrap().numbered, 0);
    app.continues(before).await;
    app.verify_all().await;
}

#[actix_web::test]
async fn what_was_rolled_back_leaves_no_gap() {
    let app = TestApp::empty().await;
    let sequencer = app.sequencer().await;
    let mut conn = app.database.connect().await;
    for round in 0..5 {
        conn.batch_execute("BEGIN").await.unwrap();
        append(&mut conn, &format!("lost-{round}")).await;
        conn.batch_execute("ROLLBACK").await.unwrap();
        append(&mut conn, &format!("kept-{round}")).await;
        sequencer.round().await.unwrap();
    }
    assert_eq!(codes(&app).await, ["kept-0", "kept-1", "kept-2", "kept-3", "kept-4"]);
    app.verify_all().await;
}

#[actix_web::test]
async fn two_sequencers_and_many_writers_make_one_tree_without_gap_or_duplicate() {
    let app = TestApp::empty().await;
    let (one, other) = (replica(&app).await, replica(&app).await);
    let writers = join_all((0..6).map(|writer| {
        let app = &app;
        async move {
            let mut conn = app.database.connect().await;
            for entry in 0..40 {
                append(&mut conn, &format!("w{writer}-{entry}")).await;
            }
        }
    }));
    let rounds = async |sequencer: &Sequencer| {
        for _ in 0..40 {
            sequencer.round().await.unwrap();
        }
    };
    futures_util::join!(writers, rounds(&one), rounds(&other));
    one.round().await.unwrap();
    let mut found = codes(&app).await;
    for writer in 0..6 {
        // What one connection committed one after the other stands in that order.
        let own: Vec<_> = found.iter().filter(|code| code.starts_with(&format!("w{writer}-"))).collect();
        let expected: Vec<_> = (0..40).map(|entry| format!("w{writer}-{entry}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 240);
    assert_eq!(app.verify_all().await, 241);
}

#[actix_web::test]
async fn a_sequencer_that_is_killed_anywhere_leaves_nothing_half_done() {
    let app = TestApp::empty().await;
    let mut conn = app.database.connect().await;
    let mut old = None;
    for attempt in 0..40_u32 {
        append(&mut conn, &format!("entry-{attempt}")).await;
        let sequencer = replica(&app).await;
        // Given up after as many steps as this: each time somewhere else.
        let mut round = Box::pin(sequencer.round());
        for _ in 0..attempt {
            if futures_util::poll!(&mut round).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(round);
        drop(sequencer);
        if attempt % 8 == 7 {
            app.number().await;
            if let Some(old) = old.replace(app.checkpoint().await) {
                app.continues(old).await;
            }
        }
    }
    app.number().await;
    assert_eq!(codes(&app).await, (0..40).map(|entry| format!("entry-{entry}")).collect::<Vec<_>>());
    app.verify_all().await;
}

#[actix_web::test]
async fn every_acknowledged_write_is_in_the_tree_after_one_round() {
    let app = TestApp::demo().await;
    let sequencer = app.sequencer().await;
    while sequencer.round().await.unwrap().more {}
    let admin = app.admin().await;
    for round in 0..5 {
        let made = join_all((0..8).map(|one| {
            let slug = format!("office-{round}-{one}");
            let body = serde_json::json!({"slug": slug, "name": {"en": slug}, "sector": "civil_society"});
            let admin = &admin;
            async move { admin.post("/api/v1/institutions", &body).send().await }
        }));
        for answer in made.await {
            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        }
        assert_eq!(sequencer.round().await.unwrap().numbered, 8);
    }
    assert_eq!(
        app.count("ledger_entries WHERE public").await,
        i64::try_from(app.verify_all().await).unwrap()
    );
}

#[actix_web::test]
async fn a_large_import_is_numbered_in_several_rounds() {
    let app = TestApp::empty().await;
    let sql = "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, version, public, state, \
        difference, actor_id, actor_role) SELECT gen_random_uuid(), '2026-11-23T12:00:00Z', 'created', \
        'institution', gen_random_uuid(), 1, true, 'null', '{}', gen_random_uuid(), 'editor' \
        FROM generate_series(1, 4500)";
    app.database.connect().await.batch_execute(sql).await.unwrap();
    let sequencer = app.sequencer().await;
    let mut rounds = Vec::new();
    loop {
        let round = sequencer.round().await.unwrap();
        rounds.push(round.numbered);
        if !round.more {
            break;
        }
    }
    assert_eq!(rounds, [2_000, 2_000, 500]);
    assert_eq!(app.checkpoint().await.0, 4_501);
    assert_eq!(app.count("ledger_leaves").await, 4_501);
}
