//! A plan as a workbook, read back with another library.

use crate::harness::{TestApp, column, spec};
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};
use std::io::Cursor;

const ADDRESS: &str = "/api/v1/action-plans/timisoara-2022-2024/workbook";

fn book(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap()
}

fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, name: &str) -> Vec<String> {
    let range = book.worksheet_range(sheet).unwrap();
    let at = range.rows().next().unwrap().iter().position(|cell| *cell == name);
    let at = at.unwrap_or_else(|| panic!("{sheet} has no column {name}"));
    range.rows().skip(1).map(|row| row[at].to_string()).collect()
}

#[actix_web::test]
async fn a_plan_is_a_workbook_with_a_sheet_for_each_kind() {
    let app = TestApp::demo().await;
    spec::report_some(&app).await;
    for plan in ["timisoara-2022-2024", "romania-2018-2020"] {
        let address = format!("/api/v1/action-plans/{plan}/workbook");
        let answer = app.get(&address).await;
        assert_eq!(answer.status, 200);
        let file = format!("attachment; filename=\"{plan}-2026-11-23.xlsx\"");
        assert_eq!(answer.header("content-disposition"), Some(file.as_str()));
        let mut book = book(&answer.body);
        let lists = ["commitments", "milestones", "progress_updates", "evidence", "assessments"];
        assert_eq!(book.sheet_names(), [&["action_plans"], &lists[..]].concat());
        assert_eq!(cells(&mut book, "action_plans", "slug"), [plan]);
        let known: usize = cells(&mut book, "action_plans", "commitments_known")[0].parse().unwrap();
        assert_eq!(cells(&mut book, "commitments", "id").len(), known);
        for list in lists {
            let path = format!("/api/v1/{}?action_plan={plan}", list.replace('_', "-"));
            let ids = column(&Value::from(app.all(&path).await), "id");
            assert_eq!(cells(&mut book, list, "id"), ids, "{plan} {list}");
        }
        let tag = answer.header("etag").unwrap();
        let again = app.get_with(&address, &[("if-none-match", tag)]).await;
        assert_eq!(again.status, 304, "the same rows make the same bytes");
    }
    let mut book = book(&app.get(&format!("{ADDRESS}?lang=ro")).await.body);
    let plan = app.get("/api/v1/action-plans/timisoara-2022-2024?lang=ro").await.ok();
    assert_eq!(cells(&mut book, "action_plans", "title"), [plan["title"].as_str().unwrap()]);
    let range = book.worksheet_range("milestones").unwrap();
    assert!(range.rows().skip(1).any(|row| row.iter().any(|cell| matches!(cell, Data::DateTime(_)))));
}

#[actix_web::test]
async fn a_workbook_of_a_plan_that_nobody_sees_is_refused() {
    let app = TestApp::demo().await;
    app.get("/api/v1/action-plans/no-such-plan/workbook").await.problem(404, "not_found");
    app.get(&format!("{ADDRESS}?fields=id")).await.problem(400, "parameter_unknown");
    let publisher = app.publisher_of("ROTMR").await;
    let plan = json!({"slug": "a-draft", "member": "ROTMR", "title": {"en": "A draft"}});
    assert_eq!(publisher.post("/api/v1/action-plans", &plan).send().await.status, 201);
    app.get("/api/v1/action-plans/a-draft/workbook").await.problem(404, "not_found");
    let answer = publisher.get("/api/v1/action-plans/a-draft/workbook").send().await;
    assert_eq!(cells(&mut book(&answer.body), "action_plans", "status"), ["draft"]);
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
}
