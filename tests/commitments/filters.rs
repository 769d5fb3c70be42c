//! Each filter of the list of commitments finds exactly the rows whose fields say so.

use crate::editing::id;
use crate::harness::TestApp;
use crate::insight::counted_alike;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Timișoara's plan with some progress reported, one piece of evidence and one due date moved.
async fn told() -> TestApp {
    let app = TestApp::demo().await;
    app.clock.set("2023-03-01");
    let rows = app.all("/api/v1/milestones?action_plan=timisoara-2022-2024").await;
    let report = async |label: &str, update: Value| {
        let staff = app.editor_of("ROTMR").await;
        let milestone = rows.iter().find(|row| row["label"] == label).expect("a milestone");
        let answer =
            staff.post(&format!("/api/v1/milestones/{}/updates", id(milestone)), &update).send().await;
        assert_eq!(answer.status, 201, "{}", answer.json());
    };
    report(
        "1.1",
        json!({"progress": "limited", "effective_on": "2022-07-01", "challenge": "lack_of_resources"}),
    )
    .await;
    report(
        "2.1",
        json!({"progress": "not_started", "effective_on": "2022-08-01", "challenge": "lack_of_resources"}),
    )
    .await;
    let proof =
        json!([{"url": "https://www.primariatm.ro/ogp", "title": {"en": "The page"}, "kind": "web_page"}]);
    report(
        "3.1",
        json!({"progress": "complete", "effective_on": "2022-10-01", "completed_on": "2022-09-30", "links": proof}),
    )
    .await;
    report("3.2", json!({"progress": "substantial", "effective_on": "2023-01-01"})).await;
    let done = |effective: &str, completed: &str| {
        let proof =
            json!([{"url": "https://www.primariatm.ro/done", "title": {"en": "Done"}, "kind": "web_page"}]);
        json!({"progress": "complete", "effective_on": effective, "completed_on": completed, "links": proof})
    };
    report("2.1", done("2023-02-15", "2023-02-10")).await;
    app.clock.set("2024-07-01");
    report("2.2", done("2024-06-01", "2024-05-15")).await;
    let milestone = rows.iter().find(|row| row["label"] == "1.4").expect("a milestone");
    let staff = app.editor_of("ROTMR").await;
    for due in ["2023-03-31", "2023-09-30"] {
        let change = json!({"due": {"date": due, "precision": "day"}, "reason": "The plan for the portal."});
        staff
            .patch(&format!("/api/v1/milestones/{}", id(milestone)), &change)
            .if_match("*")
            .send()
            .await
            .ok();
    }
    app.clock.set("2026-11-23");
    app
}

fn ids<'a>(rows: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    rows.into_iter().map(id).collect()
}

/// That a filter finds those rows and no others, and that there are some of both.
async fn finds(app: &TestApp, all: &[Value], query: &str, is: impl Fn(&Value) -> bool) {
    let wanted = ids(all.iter().filter(|row| is(row)));
    assert!(!wanted.is_empty() && wanted.len() < all.len(), "{query}: {} of {}", wanted.len(), all.len());
    let found = app.all(&format!("/api/v1/commitments?{query}")).await;
    assert_eq!(ids(&found), wanted, "{query}");
}

fn somebody(row: &Value, role: &str, is: impl Fn(&Value) -> bool) -> bool {
    row[role].as_array().unwrap().iter().any(is)
}

#[actix_web::test]
async fn what_is_written_of_a_commitment() {
    let app = told().await;
    let all = app.all("/api/v1/commitments?include=milestones&include=assessments").await;
    for word in ["access_to_information", "civic_participation"] {
        finds(&app, &all, &format!("ogp_value={word}"), |row| somebody(row, "ogp_values", |one| one == word))
            .await;
    }
    let part = |row: &Value, is: &dyn Fn(&Value) -> bool| {
        somebody(row, "leads", is) || somebody(row, "supporters", is)
    };
    finds(&app, &all, "sector=civil_society", |row| part(row, &|one| one["sector"] == "civil_society")).await;
    finds(&app, &all, "role=support", |row| !row["supporters"].as_array().unwrap().is_empty()).await;
    finds(&app, &all, "role=support&sector=civil_society", |row| {
        somebody(row, "supporters", |one| one["sector"] == "civil_society")
    })
    .await;
    finds(&app, &all, "role=lead&sector=civil_society&sector=academia&sector=government", |row| {
        let sectors = ["civil_society", "academia", "government"];
        somebody(row, "leads", |one| sectors.contains(&one["sector"].as_str().unwrap()))
    })
    .await;
    let leads = all.iter().find_map(|row| row["leads"].as_array()?.first()).expect("somebody leads");
    let slug = leads["slug"].as_str().unwrap();
    finds(&app, &all, &format!("institution={slug}"), |row| part(row, &|one| one["slug"] == slug)).await;
    finds(&app, &all, &format!("institution={}&role=lead", id(leads)), |row| {
        somebody(row, "leads", |one| one["slug"] == slug)
    })
    .await;
    let starred = |row: &Value| {
        let codings = |seen: &Value| seen["codings"].as_array().unwrap().clone();
        let star = |one: &Value| one["indicator"] == "starred" && one["value"] == "yes";
        row["assessments"].as_array().unwrap().iter().flat_map(codings).any(|one| star(&one))
    };
    finds(&app, &all, "starred=true", starred).await;
    finds(&app, &all, "starred=false", |row| !starred(row)).await;
    let year = |row: &Value| row["ends"]["date"].as_str().map(|date| date[..4].to_owned());
    let after = app.all("/api/v1/commitments?ends_after=2014-12-31").await;
    let before = app.all("/api/v1/commitments?ends_before=2014-12-31").await;
    let later = |row: &&Value| year(row).is_some_and(|year| year.as_str() > "2014");
    assert_eq!(ids(&after), ids(all.iter().filter(later)));
    assert!(!before.is_empty() && before.iter().all(|row| year(row).unwrap().as_str() <= "2014"));
    // What ends with that very day does neither.
    let with_it = |row: &&Value| row["ends"]["date"].as_str().is_some_and(|date| date.starts_with("2014-12"));
    let with_it = ids(all.iter().filter(with_it));
    assert!(!with_it.is_empty() && with_it.is_disjoint(&ids(before.iter().chain(&after))));
    let started = app.all("/api/v1/commitments?starts_before=2019-01-01&starts_after=2015-01-01").await;
    assert!(!started.is_empty() && started.len() < all.len());
    finds(&app, &all, "cohort=2020", |row| row["member"]["code"] == "ROTMR").await;
    finds(&app, &all, "country=ro&cohort=2018&cohort=2020", |row| row["member"]["kind"] == "local").await;
    assert!(app.all("/api/v1/commitments?country=FR").await.is_empty());
}

#[actix_web::test]
async fn what_is_computed_of_a_commitment_on_any_day() {
    let app = told().await;
    for (today, times) in [
        ("2026-11-23", ""),
        ("2022-09-15", ""),
        ("2023-02-01", ""),
        ("2026-11-23", "on=2022-09-30"),
        ("2026-11-23", "on=2023-06-30"),
        ("2026-11-23", "on=2030-01-01"),
    ] {
        app.clock.set(today);
        let all = app.all(&format!("/api/v1/commitments?include=milestones&{times}")).await;
        let mut standing = Vec::new();
        for plan in app.all("/api/v1/action-plans").await {
            let slug = plan["slug"].as_str().unwrap();
            let progress = app.get(&format!("/api/v1/action-plans/{slug}/progress?{times}")).await.ok();
            counted_alike(&app, &progress, times).await;
            standing.extend(progress["commitments_progress"].as_array().unwrap().clone());
        }
        assert_eq!(standing.len(), all.len());
        let of = |row: &Value| {
            standing.iter().find(|one| one["commitment"]["id"] == row["id"]).expect("its progress")
        };
        for row in &all {
            assert_eq!(row["progress"], of(row)["progress"], "{times} {row:#}");
            assert_eq!(row["schedule"], of(row)["schedule"], "{times} {row:#}");
        }
        let mut filters: Vec<(String, BTreeSet<String>)> = Vec::new();
        let mut add = |filter: &str, is: &dyn Fn(&Value) -> bool| {
            filters.push((filter.to_owned(), ids(all.iter().filter(|row| is(row)))));
        };
        for word in ["not_started", "limited", "substantial", "complete"] {
            add(&format!("progress={word}"), &|row| row["progress"] == word);
        }
        add("progress=not_reported", &|row| row["progress"].is_null());
        add("progress=limited&progress=complete", &|row| {
            row["progress"] == "limited" || row["progress"] == "complete"
        });
        for word in
            ["undated", "ongoing", "upcoming", "due_soon", "overdue", "completed_on_time", "completed_late"]
        {
            add(&format!("schedule={word}"), &|row| row["schedule"] == word);
        }
        add("stale=true", &|row| of(row)["updates"]["silent"] == true);
        add("stale=false", &|row| of(row)["updates"]["silent"] == false);
        let moved = |row: &Value| {
            let steps = row["milestones"].as_array().unwrap().clone();
            let standing = steps.into_iter().filter(|step| step["disposition"] == "active");
            standing.into_iter().any(|step| !step["reschedulings"].as_array().unwrap().is_empty())
        };
        add("rescheduled=true", &moved);
        add("rescheduled=false", &|row| !moved(row));
        for (filter, wanted) in filters {
            let found = app.all(&format!("/api/v1/commitments?{filter}&{times}")).await;
            assert_eq!(ids(&found), wanted, "{filter} {times} on {today}");
        }
    }
}

#[actix_web::test]
async fn evidence_of_a_commitment_of_its_milestones_and_of_what_holds_of_them() {
    let app = told().await;
    let all = app.all("/api/v1/commitments?include=evidence").await;
    let proved = ids(&app.all("/api/v1/commitments?has_evidence=true").await);
    let unproved = ids(&app.all("/api/v1/commitments?has_evidence=false").await);
    assert!(proved.is_disjoint(&unproved) && proved.len() + unproved.len() == all.len());
    let own = all.iter().filter(|row| !row["evidence"].as_array().unwrap().is_empty());
    let own = ids(own);
    assert!(!own.is_empty() && own.is_subset(&proved));
    let third = app.all("/api/v1/milestones?action_plan=timisoara-2022-2024&has_evidence=true").await;
    let labels: Vec<_> = third.iter().map(|row| row["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["2.1", "2.2", "3.1"]);
    assert!(proved.contains(&id(&third[2]["commitment"])));
    // On a day before it was reported nothing proved it.
    let before =
        app.all("/api/v1/milestones?action_plan=timisoara-2022-2024&has_evidence=true&on=2022-09-30").await;
    assert!(before.is_empty());
}

#[actix_web::test]
async fn what_changed_since_an_instant_and_what_was_published_since() {
    let app = TestApp::demo().await;
    let since =
        async |list: &str, instant: &str| app.all(&format!("/api/v1/{list}updated_since={instant}")).await;
    app.clock.set("2027-01-01");
    assert!(since("commitments?", "2027-01-01T00:00:00Z").await.is_empty());
    let editor = app.editor_of("ROTMR").await;
    let change = json!({"number": "1 bis", "reason": "As printed."});
    editor.patch("/api/v1/commitments/ROTMR0001", &change).if_match("*").send().await.ok();
    let found = since("commitments?", "2027-01-01T12:00:00Z").await;
    assert_eq!(found.iter().map(|row| row["code"].as_str().unwrap()).collect::<Vec<_>>(), ["ROTMR0001"]);
    assert!(since("commitments?", "2027-01-01T12:00:00.000001Z").await.is_empty());
    assert_eq!(since("commitments?", "2000-01-01T00:00:00%2B02:00").await.len(), 92);
    for (list, bad) in
        [("commitments?", "yesterday"), ("commitments?", "+12345-01-01T00:00:00Z"), ("members?", "2027")]
    {
        let answer = app.get(&format!("/api/v1/{list}updated_since={bad}")).await;
        let problem = answer.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "updated_since", "{problem}");
    }
    // A draft that was written long ago is news on the day on which it is published.
    let publisher = app.publisher_of("ROTMR").await;
    let plan = json!({"slug": "timisoara-2027", "member": "ROTMR", "title": {"en": "The next one"},
        "starts": {"date": "2027-01-01", "precision": "day"}, "ends": {"date": "2028-12-31", "precision": "day"}});
    assert_eq!(publisher.post("/api/v1/action-plans", &plan).send().await.status, 201);
    let promise = json!({"action_plan": "timisoara-2027", "title": {"en": "Open the budget"}});
    assert_eq!(publisher.post("/api/v1/commitments", &promise).send().await.status, 201);
    app.clock.set("2027-03-01");
    let publisher = app.publisher_of("ROTMR").await;
    for step in ["consult", "adopt", "publish"] {
        let answer =
            publisher.post(&format!("/api/v1/action-plans/timisoara-2027/{step}"), &json!({})).if_match("*");
        assert_eq!(answer.send().await.status, 200, "{step}");
    }
    let found = since("commitments?", "2027-03-01T00:00:00Z").await;
    assert_eq!(found.iter().map(|row| &row["title"]).collect::<Vec<_>>(), ["Open the budget"]);
    assert_eq!(since("action-plans?", "2027-03-01T00:00:00Z").await.len(), 1);
}

#[actix_web::test]
async fn what_is_nested_on_demand_is_what_the_page_shows() {
    let app = told().await;
    let parts = ["milestones", "evidence", "progress_reports", "assessments", "links"];
    let plain = app.get("/api/v1/commitments?limit=3").await.ok();
    for part in parts {
        assert!(plain["data"][0].get(part).is_none(), "{part}");
    }
    let asked = format!("include={}", parts.join("&include="));
    let rows = app.all(&format!("/api/v1/commitments?{asked}&action_plan=timisoara-2022-2024")).await;
    for row in &rows {
        let page = app.get(&format!("/api/v1/commitments/{}", id(row))).await.ok();
        for part in parts {
            assert_eq!(row[part], page[part], "{part}");
        }
    }
    for (list, parts) in [
        ("action-plans", ["commitments", "events", "reports"].as_slice()),
        ("members", &["action_plans", "local_members"]),
        ("milestones", &["reported_percents", "assessments", "evidence"]),
    ] {
        let rows = app.all(&format!("/api/v1/{list}?include={}", parts.join("&include="))).await;
        let mut some = 0;
        for row in rows.iter().take(60) {
            let page = app.get(&format!("/api/v1/{list}/{}", id(row))).await.ok();
            for part in parts {
                assert_eq!(row[part], page[part], "{list} {part}");
                some += row[part].as_array().unwrap().len();
            }
        }
        assert!(some > 0, "{list}");
    }
    let one = app.get("/api/v1/commitments?include=links&fields=code&limit=1").await.ok();
    let fields: Vec<_> = one["data"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["code", "links"]);
    let lines =
        app.get("/api/v1/commitments?include=milestones&format=ndjson&action_plan=timisoara-2022-2024").await;
    let first: Value =
        serde_json::from_slice(lines.body.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert!(!first["milestones"].as_array().unwrap().is_empty());
    for format in ["csv", "xlsx"] {
        let problem = app.get(&format!("/api/v1/commitments?include=milestones&format={format}")).await;
        let problem = problem.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "include");
    }
    let csv = app.get("/api/v1/commitments?format=csv&limit=1").await;
    let head = String::from_utf8(csv.body).unwrap().lines().next().unwrap().to_owned();
    assert!(head.contains("schedule") && !head.contains("milestones."), "{head}");
    let problem = app.get("/api/v1/commitments?include=everything").await.problem(400, "parameter_invalid");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("milestones") && detail.contains("links"), "{detail}");
}

#[actix_web::test]
async fn filters_are_about_the_same_part() {
    let app = told().await;
    let all = app.all("/api/v1/commitments").await;
    // Of those where civil society supports and government leads, asking for government that supports finds other
    // ones than asking for either.
    let found = ids(&app.all("/api/v1/commitments?role=support&sector=government").await);
    let wanted = all.iter().filter(|row| somebody(row, "supporters", |one| one["sector"] == "government"));
    assert_eq!(found, ids(wanted));
    let problem = app.get("/api/v1/commitments?institution=nobody&member=NOBODY&action_plan=none").await;
    let problem = problem.problem(400, "reference_unknown");
    let mut named: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|one| one["parameter"].clone()).collect();
    named.sort_by_key(|name| name.as_str().unwrap().to_owned());
    assert_eq!(named, ["action_plan", "institution", "member"]);
}
