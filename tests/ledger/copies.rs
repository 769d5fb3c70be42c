use crate::harness::TestApp;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use ogp_tracker::ledger::service::{Copies, CopyPlace};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn to(place: &str) -> Copies {
    Copies::new(CopyPlace::read(place).unwrap()).unwrap()
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

async fn grow(app: &TestApp, slug: &str) {
    let admin = app.admin().await;
    let body = serde_json::json!({"slug": slug, "name": {"en": slug}, "sector": "civil_society"});
    assert_eq!(admin.post("/api/v1/institutions", &body).send().await.status, 201);
    app.number().await;
}

#[actix_web::test]
async fn every_checkpoint_is_copied_to_a_folder_as_it_was_signed() {
    let (app, folder) = (TestApp::demo().await, tempfile::tempdir().unwrap());
    let mut copies = to(folder.path().to_str().unwrap());
    assert_eq!(copies.round(&app.accounts.writes).await.unwrap(), 0);
    app.number().await;
    let first = app.note().await;
    assert_eq!(copies.round(&app.accounts.writes).await.unwrap(), 1);
    grow(&app, "office-1").await;
    let second = app.note().await;
    grow(&app, "office-2").await;
    assert_eq!(copies.round(&app.accounts.writes).await.unwrap(), 2);
    assert_eq!(copies.round(&app.accounts.writes).await.unwrap(), 0);
    let copied = files(folder.path());
    assert_eq!(copied.iter().map(|(_, note)| note).collect::<Vec<_>>(), [&first, &second, &app.note().await]);
    let size = app.checkpoint().await.0;
    assert_eq!(copied[2].0, format!("{size:019}.checkpoint"));
    // Another replica copies the same.
    assert_eq!(to(folder.path().to_str().unwrap()).round(&app.accounts.writes).await.unwrap(), 1);
    assert_eq!(files(folder.path()), copied);
}

#[actix_web::test]
async fn another_history_in_the_folder_is_told_and_not_overwritten() {
    let (app, folder) = (TestApp::demo().await, tempfile::tempdir().unwrap());
    app.number().await;
    let size = app.checkpoint().await.0;
    let path = folder.path().join(format!("{size:019}.checkpoint"));
    fs::write(&path, "another history").unwrap();
    let mut copies = to(folder.path().to_str().unwrap());
    let error = copies.round(&app.accounts.writes).await.unwrap_err().to_string();
    assert!(error.contains("IS ANOTHER CHECKPOINT"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "another history");
}

#[actix_web::test]
async fn what_fails_is_tried_again() {
    let (app, parent) = (TestApp::demo().await, tempfile::tempdir().unwrap());
    let folder = parent.path().join("mounted-later");
    app.number().await;
    let mut copies = to(folder.to_str().unwrap());
    assert!(copies.round(&app.accounts.writes).await.is_err());
    fs::create_dir(&folder).unwrap();
    assert_eq!(copies.round(&app.accounts.writes).await.unwrap(), 1);
    assert_eq!(files(&folder)[0].1, app.note().await);
}

type Taken = Arc<Mutex<Vec<(String, String, String)>>>;

/// Another tracker, or an object store, that keeps what it is sent.
fn keeper() -> (String, Taken) {
    let taken = Taken::default();
    let kept = Arc::clone(&taken);
    let server = HttpServer::new(move || {
        let kept = Arc::clone(&kept);
        App::new().default_service(web::to(move |request: HttpRequest, body: String| {
            let kept = Arc::clone(&kept);
            async move {
                kept.lock().unwrap().push((request.method().to_string(), request.path().to_owned(), body));
                HttpResponse::NoContent().finish()
            }
        }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    (address, taken)
}

#[actix_web::test]
async fn an_address_takes_them_by_put_below_it_or_by_post() {
    let app = TestApp::demo().await;
    app.number().await;
    let (address, taken) = keeper();
    to(&format!("{address}/kept/")).round(&app.accounts.writes).await.unwrap();
    to(&format!("{address}/keep")).round(&app.accounts.writes).await.unwrap();
    let (note, size) = (app.note().await, app.checkpoint().await.0);
    let expected = [
        ("PUT".to_owned(), format!("/kept/{size:019}.checkpoint"), note.clone()),
        ("POST".to_owned(), "/keep".to_owned(), note),
    ];
    assert_eq!(*taken.lock().unwrap(), expected);
}

#[test]
fn a_place_is_a_folder_or_an_address() {
    assert!(matches!(CopyPlace::read("/srv/copies"), Ok(CopyPlace::Folder(_))));
    assert!(matches!(CopyPlace::read("https://other.example/witness"), Ok(CopyPlace::Web(_))));
    assert!(CopyPlace::read("https://").is_err());
}
