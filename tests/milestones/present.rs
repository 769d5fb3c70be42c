//! The database and the model agree about which update holds.

use crate::harness::{RECORDED, TestApp};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::milestones::model::{Progress, Reported, effective, present};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::HashMap;
use std::fmt::Write;
use uuid::Uuid;

fn day(number: u8) -> NaiveDate {
    "2022-05-01".parse::<NaiveDate>().unwrap() + TimeDelta::days(number.into())
}

/// Histories of one milestone, in which several are recorded at the same instant, and corrections
/// correct corrections.
fn history() -> impl Strategy<Value = Vec<Reported>> {
    let one = (0u8..6, any::<Option<prop::sample::Index>>(), 0usize..4, 0u8..2, any::<u128>());
    prop::collection::vec(one, 0..12).prop_map(|drawn| {
        let (mut told, mut instant): (Vec<Reported>, DateTime<Utc>) =
            (Vec::new(), format!("{RECORDED}T13:00:00Z").parse().unwrap());
        for (effective, corrects, progress, passed, id) in drawn {
            instant += TimeDelta::days(passed.into());
            let open = |update: &&Reported| told.iter().all(|other| other.supersedes != Some(update.id));
            let open: Vec<_> = told.iter().filter(open).map(|update| update.id).collect();
            told.push(Reported {
                id: Uuid::from_u128(id),
                progress: Progress::ALL[progress],
                percent: None,
                effective_on: day(effective),
                recorded_at: instant,
                supersedes: corrects.filter(|_| !open.is_empty()).map(|at| *at.get(&open)),
                has_narrative: false,
                has_evidence: false,
            });
        }
        told
    })
}

#[actix_web::test]
async fn the_database_and_the_model_agree_about_which_update_holds() {
    let app = TestApp::demo().await;
    let milestones = app.all("/api/v1/milestones").await;
    let mut runner = TestRunner::deterministic();
    let (mut sql, mut expected) = (String::new(), Vec::new());
    for milestone in &milestones {
        let told = history().new_tree(&mut runner).unwrap().current();
        for update in &told {
            let supersedes =
                update.supersedes.map_or("NULL, NULL".to_owned(), |id| format!("'{id}', 'Wrong'"));
            write!(
                sql,
                "INSERT INTO progress_updates (id, milestone_id, progress, effective_on, completed_on, \
                 narrative, challenge_text, supersedes, reason, actor_id, actor_role, recorded_at) VALUES \
                 ('{}', {}, '{}', '{3}', '{3}', '{{}}', '{{}}', {supersedes}, '{4}', 'editor', '{5}');",
                update.id,
                milestone["id"].to_string().replace('"', "'"),
                update.progress.as_str(),
                update.effective_on,
                Uuid::nil(),
                update.recorded_at.to_rfc3339(),
            )
            .unwrap();
        }
        expected.push(told);
    }
    app.database.connect().await.batch_execute(&sql).await.unwrap();
    let (rows, mut held) = (app.all("/api/v1/milestones").await, 0);
    for (row, told) in rows.iter().zip(&expected) {
        let present = present(told, None, None);
        let id = present.map(|update| update.id.to_string());
        assert_eq!(row["progress"]["update_id"].as_str(), id.as_deref(), "{told:#?}");
        let word = present.map_or("not_reported", |update| update.progress.as_str());
        let found = app.all(&format!("/api/v1/milestones?progress={word}")).await;
        assert!(found.contains(row), "{word} does not find it");
        held += usize::from(present.is_some());
    }
    assert!(held > 30, "only {held} of {} have updates", rows.len());
    let mut sum = 0;
    for word in ["not_reported", "not_started", "limited", "substantial", "complete"] {
        sum += app.all(&format!("/api/v1/milestones?progress={word}")).await.len();
    }
    assert_eq!(sum, rows.len());
    agree_at_other_times(&app, &expected).await;
}

/// On every day of which an update speaks, and in the record of every day on which one was told.
async fn agree_at_other_times(app: &TestApp, expected: &[Vec<Reported>]) {
    app.clock.set("2026-12-31");
    for number in 0..6 {
        let (on, record) = (day(number), first_record() + TimeDelta::days((number * 2).into()));
        let until = (record + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN).and_utc();
        for (asked, on, until) in [
            (format!("on={on}"), Some(on), None),
            (format!("as_of={record}"), None, Some(until)),
            (format!("on={on}&as_of={record}"), Some(on), Some(until)),
        ] {
            let rows = app.all(&format!("/api/v1/milestones?{asked}")).await;
            assert_eq!(rows.len(), expected.len());
            let news = last_news(app, &asked).await;
            for (row, told) in rows.iter().zip(expected) {
                let held = present(told, on, until).map(|update| update.id.to_string());
                assert_eq!(row["progress"]["update_id"].as_str(), held.as_deref(), "{asked} {told:#?}");
                let last = substantive(told, on, until).map(|last| last.to_string());
                assert_eq!(news[row["id"].as_str().unwrap()], last, "{asked} {told:#?}");
            }
        }
    }
}

fn first_record() -> NaiveDate {
    RECORDED.parse().unwrap()
}

/// The day of which the last substantive update speaks.
fn substantive(told: &[Reported], on: Option<NaiveDate>, until: Option<DateTime<Utc>>) -> Option<NaiveDate> {
    let held: Vec<_> = effective(told, until);
    let held: Vec<_> =
        held.into_iter().filter(|update| on.is_none_or(|on| update.effective_on <= on)).collect();
    let before = std::iter::once(None).chain(held.iter().copied().map(Some));
    let news = held.iter().zip(before).filter(|(update, before)| update.is_substantive(*before));
    news.map(|(update, _)| update.effective_on).max()
}

/// The same as the progress of commitments tells it, by milestone.
async fn last_news(app: &TestApp, asked: &str) -> HashMap<String, Option<String>> {
    let mut news = HashMap::new();
    for commitment in app.all("/api/v1/commitments").await {
        let id = commitment["id"].as_str().unwrap();
        let progress = app.get(&format!("/api/v1/commitments/{id}/progress?{asked}")).await.ok();
        for step in progress["milestones_progress"].as_array().unwrap() {
            let last = step["last_on"].as_str().map(str::to_owned);
            news.insert(step["id"].as_str().unwrap().to_owned(), last);
        }
    }
    news
}
