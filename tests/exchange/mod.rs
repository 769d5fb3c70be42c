//! Documents in: what is refused and how that is told, and what an import does.

mod datasets;
mod demo;
mod fuzz;
mod import;
mod items;
mod json;
mod names;
mod oddities;
mod sample;
mod schema;
mod told;
mod workbook;

use crate::harness::TestApp;
use ogp_tracker::exchange::service::Refusal;
use ogp_tracker::kernel::document::Fault;
use serde_json::Value;

/// The faults of a document that must be refused, after checking that it left nothing behind.
async fn faults_of(app: &TestApp, bytes: &[u8]) -> Vec<Fault> {
    let before = app.contents().await;
    let faults = match app.import_bytes(bytes, false).await {
        Err(Refusal::Faulty(faults)) => faults,
        other => panic!("refused with faults was expected: {other:?}"),
    };
    assert_eq!(app.contents().await, before, "a refused import has stored something");
    faults
}

/// A place, a code, and words that the message must have.
type Expected<'a> = (&'a str, &'a str, &'a str);

#[track_caller]
fn assert_faults(faults: &[Fault], expected: &[Expected<'_>]) {
    let places: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
    let wanted: Vec<_> = expected.iter().map(|(pointer, code, _)| (*pointer, *code)).collect();
    assert_eq!(places, wanted, "{faults:#?}");
    for (fault, (_, _, words)) in faults.iter().zip(expected) {
        assert!(fault.detail.contains(words), "{words:?} is not in {:?}", fault.detail);
    }
}

async fn refuses(bytes: &[u8], expected: &[Expected<'_>]) {
    let app = TestApp::empty().await;
    assert_faults(&faults_of(&app, bytes).await, expected);
}

/// One test for each line: what is done to the sample document, and the faults expected.
macro_rules! refusals {
    ($($name:ident: $break:expr => [$($fault:expr),+ $(,)?];)+) => {$(
        #[tokio::test]
        async fn $name() {
            let mut document = $crate::exchange::sample::document();
            let change: fn(&mut serde_json::Value) = $break;
            change(&mut document);
            $crate::exchange::refuses(document.to_string().as_bytes(), &[$($fault),+]).await;
        }
    )+};
}
use refusals;

/// The thing at a pointer, which must be there.
#[track_caller]
fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

/// Adds to a list, which is made where missing.
#[track_caller]
fn push(document: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let list = &mut at(document, parent)[field];
    if list.is_null() {
        *list = Value::Array(Vec::new());
    }
    list.as_array_mut().expect("a list").push(value);
}

/// Takes a field out of an object, or an element out of a list.
#[track_caller]
fn take(document: &mut Value, pointer: &str) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match at(document, parent) {
        Value::Array(values) => values.remove(field.parse().expect("a place")),
        Value::Object(fields) => fields.shift_remove(field).expect("a field"),
        other => panic!("nothing can be taken out of {other}"),
    }
}
