use crate::harness::{TestApp, column};

#[actix_web::test]
async fn members_come_sorted_by_code() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/members?total=true").await.ok();
    assert_eq!(column(&page["data"], "code"), ["IAS", "ROTMR", "ROU"]);
    assert_eq!(page["page"]["total"], 3);
    assert!(page["page"]["next"].is_null());
}

#[actix_web::test]
async fn the_total_is_told_only_on_request() {
    let app = TestApp::demo().await;
    let page = app.get("/api/v1/members").await.ok();
    assert!(page["page"].get("total").is_none());
}

#[actix_web::test]
async fn kind_and_country_narrow_and_combine() {
    let app = TestApp::demo().await;
    for (query, codes) in [
        ("kind=national", vec!["ROU"]),
        ("kind=local", vec!["IAS", "ROTMR"]),
        ("kind=local&kind=national", vec!["IAS", "ROTMR", "ROU"]),
        ("country=RO", vec!["IAS", "ROTMR", "ROU"]),
        ("country=ro", vec!["IAS", "ROTMR", "ROU"]),
        ("country=FR", vec![]),
        ("country=FR&country=RO", vec!["IAS", "ROTMR", "ROU"]),
        ("country=RO&kind=national", vec!["ROU"]),
        ("country=FR&kind=national", vec![]),
    ] {
        let page = app.get(&format!("/api/v1/members?{query}&total=true")).await.ok();
        assert_eq!(column(&page["data"], "code"), codes, "{query}");
        assert_eq!(page["page"]["total"], codes.len(), "{query}");
    }
}

#[actix_web::test]
async fn a_country_is_two_letters() {
    let app = TestApp::demo().await;
    for value in ["ROU", "R", "12", "R%C3%96"] {
        let problem = app.get(&format!("/api/v1/members?country={value}")).await;
        let problem = problem.problem(400, "parameter_invalid");
        assert_eq!(problem["errors"][0]["parameter"], "country");
    }
}

#[actix_web::test]
async fn institutions_are_filtered_by_sector() {
    let app = TestApp::demo().await;
    for (query, count) in [
        ("", 214),
        ("sector=government", 116),
        ("sector=civil_society", 66),
        ("sector=private", 7),
        ("sector=academia", 7),
        ("sector=other", 18),
        ("sector=academia&sector=private", 14),
    ] {
        let rows = app.all(&format!("/api/v1/institutions?{query}")).await;
        assert_eq!(rows.len(), count, "{query}");
        assert!(rows.iter().all(|row| query.is_empty() || query.contains(row["sector"].as_str().unwrap())));
        let page = app.get(&format!("/api/v1/institutions?limit=1&total=true&{query}")).await.ok();
        assert_eq!(page["page"]["total"], count, "{query}");
    }
}

#[actix_web::test]
async fn without_data_lists_are_empty() {
    let app = TestApp::empty().await;
    let mut lists = crate::harness::spec::lists();
    // Nothing has a history yet, and rules come with the tracker.
    lists.retain(|list| !list.path.contains('{') && !list.path.ends_with("/reporting-rules"));
    assert!(lists.len() >= 6);
    for list in lists {
        let mut page = app.get(&format!("{}?total=true", list.path)).await.ok();
        // What words were taken for: there are none.
        page.as_object_mut().unwrap().remove("corrections");
        assert_eq!(
            page,
            serde_json::json!({"data": [], "page": {"next": null, "total": 0}}),
            "{}",
            list.path
        );
    }
}
