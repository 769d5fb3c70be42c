//! What real plans look like: `domain.md` tells where each of these was seen.

use super::sample::{commitment, document};
use super::{at, push};
use crate::harness::TestApp;
use serde_json::{Value, json};

/// The sample with a third commitment, read back.
async fn third(item: Value) -> Value {
    let app = TestApp::empty().await;
    let mut document = document();
    let class = json!({ "slug": "public-institutions", "name": { "en": "Public institutions" },
                        "sector": "government", "is_class": true });
    push(&mut document, "/institutions", class);
    for slug in ["third", "fourth"] {
        push(
            &mut document,
            "/institutions",
            json!({ "slug": slug, "name": { "en": slug }, "sector": "private" }),
        );
    }
    push(&mut document, "/commitments", commitment("TS0003"));
    let fields = item.as_object().expect("fields");
    for (field, value) in fields {
        at(&mut document, "/commitments/2")[field] = value.clone();
    }
    app.import(&document).await.expect("imported");
    assert!(app.import(&document).await.expect("imported again").is_nothing());
    app.get("/api/v1/commitments/TS0003").await.ok()
}

#[tokio::test]
async fn a_number_may_be_text() {
    assert_eq!(third(json!({ "number": "A.1.A" })).await["number"], "A.1.A");
}

#[tokio::test]
async fn a_number_may_repeat_in_a_plan() {
    assert_eq!(third(json!({ "number": "1" })).await["number"], "1");
}

#[tokio::test]
async fn milestone_labels_may_nest_repeat_and_miss() {
    let milestones = json!([
        { "key": "a", "label": "1" }, { "key": "b", "label": "1.2.1" }, { "key": "c", "label": "1.2.1" }, { "key": "d" },
    ]);
    let page = third(json!({ "milestones": milestones })).await;
    let labels: Vec<_> = page["milestones"].as_array().unwrap().iter().map(|m| m["label"].clone()).collect();
    assert_eq!(labels, [json!("1"), json!("1.2.1"), json!("1.2.1"), Value::Null]);
}

#[tokio::test]
async fn a_commitment_may_have_no_title() {
    assert!(third(json!({ "title": {} })).await["title"].is_null());
}

#[tokio::test]
async fn a_title_may_be_in_romanian_only() {
    let page = third(json!({ "title": { "ro": "Învățământ deschis" } })).await;
    assert_eq!(page["title"], "Învățământ deschis");
    assert_eq!(page["fallbacks"]["title"], "ro");
}

#[tokio::test]
async fn a_commitment_may_have_no_lead() {
    assert_eq!(third(json!({ "leads": [] })).await["leads"], json!([]));
}

#[tokio::test]
async fn a_commitment_may_have_four_leads_in_their_order() {
    let slugs = ["watchdogs", "fourth", "city-hall", "third"];
    let leads: Vec<_> = slugs.iter().map(|slug| json!({ "institution": slug })).collect();
    let page = third(json!({ "leads": leads })).await;
    let read: Vec<_> = page["leads"].as_array().unwrap().iter().map(|lead| lead["slug"].clone()).collect();
    assert_eq!(read, slugs);
}

#[tokio::test]
async fn a_whole_class_may_lead() {
    let page = third(json!({ "leads": [{ "institution": "public-institutions" }] })).await;
    assert_eq!(page["leads"][0]["is_class"], true);
}

#[tokio::test]
async fn dates_keep_their_precision_and_words() {
    let dates = [
        json!({ "date": "2016-11-15", "precision": "quarter", "text": "Quarter 4 2016", "ongoing": false }),
        json!({ "date": "2014-01-01", "precision": "year", "text": "2014", "ongoing": false }),
        json!({ "date": "2014-09-30", "precision": "month", "text": null, "ongoing": false }),
        json!({ "date": "2016-12-31", "precision": "quarter", "text": "Q4 2016, then continuous", "ongoing": true }),
        json!({ "date": null, "precision": null, "text": "permanent", "ongoing": true }),
        json!({ "date": null, "precision": null, "text": "not specified", "ongoing": false }),
        json!({ "date": null, "precision": null, "text": null, "ongoing": true }),
    ];
    let milestones = dates.iter().enumerate();
    let milestones: Vec<_> = milestones
        .map(|(at, date)| json!({ "key": at.to_string(), "due": date, "actual_end": date }))
        .collect();
    let page = third(json!({ "ends": dates[0], "milestones": milestones })).await;
    assert_eq!(page["ends"], dates[0]);
    for (milestone, date) in page["milestones"].as_array().unwrap().iter().zip(&dates) {
        assert_eq!((&milestone["due"], &milestone["actual_end"]), (date, date));
    }
    assert_eq!(page["milestones"].as_array().map(Vec::len), Some(dates.len()));
}

#[tokio::test]
async fn a_year_may_start_and_end_the_same_period() {
    let year = json!({ "date": "2018-06-15", "precision": "year" });
    let month = json!({ "date": "2018-01-01", "precision": "month" });
    // The words allow an order of days in which it ends after it starts.
    third(json!({ "starts": year, "ends": year })).await;
    third(json!({ "starts": year, "ends": month })).await;
}

#[tokio::test]
async fn absences_of_a_coding_differ() {
    let codings = json!([{ "indicator": "completion", "absence": "not_reviewed" }]);
    let assessments = json!([{ "key": "a", "scheme": { "code": "town_review", "version": "2024" },
        "stage": "results", "report": { "en": "Report" }, "codings": codings }]);
    let page = third(json!({ "assessments": assessments })).await;
    assert_eq!(page["assessments"][0]["codings"], codings);
}

#[tokio::test]
async fn letters_beyond_ascii_survive() {
    let title = "Iași și Timișoara – „participare”, 市民 🗳 e\u{301}";
    assert_eq!(third(json!({ "title": { "en": title } })).await["title"], title);
}
