use super::*;
use crate::harness::{Setting, Template, TestDatabase};
use futures_util::future::join_all;
use futures_util::stream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[actix_web::test]
async fn a_file_is_stored_under_its_hash_and_seen_by_its_staff_only() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let answer = upload(&editor, "raport.pdf", "application/pdf", PDF).await;
    let id = made(&answer);
    assert_eq!(answer.header("location"), Some(page(&id).as_str()));
    let shown = answer.json();
    assert_eq!(shown["title"]["text"], "Raport de progres");
    assert_eq!((&shown["kind"], &shown["language"]), (&json!("report"), &json!("ro")));
    assert_eq!(shown["file"]["media_type"], "application/pdf");
    assert_eq!(shown["file"]["size"], PDF.len());
    assert_eq!(shown["file"]["content"], content(&id));
    let sha256 = shown["file"]["sha256"].as_str().unwrap();
    assert_eq!(files(app.folder.path()), [sha256]);
    app.get(&page(&id)).await.problem(404, "not_found");
    app.get(&content(&id)).await.problem(404, "not_found");
    app.editor_of("IAS").await.get(&page(&id)).send().await.problem(404, "not_found");
    assert_eq!(app.assessor_of("ROTMR").await.get(&content(&id)).send().await.body, PDF);
    let [entry] = &app.entries_of(&id).await[..] else { panic!("one entry was expected") };
    assert_eq!((entry.action.as_str(), entry.public), ("created", false));
}

#[actix_web::test]
async fn a_file_must_be_what_it_says() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for (name, kind, content, code) in [
        ("raport.pdf", "application/pdf", PNG, "file_type_mismatch"),
        ("raport.png", "application/pdf", PNG, "file_type_mismatch"),
        ("logo.svg", "image/svg+xml", &svg[..], "file_type_refused"),
        ("logo.png", "image/png", svg, "file_type_refused"),
        ("page.html", "text/html", b"<!doctype html><script>alert(1)</script>", "file_type_refused"),
        ("page.txt", "text/plain", b"  <html>", "file_type_refused"),
        ("run.exe", "application/octet-stream", b"MZ\x90\0\x03\0\0\0", "file_type_refused"),
        ("empty.txt", "text/plain", b"", "file_type_refused"),
        ("", "application/pdf", PDF, "file_name_missing"),
    ] {
        let refused = upload(&editor, name, kind, content).await;
        assert_eq!(faults(&refused), [("/file".to_owned(), code.to_owned())], "{name}");
    }
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
    assert_eq!(app.entries().await.len(), 0);
}

#[actix_web::test]
async fn every_fault_is_told_at_once() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let said = [("member", "ROTMR"), ("title", "No language"), ("kind", "gossip"), ("colour", "red")];
    let refused = sending(&editor, form(&said, Some(("a.pdf", "application/pdf", PNG)))).send().await;
    let found = faults(&refused);
    for fault in [
        ("/colour", "field_unknown"),
        ("/file", "file_type_mismatch"),
        ("/kind", "value_unknown"),
        ("/title", "language_missing"),
    ] {
        assert!(found.contains(&(fault.0.to_owned(), fault.1.to_owned())), "{fault:?} in {found:?}");
    }
    let late =
        [("retrieved_on", "2026-11-24"), ("member", "NOPE"), ("title", r#"{"en": "A"}"#), ("kind", "news")];
    let refused = sending(&editor, form(&late, None)).send().await;
    let codes: Vec<_> = faults(&refused).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["field_missing", "reference_unknown", "date_in_future"]);
}

#[actix_web::test]
async fn a_link_leads_to_the_web_only() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = milestone(&app, "ROTMR0001").await;
    for bad in
        ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//example.org", "ftp://x.org/a"]
    {
        let mut body = link(bad);
        body["member"] = json!("ROTMR");
        let refused = editor.post("/api/v1/evidence", &body).send().await;
        assert_eq!(faults(&refused), [("/url".to_owned(), "format_wrong".to_owned())], "{bad}");
        let body = json!({"links": [link("https://example.org/"), link(bad)]});
        let refused = editor.post(&format!("/api/v1/milestones/{milestone}/evidence"), &body).send().await;
        assert_eq!(faults(&refused), [("/links/1/url".to_owned(), "format_wrong".to_owned())], "{bad}");
    }
    let nowhere = json!({"member": "ROTMR", "title": {"en": "A"}, "kind": "news"});
    let refused = editor.post("/api/v1/evidence", &nowhere).send().await;
    assert_eq!(faults(&refused), [("/url".to_owned(), "field_missing".to_owned())]);
    let mut body = link("https://example.org/hcl");
    body["member"] = json!("ROTMR");
    let id = made(&editor.post("/api/v1/evidence", &body).send().await);
    assert_eq!(editor.get(&page(&id)).send().await.ok()["url"], "https://example.org/hcl");
    editor.get(&content(&id)).send().await.problem(404, "not_found");
}

#[actix_web::test]
async fn who_may_not_is_told_before_the_file_is_sent() {
    let app = TestApp::demo().await;
    let body = form(&SAID, Some(("raport.pdf", "application/pdf", PDF)));
    sending(&app.editor_of("IAS").await, body.clone()).send().await.problem(403, "role_missing");
    sending(&app.admin().await, body.clone()).send().await.problem(403, "role_missing");
    // Not even what it says is looked at.
    sending(&app.auditor().await, b"no form data".to_vec()).send().await.problem(403, "role_missing");
    sending(&app.assessor_of("ROTMR").await, body).send().await;
    assert_eq!(files(app.folder.path()).len(), 1);
}

#[actix_web::test]
async fn a_body_that_is_no_form_is_refused() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    sending(&editor, b"no form data".to_vec()).send().await.problem(400, "form_broken");
    let plain = editor.request(Method::POST, "/api/v1/evidence").header("content-type", "application/pdf");
    plain.send().await.problem(415, "media_type_unsupported");
    // However much it is: nothing of it is read.
    let large = editor.request(Method::POST, "/api/v1/evidence").raw();
    let large = large.header("content-type", "application/pdf").body(vec![b'a'; 100_000]);
    Asked::new(&app, large).send().await.problem(415, "media_type_unsupported");
    let mut cut = form(&SAID, Some(("raport.pdf", "application/pdf", PDF)));
    cut.truncate(cut.len() - 20);
    sending(&editor, cut).send().await.problem(400, "form_broken");
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
}

#[actix_web::test]
async fn two_gigabytes_are_refused_and_leave_nothing() {
    const GIB: u64 = 1 << 30;
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    // Announced: refused at once, with nothing of it read.
    let announced = editor.request(Method::POST, "/api/v1/evidence").header("content-type", &kind);
    let announced = announced.header("content-length", &(2 * GIB).to_string());
    announced.send().await.problem(413, "body_too_large");
    // In chunks without an end in sight: refused when it is more than any file may be.
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let mut head = form(&SAID, None);
    head.truncate(head.len() - format!("--{BOUNDARY}--\r\n").len());
    head.extend(file_head("raport.pdf", "application/pdf").into_bytes());
    head.extend_from_slice(PDF);
    let piece = vec![b' '; 64 * 1024];
    let pieces = std::iter::once(head).chain(std::iter::repeat_n(piece, (2 * GIB / 65_536) as usize));
    let pieces = pieces.map(move |piece| {
        counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    });
    let request = editor.request(Method::POST, "/api/v1/evidence").raw().header("content-type", kind);
    let request = request.body(reqwest::Body::wrap_stream(stream::iter(pieces)));
    app.send(request).await.problem(413, "body_too_large");
    assert!(sent.load(Ordering::Relaxed) < 100_000_000, "{} bytes were taken", sent.load(Ordering::Relaxed));
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
    assert_eq!(app.count("evidence WHERE url IS NULL").await, 0);
}

#[actix_web::test]
async fn an_upload_is_as_large_as_is_allowed_and_no_larger() {
    let setting = Setting { max_upload: 100, ..Setting::default() };
    let app = TestApp::with(TestDatabase::new(Template::Demo).await, setting);
    let editor = app.editor_of("ROTMR").await;
    made(&upload(&editor, "a.txt", "text/plain", &[b'a'; 100]).await);
    upload(&editor, "a.txt", "text/plain", &[b'a'; 101]).await.problem(413, "body_too_large");
    assert_eq!(files(app.folder.path()).len(), 1);
}

#[actix_web::test]
async fn the_same_content_twenty_times_at_once_is_stored_once() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let answers = join_all((0..20).map(|_| upload(&editor, "raport.pdf", "application/pdf", PDF))).await;
    let ids: std::collections::BTreeSet<_> = answers.iter().map(made).collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(files(app.folder.path()).len(), 1);
    assert_eq!(app.count("files").await, 1);
}

#[actix_web::test]
async fn an_upload_sent_again_is_answered_again() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = form(&SAID, Some(("raport.pdf", "application/pdf", PDF)));
    let first = sending(&editor, body.clone()).key("one").send().await;
    let again = sending(&editor, body).key("one").send().await;
    assert_eq!((made(&first), first.body), (made(&again), again.body.clone()));
    let other = form(&SAID, Some(("raport.png", "image/png", PNG)));
    sending(&editor, other).key("one").send().await.problem(422, "idempotency_key_reused");
    assert_eq!(files(app.folder.path()).len(), 1);
    assert_eq!(app.count("evidence WHERE url IS NULL").await, 1);
}
