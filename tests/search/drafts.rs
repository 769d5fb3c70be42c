use super::{found, list, search, snippets};
use crate::editing::{DRAFT, id, made, take_steps};
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};

/// A draft plan with a commitment and a milestone whose words nothing else has.
async fn draft(editor: &Client<'_>) -> (String, String) {
    let plan = json!({"slug": DRAFT, "member": "ROTMR", "title": {"ro": "Planul zimbrului"}});
    made(&editor.post("/api/v1/action-plans", &plan).send().await);
    let commitment = id(&add(
        editor,
        "/api/v1/commitments",
        json!({"action_plan": DRAFT, "title": {"ro": "Pașaportul zimbrului"}}),
    )
    .await);
    let milestone = json!({"title": {"ro": "Hrănirea zimbrului"}});
    let milestone = add(editor, &format!("/api/v1/commitments/{commitment}/milestones"), milestone).await;
    (commitment, id(&milestone))
}

async fn add(editor: &Client<'_>, path: &str, body: Value) -> Value {
    made(&editor.post(path, &body).send().await)
}

async fn staff(client: &Client<'_>, path: &str) -> Vec<String> {
    found(&client.get(path).send().await.ok())
}

#[actix_web::test]
async fn a_draft_is_found_by_those_who_see_it_and_by_nobody_else() {
    let app = TestApp::demo().await;
    let (own, others) = (app.editor_of("ROTMR").await, app.editor_of("IAS").await);
    draft(&own).await;
    for (path, count) in [
        ("search?q=zimbru", 3),
        ("search?q=zimbr", 3),
        ("action-plans?q=zimbrului", 1),
        ("commitments?q=zimbrul", 1),
        ("milestones?q=zimbrului", 1),
    ] {
        let path = format!("/api/v1/{path}&total=true");
        assert_eq!(staff(&own, &path).await.len(), count, "{path}");
        for page in [others.get(&path).send().await.ok(), app.get(&path).await.ok()] {
            assert_eq!(
                (page["data"].as_array().unwrap().len(), &page["page"]["total"]),
                (0, &json!(0)),
                "{path}"
            );
        }
    }
}

/// Nobody learns from a correction, or from none, which words a draft has.
#[actix_web::test]
async fn what_a_mistyped_word_is_taken_for_tells_nothing_of_drafts() {
    let app = TestApp::demo().await;
    let own = app.editor_of("ROTMR").await;
    let before = search(&app, &[("q", "pasaportull")]).await;
    let before_exact = search(&app, &[("q", "transparentaa")]).await;
    draft(&own).await;
    add(&own, "/api/v1/commitments", json!({"action_plan": DRAFT, "title": {"ro": "Transparentaa"}})).await;
    assert_eq!(search(&app, &[("q", "pasaportull")]).await, before);
    assert_eq!(before["corrections"], json!([]));
    // That a draft has the mistyped word itself changes nothing for others.
    assert_eq!(search(&app, &[("q", "transparentaa")]).await, before_exact);
    assert!(!before_exact["data"].as_array().unwrap().is_empty());
    let seen = own.get("/api/v1/search?q=pasaportull").send().await.ok();
    assert_eq!(seen["corrections"], json!([{"asked": "pasaportull", "read_as": ["pasaportul"]}]));
}

#[actix_web::test]
async fn what_is_published_is_found_and_what_is_withdrawn_is_not() {
    let app = TestApp::demo().await;
    let (publisher, admin) = (app.publisher_of("ROTMR").await, app.admin().await);
    let (commitment, milestone) = draft(&publisher).await;
    take_steps(&publisher, DRAFT, &["consult", "adopt", "publish"]).await;
    let count = async |q: &str| found(&search(&app, &[("q", q)]).await).len();
    assert_eq!(count("zimbrului").await, 3);
    let result: Value = search(&app, &[("q", "hranire"), ("kind", "commitment")]).await;
    assert_eq!(snippets(&result["data"][0]), ["[Hrănirea] zimbrului"]);
    withdraw(&publisher, &format!("/api/v1/milestones/{milestone}")).await;
    assert_eq!((count("zimbrului").await, count("hranirea").await), (2, 0));
    withdraw(&publisher, &format!("/api/v1/commitments/{commitment}")).await;
    assert_eq!((count("zimbrului").await, count("pasaportul").await), (1, 0));
    let request = json!({"reason": "A test."});
    let withdrawn = publisher.post(&format!("/api/v1/action-plans/{DRAFT}/withdraw"), &request).send().await;
    assert_eq!(withdrawn.status, 200, "{}", String::from_utf8_lossy(&withdrawn.body));
    assert_eq!(count("zimbrului").await, 0);
    assert_eq!(admin.get("/api/v1/search?q=zimbrului").send().await.ok()["data"], json!([]));
    assert_eq!(found(&list(&app, "commitments", &[("q", "zimbrului")]).await), Vec::<String>::new());
}

async fn withdraw(publisher: &Client<'_>, path: &str) {
    let version = publisher.etag(path).await;
    let removed = publisher.delete(&format!("{path}?reason=A+test.")).if_match(&version).send().await;
    assert_eq!(removed.status, 204, "{}", String::from_utf8_lossy(&removed.body));
}
