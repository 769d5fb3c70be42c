//! The examples of the OpenAPI document: taken from the running application, so that they are real, and compared
//! with it, so that they stay so. `EXAMPLES=write cargo test examples` takes them anew.

use crate::editing::authorization;
use crate::harness::people::PASSWORD;
use crate::harness::spec::{self, Operation};
use crate::harness::{Answer, TestApp};
use crate::openapi::{fits, validator};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where they are kept.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/examples.json");
/// Operations about JSON of which no example is taken: reports are long, and that of a plan shows how others are; a
/// witness takes another log that signs.
const LEFT_OUT: [&str; 3] = ["create_witnessed_checkpoint", "get_member_report", "get_report"];
/// What uploads contain, of which the demo data has none.
const UPLOAD: &str = "get_evidence_content";
/// How long a text may be that is shown as it is, in characters.
const LONGEST: usize = 2_000;

/// What was asked and answered, by the id of the operation.
type Examples = BTreeMap<String, Value>;

#[actix_web::test]
async fn every_example_is_what_the_application_answers() {
    let taken = take().await;
    if std::env::var("EXAMPLES").is_ok_and(|wish| wish == "write") {
        let text = serde_json::to_string_pretty(&taken).expect("JSON");
        std::fs::write(FILE, text + "\n").expect("a file to write");
        return;
    }
    let kept: Examples = serde_json::from_str(include_str!("../../openapi/examples.json")).expect("examples");
    let differing: Vec<_> = taken.iter().filter(|(id, example)| kept.get(*id) != Some(example)).collect();
    let gone: Vec<_> = kept.keys().filter(|id| !taken.contains_key(*id)).collect();
    let first = differing.first().map(|(id, example)| {
        let kept = serde_json::to_string_pretty(&kept.get(*id)).expect("JSON");
        format!("{id}, kept: {kept}\nnow: {}", serde_json::to_string_pretty(example).expect("JSON"))
    });
    assert!(
        differing.is_empty() && gone.is_empty(),
        "{} examples are not what is answered (gone: {gone:?}); look whether they should be, then take them anew \
         with `EXAMPLES=write cargo test examples`, and the document after them. The first: {}",
        differing.len(),
        first.unwrap_or_default()
    );
}

#[test]
fn every_operation_that_is_about_json_has_an_example_that_fits() {
    let document = spec::document();
    let (mut fitting, mut without) = (0, BTreeSet::new());
    for operation in spec::operations() {
        let id = &operation.id;
        let mut shown = Vec::new();
        for (media_type, content) in contents(&operation.spec["requestBody"]["content"]) {
            shown.push((media_type, content));
        }
        let answers = operation.spec["responses"].as_object().expect("responses");
        for (_, response) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
            shown.extend(contents(&response["content"]));
        }
        let examples = shown.iter().filter(|(_, content)| !content["example"].is_null());
        for (media_type, content) in examples.clone() {
            let validator = validator(&document, &content["schema"]);
            fits(&validator, &content["example"], &format!("the example of {id} ({media_type})"));
            fitting += 1;
        }
        let about_json = shown.iter().any(|(media_type, _)| is_json(media_type));
        if about_json && examples.count() == 0 {
            without.insert(id.clone());
        }
    }
    assert_eq!(
        without,
        LEFT_OUT.map(str::to_owned).into(),
        "operations without an example: take them with `EXAMPLES=write cargo test examples`"
    );
    assert!(fitting > 100, "only {fitting} examples were found");
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

fn contents(content: &Value) -> Vec<(&str, &Value)> {
    let all = content.as_object().into_iter().flatten();
    all.map(|(media_type, content)| (media_type.as_str(), content)).collect()
}

/// Asks for everything once: what is public first, then what changes the demo data.
async fn take() -> Examples {
    let app = TestApp::demo().await;
    let mut taken = Taken { examples: Examples::new(), known: Vec::new() };
    spec::report_some(&app).await;
    app.number().await;
    let key = app.get("/api/v1/ledger/public-key").await.ok()["data"][0].clone();
    for (varies, shown) in [
        (key["verifier_key"].as_str(), "ogp.example.org/ledger+c74f20a3+ARpc2QcUExample"),
        (key["key_id"].as_str(), "c74f20a3"),
        (Some(app.address.as_str()), "https://ogp.example.org"),
    ] {
        taken.known.push((varies.expect("a text").to_owned(), shown));
    }
    for operation in spec::operations() {
        let skipped = operation.id == UPLOAD || LEFT_OUT.contains(&operation.id.as_str());
        if operation.method != Method::GET || !operation.is_public() || skipped {
            continue;
        }
        let address = operation.address(&app).await;
        let short = if operation.is_list() { "?limit=2" } else { "" };
        let answer = app.get(&format!("{address}{short}")).await;
        taken.keep(&operation, None, &answer);
    }
    sign_in(&app, &mut taken).await;
    for (mut case, operation) in authorization::table(&app).await {
        let person = case.ready(&app).await;
        let answer = case.asked(&app, &operation, &person.token).send().await;
        taken.keep(&operation, case.body.take(), &answer);
    }
    taken.examples
}

async fn sign_in(app: &TestApp, taken: &mut Taken) {
    let operations = spec::operations();
    let of = |id: &str| operations.iter().find(|operation| operation.id == id).expect("an operation");
    let (_, email) = app.person(None, &[]).await;
    let body = json!({"email": email, "password": PASSWORD});
    let tokens = app.post("/api/v1/auth/token", &body).await;
    let refresh = json!({"refresh_token": tokens.ok()["refresh_token"]});
    taken.keep(of("create_token"), Some(body), &tokens);
    let tokens = app.post("/api/v1/auth/refresh", &refresh).await;
    taken.keep(of("refresh_token"), Some(refresh), &tokens);
}

/// What has been taken so far.
struct Taken {
    examples: Examples,
    /// Texts that are others in each run, and what is shown instead.
    known: Vec<(String, &'static str)>,
}

impl Taken {
    /// Keeps what can be shown: JSON, and texts that are not long.
    fn keep(&mut self, operation: &Operation, request: Option<Value>, answer: &Answer) {
        assert!((200..300).contains(&answer.status), "{}: {}", operation.id, answer.status);
        let mut steady = Steady { known: &self.known, ids: BTreeMap::new() };
        let mut example = Map::new();
        if let Some(request) = request {
            example.insert("request".to_owned(), steady.value(&request, 0));
        }
        example.insert("status".to_owned(), answer.status.into());
        let media_type = answer.header("content-type").and_then(|value| value.split(';').next());
        let body = match media_type {
            Some(media_type) if is_json(media_type) => Some(answer.json()),
            Some(_) => String::from_utf8(answer.body.clone()).ok().map(Value::String),
            None => None,
        };
        let short = |body: &Value| body.as_str().is_none_or(|text| text.chars().count() < LONGEST);
        if let (Some(media_type), Some(body)) = (media_type, body.filter(short)) {
            example.insert("response".to_owned(), json!([media_type, steady.value(&body, 0)]));
        }
        if example.len() > 1 {
            self.examples.insert(operation.id.clone(), example.into());
        }
    }
}

/// Makes of an answer what it would be in every run, and short: ids and secrets are others each time.
struct Steady<'a> {
    known: &'a [(String, &'static str)],
    ids: BTreeMap<Uuid, Uuid>,
}

impl Steady<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(all) => {
                let objects = all.iter().any(Value::is_object);
                let most = if !objects {
                    5
                } else if depth <= 1 {
                    2
                } else {
                    1
                };
                all.iter().take(most).map(|one| self.value(one, depth + 1)).collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), self.value(field, depth + 1)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let text =
            self.known.iter().fold(text.to_owned(), |text, (varies, shown)| text.replace(varies, shown));
        let words = text.split_inclusive(char::is_whitespace).map(|word| {
            let bare = word.trim_end();
            let (steady, rest) = (self.word(bare), &word[bare.len()..]);
            steady + rest
        });
        words.collect()
    }

    fn word(&mut self, word: &str) -> String {
        if word.starts_with("person") && word.ends_with("@example.org") {
            return "ana.pop@example.org".to_owned();
        }
        let groups: Vec<_> = word.split('-').collect();
        if groups.len() == 5 && groups.iter().all(|group| group.len() == 4) {
            return "this-pass-word-gets-made".to_owned();
        }
        for mark in ["token=", "sha256:"] {
            if let Some((before, secret)) = word.split_once(mark) {
                return format!("{}{mark}{}", self.ids_in(before), opaque(secret));
            }
        }
        opaque(&self.ids_in(word))
    }

    /// The same with each id numbered as it comes first.
    fn ids_in(&mut self, word: &str) -> String {
        const LENGTH: usize = 36;
        let (mut made, mut rest) = (String::new(), word);
        while let Some(first) = rest.chars().next() {
            let id = rest.get(..LENGTH).filter(|text| text.as_bytes()[8] == b'-');
            if let Some(id) = id.and_then(|text| Uuid::try_parse(text).ok()) {
                let next =
                    Uuid::from_u128(0x0193_6b3c_0000_7000_8000_0000_0000_0001 + self.ids.len() as u128);
                made.push_str(&self.ids.entry(id).or_insert(next).to_string());
                rest = &rest[LENGTH..];
            } else {
                made.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        made
    }
}

/// The same for every secret and every hash, of the same length; what is neither is left as it is.
fn opaque(word: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte);
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let is_random = word.len() >= 40 || (word.len() >= 24 && has(u8::is_ascii_digit));
    if !is_random || !word.bytes().all(fits) || word.contains("-0000-") {
        return word.to_owned();
    }
    let bare = word.trim_end_matches('=');
    if word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "e3b0c442".chars().cycle().take(word.len()).collect()
    } else if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
        let filled: String = "Example".chars().cycle().take(bare.len()).collect();
        filled + &word[bare.len()..]
    } else {
        word.to_owned()
    }
}

#[test]
fn what_is_other_in_each_run_is_made_the_same_and_all_else_is_left() {
    let known = [("http://127.0.0.1:9".to_owned(), "https://ogp.example.org")];
    let mut steady = Steady { known: &known, ids: BTreeMap::new() };
    let mut of = |text: &str| steady.text(text);
    assert_eq!(
        of("http://127.0.0.1:9/api/v1/members/01936b3c-abcd-7000-8000-00000000abcd/badge.svg"),
        "https://ogp.example.org/api/v1/members/01936b3c-0000-7000-8000-000000000001/badge.svg"
    );
    assert_eq!(of("01936b3c-abcd-7000-8000-00000000abcd"), "01936b3c-0000-7000-8000-000000000001");
    assert_eq!(of("person17@example.org"), "ana.pop@example.org");
    assert_eq!(of("ogp_4fK2xQ9vbN7tRw1sYc8Zd3Lm="), "ExampleExampleExampleExample=");
    assert_eq!(
        of("/calendar.ics?token=ogpc_4fK2xQ9vbN7tRw1sYc8Zd3"),
        "/calendar.ics?token=ExampleExampleExampleExampl"
    );
    assert_eq!(of("krg4-xe5d-wddw-4fbv-rsux"), "this-pass-word-gets-made");
    for text in ["timisoara-2022-2024", "2026-11-23T12:00:00Z", "One-stop shop (portal)", "ROTMR0001"] {
        assert_eq!(of(text), text);
    }
}
