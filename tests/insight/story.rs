//! Timișoara's plan from its real start: ten updates, one correction, one reschedule, two assessments, and
//! what the plan's progress is on four days and in the record of four days, worked out by hand.

use super::counted_alike;
use crate::editing::{id, made};
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};
use std::collections::HashMap;

const PLAN: &str = "timisoara-2022-2024";
/// The days that are asked about.
const DAYS: [&str; 4] = ["2022-06-30", "2022-12-31", "2023-06-30", "2024-04-30"];

/// The demo's Timișoara alone, without what others said of it later.
fn timisoara() -> Value {
    let mut document: Value = serde_json::from_str(include_str!("../../demo/romania.json")).unwrap();
    let keep = |document: &mut Value, list: &str, field: &str, wanted: &[&str]| {
        let rows = document[list].as_array_mut().unwrap();
        rows.retain(|row| wanted.contains(&row[field].as_str().unwrap()));
        assert_eq!(rows.is_empty(), wanted.is_empty());
    };
    keep(&mut document, "members", "code", &["ROU", "ROTMR"]);
    keep(&mut document, "action_plans", "slug", &[PLAN]);
    keep(&mut document, "commitments", "action_plan", &[PLAN]);
    for commitment in document["commitments"].as_array_mut().unwrap() {
        let commitment = commitment.as_object_mut().unwrap();
        commitment.remove("assessments");
        commitment.remove("links");
    }
    document
}

/// The people and things of the story.
struct Story<'a> {
    app: &'a TestApp,
    /// Milestones by label.
    milestones: HashMap<String, String>,
    editor: Person,
    assessor: Person,
}

struct Person {
    id: uuid::Uuid,
    email: String,
}

impl<'a> Story<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        app.clock.set("2022-04-28");
        app.import(&timisoara()).await.unwrap();
        let rows = app.all(&format!("/api/v1/milestones?action_plan={PLAN}")).await;
        let label = |row: &Value| row["label"].as_str().unwrap().to_owned();
        let milestones: HashMap<_, _> = rows.iter().map(|row| (label(row), id(row))).collect();
        assert_eq!(milestones.len(), 20);
        let person = async |role: &str| {
            let (id, email) = app.person(None, &[role]).await;
            Person { id, email }
        };
        Self {
            app,
            milestones,
            editor: person("editor@ROTMR").await,
            assessor: person("assessor@ROTMR").await,
        }
    }

    /// Somebody signs in on a day: what they do is recorded then.
    async fn on(&self, day: &str, person: &Person) -> Client<'a> {
        self.app.clock.set(day);
        self.app.sign_in(person.id, &person.email).await
    }

    async fn report(&self, day: &str, label: &str, update: Value) -> String {
        let staff = self.on(day, &self.editor).await;
        id(&made(
            &staff
                .post(&format!("/api/v1/milestones/{}/updates", self.milestones[label]), &update)
                .send()
                .await,
        ))
    }
}

fn proof(what: &str) -> Value {
    json!([{"url": "https://www.primariatm.ro/ogp", "title": {"en": what}, "kind": "web_page"}])
}

/// What the table says of a plan's progress.
fn told(progress: &Value) -> Value {
    let (said, schedule) = (&progress["by_progress"], &progress["by_schedule"]);
    json!({
        "mean": [progress["mean"], progress["percent"], progress["period"]["time_elapsed_percent"]],
        "progress": [said["not_reported"], said["limited"], said["substantial"], said["complete"]],
        "schedule": [
            schedule["undated"], schedule["upcoming"], schedule["overdue"], schedule["completed_on_time"],
            schedule["completed_late"], progress["rescheduled"]
        ],
        "evidence": [
            progress["evidence"]["claims"], progress["evidence"]["with_evidence"], progress["evidence"]["share"]
        ],
        "updates": [
            progress["updates"]["last_on"], progress["updates"]["days_since"], progress["updates"]["next_due_on"],
            progress["updates"]["silent"]
        ]
    })
}

#[actix_web::test]
async fn timisoara_s_plan_is_told_by_day_and_by_record() {
    let app = TestApp::empty().await;
    let story = Story::begin(&app).await;
    let progress =
        async |asked: String| app.get(&format!("/api/v1/action-plans/{PLAN}/progress?{asked}")).await.ok();

    // The portal gets its first due date.
    let staff = story.on("2022-05-02", &story.editor).await;
    let portal = format!("/api/v1/milestones/{}", story.milestones["1.4"]);
    let due =
        json!({"due": {"date": "2023-03-31", "precision": "day"}, "reason": "The plan for the portal."});
    staff.patch(&portal, &due).if_match("*").send().await.ok();
    let limited = |effective: &str| json!({"progress": "limited", "effective_on": effective});
    let mut begun = limited("2022-06-01");
    begun["percent"] = json!(30);
    story.report("2022-06-15", "1.1", begun).await;
    let mut records = Vec::new();
    let mut record = async |day: &str| records.push((day.to_owned(), progress(format!("as_of={day}")).await));
    app.clock.set("2022-07-01");
    record(DAYS[0]).await;
    // What is told late of June is not in the record of June.
    story.report("2022-07-10", "1.2.1", limited("2022-06-20")).await;
    let inception = json!({
        "scheme": {"code": "ogp_local_inception_report", "version": "2021"}, "stage": "design",
        "report": {"en": "Inception report"}, "report_year": 2022,
        "assessed": {"date": "2022-08-31", "precision": "day"},
        "codings": [{"indicator": "verifiable", "value": "yes"}, {"indicator": "relevant", "value": "yes"}]
    });
    let assessor = story.on("2022-09-01", &story.assessor).await;
    made(&assessor.post("/api/v1/commitments/ROTMR0001/assessments", &inception).send().await);
    let most = json!({"progress": "substantial", "percent": 70, "effective_on": "2022-09-30"});
    story.report("2022-10-05", "1.1", most).await;
    let strategy = json!({
        "progress": "complete", "effective_on": "2022-11-30", "completed_on": "2022-11-25",
        "links": proof("The strategy, adopted")
    });
    story.report("2022-12-01", "1.1", strategy).await;
    app.clock.set("2023-01-02");
    record(DAYS[1]).await;
    let training = json!({
        "progress": "substantial", "effective_on": "2022-12-15", "narrative": {"ro": "Prima serie s-a încheiat."}
    });
    story.report("2023-01-20", "4.3", training).await;
    story.report("2023-02-10", "1.4", limited("2023-02-01")).await;
    let staff = story.on("2023-03-15", &story.editor).await;
    let later = json!({
        "due": {"date": "2023-09-30", "precision": "day"}, "decided_on": "2023-03-10",
        "reason": "The budget was approved late."
    });
    staff.post(&format!("{portal}/reschedule"), &later).send().await.ok();
    let done = |effective: &str, completed: &str, what: &str| {
        json!({
            "progress": "complete", "effective_on": effective, "completed_on": completed, "links": proof(what)
        })
    };
    let wrong = story.report("2023-05-20", "4.3", done("2023-05-15", "2023-05-10", "List of trainees")).await;
    app.clock.set("2023-07-01");
    record(DAYS[2]).await;
    let correction = json!({
        "progress": "substantial", "percent": 80, "effective_on": "2023-05-15",
        "supersedes": wrong, "reason": "The second training was still to be held."
    });
    story.report("2023-07-05", "4.3", correction).await;
    story.report("2023-11-10", "1.4", done("2023-10-20", "2023-10-20", "The portal")).await;
    story.report("2024-04-15", "4.3", done("2024-04-10", "2024-04-05", "List of all trainees")).await;
    app.clock.set("2024-05-02");
    record(DAYS[3]).await;
    story.report("2024-05-20", "2.1", limited("2024-04-20")).await;
    let six_of_seven: Vec<_> = ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7"]
        .into_iter()
        .map(|label| {
            let value = if label == "4.7" { "not_started" } else { "complete" };
            let codings = json!([{"indicator": "completion", "value": value}]);
            json!({"milestone": story.milestones[label], "codings": codings})
        })
        .collect();
    let end = json!({
        "scheme": {"code": "ogp_local_end_of_commitment_report", "version": "2021"}, "stage": "end_of_term",
        "report": {"en": "End of commitment report"}, "report_year": 2024,
        "assessed": {"date": "2024-05-31", "precision": "day"},
        "codings": [{"indicator": "completion", "value": "substantial"}], "milestones": six_of_seven
    });
    let assessor = story.on("2024-06-10", &story.assessor).await;
    made(&assessor.post("/api/v1/commitments/ROTMR0004/assessments", &end).send().await);
    app.clock.set("2024-07-01");

    // Means: commitment 1 has five milestones, 2 two, 3 six, 4 seven; the plan's is the mean of those four.
    // 30 June 2022: (1 + 1) / 5 = 0.4; 0.4 / 4 = 0.1. Percent: (30 + 33.3) / 5 / 4 = 3.2. 64 of 734 days.
    // 31 December: 4 / 5 = 0.8 and 2 / 7; (0.8 + 0.286) / 4 = 0.27. (133.3 / 5 + 66.7 / 7) / 4 = 9.0. 248 days.
    // 30 June 2023: 5 / 5 = 1 and 2 / 7; 0.32. (166.7 / 5 + 80 / 7) / 4 = 11.2. 429 days.
    // 30 April 2024: 7 / 5 = 1.4, 1 / 2, 3 / 7; 0.58. (233.3 / 5 + 33.3 / 2 + 100 / 7) / 4 = 19.4.
    let on = [
        json!({
            "mean": [0.1, 3.2, 8.7], "progress": [18, 2, 0, 0], "schedule": [19, 1, 0, 0, 0, 0],
            "evidence": [2, 0, 0.0], "updates": ["2022-06-20", 10, "2022-10-20", false]
        }),
        json!({
            "mean": [0.27, 9.0, 33.8], "progress": [17, 1, 1, 1], "schedule": [18, 1, 0, 1, 0, 0],
            "evidence": [3, 1, 0.3333], "updates": ["2022-12-15", 16, "2023-04-15", false]
        }),
        json!({
            "mean": [0.32, 11.2, 58.4], "progress": [16, 2, 1, 1], "schedule": [18, 1, 0, 1, 0, 1],
            "evidence": [4, 1, 0.25], "updates": ["2023-05-15", 46, "2023-09-15", false]
        }),
        json!({
            "mean": [0.58, 19.4, 100.0], "progress": [15, 2, 0, 3], "schedule": [17, 0, 0, 2, 1, 1],
            "evidence": [5, 3, 0.6], "updates": ["2024-04-20", 10, "2024-08-20", false]
        }),
    ];
    for (day, expected) in DAYS.iter().zip(&on) {
        assert_eq!(&told(&progress(format!("on={day}")).await), expected, "on {day}");
    }
    // The record of June 2022 knows the strategy alone: 1 / 5 / 4 = 0.05, 30 / 5 / 4 = 1.5. That of December
    // does not know the training yet: 0.8 / 4 = 0.2, 133.3 / 5 / 4 = 6.7. That of June 2023 takes it for
    // completed: (1 + 3 / 7) / 4 = 0.36, (166.7 / 5 + 100 / 7) / 4 = 11.9. That of April 2024 does not know of
    // commitment 2: (1.4 + 3 / 7) / 4 = 0.46, (233.3 / 5 + 100 / 7) / 4 = 15.2.
    let as_of = [
        json!({
            "mean": [0.05, 1.5, 8.7], "progress": [19, 1, 0, 0], "schedule": [19, 1, 0, 0, 0, 0],
            "evidence": [1, 0, 0.0], "updates": ["2022-06-01", 29, "2022-10-01", false]
        }),
        json!({
            "mean": [0.2, 6.7, 33.8], "progress": [18, 1, 0, 1], "schedule": [18, 1, 0, 1, 0, 0],
            "evidence": [2, 1, 0.5], "updates": ["2022-11-30", 31, "2023-03-30", false]
        }),
        json!({
            "mean": [0.36, 11.9, 58.4], "progress": [16, 2, 0, 2], "schedule": [17, 1, 0, 2, 0, 1],
            "evidence": [4, 2, 0.5], "updates": ["2023-05-15", 46, "2023-09-15", false]
        }),
        json!({
            "mean": [0.46, 15.2, 100.0], "progress": [16, 1, 0, 3], "schedule": [17, 0, 0, 2, 1, 1],
            "evidence": [4, 3, 0.75], "updates": ["2024-04-10", 20, "2024-08-10", false]
        }),
    ];
    for (day, expected) in DAYS.iter().zip(&as_of) {
        assert_eq!(&told(&progress(format!("as_of={day}")).await), expected, "as of {day}");
    }
    // What the record of a day said does not change when more is told.
    assert_eq!(records.len(), 4);
    for (day, then) in &records {
        assert_eq!(then, &progress(format!("as_of={day}")).await, "as of {day}");
    }
    // What the record of June 2023 said about December 2022: late news counts, the due date not yet moved.
    let both = told(&progress("on=2022-12-31&as_of=2023-06-30".to_owned()).await);
    assert_eq!(both, on[1]);

    let asked =
        ["", "on=2022-12-31", "as_of=2022-12-31", "as_of=2023-06-30", "on=2022-12-31&as_of=2023-06-30"];
    for asked in asked {
        counted_alike(&app, &progress(asked.to_owned()).await, asked).await;
    }

    // The other codings stand beside the report, from the day on which they were known.
    let completion = async |asked: &str| {
        let commitment = app.get(&format!("/api/v1/commitments/ROTMR0004/progress?{asked}")).await.ok();
        let codings = commitment["assessed_completion"].as_array().unwrap().clone();
        (
            commitment["progress"].clone(),
            codings.iter().map(|coding| coding["value"].clone()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(completion("").await, (json!("limited"), vec![json!("substantial")]));
    assert_eq!(completion("on=2024-04-30").await, (json!("limited"), vec![]));
    assert_eq!(completion("as_of=2024-06-09").await, (json!("limited"), vec![]));
    assert_eq!(completion("as_of=2024-06-10").await.1, [json!("substantial")]);
    let reports = progress(String::new()).await["reports_due"].clone();
    let inception = &reports[0];
    assert_eq!(
        (&inception["report"], &inception["due_on"], &inception["schedule"]),
        (&json!("inception_report"), &json!("2022-06-27"), &json!("completed_late"))
    );
    // The portal's own story.
    let moved = app.get(&portal).await.ok();
    assert_eq!((&moved["days_moved"], &moved["original_due"]["date"]), (&json!(183), &json!("2023-03-31")));
    let then = app.get(&format!("{portal}?on=2023-03-09")).await.ok();
    assert_eq!((&then["due"]["date"], &then["reschedulings"]), (&json!("2023-03-31"), &json!([])));
    for (day, overdue) in [("2023-05-15", 0), ("2023-10-15", 1)] {
        let list = format!("/api/v1/milestones?action_plan={PLAN}&schedule=overdue&on={day}&total=true");
        assert_eq!(app.get(&list).await.ok()["page"]["total"], overdue, "on {day}");
    }
}
