//! Audit reports: what they say is what the API says, and whatever is done to one is found.

mod command;
mod export;
mod forgery;
mod holds;
mod tampering;

use crate::editing::{id, made};
use crate::harness::{Answer, TestApp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer;
use ogp_tracker::audit::model::verify::{Known, Outcome, Verdict, verify};
use ogp_tracker::ledger::model::note::LogKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const PLAN: &str = "timisoara-2022-2024";

/// The report at an address, once all that was committed is numbered.
pub async fn exported(app: &TestApp, address: &str) -> Answer {
    app.number().await;
    let answer = app.get(address).await;
    assert_eq!(answer.status, 200, "{address}: {}", String::from_utf8_lossy(&answer.body));
    answer
}

/// The report of Timișoara's plan.
pub async fn report(app: &TestApp, query: &str) -> Vec<u8> {
    exported(app, &format!("/api/v1/action-plans/{PLAN}/report?{query}")).await.body.to_vec()
}

/// The key of the log, as somebody would have it who got it elsewhere.
pub async fn trusted(app: &TestApp) -> LogKey {
    let keys = app.get("/api/v1/ledger/public-key").await.ok();
    LogKey::read(keys["data"][0]["verifier_key"].as_str().unwrap()).expect("a key")
}

/// The names of the checks that fail, and where.
pub fn failed(verdict: &Verdict) -> Vec<&'static str> {
    let failed = verdict.checks.iter().filter(|check| check.outcome == Outcome::Fails);
    failed.map(|check| check.name).collect()
}

/// What a check says is wrong.
pub fn wrong(verdict: &Verdict, check: &str) -> String {
    let check = verdict.checks.iter().find(|known| known.name == check).expect("such a check");
    check.wrong.iter().map(|wrong| format!("{} {}\n", wrong.at, wrong.says)).collect()
}

pub fn checked(file: &[u8]) -> Verdict {
    verify(file, &Known::default())
}

/// A report as its publisher would make it who wants to lie: changed, with digest and signature made anew. Does by hand
/// what the standards say.
pub fn resigned(app: &TestApp, file: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let canonical = |value: &Value| serde_json_canonicalizer::to_vec(value).expect("JSON");
    let mut report: Value = serde_json::from_slice(file).expect("a report");
    change(&mut report);
    let mut generation = report.as_object_mut().unwrap().remove("generation").unwrap();
    let digest: String =
        Sha256::digest(canonical(&report)).iter().map(|byte| format!("{byte:02x}")).collect();
    generation["digest"] = json!(format!("sha256:{digest}"));
    generation.as_object_mut().unwrap().remove("signature");
    report["generation"] = generation;
    let key = app.log_keys().read().unwrap().pop().expect("a key");
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(canonical(&report)));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).to_bytes());
    report["generation"]["signature"] = json!(format!("{header}..{signature}"));
    canonical(&report)
}

/// Some things happen in Timișoara: two updates with a link, a correction, a withdrawn milestone.
pub async fn some_story(app: &TestApp) {
    app.clock.set("2026-11-24");
    let staff = app.editor_of("ROTMR").await;
    let rows = app.all(&format!("/api/v1/milestones?action_plan={PLAN}")).await;
    let address = |row: &Value| format!("/api/v1/milestones/{}/updates", id(row));
    let said = json!({"progress": "substantial", "percent": 60, "effective_on": "2023-02-01",
        "narrative": {"ro": "Portalul este în lucru."}, "links": [
            {"url": "https://www.primariatm.ro/ogp", "title": {"en": "The portal"}, "kind": "web_page"}]});
    let first = id(&made(&staff.post(&address(&rows[0]), &said).send().await));
    app.clock.set("2026-11-25");
    let staff = app.editor_of("ROTMR").await;
    let better = json!({"progress": "limited", "effective_on": "2023-02-01", "supersedes": first,
        "reason": "It was less than that.", "challenge": "lack_of_resources"});
    made(&staff.post(&address(&rows[0]), &better).send().await);
    let claim = json!({"progress": "substantial", "effective_on": "2023-06-01"});
    made(&staff.post(&address(&rows[1]), &claim).send().await);
}
