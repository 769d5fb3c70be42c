use super::*;

/// A public file, by its id.
async fn public(app: &TestApp) -> String {
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    assert_eq!(attach(&editor, &milestone(app, "ROTMR0001").await, &id).await.status, 201);
    id
}

#[actix_web::test]
async fn a_file_comes_as_an_attachment_that_nothing_runs() {
    let app = TestApp::demo().await;
    let id = public(&app).await;
    let answer = app.get_with(&content(&id), &[("accept-encoding", "gzip, br, zstd")]).await;
    assert_eq!((answer.status, &answer.body[..]), (200, PDF));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"raport.pdf\""),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "public, max-age=3600, immutable"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(answer.header("content-length"), Some(PDF.len().to_string().as_str()));
    let sha256 = app.get(&page(&id)).await.ok()["file"]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("etag"), Some(format!("\"{sha256}\"").as_str()));
    let head = app.send(app.request(Method::HEAD, &content(&id))).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), answer.header("content-length"));
    app.get(&format!("{}?colour=red", content(&id))).await.problem(400, "parameter_unknown");
}

#[actix_web::test]
async fn parts_of_a_file_are_given_out() {
    let app = TestApp::demo().await;
    let id = public(&app).await;
    let etag = app.get(&content(&id)).await.header("etag").unwrap().to_owned();
    let size = PDF.len();
    for (range, from, to) in [("bytes=0-3", 0, 4), ("bytes=5-", 5, size), ("bytes=-4", size - 4, size)] {
        let headers = [("range", range), ("accept-encoding", "gzip")];
        let answer = app.get_with(&content(&id), &headers).await;
        assert_eq!((answer.status, &answer.body[..]), (206, &PDF[from..to]), "{range}");
        let told = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(answer.header("content-range"), Some(told.as_str()));
        assert_eq!(answer.header("content-encoding"), None);
    }
    let beyond = app.get_with(&content(&id), &[("range", "bytes=9999-")]).await;
    beyond.problem(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{size}").as_str()));
    let same = [("range", "bytes=0-3"), ("if-range", etag.as_str())];
    assert_eq!(app.get_with(&content(&id), &same).await.status, 206);
    let other = [("range", "bytes=0-3"), ("if-range", "\"other\"")];
    assert_eq!(app.get_with(&content(&id), &other).await.status, 200);
    let known = app.get_with(&content(&id), &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
}

#[actix_web::test]
async fn what_staff_see_before_others_is_kept_by_no_cache() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    let answer = editor.get(&content(&id)).send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("private, no-cache")));
    app.get(&content(&id)).await.problem(404, "not_found");
}

#[actix_web::test]
async fn a_name_in_any_language_is_given_back() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let id = made(&upload(&editor, "Hotărâre.txt", "text/plain", "Consiliul hotărăște".as_bytes()).await);
    let answer = editor.get(&content(&id)).send().await;
    let told = answer.header("content-disposition").unwrap();
    assert!(told.contains("filename=\"Hot_r_re.txt\"") && told.contains("Hot%C4%83r%C3%A2re.txt"), "{told}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}
