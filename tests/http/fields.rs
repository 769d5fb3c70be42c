//! Picking fields.

use crate::harness::spec;
use crate::harness::{TestApp, column};
use serde_json::{Value, json};

#[actix_web::test]
async fn every_list_and_every_page_shows_only_the_fields_that_are_asked_for() {
    let app = TestApp::demo().await;
    let mut tried = 0;
    for operation in spec::reads() {
        if !operation.query_names().contains(&"fields") {
            continue;
        }
        let address = operation.address(&app).await;
        let whole = app.get(&address).await.ok();
        let of = |body: &Value| if operation.has_rows() { body["data"][0].clone() } else { body.clone() };
        let row = of(&whole);
        let names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let (first, last) = (names[0], names[names.len() - 1]);
        for query in [format!("fields={first},{last}"), format!("fields={last}&fields={first}")] {
            let answer = app.get(&format!("{address}?{query}")).await;
            let picked = of(&answer.ok());
            assert_eq!(picked, json!({first: row[first], last: row[last]}), "{address}?{query}");
            let tag = answer.header("etag").unwrap();
            if names.len() > 2 {
                assert_ne!(Some(tag), app.get(&address).await.header("etag"), "{address}");
            }
            let again = app.get_with(&format!("{address}?{query}"), &[("if-none-match", tag)]).await;
            assert_eq!(again.status, 304, "{address}");
        }
        tried += 1;
    }
    assert!(tried >= 20, "only {tried} operations pick fields");
}

#[actix_web::test]
async fn dots_lead_into_what_is_nested() {
    let app = TestApp::demo().await;
    let query = "fields=code,starts.date,leads.name,member.code&limit=3";
    let rows = app.get(&format!("/api/v1/commitments?{query}")).await.ok()["data"].clone();
    let whole = app.get("/api/v1/commitments?limit=3").await.ok()["data"].clone();
    for (row, whole) in rows.as_array().unwrap().iter().zip(whole.as_array().unwrap()) {
        assert_eq!(row["member"], json!({"code": whole["member"]["code"]}));
        assert_eq!(column(&row["leads"], "name"), column(&whole["leads"], "name"));
        assert!(row["leads"].as_array().unwrap().iter().all(|lead| lead.as_object().unwrap().len() == 1));
        assert!(row.as_object().unwrap().len() <= 4, "{row}");
    }
    let csv = app.get(&format!("/api/v1/commitments?{query}&format=csv")).await;
    let head = String::from_utf8(csv.body).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(head, "code,member.code,starts.date,leads.name");
}

#[actix_web::test]
async fn an_unknown_field_is_refused_beside_the_known_ones() {
    let app = TestApp::demo().await;
    for address in ["/api/v1/commitments", "/api/v1/commitments/ROTMR0001", "/api/v1/members/IAS"] {
        let problem =
            app.get(&format!("{address}?fields=id,colour,size")).await.problem(400, "field_unknown");
        assert_eq!(column(&problem["errors"], "parameter"), ["fields"]);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("\"colour, size\"") && detail.contains("id, code"), "{detail}");
    }
    for (fields, beside) in [("starts.colour", "starts.date, starts.precision"), ("id.x", "id")] {
        let problem =
            app.get(&format!("/api/v1/commitments?fields={fields}")).await.problem(400, "field_unknown");
        assert!(
            problem["detail"].as_str().unwrap().ends_with(&format!("there are: {beside}"))
                || problem["detail"].as_str().unwrap().contains(beside),
            "{problem}"
        );
    }
    let several = app.get("/api/v1/commitments?fields=colour&limit=0&shape=round").await;
    assert_eq!(column(&several.json()["errors"], "parameter").len(), 3);
}

#[actix_web::test]
async fn a_version_that_was_read_in_part_can_be_changed() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let path = "/api/v1/commitments/ROTMR0001";
    let part = editor.get(&format!("{path}?fields=title")).send().await;
    let tag = part.header("etag").unwrap().to_owned();
    let change = json!({"budget": {"en": "None."}, "reason": "It is known now."});
    let changed = editor.patch(path, &change).if_match(&tag).send().await;
    assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
}
