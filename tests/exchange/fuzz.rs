//! Whatever comes in, reading and checking end with faults, never with a panic.

use super::sample;
use ogp_tracker::exchange::check::{Known, check};
use ogp_tracker::exchange::parse::parse;
use ogp_tracker::kernel::document::Fault;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

fn read(bytes: &[u8]) -> Vec<Fault> {
    let (parsed, mut faults) = parse(bytes);
    faults.extend(check(&parsed, &Known::default()));
    for fault in &faults {
        assert!(!fault.to_string().contains('\n'), "{fault:?}");
    }
    faults
}

fn demo() -> Value {
    let mut demo: Value = serde_json::from_str(include_str!("../../demo/romania.json")).expect("JSON");
    // The commitments with the most in them; all of them would take minutes.
    let rich = ["RO0026", "RO0049", "RO0056", "ROTMR0001", "ROTMR0004"];
    let commitments = demo["commitments"].as_array_mut().expect("a list");
    commitments.retain(|item| rich.iter().any(|code| item["code"] == *code));
    demo
}

/// Pointers to everything inside.
fn places(value: &Value, pointer: &str, places: &mut Vec<String>) {
    let mut inner = |name: &str, value: &Value| {
        let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        self::places(value, &pointer, places);
        places.push(pointer);
    };
    match value {
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| inner(&at.to_string(), value));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| inner(name, value)),
        _ => {}
    }
}

#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index),
    Replace(Index, usize),
    Copy(Index, Index),
    Double(Index),
    Rename(Index, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<Index>().prop_map(Mutation::Delete),
        (any::<Index>(), 0..20usize).prop_map(|(at, what)| Mutation::Replace(at, what)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Copy(from, to)),
        any::<Index>().prop_map(Mutation::Double),
        (any::<Index>(), ".{0,4}").prop_map(|(at, name)| Mutation::Rename(at, name)),
    ]
}

fn oddment(which: usize) -> Value {
    let oddments = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(0.5),
        json!(""),
        json!("\0"),
        json!("/"),
        json!("~"),
        json!("2024-02-30"),
        json!("9999-12-31"),
        json!("x/y"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "": {} }),
        json!({ "en": "x" }),
        json!({ "date": "2200-12-31", "precision": "year" }),
        json!("ă".repeat(300)),
    ];
    oddments[which % oddments.len()].clone()
}

fn mutate(document: &mut Value, mutation: &Mutation) {
    let mut all = Vec::new();
    places(document, "", &mut all);
    if all.is_empty() {
        return;
    }
    let place = |index: &Index| all[index.index(all.len())].as_str();
    let split = |pointer: &str| {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        (parent.to_owned(), name.replace("~1", "/").replace("~0", "~"))
    };
    match mutation {
        Mutation::Replace(at, what) => *document.pointer_mut(place(at)).expect("there") = oddment(*what),
        Mutation::Copy(from, to) => {
            let value = document.pointer(place(from)).expect("there").clone();
            *document.pointer_mut(place(to)).expect("there") = value;
        }
        Mutation::Delete(at) | Mutation::Double(at) | Mutation::Rename(at, _) => {
            let (parent, name) = split(place(at));
            match (document.pointer_mut(&parent).expect("there"), mutation) {
                (Value::Array(values), Mutation::Double(_)) => {
                    let value = values[name.parse::<usize>().expect("a place")].clone();
                    values.push(value);
                }
                (Value::Array(values), _) => {
                    values.remove(name.parse().expect("a place"));
                }
                (Value::Object(fields), Mutation::Rename(_, to)) => {
                    let value = fields.shift_remove(&name).expect("a field");
                    fields.insert(to.clone(), value);
                }
                (Value::Object(fields), _) => {
                    fields.shift_remove(&name);
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!read(&bytes).is_empty());
    }

    #[test]
    fn random_cuts_and_flips_never_panic(at in any::<Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = sample::document().to_string().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        read(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_changes_of_the_sample_never_panic(mutations in proptest::collection::vec(mutation(), 1..8)) {
        let mut document = sample::document();
        mutations.iter().for_each(|mutation| mutate(&mut document, mutation));
        read(document.to_string().as_bytes());
    }

    #[test]
    fn random_changes_of_the_demo_never_panic(mutations in proptest::collection::vec(mutation(), 1..8)) {
        let mut document = demo();
        mutations.iter().for_each(|mutation| mutate(&mut document, mutation));
        read(document.to_string().as_bytes());
    }
}

#[test]
fn the_unchanged_demo_has_no_fault() {
    assert_eq!(read(include_bytes!("../../demo/romania.json")), []);
}
