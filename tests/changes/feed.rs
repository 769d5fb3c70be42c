use super::{PLAN, milestones, patch};
use crate::editing::{Draft, take_steps};
use crate::harness::TestApp;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

const CHANGES: &str = "/api/v1/changes";

/// Reads on from a place until nothing more is known; returns the changes and the place reached.
async fn read_on(app: &TestApp, query: &str, after: Option<String>) -> (Vec<Value>, String) {
    let (mut rows, mut next) = (Vec::new(), after);
    loop {
        let after = next.map(|next| format!("&after={next}")).unwrap_or_default();
        let page = app.get(&format!("{CHANGES}?{query}{after}")).await.ok();
        rows.extend(page["data"].as_array().expect("data").iter().cloned());
        let reached = page["page"]["next"].as_str().expect("a place, on every page").to_owned();
        if page["page"]["more"] == false {
            return (rows, reached);
        }
        next = Some(reached);
    }
}

fn indexes(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["index"].as_i64().expect("a place")).collect()
}

#[actix_web::test]
async fn every_public_change_is_there_once_in_the_order_of_the_record() {
    let app = TestApp::demo().await;
    let (rows, start) = read_on(&app, "limit=50", None).await;
    assert_eq!(rows, Vec::<Value>::new(), "nothing is numbered yet");
    app.number().await;
    let (rows, end) = read_on(&app, "limit=50", Some(start)).await;
    let size = i64::try_from(app.log_entries().await.len()).unwrap();
    assert!(size > 150);
    assert_eq!(indexes(&rows), (0..size).collect::<Vec<_>>());
    for (row, entry) in rows.iter().zip(app.log_entries().await) {
        for field in ["id", "recorded_at", "action", "kind", "resource_id", "code", "role", "reason"] {
            if field != "recorded_at" {
                assert_eq!(row[field], entry[field], "{field}");
            }
        }
        assert!(row["sentence"]["text"].as_str().is_some_and(|text| text.len() > 10), "{row:#}");
    }
    // The end of the record is a place like any other.
    let (none, again) = read_on(&app, "limit=1", Some(end.clone())).await;
    assert_eq!((none, again), (Vec::new(), end));
}

#[actix_web::test]
async fn who_comes_back_sees_each_later_change_once_while_others_go_on() {
    let app = TestApp::demo().await;
    let steps = milestones(&app).await;
    app.number().await;
    let (_, mut place) = read_on(&app, "limit=200", None).await;
    let editor = app.editor_of("ROTMR").await;
    let (mut seen, mut expected) = (Vec::new(), Vec::new());
    for (position, label) in ["1.1", "1.4", "2.1", "4.3", "1.1", "4.7"].into_iter().enumerate() {
        patch(&editor, &format!("/api/v1/milestones/{}", steps[label]), json!({"position": 20 + position}))
            .await;
        expected.push(steps[label].clone());
        if position % 2 == 0 {
            app.number().await;
        }
        // A page of one: what is numbered between two pages is not lost.
        let page = app.get(&format!("{CHANGES}?limit=1&after={place}")).await.ok();
        place = page["page"]["next"].as_str().unwrap().to_owned();
        seen.extend(page["data"].as_array().unwrap().iter().cloned());
    }
    app.number().await;
    let (rest, _) = read_on(&app, "limit=2", Some(place)).await;
    seen.extend(rest);
    let ids: Vec<_> = seen.iter().map(|row| row["resource_id"].as_str().unwrap()).collect();
    assert_eq!(ids, expected);
    let places: BTreeSet<_> = indexes(&seen).into_iter().collect();
    assert_eq!(places.len(), seen.len());
}

#[actix_web::test]
async fn a_change_says_what_where_who_and_why() {
    let app = TestApp::demo().await;
    let steps = milestones(&app).await;
    app.number().await;
    let (_, place) = read_on(&app, "limit=200", None).await;
    let editor = app.editor_of("ROTMR").await;
    let path = format!("/api/v1/milestones/{}", steps["1.4"]);
    patch(&editor, &path, json!({"label": "1.4.a", "reason": "A typo."})).await;
    app.number().await;
    let (rows, _) = read_on(&app, "limit=200", Some(place.clone())).await;
    let [row] = &rows[..] else { panic!("{rows:#?}") };
    for (field, value) in [
        ("action", json!("changed")),
        ("kind", json!("milestone")),
        ("resource_id", json!(steps["1.4"])),
        ("code", Value::Null),
        ("member", json!("ROTMR")),
        ("action_plan", json!(PLAN)),
        ("role", json!("editor")),
        ("role_member", json!("ROTMR")),
        ("reason", json!("A typo.")),
        ("url", json!(path)),
        ("fields", json!([{"field": "label", "name": "label", "before": "1.4", "after": "1.4.a"}])),
        (
            "sentence",
            json!({
                "text": "Milestone 1.4.a of ROTMR0001: label changed from “1.4” to “1.4.a”. Reason: “A typo.”",
                "language": "en"
            }),
        ),
    ] {
        assert_eq!(row[field], value, "{field}");
    }
    let (romanian, _) = read_on(&app, "lang=ro", Some(place)).await;
    assert_eq!(
        romanian[0]["sentence"]["text"],
        "Jalonul 1.4.a al angajamentului ROTMR0001: eticheta s-a modificat din „1.4” în „1.4.a”. Motiv: „A typo.”"
    );
    // Where it leads can be read.
    app.get(row["url"].as_str().unwrap()).await.ok();
}

#[actix_web::test]
async fn filters_combine_and_take_any_of_several_values() {
    let app = TestApp::demo().await;
    let steps = milestones(&app).await;
    let editor = app.editor_of("ROTMR").await;
    patch(&editor, &format!("/api/v1/milestones/{}", steps["1.1"]), json!({"position": 9})).await;
    app.number().await;
    let (all, end) = read_on(&app, "limit=200", None).await;
    let text = |row: &Value, field: &str| row[field].as_str().map(str::to_owned);
    for (query, keeps) in [
        ("member=ROTMR", vec![("member", vec!["ROTMR"])]),
        ("member=ROTMR&member=ias", vec![("member", vec!["ROTMR", "IAS"])]),
        ("action_plan=timisoara-2022-2024", vec![("action_plan", vec![PLAN])]),
        ("kind=milestone", vec![("kind", vec!["milestone"])]),
        ("kind=member&kind=institution", vec![("kind", vec!["member", "institution"])]),
        ("action=changed", vec![("action", vec!["changed"])]),
        ("action=withdrawn", vec![("action", vec!["withdrawn"])]),
        (
            "member=ROTMR&member=ROU&kind=milestone&kind=commitment&action=created",
            vec![
                ("member", vec!["ROTMR", "ROU"]),
                ("kind", vec!["milestone", "commitment"]),
                ("action", vec!["created"]),
            ],
        ),
        (
            "action_plan=timisoara-2022-2024&kind=milestone&action=changed",
            vec![("action_plan", vec![PLAN]), ("kind", vec!["milestone"]), ("action", vec!["changed"])],
        ),
    ] {
        let keep = |row: &&Value| {
            keeps
                .iter()
                .all(|(field, values)| text(row, field).is_some_and(|value| values.contains(&value.as_str())))
        };
        let expected: Vec<_> = all.iter().filter(keep).cloned().collect();
        for limit in [7, 200] {
            let (rows, reached) = read_on(&app, &format!("limit={limit}&{query}"), None).await;
            assert_eq!(indexes(&rows), indexes(&expected), "{query}");
            // Whoever has read to the end goes on from the end of the record, whatever was filtered out.
            assert_eq!(reached, end, "{query}");
        }
        assert!(!expected.is_empty() || query == "action=withdrawn", "{query}");
    }
}

#[actix_web::test]
async fn each_filter_walks_an_index_in_the_order_of_the_record() {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
        text: String,
    }
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
    let app = TestApp::demo().await;
    app.number().await;
    assert!(app.count("ledger_changes").await > 150);
    assert_eq!(app.count("ledger_changes").await, app.count("ledger_leaves").await);
    let mut conn = app.database.connect().await;
    // Many changes of others, as years bring them.
    conn.batch_execute(
        "INSERT INTO ledger_changes (index, member_id, plan_id, kind, action) \
         SELECT 10000 + n, gen_random_uuid(), gen_random_uuid(), 'kind_' || n % 1000, 'action_' || n % 1000 \
         FROM generate_series(1, 20000) n; ANALYZE ledger_changes",
    )
    .await
    .unwrap();
    for (column, kind) in [("member_id", "uuid"), ("plan_id", "uuid"), ("kind", "text"), ("action", "text")] {
        let sql = format!(
            "EXPLAIN SELECT f.index FROM unnest('{{}}'::{kind}[]) AS wanted (value) CROSS JOIN LATERAL \
             (SELECT c.index FROM ledger_changes c WHERE c.{column} = wanted.value AND c.index > 5 \
              ORDER BY c.index LIMIT 10) AS f ORDER BY f.index LIMIT 10"
        );
        let plan: Vec<Line> = diesel::sql_query(sql).load(&mut conn).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|line| line.text).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(&format!("using ledger_changes_{column}_index_idx")), "{plan}");
    }
}

#[actix_web::test]
async fn drafts_are_not_told_until_they_are_published() {
    let app = TestApp::demo().await;
    app.number().await;
    let (_, place) = read_on(&app, "limit=200", None).await;
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR"]).await;
    let draft = Draft::make(&staff).await;
    app.number().await;
    assert_eq!(read_on(&app, "limit=200", Some(place.clone())).await.0, Vec::<Value>::new());
    app.get(&format!("{CHANGES}?action_plan={}", crate::editing::DRAFT))
        .await
        .problem(400, "reference_unknown");
    let own = staff.get(&format!("{CHANGES}?limit=200&after={place}")).send().await;
    assert_eq!(own.ok()["data"], json!([]), "staff sees what everybody sees");
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    app.number().await;
    let (rows, _) = read_on(&app, "limit=200", Some(place)).await;
    let actions: HashMap<_, _> =
        rows.iter().map(|row| (row["resource_id"].as_str().unwrap(), &row["action"])).collect();
    for thing in [&draft.plan, &draft.commitment, &draft.milestone, &draft.link, &draft.assessment] {
        assert_eq!(actions[thing.as_str()], "published");
    }
}

#[actix_web::test]
async fn a_plan_is_followed_beyond_its_withdrawal() {
    let app = TestApp::demo().await;
    app.number().await;
    let query = format!("action_plan={PLAN}&limit=200");
    let (before, place) = read_on(&app, &query, None).await;
    assert!(before.len() > 20);
    let publisher = app.publisher_of("ROTMR").await;
    let reason = json!({"reason": "It was the wrong document."});
    publisher.post(&format!("/api/v1/action-plans/{PLAN}/withdraw"), &reason).send().await.ok();
    app.number().await;
    let (rows, _) = read_on(&app, &query, Some(place)).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["action"], "withdrawn");
}

#[actix_web::test]
async fn places_that_are_none_and_values_that_are_unknown_are_refused() {
    let app = TestApp::demo().await;
    app.number().await;
    let (_, place) = read_on(&app, "limit=200", None).await;
    let mut tampered = place.clone();
    let last = tampered.pop().unwrap();
    tampered.push(if last == 'A' { 'B' } else { 'A' });
    let elsewhere =
        app.get("/api/v1/commitments?limit=1").await.ok()["page"]["next"].as_str().unwrap().to_owned();
    for (query, parameter, code) in [
        (format!("after={tampered}"), "after", "parameter_invalid"),
        (format!("after={elsewhere}"), "after", "parameter_invalid"),
        ("after=17".to_owned(), "after", "parameter_invalid"),
        ("limit=0".to_owned(), "limit", "parameter_invalid"),
        ("limit=201".to_owned(), "limit", "parameter_invalid"),
        ("kind=plan".to_owned(), "kind", "parameter_invalid"),
        ("action=edited".to_owned(), "action", "parameter_invalid"),
        ("member=NOPE".to_owned(), "member", "reference_unknown"),
        ("action_plan=nope".to_owned(), "action_plan", "reference_unknown"),
        ("cursor=x".to_owned(), "cursor", "parameter_unknown"),
        ("total=true".to_owned(), "total", "parameter_unknown"),
    ] {
        let problem = app.get(&format!("{CHANGES}?{query}")).await.problem(400, code);
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
    }
    let problem = app.get(&format!("{CHANGES}?after=17&member=NOPE&action_plan=nope")).await;
    assert_eq!(problem.json()["errors"].as_array().unwrap().len(), 3, "all at once");
}

#[actix_web::test]
async fn a_page_may_be_kept_and_is_asked_for_again_by_its_tag() {
    let app = TestApp::demo().await;
    app.number().await;
    let address = format!("{CHANGES}?limit=5");
    let answer = app.get(&address).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    let etag = answer.header("etag").expect("an entity tag");
    assert_eq!(app.get_with(&address, &[("if-none-match", etag)]).await.status, 304);
}
