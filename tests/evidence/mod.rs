//! Links and files that prove something: made, attached, given out, withdrawn, cleared up.

mod attach;
mod bucket;
mod clear_up;
mod content;
mod list;
mod upload;
mod withdraw;

use crate::editing::{assessment, take_steps};
use crate::harness::people::Asked;
use crate::harness::{Answer, Client, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
const BOUNDARY: &str = "----a-boundary-that-nothing-contains";

/// What an upload says besides its file.
const SAID: [(&str, &str); 4] =
    [("member", "ROTMR"), ("title", "Raport de progres"), ("language", "ro"), ("kind", "report")];

/// Form data: texts, and a file with its name and type.
fn form(texts: &[(&str, &str)], file: Option<(&str, &str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in texts {
        let head =
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend(head.into_bytes());
    }
    if let Some((name, kind, content)) = file {
        body.extend(file_head(name, kind).into_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

fn file_head(name: &str, kind: &str) -> String {
    format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: {kind}\r\n\r\n"
    )
}

/// A request with form data.
fn sending<'a>(client: &Client<'a>, body: Vec<u8>) -> Asked<'a> {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = client.request(Method::POST, "/api/v1/evidence").raw();
    Asked::new(client.app, request.header("content-type", kind).body(body))
}

/// Uploads a file that is what it says.
async fn upload(client: &Client<'_>, name: &str, kind: &str, content: &[u8]) -> Answer {
    sending(client, form(&SAID, Some((name, kind, content)))).send().await
}

/// The id of a file that was uploaded.
pub async fn uploaded(client: &Client<'_>) -> String {
    made(&upload(client, "raport.pdf", "application/pdf", PDF).await)
}

#[track_caller]
fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn page(id: &str) -> String {
    format!("/api/v1/evidence/{id}")
}

fn content(id: &str) -> String {
    format!("/api/v1/evidence/{id}/content")
}

fn link(url: &str) -> Value {
    json!({"url": url, "title": {"en": "A decision"}, "kind": "legal_act"})
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.file_name().expect("a name").to_string_lossy().into_owned());
        }
    }
    found
}

/// The places and codes of the faults that a 422 tells.
#[track_caller]
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(&answer.body));
    let problem = answer.json();
    let text = |error: &Value, field: &str| error[field].as_str().expect("a text").to_owned();
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

/// The id of a milestone of a commitment.
async fn milestone(app: &TestApp, commitment: &str) -> String {
    let list = app.get(&format!("/api/v1/milestones?commitment={commitment}&limit=1")).await.ok();
    list["data"][0]["id"].as_str().expect("an id").to_owned()
}

/// Attaches evidence to a milestone.
async fn attach(client: &Client<'_>, milestone: &str, id: &str) -> Answer {
    let body = json!({"evidence": [id]});
    client.post(&format!("/api/v1/milestones/{milestone}/evidence"), &body).send().await
}

/// The id of a milestone in a plan of Timișoara that only its staff see.
async fn draft_milestone(editor: &Client<'_>) -> String {
    let plan = json!({"slug": "timisoara-2026-2028", "member": "ROTMR", "title": {"en": "The next plan"}});
    made(&editor.post("/api/v1/action-plans", &plan).send().await);
    let promise = json!({"action_plan": "timisoara-2026-2028", "title": {"en": "A secret promise"}});
    let commitment = made(&editor.post("/api/v1/commitments", &promise).send().await);
    let step = json!({"title": {"en": "A secret step"}});
    made(&editor.post(&format!("/api/v1/commitments/{commitment}/milestones"), &step).send().await)
}
