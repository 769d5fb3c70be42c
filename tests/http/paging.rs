use crate::harness::TestApp;
use crate::harness::spec;
use ogp_tracker::kernel::page::Cursor;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The keys that a list can be sorted by, from what it answers to one it does not know.
async fn sort_keys(app: &TestApp, path: &str) -> Vec<String> {
    let problem = app.get(&format!("{path}?sort=bogus")).await.problem(400, "parameter_invalid");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    let (_, keys) = detail.split_once("known: ").unwrap();
    let (keys, _) = keys.split_once(" (").unwrap();
    let keys: Vec<_> = keys.split(", ").map(str::to_owned).collect();
    assert!(keys.len() >= 2, "{detail}");
    keys
}

/// The ids of all rows, page by page: through `page.next`, or through the `Link` header.
async fn walk(app: &TestApp, first: &str, by_link: bool) -> Vec<String> {
    let (mut ids, mut address) = (Vec::new(), Some(first.to_owned()));
    while let Some(page) = address {
        let answer = app.get(&page).await;
        let body = answer.ok();
        ids.extend(body["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let next = body["page"]["next"].as_str();
        let link = answer.header("link").map(|link| {
            let link = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
            link.to_owned()
        });
        assert_eq!(next.is_some(), link.is_some(), "{page}");
        address = if by_link { link } else { next.map(|next| format!("{first}&cursor={next}")) };
        assert!(ids.len() < 1000, "{first} has no end");
    }
    ids
}

#[actix_web::test]
async fn every_row_is_visited_once_in_every_order_by_cursor_and_by_link() {
    let app = TestApp::demo().await;
    for list in spec::lists() {
        let path = &list.address(&app).await;
        let page = app.get(&format!("{path}?limit=200&total=true")).await.ok();
        let total = page["page"]["total"].as_u64().unwrap() as usize;
        assert!(total >= 3, "{path}");
        let limit = (total / 3).clamp(1, 60);
        for key in sort_keys(&app, path).await {
            let ascending = walk(&app, &format!("{path}?limit={limit}&sort={key}"), false).await;
            let descending = walk(&app, &format!("{path}?sort=-{key}&limit={limit}"), true).await;
            let distinct: BTreeSet<_> = ascending.iter().collect();
            assert_eq!((ascending.len(), distinct.len()), (total, total), "{path} by {key}");
            let turned: Vec<_> = descending.into_iter().rev().collect();
            assert_eq!(turned, ascending, "{path} by {key}: one order is the other turned round");
            // What the document promises to be a key is one.
            let said = list.spec["description"].as_str().unwrap();
            assert!(said.contains(&format!("`{key}`")), "{path} does not say that {key} is a key: {said}");
        }
    }
}

#[actix_web::test]
async fn several_keys_decide_one_after_the_other() {
    let app = TestApp::demo().await;
    let address = "/api/v1/milestones?limit=7&sort=-commitment,position";
    let ids = walk(&app, address, true).await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 47);
    let mut last: Option<(String, usize)> = None;
    let rows = app.all("/api/v1/milestones?sort=-commitment,position").await;
    let mut of_commitment = 0;
    for row in &rows {
        let code = row["commitment"]["code"].as_str().unwrap().to_owned();
        of_commitment = match &last {
            Some((before, _)) if *before == code => of_commitment + 1,
            Some((before, _)) => {
                assert!(*before > code);
                0
            }
            None => 0,
        };
        last = Some((code, of_commitment));
    }
    let walked: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(walked, ids);
}

#[actix_web::test]
async fn unknown_dates_come_last() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/milestones?sort=due").await;
    let dates: Vec<_> = rows.iter().map(|row| row["due"]["date"].as_str()).collect();
    let known = dates.iter().take_while(|date| date.is_some()).count();
    assert!(known > 0 && known < dates.len());
    assert!(dates[known..].iter().all(Option::is_none));
    assert!(dates[..known].is_sorted());
}

#[actix_web::test]
async fn sorting_by_nothing_or_twice_by_the_same_is_refused() {
    let app = TestApp::demo().await;
    for sort in
        ["code,code", "code,-code", "code,", ",code", "-", "--code", "Code", "code%20asc", "code;id", "id"]
    {
        let problem =
            app.get(&format!("/api/v1/members?sort={sort}")).await.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "sort", "{sort}");
    }
}

#[actix_web::test]
async fn a_page_has_one_to_200_rows() {
    let app = TestApp::demo().await;
    for list in spec::lists() {
        let path = list.address(&app).await;
        for (limit, most) in [("1", 1), ("200", 200)] {
            let page = app.get(&format!("{path}?limit={limit}")).await.ok();
            assert!((1..=most).contains(&page["data"].as_array().unwrap().len()), "{path}");
        }
        let page = app.get(&path).await.ok();
        assert!(page["data"].as_array().unwrap().len() <= 50, "{path}");
        for limit in ["0", "201", "65536"] {
            let problem = app.get(&format!("{path}?limit={limit}")).await;
            problem.problem(400, "parameter_invalid");
        }
    }
    assert_eq!(app.get("/api/v1/institutions?limit=200").await.ok()["data"].as_array().unwrap().len(), 200);
}

#[actix_web::test]
async fn the_page_after_the_last_row_is_not_offered() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/members?limit=3").await;
    assert!(page.ok()["page"]["next"].is_null());
    assert_eq!(page.header("link"), None);
}

/// A `next` cursor of a list.
async fn cursor(app: &TestApp, address: &str) -> String {
    app.get(address).await.ok()["page"]["next"].as_str().expect("there is more").to_owned()
}

#[actix_web::test]
async fn a_cursor_serves_only_the_list_filters_and_order_it_was_made_for() {
    let app = TestApp::demo().await;
    let next = cursor(&app, "/api/v1/commitments?limit=2&kind=national&member=ROU&sort=-code").await;
    let refused = [
        "/api/v1/commitments?limit=2&kind=national&member=ROU".to_owned(),
        "/api/v1/commitments?limit=2&kind=national&member=ROU&sort=code".to_owned(),
        "/api/v1/commitments?limit=2&kind=national&member=ROU&sort=-ends".to_owned(),
        "/api/v1/commitments?limit=2&kind=local&member=ROU&sort=-code".to_owned(),
        "/api/v1/commitments?limit=2&kind=national&sort=-code".to_owned(),
        "/api/v1/commitments?kind=national&member=ROU&sort=-code&ogp_value=public_accountability".to_owned(),
        "/api/v1/action-plans?kind=national&member=ROU".to_owned(),
        "/api/v1/members?kind=national".to_owned(),
    ];
    for address in refused {
        let problem = app.get(&format!("{address}&cursor={next}")).await.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "cursor", "{address}");
    }
    // Another language, page size, order of the parameters, or a total do not matter.
    for address in [
        "/api/v1/commitments?limit=9&lang=ro&total=true&kind=national&member=ROU&sort=-code",
        "/api/v1/commitments?sort=-code&member=ROU&kind=national",
    ] {
        app.get(&format!("{address}&cursor={next}")).await.ok();
    }
}

#[actix_web::test]
async fn a_cursor_that_was_altered_is_refused() {
    let app = TestApp::demo().await;
    let next = cursor(&app, "/api/v1/institutions?limit=2").await;
    let mut altered = vec![
        next[..next.len() - 1].to_owned(),
        next[..4].to_owned(),
        next[1..].to_owned(),
        format!("{next}A"),
        format!("{next}="),
        format!("{next}{next}"),
        "AAAA".to_owned(),
        "null".to_owned(),
        "%7B%7D".to_owned(),
    ];
    for at in (0..next.len()).step_by(7) {
        let mut bytes = next.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        altered.push(String::from_utf8(bytes).unwrap());
    }
    for cursor in altered {
        let problem = app.get(&format!("/api/v1/institutions?limit=2&cursor={cursor}")).await;
        let problem = problem.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "cursor", "{cursor}");
    }
}

/// The checksum of a cursor is no secret: whoever forges one gets what the filters show, or a
/// refusal, but finds no fault.
#[actix_web::test]
async fn a_forged_cursor_causes_no_fault() {
    let app = TestApp::demo().await;
    let id = uuid::Uuid::nil();
    for (path, sort, keys) in [
        ("/api/v1/milestones", "due", vec!["not a date"]),
        ("/api/v1/milestones", "due", vec!["-infinity"]),
        ("/api/v1/milestones", "position", vec!["99999999999"]),
        ("/api/v1/milestones", "position", vec!["'; DROP TABLE members; --"]),
        ("/api/v1/members", "updated_at", vec!["now"]),
        ("/api/v1/members", "updated_at", vec!["rubbish"]),
        ("/api/v1/members", "joined_year", vec!["\0"]),
        ("/api/v1/members", "code", vec!["\0"]),
        ("/api/v1/members", "code", vec![]),
        ("/api/v1/members", "code", vec!["a", "b"]),
    ] {
        let scope = format!("{path}?sort={sort}");
        let cursor = Cursor { keys: keys.iter().map(|key| (*key).to_owned()).collect(), id }.encode(&scope);
        let answer = app.get(&format!("{path}?sort={sort}&cursor={cursor}")).await;
        assert!(matches!(answer.status, 200 | 400), "{path} by {sort} after {keys:?}: {}", answer.status);
    }
    assert_eq!(app.get("/api/v1/members?total=true").await.ok()["page"]["total"], 3);
}

fn institution(slug: &str) -> Value {
    json!({
        "format": "ogp-tracker-import",
        "version": 1,
        "institutions": [{"slug": slug, "name": {"en": slug}, "sector": "other"}]
    })
}

#[actix_web::test]
async fn rows_inserted_while_paging_neither_hide_nor_repeat_others() {
    let app = TestApp::demo().await;
    for (sort, limit) in [("slug", 40), ("-slug", 40), ("updated_at", 60), ("-updated_at", 60)] {
        let before: BTreeSet<String> = app
            .all("/api/v1/institutions")
            .await
            .iter()
            .map(|row| row["slug"].as_str().unwrap().to_owned())
            .collect();
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for number in 0.. {
            let page = app.get(&format!("/api/v1/institutions?limit={limit}&sort={sort}{cursor}")).await.ok();
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["page"]["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
            for place in ["a", "m", "z"] {
                let slug = format!("{place}-new-{}-{number}", sort.replace(['-', '_'], ""));
                app.import(&institution(&slug)).await.unwrap();
            }
        }
        let distinct: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "no row came twice by {sort}");
        assert!(distinct.is_superset(&before), "no row was hidden by {sort}");
    }
}
