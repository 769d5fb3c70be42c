//! What somebody does who can sign: the publisher itself, or whoever has its key.

use super::{checked, exported, failed, report, resigned, some_story, trusted, wrong};
use crate::harness::TestApp;
use ed25519_dalek::SigningKey;
use ogp_tracker::audit::model::verify::{Known, verify};
use ogp_tracker::ledger::model::note::LogKey;
use serde_json::{Value, json};

async fn told() -> (TestApp, Vec<u8>) {
    let app = TestApp::demo().await;
    some_story(&app).await;
    let body = report(&app, "").await;
    assert!(checked(&body).holds);
    (app, body)
}

/// The place of a progress update among the entries.
fn an_update(report: &Value) -> usize {
    let entries = report["action_plans"][0]["entries"].as_array().unwrap();
    entries.iter().position(|proved| proved["entry"]["kind"] == "progress_update").expect("an update")
}

fn entries(report: &mut Value) -> &mut Vec<Value> {
    report["action_plans"][0]["entries"].as_array_mut().unwrap()
}

#[actix_web::test]
async fn a_report_signed_anew_by_its_own_key_holds_only_if_nothing_else_changed() {
    let (app, body) = told().await;
    assert!(checked(&resigned(&app, &body, |_| {})).holds);
    // Nothing that it shows can be another than its entries say.
    for (pointer, value) in [
        ("/action_plans/0/commitments/0/state/title/en", json!("A better title")),
        ("/action_plans/0/updates/0/state/progress", json!("complete")),
        ("/action_plans/0/computed/progress/mean", json!(3.0)),
        ("/action_plans/0/computed/milestones/0/schedule", json!("completed_on_time")),
        ("/action_plans/0/findings", json!([])),
        ("/action_plans/0/plan/code", json!("another-plan")),
        ("/common/rules/0/update_interval_months", json!(60)),
        ("/common/members/0/state/name/en", json!("Another town")),
        ("/computed/plans", json!(2)),
        ("/formulas/mean", json!("as we like it")),
    ] {
        let forged = resigned(&app, &body, |report| {
            let place = report.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
            assert_ne!(*place, value, "{pointer}");
            *place = value.clone();
        });
        let verdict = checked(&forged);
        assert_eq!(failed(&verdict), ["states"], "{pointer}: {:#?}", verdict.checks);
        assert!(wrong(&verdict, "states").contains(pointer.split("/title").next().unwrap()), "{pointer}");
    }
    // Another day, which the entries know nothing of.
    let forged = resigned(&app, &body, |report| {
        report["asked"]["as_of"] = json!("2026-11-24");
        report["asked"]["day"] = json!("2026-11-24");
    });
    assert!(failed(&checked(&forged)).contains(&"question"));
    let forged = resigned(&app, &body, |report| report["about"]["code"] = json!("iasi-2020-2022"));
    assert!(failed(&checked(&forged)).contains(&"states"));
}

#[actix_web::test]
async fn an_entry_that_is_left_out_altered_or_swapped_is_found() {
    let (app, body) = told().await;
    let dropped = resigned(&app, &body, |report| {
        let at = an_update(report);
        entries(report).remove(at);
        report["action_plans"][0]["updates"].as_array_mut().unwrap().remove(0);
    });
    let verdict = checked(&dropped);
    assert!(failed(&verdict).contains(&"strands"), "{:#?}", verdict.checks);
    // The same with all that is shown made right again: the gap stays.
    assert!(wrong(&verdict, "strands").contains("before it comes entry"));

    let swapped = resigned(&app, &body, |report| {
        let at = an_update(report);
        entries(report).swap(at, at - 1);
    });
    assert!(failed(&checked(&swapped)).contains(&"strands"));

    let altered = resigned(&app, &body, |report| {
        let at = an_update(report);
        entries(report)[at]["entry"]["state"]["progress"] = json!("complete");
    });
    let verdict = checked(&altered);
    assert!(failed(&verdict).contains(&"inclusion"), "{:#?}", verdict.checks);

    let index = |report: &Value| report["action_plans"][0]["entries"].as_array().unwrap().len() - 1;
    let invented = resigned(&app, &body, |report| {
        let last = index(report);
        let mut more = entries(report)[last].clone();
        more["entry"]["previous"] = more["entry"]["index"].clone();
        more["entry"]["index"] = json!(more["entry"]["index"].as_i64().unwrap() + 1);
        entries(report).push(more);
    });
    assert!(failed(&checked(&invented)).contains(&"inclusion"));

    // The first entries of the plan are left out.
    let beheaded = resigned(&app, &body, |report| {
        entries(report).remove(0);
    });
    assert!(failed(&checked(&beheaded)).contains(&"strands"));
}

#[actix_web::test]
async fn a_signature_of_another_is_found() {
    let (app, body) = told().await;
    let text = String::from_utf8(body.clone()).unwrap();
    let other = report(&app, "on=2023-01-01").await;
    let signature = |body: &[u8]| {
        let report: Value = serde_json::from_slice(body).unwrap();
        report["generation"]["signature"].as_str().unwrap().to_owned()
    };
    let replaced = text.replace(&signature(&body), &signature(&other));
    assert_eq!(failed(&checked(replaced.as_bytes())), ["signature"]);
    let unsigned = text.replace(&format!(",\"signature\":\"{}\"", signature(&body)), "");
    assert!(failed(&checked(unsigned.as_bytes())).contains(&"signature"));

    // A key that nobody trusts signs as well as any; whoever knows the right one sees it.
    let key = trusted(&app).await;
    let stranger = LogKey::new(&key.name, SigningKey::from_bytes(&[9; 32]).verifying_key());
    let known = |keys| Known { keys, ..Known::default() };
    assert!(verify(&body, &known(vec![stranger.clone(), key.clone()])).holds);
    assert_eq!(failed(&verify(&body, &known(vec![stranger]))), ["signature", "checkpoint"]);
    let note = SigningKey::from_bytes(&[9; 32]);
    let forged = resigned(&app, &body, |report| {
        let signed = report["checkpoint"]["note"].as_str().unwrap().to_owned();
        let read = ogp_tracker::ledger::model::note::Checkpoint::read(&signed).unwrap();
        report["checkpoint"]["note"] = json!(read.sign([&note]));
    });
    assert!(failed(&checked(&forged)).contains(&"checkpoint"));
}

#[actix_web::test]
async fn an_older_report_that_is_given_for_a_new_one_is_found() {
    let app = TestApp::demo().await;
    app.clock.set("2026-11-24");
    let old = report(&app, "").await;
    some_story(&app).await;
    let new = report(&app, "").await;
    let known = |known: Known| known;
    let since =
        |instant: &str| known(Known { made_since: Some(instant.parse().unwrap()), ..Known::default() });
    assert_eq!(failed(&verify(&old, &since("2026-11-25T00:00:00Z"))), ["question"]);
    assert!(verify(&new, &since("2026-11-25T00:00:00Z")).holds);
    let on = |day: &str| Known { as_of: Some(day.parse().unwrap()), ..Known::default() };
    assert_eq!(failed(&verify(&old, &on("2026-11-25"))), ["question"]);
    assert!(verify(&new, &on("2026-11-25")).holds);
    assert_eq!(checked(&new).provisional, Some(true));

    let after = |earlier: &[u8]| Known { earlier: Some(earlier.to_vec()), ..Known::default() };
    assert!(verify(&new, &after(&old)).holds);
    let replayed = verify(&old, &after(&new));
    assert_eq!(failed(&replayed), ["continues"]);
    let iasi = exported(&app, "/api/v1/members/IAS/report").await.body;
    assert_eq!(failed(&verify(&iasi, &after(&old))), ["continues"]);
    let about = |name: &str| Known { about: Some(name.to_owned()), ..Known::default() };
    assert_eq!(failed(&verify(&iasi, &about("ROTMR"))), ["question"]);
    assert!(verify(&iasi, &about("ias")).holds);
}
