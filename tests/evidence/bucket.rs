//! Files in a bucket: against a server that speaks as much S3 as uploads take.

use super::*;
use crate::harness::{Setting, Template, TestDatabase};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use ogp_tracker::files::Place;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};

/// What the bucket holds, by path and query.
type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

async fn speak(request: HttpRequest, body: web::Bytes, objects: web::Data<Objects>) -> HttpResponse {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    let signed = request.headers().get("authorization").is_some_and(|value| {
        let value = value.to_str().expect("text");
        value.starts_with("AWS4-HMAC-SHA256 Credential=key/")
    });
    if !signed {
        return HttpResponse::Forbidden().finish();
    }
    let mut objects = objects.lock().expect("objects");
    let xml = |text: &str| HttpResponse::Ok().content_type("application/xml").body(text.to_owned());
    match request.method().as_str() {
        "POST" if query.starts_with("uploads") => {
            xml("<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>")
        }
        "POST" => {
            let parts: Vec<_> =
                objects.keys().filter(|key| key.starts_with(&format!("{path}?"))).cloned().collect();
            let whole: Vec<u8> = parts.iter().filter_map(|part| objects.remove(part)).flatten().collect();
            objects.insert(path, whole);
            xml("<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>")
        }
        "PUT" => match request.headers().get("x-amz-copy-source") {
            Some(from) => {
                let from = format!("/{}", from.to_str().expect("text"));
                let copy = objects.get(&from).cloned().expect("what is copied");
                objects.insert(path, copy);
                xml("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>")
            }
            None => {
                objects.insert(format!("{path}?{query}"), body.to_vec());
                HttpResponse::Ok().insert_header(("etag", "\"e\"")).finish()
            }
        },
        "DELETE" => {
            objects.retain(|key, _| *key != path && !key.starts_with(&format!("{path}?")));
            HttpResponse::NoContent().finish()
        }
        "GET" if query.contains("list-type") => {
            xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        }
        _ => {
            let Some(object) = objects.get(&path) else { return HttpResponse::NotFound().finish() };
            let range = request.headers().get("range").map(|range| range.to_str().expect("text").to_owned());
            let mut answer = HttpResponse::Ok();
            let mut part = object.clone();
            if let Some((from, to)) =
                range.as_deref().and_then(|range| range["bytes=".len()..].split_once('-'))
            {
                let (from, to): (usize, usize) = (from.parse().expect("from"), to.parse().expect("to"));
                answer = HttpResponse::PartialContent();
                answer.insert_header(("content-range", format!("bytes {from}-{to}/{}", object.len())));
                part = object[from..=to].to_vec();
            }
            answer.insert_header(("etag", "\"e\""));
            answer.insert_header(("last-modified", "Tue, 24 Nov 2026 12:00:00 GMT"));
            answer.body(part)
        }
    }
}

/// Starts the server; it goes with the process.
fn bucket() -> (String, Objects) {
    let objects = Objects::default();
    let (held, (sender, receiver)) = (Arc::clone(&objects), mpsc::channel());
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || {
                App::new().app_data(web::Data::new(Arc::clone(&held))).default_service(web::to(speak))
            };
            let server =
                HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
            sender.send(server.addrs()[0]).expect("test");
            server.run().await.expect("server");
        });
    });
    (format!("http://{}", receiver.recv().expect("server")), objects)
}

#[actix_web::test]
async fn files_are_kept_in_a_bucket_where_one_is_configured() {
    let (endpoint, objects) = bucket();
    let variables = [
        ("AWS_ENDPOINT", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let place = Place::parse("s3://ogp/uploads", variables).unwrap();
    let setting = Setting { place: Some(place), ..Setting::default() };
    let app = TestApp::with(TestDatabase::new(Template::Demo).await, setting);
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    let sha256 = editor.get(&page(&id)).send().await.ok()["file"]["sha256"].as_str().unwrap().to_owned();
    let kept = format!("/ogp/uploads/sha256/{}/{}/{sha256}", &sha256[..2], &sha256[2..4]);
    let keys = || objects.lock().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(), [kept]);
    assert_eq!(editor.get(&content(&id)).send().await.body, PDF);
    let part = editor.get(&content(&id)).header("range", "bytes=1-3").send().await;
    assert_eq!((part.status, &part.body[..]), (206, &PDF[1..4]));
    assert_eq!(faults(&upload(&editor, "a.pdf", "application/pdf", PNG).await).len(), 1);
    assert_eq!(keys().len(), 1);
    assert_eq!(editor.delete(&page(&id)).if_match("*").send().await.status, 204);
    app.house.tidy_up().await;
    assert_eq!(keys(), Vec::<String>::new());
}
