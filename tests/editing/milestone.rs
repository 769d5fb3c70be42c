use crate::harness::TestApp;
use serde_json::json;

#[actix_web::test]
async fn an_editor_changes_a_due_date_for_a_reason() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let list = app.get("/api/v1/milestones?commitment=ROTMR0001&limit=1").await.ok();
    let path = format!("/api/v1/milestones/{}", list["data"][0]["id"].as_str().unwrap());
    let etag = editor.etag(&path).await;
    let patch = json!({"due": {"date": "2023-09-30", "precision": "day", "text": null}});
    editor.patch(&path, &patch).send().await.problem(428, "if_match_missing");
    let unexplained = editor.patch(&path, &patch).if_match(&etag).send().await.problem(422, "reason_missing");
    assert_eq!(unexplained["errors"][0]["pointer"], "/reason");
    let patch =
        json!({"due": {"date": "2023-09-30", "precision": "day", "text": null}, "reason": "Elections."});
    let answer = editor.patch(&path, &patch).if_match(&etag).send().await;
    let milestone = answer.ok();
    assert_eq!(milestone["due"]["date"], "2023-09-30");
    assert_eq!(milestone["version"], 2);
    assert_eq!(answer.header("etag"), app.get(&path).await.header("etag"));
    let stale = editor.patch(&path, &patch).if_match(&etag).send().await;
    stale.problem(412, "version_stale");
    assert_eq!(stale.header("etag"), app.get(&path).await.header("etag"));
}
