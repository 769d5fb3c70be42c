use crate::editing::{Draft, assessment, milestones, take_steps};
use crate::harness::{Client, TestApp, column};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HISTORY: &str = "/api/v1/commitments/ROTMR0001/history";

/// How many changes of each kind of thing.
fn kinds(rows: &[Value]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for row in rows {
        *kinds.entry(row["kind"].as_str().unwrap()).or_default() += 1;
    }
    kinds
}

#[actix_web::test]
async fn everything_below_a_commitment_is_part_of_its_history() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/commitments/ROTMR0001").await.ok();
    let count = |field: &str| page[field].as_array().unwrap().len();
    let outgoing = page["links"].as_array().unwrap().iter().filter(|link| link["direction"] == "outgoing");
    let rows = app.all(HISTORY).await;
    let mut expected = BTreeMap::from([("commitment", 1), ("milestone", 5)]);
    for (kind, number) in [
        ("evidence", count("evidence")),
        ("progress_report", count("progress_reports")),
        ("assessment", count("assessments")),
        ("commitment_link", outgoing.count()),
    ] {
        if number > 0 {
            expected.insert(kind, number);
        }
    }
    assert!(expected.len() >= 3, "{expected:?}");
    assert_eq!(kinds(&rows), expected);
    assert!(rows.iter().all(|row| row["action"] == "created" && row["role"] == "admin"));
    let own = rows.iter().find(|row| row["kind"] == "commitment").unwrap();
    assert_eq!((&own["code"], &own["resource_id"]), (&json!("ROTMR0001"), &page["id"]));
}

#[actix_web::test]
async fn changes_below_come_latest_first_whoever_made_them() {
    let app = TestApp::demo().await;
    let first = milestones(&app, "ROTMR0001").await.remove(0);
    let second = assessment(&app, "ROTMR0001").await;
    app.clock.set("2026-12-01");
    let staff = app.signed_in(&["editor@ROTMR", "assessor@ROTMR"]).await;
    let change = async |who: &Client<'_>, path: &str, patch: Value| {
        who.patch(&format!("/api/v1/{path}"), &patch).if_match("*").send().await.ok();
    };
    change(&staff, &format!("milestones/{first}"), json!({"position": 8})).await;
    app.clock.set("2026-12-02");
    let staff = app.signed_in(&["editor@ROTMR", "assessor@ROTMR"]).await;
    change(&staff, &format!("assessments/{second}"), json!({"report_year": 2022})).await;
    let link = json!({"kind": "related", "to": "ROTMR0003"});
    app.clock.set("2026-12-03");
    let staff = app.signed_in(&["editor@ROTMR"]).await;
    assert_eq!(staff.post("/api/v1/commitments/ROTMR0001/links", &link).send().await.status, 201);
    let latest = app.get(&format!("{HISTORY}?limit=3")).await.ok();
    assert_eq!(column(&latest["data"], "kind"), ["commitment_link", "assessment", "milestone"]);
    assert_eq!(column(&latest["data"], "role"), ["editor", "assessor", "editor"]);
    let rows = app.all(&format!("{HISTORY}?kind=assessment&from=2026-12-01")).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["resource_id"], second);
    // Every id once, whatever the size of the page.
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{HISTORY}?limit=2{cursor}")).await.ok();
        ids.extend(column(&page["data"], "id"));
        let Some(next) = page["page"]["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let all: Vec<_> =
        app.all(HISTORY).await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, all);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    // The other end of the link has nothing to tell of it.
    let other = app.all("/api/v1/commitments/ROTMR0003/history").await;
    assert!(other.iter().all(|row| row["recorded_at"].as_str().unwrap() < "2026-12-01"));
}

#[actix_web::test]
async fn a_draft_s_history_is_its_staff_s_until_it_is_published() {
    let app = TestApp::demo().await;
    app.clock.set("2026-12-01");
    let staff = app.signed_in(&["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    let path = format!("/api/v1/commitments/{}/history", draft.commitment);
    app.get(&path).await.problem(404, "not_found");
    app.editor_of("IAS").await.get(&path).send().await.problem(404, "not_found");
    let count = async |who: &Client<'_>| who.get(&path).send().await.ok()["data"].as_array().unwrap().len();
    assert_eq!(count(&staff).await, 4);
    let publisher = app.publisher_of("ROTMR").await;
    take_steps(&publisher, &draft.plan, &["consult", "adopt", "publish"]).await;
    let rows = app.all(&path).await;
    assert_eq!(
        kinds(&rows),
        BTreeMap::from([("assessment", 1), ("commitment", 1), ("commitment_link", 1), ("milestone", 1)])
    );
    assert!(rows.iter().all(|row| row["action"] == "published"));
    assert_eq!(count(&staff).await, 8);
    let gone = publisher.delete(&format!("/api/v1/commitments/{}?reason=No", draft.commitment)).if_match("*");
    assert_eq!(gone.send().await.status, 204);
    let rows = app.all(&path).await;
    assert_eq!((rows.len(), &rows[0]["action"], &rows[0]["reason"]), (5, &json!("withdrawn"), &json!("No")));
}
