//! Paging through a list while it changes.

use crate::editing::id;
use crate::harness::{Client, TestApp};
use futures_util::future::join;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

const COMMITMENTS: usize = 5_000;
const EDITS: usize = 1_000;

/// A plan with 5,000 commitments; every other one has a code, the others are sorted by their keys.
fn document() -> Value {
    let commitments = (0..COMMITMENTS).map(|number| {
        let mut commitment = json!({
            "action_plan": "x-2026", "key": format!("k{number:05}"), "title": {"en": format!("Promise {number}")},
            "ends": {"date": format!("20{:02}-06-30", 27 + number % 3), "precision": "day"}
        });
        if number % 2 == 0 {
            commitment["code"] = json!(format!("XX{number:04}"));
            commitment["code_basis"] = json!("sequence");
        }
        commitment
    });
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "commitment_prefix": "XX", "name": {"en": "X"}}],
        "action_plans": [{"slug": "x-2026", "member": "XXA"}],
        "commitments": commitments.collect::<Vec<_>>()
    })
}

/// Changes whatever is next: a text, now and then something goes, now and then something comes.
async fn edit(staff: &Client<'_>, number: usize, ids: &[String], gone: &mut HashSet<String>) {
    // All over the list, before and behind wherever a reader is.
    let picked = &ids[number * 7_919 % ids.len()];
    let address = format!("/api/v1/commitments/{picked}");
    let answer = match number % 10 {
        3 if gone.insert(picked.clone()) => {
            staff.delete(&format!("{address}?reason=Entered+twice.")).if_match("*").send().await
        }
        7 => {
            let promise = json!({"action_plan": "x-2026", "title": {"en": format!("Late promise {number}")}});
            staff.post("/api/v1/commitments", &promise).send().await
        }
        _ if gone.contains(picked) => return,
        _ => {
            let change = json!({"title": {"en": format!("Changed {number}")}, "reason": "A better word."});
            staff.patch(&address, &change).if_match("*").send().await
        }
    };
    assert!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
}

#[actix_web::test]
async fn what_was_there_throughout_comes_exactly_once_while_1000_edits_happen() {
    let app = TestApp::empty().await;
    assert!(app.import(&document()).await.is_ok());
    let ids: Vec<_> = app.all("/api/v1/commitments?fields=id").await.iter().map(id).collect();
    assert_eq!(ids.len(), COMMITMENTS);
    let staff = app.publisher_of("XXA").await;
    let (mut gone, mut edits) = (HashSet::new(), 0);
    for order in ["code", "-ends,code"] {
        let first = format!("/api/v1/commitments?fields=id&sort={order}&limit=100");
        let (mut seen, mut address) = (HashMap::<String, usize>::new(), Some(first.clone()));
        let before = gone.clone();
        let pages = COMMITMENTS / 100;
        while let Some(page) = address {
            // Ten at a time: they and the page are under way together.
            let until = (edits + EDITS / 2 / pages).min(EDITS);
            let writing = async {
                for number in edits..until {
                    edit(&staff, number, &ids, &mut gone).await;
                }
            };
            let (answer, ()) = join(app.get(&page), writing).await;
            edits = until;
            let body = answer.ok();
            for row in body["data"].as_array().unwrap() {
                *seen.entry(id(row)).or_default() += 1;
            }
            address = body["page"]["next"].as_str().map(|next| format!("{first}&cursor={next}"));
        }
        let missed: Vec<_> =
            ids.iter().filter(|id| !gone.contains(*id) && seen.get(*id) != Some(&1)).collect();
        assert!(missed.is_empty(), "by {order}: {} were missed or came twice", missed.len());
        assert!(seen.values().all(|times| *times == 1), "by {order}");
        assert!(before.iter().all(|id| !seen.contains_key(id)), "by {order}: what was gone came back");
    }
    assert!(edits >= EDITS - 20 && gone.len() >= 90, "{edits} edits, {} are gone", gone.len());
}
