//! The demo data: all of the document reads back through HTTP.

use crate::harness::{Template, TestApp, TestDatabase};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn document() -> Value {
    serde_json::from_str(include_str!("../../demo/romania.json")).expect("JSON")
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A partial date as readers see it.
fn shown(date: &Value) -> Value {
    if date.is_null() {
        return Value::Null;
    }
    let ongoing = date["ongoing"].as_bool().unwrap_or_default();
    json!({ "date": date["date"], "precision": date["precision"], "text": date["text"], "ongoing": ongoing })
}

/// Texts by language; nothing where there is none.
fn texts(value: &Value) -> Value {
    if value.is_null() { json!({}) } else { value.clone() }
}

fn sources(value: &Value) -> Value {
    json!(list(value, "sources"))
}

/// Topic, texts and sources of remarks, in the document and as readers see them with `lang=*`.
fn remarks(value: &Value, text: &str) -> Vec<(Value, Value, Value)> {
    let notes = list(value, "notes").iter();
    notes.map(|note| (note["topic"].clone(), note[text].clone(), sources(note))).collect()
}

#[track_caller]
fn same_remarks(read: &Value, item: &Value, name: &str) {
    assert_eq!(remarks(read, "translations"), remarks(item, "text"), "{name}: notes");
    assert_eq!(sources(read), sources(item), "{name}: sources");
}

#[track_caller]
fn same(read: &Value, item: &Value, fields: &[&str], name: &str) {
    for field in fields {
        assert_eq!(read[field], item[field], "{name}: {field}");
    }
}

#[track_caller]
fn same_dates(read: &Value, item: &Value, fields: &[&str], name: &str) {
    for field in fields {
        assert_eq!(read[field], shown(&item[field]), "{name}: {field}");
    }
}

#[track_caller]
fn same_texts(read: &Value, item: &Value, fields: &[&str], name: &str) {
    for field in fields {
        assert_eq!(texts(&read["translations"][field]), texts(&item[field]), "{name}: {field}");
    }
}

fn slugs(value: &Value, field: &str, slug: &str) -> Vec<(Value, Value)> {
    list(value, field).iter().map(|one| (one[slug].clone(), one["partner_group"].clone())).collect()
}

async fn app() -> TestApp {
    TestApp::demo().await
}

async fn read(app: &TestApp, path: &str) -> Value {
    app.get(&format!("/api/v1/{path}")).await.ok()
}

#[tokio::test]
async fn the_demo_has_the_things_it_should_have() {
    let app = app().await;
    let counts = [
        ("members", 3),
        ("action-plans", 9),
        ("commitments", 92),
        ("milestones", 47),
        ("assessments", 131),
        ("institutions", 214),
    ];
    for (what, count) in counts {
        assert_eq!(app.all(&format!("/api/v1/{what}")).await.len(), count, "{what}");
    }
    let (mut evidence, mut reports, mut outgoing, mut incoming) = (0, 0, 0, 0);
    for item in app.all("/api/v1/commitments").await {
        let page = read(&app, &format!("commitments/{}", item["code"].as_str().expect("code"))).await;
        evidence += list(&page, "evidence").len();
        reports += list(&page, "progress_reports").len();
        outgoing += list(&page, "links").iter().filter(|link| link["direction"] == "outgoing").count();
        incoming += list(&page, "links").iter().filter(|link| link["direction"] == "incoming").count();
    }
    assert_eq!((evidence, reports, outgoing, incoming), (10, 1, 24, 24));
}

#[tokio::test]
async fn every_commitment_reads_back_as_the_document_says() {
    let (app, document) = (app().await, document());
    let items = list(&document, "commitments");
    assert_eq!(items.len(), 92);
    for item in items {
        let code = item["code"].as_str().expect("code");
        let page = read(&app, &format!("commitments/{code}?lang=*")).await;
        assert_eq!(page["action_plan"]["slug"], item["action_plan"], "{code}");
        same(&page, item, &["code", "code_basis", "number", "period_text", "milestones_complete"], code);
        let named = ["title", "summary", "problem", "solution", "objective", "theme", "budget"];
        same_texts(&page, item, &named, code);
        same_dates(&page, item, &["starts", "ends"], code);
        same_remarks(&page, item, code);
        assert_eq!(page["disposition"], "active", "{code}");
        assert_eq!(list(&page, "other_titles"), list(item, "other_titles"), "{code}");
        assert_eq!(list(&page, "ogp_values"), list(item, "ogp_values"), "{code}");
        let results: Vec<_> =
            list(&page, "expected_results").iter().map(|said| said["translations"].clone()).collect();
        assert_eq!(results, list(item, "expected_results"), "{code}");
        let areas: Vec<_> = list(&page, "policy_areas").iter().map(|area| area["code"].clone()).collect();
        assert_eq!(areas, list(item, "policy_areas"), "{code}");
        for role in ["leads", "supporters"] {
            assert_eq!(slugs(&page, role, "slug"), slugs(item, role, "institution"), "{code}: {role}");
        }
        let outgoing: Vec<_> = list(&page, "links")
            .iter()
            .filter(|link| link["direction"] == "outgoing")
            .map(|link| (link["kind"].to_string(), link["commitment"]["code"].to_string()))
            .collect();
        let mut links: Vec<_> = list(item, "links")
            .iter()
            .map(|link| (link["kind"].to_string(), link["to"].to_string()))
            .collect();
        links.sort();
        let mut sorted = outgoing;
        sorted.sort();
        assert_eq!(sorted, links, "{code}");
        let ids = milestones(&page, item, code);
        evidence(&page, item, code);
        progress_reports(&page, item, &ids, code);
        assessments(&page, item, &ids, code);
    }
}

/// Compares the milestones; returns their ids by key.
fn milestones(page: &Value, item: &Value, code: &str) -> BTreeMap<String, Value> {
    let (read, items) = (list(page, "milestones"), list(item, "milestones"));
    assert_eq!(read.len(), items.len(), "{code}");
    let mut ids = BTreeMap::new();
    for (read, item) in read.iter().zip(items) {
        let name = format!("{code} milestone {}", item["key"]);
        same(read, item, &["label", "period_text"], &name);
        same_texts(read, item, &["title", "description", "expected_output", "responsible"], &name);
        same_dates(read, item, &["starts", "due", "actual_start", "actual_end"], &name);
        same_remarks(read, item, &name);
        let (held, events) = (list(read, "events"), list(item, "events"));
        assert_eq!(held.len(), events.len(), "{name}");
        for (held, event) in held.iter().zip(events) {
            same(held, event, &["place", "status"], &name);
            same_dates(held, event, &["starts", "ends"], &name);
            assert_eq!(sources(held), sources(event), "{name}");
        }
        ids.insert(item["key"].as_str().expect("key").to_owned(), read["id"].clone());
    }
    ids
}

fn evidence(page: &Value, item: &Value, code: &str) {
    let (read, items) = (list(page, "evidence"), list(item, "evidence"));
    assert_eq!(read.len(), items.len(), "{code}");
    for (read, item) in read.iter().zip(items) {
        same(read, item, &["url", "relation"], code);
        same_dates(read, item, &["dated"], code);
        assert_eq!(read["title"]["translations"], item["title"], "{code}");
        assert_eq!(remarks(read, "translations"), remarks(item, "text"), "{code}");
    }
}

fn progress_reports(page: &Value, item: &Value, ids: &BTreeMap<String, Value>, code: &str) {
    let (read, items) = (list(page, "progress_reports"), list(item, "progress_reports"));
    assert_eq!(read.len(), items.len(), "{code}");
    for (read, item) in read.iter().zip(items) {
        let plain = ["reported_by", "percent", "time_elapsed_percent", "period_start_on", "period_end_on"];
        same(read, item, &plain, code);
        same_dates(read, item, &["reported"], code);
        same_remarks(read, item, code);
        same(&read["estimate"], &item["estimate"], &["on", "from", "to"], code);
        assert_eq!(read["estimate"]["basis"]["translations"], item["estimate"]["basis"], "{code}");
        let percents = |value: &Value, id: &dyn Fn(&Value) -> Value| -> Vec<(Value, Value)> {
            list(value, "milestones").iter().map(|row| (id(row), row["percent"].clone())).collect()
        };
        assert_eq!(
            percents(read, &|row| row["milestone_id"].clone()),
            percents(item, &|row| ids[row["milestone"].as_str().expect("key")].clone()),
            "{code}"
        );
    }
}

fn assessments(page: &Value, item: &Value, ids: &BTreeMap<String, Value>, code: &str) {
    let (read, items) = (list(page, "assessments"), list(item, "assessments"));
    assert_eq!(read.len(), items.len(), "{code}");
    for (read, item) in read.iter().zip(items) {
        let name = format!("{code} assessment {}", item["key"]);
        same(&read["scheme"], &item["scheme"], &["code", "version"], &name);
        same(read, item, &["stage", "report_year"], &name);
        same_dates(read, item, &["assessed"], &name);
        same_remarks(read, item, &name);
        assert_eq!(read["report"]["translations"], item["report"], "{name}");
        assert_eq!(list(read, "codings"), list(item, "codings"), "{name}");
        let codings = |value: &Value, id: &dyn Fn(&Value) -> String| -> BTreeMap<String, Value> {
            list(value, "milestones").iter().map(|row| (id(row), row["codings"].clone())).collect()
        };
        assert_eq!(
            codings(read, &|row| row["milestone_id"].to_string()),
            codings(item, &|row| ids[row["milestone"].as_str().expect("key")].to_string()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_plan_reads_back_as_the_document_says() {
    let (app, document) = (app().await, document());
    let items = list(&document, "action_plans");
    assert_eq!(items.len(), 9);
    for item in items {
        let slug = item["slug"].as_str().expect("slug");
        let page = read(&app, &format!("action-plans/{slug}?lang=*")).await;
        assert_eq!(page["member"]["code"], item["member"], "{slug}");
        let plain = [
            "ogp_plan_id",
            "number",
            "cycle_year",
            "period_text",
            "commitments_declared",
            "milestones_declared",
        ];
        same(&page, item, &plain, slug);
        same_texts(&page, item, &["title"], slug);
        same_dates(&page, item, &["starts", "ends", "submitted", "approved", "published"], slug);
        same_remarks(&page, item, slug);
        let documents = |value: &Value| -> Vec<(Value, Value)> {
            list(value, "documents").iter().map(|one| (one["url"].clone(), one["language"].clone())).collect()
        };
        assert_eq!(documents(&page), documents(item), "{slug}");
        let themes: Vec<_> = list(&page, "themes").iter().map(|said| said["translations"].clone()).collect();
        assert_eq!(themes, list(item, "themes"), "{slug}");
        assert_eq!(list(&page, "figures"), list(item, "figures"), "{slug}");
        assert_eq!(list(&page, "events").len(), list(item, "events").len(), "{slug}");
        for (read, item) in list(&page, "events").iter().zip(list(item, "events")) {
            same(read, item, &["kind", "place", "status"], slug);
            same_dates(read, item, &["starts", "ends"], slug);
            assert_eq!(read["title"]["translations"], item["title"], "{slug}");
            assert_eq!(sources(read), sources(item), "{slug}");
        }
        assert_eq!(list(&page, "reports").len(), list(item, "reports").len(), "{slug}");
        for (read, item) in list(&page, "reports").iter().zip(list(item, "reports")) {
            same(read, item, &["kind", "language", "status"], slug);
            same_dates(read, item, &["published"], slug);
            assert_eq!(sources(read), sources(item), "{slug}");
        }
        let promises = list(&document, "commitments").iter().filter(|promise| promise["action_plan"] == slug);
        let promises: Vec<_> = promises.map(|promise| promise["code"].clone()).collect();
        let read: Vec<_> = list(&page, "commitments").iter().map(|promise| promise["code"].clone()).collect();
        assert_eq!(read, promises, "{slug}");
    }
}

#[tokio::test]
async fn every_member_and_institution_reads_back_as_the_document_says() {
    let (app, document) = (app().await, document());
    for item in list(&document, "members") {
        let code = item["code"].as_str().expect("code");
        let page = read(&app, &format!("members/{code}?lang=*")).await;
        same(&page, item, &["kind", "country", "joined_year", "cohort", "commitment_prefix"], code);
        same_texts(&page, item, &["name"], code);
        same_remarks(&page, item, code);
        assert_eq!(page["national_member"]["code"], item["national_member"], "{code}");
    }
    let institutions = app.all("/api/v1/institutions?lang=*").await;
    let by_slug: BTreeMap<_, _> =
        institutions.iter().map(|read| (read["slug"].as_str().expect("slug"), read)).collect();
    assert_eq!(by_slug.len(), 214);
    for item in list(&document, "institutions") {
        let slug = item["slug"].as_str().expect("slug");
        let read = by_slug[slug];
        same(read, item, &["sector", "country"], slug);
        same_texts(read, item, &["name"], slug);
        same_remarks(read, item, slug);
        assert_eq!(read["is_class"], item["is_class"].as_bool().unwrap_or_default(), "{slug}");
    }
}

#[tokio::test]
async fn the_first_commitment_has_a_lettered_number_and_dates_to_the_month() {
    let page = read(&app().await, "commitments/RO0001").await;
    assert_eq!(page["number"], "A.1.A");
    let starts =
        json!({ "date": "2012-04-01", "precision": "month", "text": "April 2012", "ongoing": false });
    assert_eq!(page["starts"], starts);
    assert_eq!(page["leads"][0]["slug"], "chancellery-of-the-prime-minister-cpm");
    let completion = json!({ "indicator": "completion", "value": "complete" });
    assert!(list(&page["assessments"][0], "codings").contains(&completion));
}

#[tokio::test]
async fn open_local_government_has_its_published_percentages_and_eight_sessions() {
    let page = read(&app().await, "commitments/RO0049").await;
    let report = &page["progress_reports"][0];
    assert_eq!((&report["percent"], &report["time_elapsed_percent"]), (&json!(59), &json!(82)));
    assert_eq!(report["estimate"]["on"], "2019-10-18");
    assert_eq!(report["milestones"][0]["percent"], 100);
    let sessions = list(&page["milestones"][0], "events");
    let places: Vec<_> = sessions.iter().map(|session| session["place"].as_str().expect("place")).collect();
    let expected =
        ["București", "Constanța", "Sibiu", "Cluj-Napoca", "Iași", "Pitești", "Craiova", "Timișoara"];
    assert_eq!(places, expected);
    assert!(sessions.iter().all(|session| session["status"] == "announced"));
    assert_eq!(sessions[7]["ends"]["date"], "2019-07-03");
    let groups: Vec<_> =
        list(&page, "supporters").iter().map(|one| one["partner_group"].as_str().expect("group")).collect();
    assert_eq!(groups, ["central_government", "local_government", "civil_society"]);
    assert_eq!(list(&page, "evidence").len(), 2);
}

#[tokio::test]
async fn a_commitment_without_english_title_says_that_it_is_romanian() {
    let answer = app().await.get("/api/v1/commitments/RO0078?lang=en").await;
    let page = answer.ok();
    assert!(page["title"].as_str().expect("title").starts_with("Standardizarea"));
    assert_eq!(page["fallbacks"]["title"], "ro");
    assert_eq!(page["other_titles"][0]["used_by"], "unofficial");
    assert_eq!(page["sources"][1]["about"], "title.ro");
}

#[tokio::test]
async fn two_commitments_have_no_title_at_all() {
    let app = app().await;
    let untitled = app.all("/api/v1/commitments?lang=*").await;
    let untitled: Vec<_> = untitled.iter().filter(|item| item["title"].is_null()).collect();
    let document = document();
    let expected: Vec<_> =
        list(&document, "commitments").iter().filter(|item| item["title"].is_null()).collect();
    assert_eq!(untitled.len(), expected.len());
    assert_eq!(untitled.len(), 2);
}

#[tokio::test]
async fn timisoara_has_its_milestones_coded_one_by_one() {
    let page = read(&app().await, "commitments/ROTMR0004").await;
    let coded = list(&page["assessments"][0], "milestones");
    let values: Vec<_> = coded
        .iter()
        .map(|row| {
            (row["label"].as_str().expect("label"), row["codings"][0]["value"].as_str().expect("value"))
        })
        .collect();
    let mut sorted = values;
    sorted.sort();
    let expected = [
        ("4.1", "complete"),
        ("4.2", "complete"),
        ("4.3", "complete"),
        ("4.4", "complete"),
        ("4.5", "complete"),
        ("4.6", "complete"),
        ("4.7", "not_started"),
    ];
    assert_eq!(sorted, expected);
    assert_eq!(page["assessments"][0]["scheme"]["assessor"], "local_monitoring_body");
}

#[tokio::test]
async fn nested_labels_stay_in_the_order_of_the_plan() {
    let page = read(&app().await, "commitments/ROTMR0001").await;
    let labels: Vec<_> =
        list(&page, "milestones").iter().map(|m| m["label"].as_str().expect("label")).collect();
    assert_eq!(labels, ["1.1", "1.2.1", "1.2.2", "1.3", "1.4"]);
}

#[tokio::test]
async fn the_plan_of_iasi_tells_how_it_was_made() {
    let page = read(&app().await, "action-plans/iasi-2019-2021").await;
    let events: Vec<_> = list(&page, "events")
        .iter()
        .map(|event| (event["kind"].as_str().expect("kind"), event["starts"]["date"].as_str()))
        .collect();
    let expected = [
        ("deadline", Some("2018-09-05")),
        ("meeting", Some("2018-09-12")),
        ("meeting", None),
        ("meeting", Some("2018-11-08")),
        ("submission", Some("2018-11-12")),
        ("meeting", Some("2018-11-14")),
    ];
    assert_eq!(events, expected);
    assert_eq!(page["events"][1]["place"], "Roznovanu Palace");
    assert_eq!(list(&page["events"][1], "sources").len(), 2);
    assert_eq!((&page["ends"]["precision"], &page["ends"]["text"]), (&json!("year"), &json!("2021")));
}

#[tokio::test]
async fn another_title_keeps_who_uses_it_and_where() {
    let page = read(&app().await, "commitments/RO0030").await;
    let other = &page["other_titles"][0];
    assert_eq!((&other["used_by"], &other["language"]), (&json!("irm"), &json!("ro")));
    assert!(other["text"].as_str().expect("text").ends_with("accesul la informații de interes public"));
    assert_eq!(list(other, "sources").len(), 1);
    assert_eq!(list(&page, "supporters").len(), 13);
}

#[tokio::test]
async fn a_continued_commitment_is_seen_from_both_ends() {
    let app = app().await;
    let from = read(&app, "commitments/RO0046").await;
    let to = read(&app, "commitments/RO0025").await;
    for (page, direction, other) in [(&from, "outgoing", "RO0025"), (&to, "incoming", "RO0046")] {
        let link = &page["links"][0];
        assert_eq!((&link["kind"], &link["direction"]), (&json!("continues"), &json!(direction)));
        assert_eq!(link["commitment"]["code"], other);
    }
}

#[tokio::test]
async fn leads_are_none_to_four() {
    let app = app().await;
    for (code, count) in [("RO0034", 0), ("RO0087", 0), ("RO0046", 2), ("RO0076", 4)] {
        assert_eq!(list(&read(&app, &format!("commitments/{code}")).await, "leads").len(), count, "{code}");
    }
}

#[tokio::test]
async fn what_goes_on_without_end_says_so() {
    let app = app().await;
    let page = read(&app, "commitments/RO0026").await;
    let due = json!({ "date": null, "precision": null, "text": "continuous process", "ongoing": true });
    assert_eq!(
        (&page["milestones"][0]["due"], &page["milestones"][0]["schedule"]),
        (&due, &json!("ongoing"))
    );
    let page = read(&app, "commitments/RO0056").await;
    let third = &page["milestones"][2];
    assert_eq!(
        (&third["due"]["text"], &third["starts"]["precision"]),
        (&json!("permanent"), &json!("month"))
    );
    assert!(page["budget"].as_str().expect("budget").starts_with("As necessary to hire two persons"));
}

#[tokio::test]
async fn absent_codings_say_why() {
    let page = read(&app().await, "commitments/RO0083").await;
    let absent = json!({ "indicator": "early_results", "absence": "no_data" });
    let all: Vec<_> = list(&page, "assessments").iter().flat_map(|one| list(one, "codings")).collect();
    assert!(all.contains(&&absent), "{all:?}");
}

#[tokio::test]
async fn importing_the_demo_again_changes_nothing() {
    let app = TestApp::on(TestDatabase::new(Template::Demo).await);
    let before = app.contents().await;
    app.clock.set("2027-03-01");
    let bytes = include_bytes!("../../demo/romania.json");
    let changes = app.import_bytes(bytes, false).await.expect("imported");
    assert!(changes.is_nothing(), "{changes}");
    assert_eq!(app.contents().await, before);
}
