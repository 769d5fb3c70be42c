//! The database and the model agree about which update holds.

use crate::harness::TestApp;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::milestones::model::{Progress, Reported, present};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
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
            (Vec::new(), "2022-06-01T00:00:00Z".parse().unwrap());
        for (effective, corrects, progress, passed, id) in drawn {
            instant += TimeDelta::minutes(passed.into());
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
    let sum: usize = {
        let mut sum = 0;
        for word in ["not_reported", "not_started", "limited", "substantial", "complete"] {
            sum += app.all(&format!("/api/v1/milestones?progress={word}")).await.len();
        }
        sum
    };
    assert_eq!(sum, rows.len());
}
