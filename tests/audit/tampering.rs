//! What somebody does to a file, or to the database.

use super::{PLAN, checked, failed, report, some_story};
use crate::harness::TestApp;
use diesel_async::SimpleAsyncConnection;
use serde_json::Value;

/// A plan with one commitment and one milestone: what a small town has.
fn small() -> Value {
    let mut document: Value = serde_json::from_str(include_str!("../../demo/romania.json")).unwrap();
    let keep = |document: &mut Value, list: &str, field: &str, wanted: &[&str]| {
        let rows = document[list].as_array_mut().unwrap();
        rows.retain(|row| row[field].as_str().is_some_and(|name| wanted.contains(&name)));
        assert_eq!(rows.len(), wanted.len(), "{list}");
    };
    keep(&mut document, "members", "code", &["ROU", "ROTMR"]);
    keep(&mut document, "action_plans", "slug", &[PLAN]);
    keep(&mut document, "commitments", "code", &["ROTMR0002"]);
    for commitment in document["commitments"].as_array_mut().unwrap() {
        let commitment = commitment.as_object_mut().unwrap();
        commitment.remove("assessments");
        commitment.remove("links");
        commitment.get_mut("milestones").unwrap().as_array_mut().unwrap().truncate(1);
    }
    document
}

/// Places and values that are the same in every run: a linear congruential generator (Knuth's MMIX).
struct Places(u64);

impl Places {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

#[actix_web::test]
async fn one_byte_changed_anywhere_is_found_and_told_where() {
    let app = TestApp::empty().await;
    app.import(&small()).await.unwrap();
    let whole = report(&app, "").await;
    assert!(checked(&whole).holds, "{:#?}", checked(&whole).checks);
    let mut places = Places(2026);
    let mut changes = Vec::new();
    while changes.len() < 500 {
        let (at, bit) = (places.next(whole.len()), places.next(255) + 1);
        let mut altered = whole.clone();
        altered[at] ^= u8::try_from(bit).unwrap();
        changes.push((at, altered));
    }
    // Both cores look.
    let halves: Vec<_> = changes.chunks(250).map(<[_]>::to_vec).collect();
    let threads: Vec<_> = halves
        .into_iter()
        .map(|half| {
            std::thread::spawn(move || {
                for (at, altered) in half {
                    let verdict = checked(&altered);
                    assert!(!verdict.holds, "byte {at} was changed and nothing found");
                    let told = verdict
                        .checks
                        .iter()
                        .any(|check| check.wrong.iter().any(|wrong| !wrong.at.is_empty()));
                    assert!(told, "byte {at}: {:#?}", verdict.checks);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("all found");
    }
}

/// Does something that the triggers forbid, as whoever owns the database can.
async fn bypass(app: &TestApp, sql: &str) {
    let around = format!(
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL; ALTER TABLE ledger_leaves DISABLE TRIGGER ALL; {sql}; \
         ALTER TABLE ledger_entries ENABLE TRIGGER ALL; ALTER TABLE ledger_leaves ENABLE TRIGGER ALL"
    );
    app.database
        .connect()
        .await
        .batch_execute(&around)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[actix_web::test]
async fn what_a_superuser_does_to_the_record_is_found_in_the_report() {
    const UPDATE: &str = "SELECT id FROM ledger_entries WHERE kind = 'progress_update' ORDER BY id LIMIT 1";
    for (sql, checks) in [
        (
            format!("UPDATE ledger_entries SET state = replace(state, 'substantial', 'complete') WHERE id = ({UPDATE})"),
            &["inclusion"][..],
        ),
        (
            format!("UPDATE ledger_entries SET recorded_at = recorded_at - interval '1 year' WHERE id = ({UPDATE})"),
            &["inclusion"],
        ),
        (format!("UPDATE ledger_entries SET reason = 'by order' WHERE id = ({UPDATE})"), &["inclusion"]),
        (
            format!(
                "CREATE TEMP TABLE gone ON COMMIT DROP AS {UPDATE}; DELETE FROM ledger_leaves WHERE entry_id IN (TABLE gone); \
                 DELETE FROM ledger_entries WHERE id IN (TABLE gone)"
            ),
            &["inclusion", "strands"],
        ),
        (
            "INSERT INTO ledger_entries (id, recorded_at, action, kind, resource_id, version, member_id, plan_id, public, \
             state, difference, actor_id, actor_role) SELECT gen_random_uuid(), recorded_at, action, kind, \
             gen_random_uuid(), version, member_id, plan_id, public, state, difference, actor_id, actor_role \
             FROM ledger_entries WHERE kind = 'progress_update' LIMIT 1; \
             INSERT INTO ledger_leaves (index, entry_id, leaf_hash, format, previous, strand) SELECT 100000, e.id, \
             sha256('x'), 2, NULL, e.plan_id FROM ledger_entries e WHERE NOT EXISTS \
             (SELECT FROM ledger_leaves l WHERE l.entry_id = e.id) AND e.public"
                .to_owned(),
            &[],
        ),
    ] {
        let app = TestApp::demo().await;
        some_story(&app).await;
        assert!(checked(&report(&app, "").await).holds);
        app.watch.round(&app.accounts.writes).await.unwrap();
        bypass(&app, &sql).await;
        let found = app.watch.round(&app.accounts.writes).await.unwrap();
        assert!(matches!(found, ogp_tracker::ledger::service::Verdict::Diverged(_)), "{sql}");
        // A leaf beyond the signed tree is in no report; all else is found in it.
        let body = app.get(&format!("/api/v1/action-plans/{PLAN}/report")).await;
        assert_eq!(body.status, 200, "{sql}: {}", String::from_utf8_lossy(&body.body));
        let verdict = checked(&body.body);
        assert_eq!(verdict.holds, checks.is_empty(), "{sql}: {:#?}", verdict.checks);
        for check in checks {
            assert!(failed(&verdict).contains(check), "{sql}: {:#?}", verdict.checks);
        }
    }
}
