//! Files that are no document at all, or not in UTF-8.

use super::sample;
use super::{assert_faults, faults_of, refuses};
use crate::harness::TestApp;

fn text() -> String {
    sample::document().to_string()
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let text = text();
    let half = text.get(..text.len() / 2).expect("ASCII");
    refuses(half.as_bytes(), &[("", "json_broken", "line 1 column")]).await;
}

#[tokio::test]
async fn a_trailing_comma_is_refused_with_its_line() {
    let text = "{\n \"format\": \"ogp-tracker-import\",\n \"version\": 1,\n}";
    refuses(text.as_bytes(), &[("", "json_broken", "trailing comma at line 4")]).await;
}

#[tokio::test]
async fn text_after_the_end_is_refused() {
    refuses(format!("{}\n{}", text(), text()).as_bytes(), &[("", "json_broken", "trailing characters")])
        .await;
}

#[tokio::test]
async fn an_empty_file_is_refused_as_empty() {
    let app = TestApp::empty().await;
    for nothing in ["", " \r\n\t ", "\u{feff}"] {
        assert_faults(&faults_of(&app, nothing.as_bytes()).await, &[("", "document_empty", "empty")]);
    }
}

#[tokio::test]
async fn json_that_is_no_object_is_refused() {
    let app = TestApp::empty().await;
    for (json, what) in [("null", "null"), ("[]", "a list"), ("17", "17"), ("\"text\"", "\"text\"")] {
        let faults = faults_of(&app, json.as_bytes()).await;
        assert_faults(&faults, &[("", "type_wrong", &format!("{what} is not of the type object"))]);
    }
}

#[tokio::test]
async fn an_object_of_another_kind_is_refused() {
    let expected = [
        ("", "field_missing", "\"format\""),
        ("", "field_missing", "\"version\""),
        ("/data", "field_unknown", ""),
    ];
    refuses(b"{\"data\": []}", &expected).await;
}

#[tokio::test]
async fn deep_nesting_is_refused_and_crashes_nothing() {
    let app = TestApp::empty().await;
    let lists = "[".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000);
    let inside = format!("{{\"notes\":{lists}");
    for text in [lists.clone(), objects, inside] {
        assert_faults(&faults_of(&app, text.as_bytes()).await, &[("", "json_broken", "recursion limit")]);
    }
}

#[tokio::test]
async fn a_number_beyond_all_numbers_is_refused() {
    let text = text().replace("\"percent\":40", "\"percent\":1e999");
    refuses(text.as_bytes(), &[("", "json_broken", "number out of range")]).await;
}

#[tokio::test]
async fn utf16_is_refused_with_advice() {
    let app = TestApp::empty().await;
    let text = text();
    let little = || text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let big = || text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let marked = |mark: [u8; 2], mut rest: Vec<u8>| {
        rest.splice(0..0, mark);
        rest
    };
    for bytes in [marked([0xFF, 0xFE], little()), marked([0xFE, 0xFF], big()), little(), big()] {
        assert_faults(&faults_of(&app, &bytes).await, &[("", "encoding_wrong", "save it as UTF-8")]);
    }
}

#[tokio::test]
async fn latin1_is_refused_with_the_line() {
    let text = "{\n \"format\": \"ogp-tracker-import\",\n \"title\": \"Ia?i\"\n}";
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'?' { 0xBA } else { byte }).collect();
    refuses(&bytes, &[("", "encoding_wrong", "(line 3) is not UTF-8")]).await;
}

#[tokio::test]
async fn a_byte_order_mark_of_utf8_is_accepted() {
    let app = TestApp::empty().await;
    let changes = app.import_bytes(format!("\u{feff}{}", text()).as_bytes(), false).await.expect("imported");
    assert_eq!(changes.0["commitments"].created, 2);
    assert_eq!(app.contents().await["commitments"].0, 2);
}

#[tokio::test]
async fn a_field_given_twice_is_refused_where_it_stands() {
    let app = TestApp::empty().await;
    let text = text();
    let nested = text.replacen("\"number\":\"1\"", "\"number\":\"1\",\"number\":\"2\"", 1);
    assert_faults(
        &faults_of(&app, nested.as_bytes()).await,
        &[("/commitments/0/number", "field_repeated", "twice")],
    );
    let language = text.replacen("\"en\":\"Forum\"", "\"en\":\"Forum\",\"en\":\"Agora\"", 1);
    assert_faults(
        &faults_of(&app, language.as_bytes()).await,
        &[("/action_plans/0/events/0/title/en", "field_repeated", "twice")],
    );
}

#[tokio::test]
async fn a_list_given_twice_is_told_once_and_not_by_its_references() {
    let text = text();
    let twice =
        format!("{},\"institutions\":[],\"members\":[]}}", text.strip_suffix('}').expect("an object"));
    let expected = [("/institutions", "field_repeated", "twice"), ("/members", "field_repeated", "twice")];
    refuses(twice.as_bytes(), &expected).await;
}

#[tokio::test]
async fn nul_in_a_value_is_refused() {
    let text = text().replacen("Buget deschis", "Buget\\u0000deschis", 1);
    refuses(text.as_bytes(), &[("/commitments/0/title/ro", "text_has_nul", "NUL")]).await;
}

#[tokio::test]
async fn nul_in_a_key_is_refused_even_where_keys_are_free() {
    let app = TestApp::empty().await;
    let faults = faults_of(&app, text().replacen("\"ro\":", "\"r\\u0000o\":", 1).as_bytes()).await;
    assert!(faults.iter().any(|fault| fault.code == "text_has_nul"), "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.pointer.starts_with("/commitments/0/title")), "{faults:#?}");
    let mark = text().replacen("\"number\":", "\"num\\u0000ber\":", 1);
    let faults = faults_of(&app, mark.as_bytes()).await;
    assert_faults(
        &faults,
        &[
            ("/commitments/0", "text_has_nul", "NUL"),
            ("/commitments/0/num\0ber", "field_unknown", "num\\0ber"),
        ],
    );
}

#[tokio::test]
async fn faults_cannot_play_tricks_on_a_terminal() {
    let app = TestApp::empty().await;
    let text = text().replacen("\"number\":", "\"\\u001b[2J\\u009b31m\":", 1);
    for fault in faults_of(&app, text.as_bytes()).await {
        let line = fault.to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}
