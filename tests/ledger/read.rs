use super::{hash, opened, root_of, sha256};
use crate::editing::{Draft, id, milestones, take_steps};
use crate::harness::TestApp;
use serde_json::{Value, json};

#[actix_web::test]
async fn each_entry_of_the_demo_is_proved_by_a_signed_checkpoint() {
    let app = TestApp::demo().await;
    app.number().await;
    let count = app.count("ledger_entries WHERE public").await;
    assert!(count > 100, "only {count} entries");
    assert_eq!(app.verify_all().await, usize::try_from(count).unwrap());
}

#[actix_web::test]
async fn the_bytes_of_an_entry_are_those_that_the_tree_holds() {
    let app = TestApp::demo().await;
    app.number().await;
    let by_index = app.get("/api/v1/ledger/entries/3").await;
    let entry = by_index.ok();
    let by_id = app.get(&format!("/api/v1/ledger/entries/{}", id(&entry))).await;
    assert_eq!(by_index.body, by_id.body);
    let proof = app.get("/api/v1/ledger/proofs/inclusion?index=3&size=5").await.ok();
    let leaf = sha256(&[&[0], &by_index.body]);
    assert_eq!(hash(&proof["leaf_hash"]), leaf);
    assert_eq!(root_of(leaf, 3, 5, &super::hashes(&proof["path"])), hash(&proof["root_hash"]));
    assert_eq!(entry["format"], "ogp-tracker/ledger-entry/2");
    app.get("/api/v1/ledger/entries/999999").await.problem(404, "not_found");
    app.get("/api/v1/ledger/entries/-1").await.problem(404, "not_found");
    app.get("/api/v1/ledger/entries/NOPE").await.problem(404, "not_found");
}

#[actix_web::test]
async fn a_draft_is_not_in_the_record_until_it_is_published_and_then_as_it_is() {
    let app = TestApp::demo().await;
    app.number().await;
    let before = app.checkpoint().await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    assert_eq!(app.number().await, 0);
    let id = app.entries_of(&draft.milestone).await;
    assert_eq!(id.len(), 1, "it is recorded privately");
    assert_eq!(app.checkpoint().await, before);

    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    assert!(app.number().await > 0);
    let entries = app.log_entries().await;
    for thing in [&draft.plan, &draft.commitment, &draft.milestone] {
        let about: Vec<_> = entries.iter().filter(|entry| entry["resource_id"] == **thing).collect();
        let [one] = about[..] else { panic!("{thing}: {about:#?}") };
        assert_eq!(one["action"], "published", "{one:#}");
    }
    assert!(entries.iter().any(|entry| entry["state"]["title"]["en"] == "A secret step"));
    app.continues(before).await;
}

#[actix_web::test]
async fn an_entry_names_the_actor_by_pseudonym_only() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = milestones(&app, "ROTMR0001").await.remove(0);
    let patch = json!({"label": "1.1.a", "reason": "A typo."});
    let change = editor.patch(&format!("/api/v1/milestones/{milestone}"), &patch).if_match("*").send().await;
    change.ok();
    app.number().await;
    let entries = app.log_entries().await;
    let entry = entries.iter().find(|entry| entry["reason"] == "A typo.").expect("the change");
    assert_eq!((&entry["role"], &entry["action"]), (&json!("editor"), &json!("changed")));
    assert_eq!(entry["request_id"], change.header("x-request-id").unwrap());
    assert_eq!(entry["difference"], json!({"label": {"before": "1.1", "after": "1.1.a"}}));
    assert_ne!(entry["actor_id"], json!(editor.person_id));
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains(&editor.email) && !text.contains("Person "));
}

#[actix_web::test]
async fn pages_of_entries_and_of_checkpoints_follow_one_another() {
    let app = TestApp::demo().await;
    app.number().await;
    let page = app.get("/api/v1/ledger/entries?limit=2&after=4").await.ok();
    let indexes: Vec<_> = page["data"].as_array().unwrap().iter().map(|entry| &entry["index"]).collect();
    assert_eq!((indexes, &page["page"]["next"]), (vec![&json!(5), &json!(6)], &json!(6)));
    let size = app.checkpoint().await.0;
    let page = app.get(&format!("/api/v1/ledger/entries?after={}", size - 2)).await.ok();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["page"]["next"]), (1, &Value::Null));
    let page = app.get(&format!("/api/v1/ledger/entries?after={size}")).await.ok();
    assert_eq!(page["data"], json!([]));
}

#[actix_web::test]
async fn the_checkpoint_of_an_instant_is_the_last_one_signed_until_then() {
    let app = TestApp::demo().await;
    app.number().await;
    let first = app.note().await;
    app.clock.set("2026-12-01");
    let editor = app.editor_of("ROTMR").await;
    let milestone = milestones(&app, "ROTMR0001").await.remove(0);
    let patch = json!({"label": "1.1.a", "reason": "A typo."});
    editor.patch(&format!("/api/v1/milestones/{milestone}"), &patch).if_match("*").send().await.ok();
    app.number().await;
    let second = app.note().await;
    assert_ne!(first, second);
    let notes = async |query: &str| -> Vec<Value> {
        let page = app.get(&format!("/api/v1/ledger/checkpoints?{query}")).await.ok();
        page["data"].as_array().unwrap().iter().map(|one| one["note"].clone()).collect()
    };
    assert_eq!(notes("limit=10").await, [json!(first), json!(second)]);
    assert_eq!(notes("at=2026-11-30T23:59:59Z").await, [json!(first)]);
    assert_eq!(notes("at=2026-12-01T12:00:00Z").await, [json!(second)]);
    assert_eq!(notes("at=2026-11-01T12:00:00%2B02:00").await, Vec::<Value>::new());
    assert_eq!(notes("limit=1").await, [json!(first)]);
}

#[actix_web::test]
async fn the_signed_note_may_be_kept_and_is_asked_for_again_by_its_tag() {
    let app = TestApp::demo().await;
    app.number().await;
    let answer = app.get("/api/v1/ledger/checkpoint").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    let etag = answer.header("etag").expect("an entity tag");
    let again = app.get_with("/api/v1/ledger/checkpoint", &[("if-none-match", etag)]).await;
    assert_eq!(again.status, 304);
    app.get("/api/v1/ledger/checkpoint?colour=red").await.problem(400, "parameter_unknown");
}

#[actix_web::test]
async fn what_the_record_does_not_have_cannot_be_proved_and_the_answer_says_why() {
    let app = TestApp::demo().await;
    for path in ["checkpoint", "proofs/inclusion", "proofs/consistency"] {
        app.get(&format!("/api/v1/ledger/{path}")).await.problem(404, "not_found");
    }
    assert_eq!(app.get("/api/v1/ledger/entries").await.ok()["data"], json!([]));
    app.number().await;
    let size = app.checkpoint().await.0;
    for (query, parameter) in [
        (format!("inclusion?index={size}"), "index"),
        ("inclusion?index=5&size=5".to_owned(), "index"),
        (format!("inclusion?size={}", size + 1), "size"),
        ("inclusion?size=0".to_owned(), "size"),
        ("inclusion?index=-1".to_owned(), "index"),
        ("consistency?from=6&to=5".to_owned(), "from"),
        ("consistency?from=0".to_owned(), "from"),
        (format!("consistency?to={}", size + 1), "to"),
        ("consistency?to=99999999999999999999".to_owned(), "to"),
    ] {
        let answer = app.get(&format!("/api/v1/ledger/proofs/{query}")).await;
        let problem = answer.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}: {problem:#}");
    }
}

#[actix_web::test]
async fn every_state_that_the_log_had_begins_every_later_one() {
    let app = TestApp::demo().await;
    app.number().await;
    let size = app.checkpoint().await.0;
    let mut roots = Vec::new();
    for size in 1..=size {
        let proof = app.get(&format!("/api/v1/ledger/proofs/inclusion?index=0&size={size}")).await.ok();
        roots.push(hash(&proof["root_hash"]));
    }
    for (from, root) in (1..).zip(roots) {
        app.continues((from, root)).await;
    }
}

#[actix_web::test]
async fn the_keys_are_published_in_the_forms_that_other_tools_read() {
    let app = TestApp::demo().await;
    app.number().await;
    let keys = app.get("/api/v1/ledger/public-key").await.ok();
    let [key] = &keys["data"].as_array().unwrap()[..] else { panic!("{keys:#}") };
    assert_eq!(key["index"], 0, "the log begins with its key");
    assert!(key["pem"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    let name = key["name"].as_str().unwrap();
    assert!(name.starts_with("ogp-tracker/"), "{name}");
    assert!(opened(&app.note().await, key["verifier_key"].as_str().unwrap()).is_some());
}
