use crate::harness::TestApp;
use serde_json::Value;

async fn count(app: &TestApp, query: &str) -> u64 {
    let page = app.get(&format!("/api/v1/commitments?{query}&total=true&limit=1")).await.ok();
    page["page"]["total"].as_u64().expect("a total")
}

fn has(row: &Value, field: &str, value: &str) -> bool {
    row[field].as_array().unwrap().iter().any(|one| one == value || one["code"] == value)
}

#[actix_web::test]
async fn romania_made_86_national_commitments_of_92() {
    let app = TestApp::demo().await;
    assert_eq!(count(&app, "").await, 92);
    assert_eq!(count(&app, "kind=national").await, 86);
    assert_eq!(count(&app, "kind=local").await, 6);
    assert_eq!(count(&app, "kind=local&kind=national").await, 92);
    assert_eq!(count(&app, "member=ROU").await, 86);
    assert_eq!(count(&app, "member=rou&member=Ias").await, 88);
    assert_eq!(count(&app, "member=ROU&kind=local").await, 0);
}

#[actix_web::test]
async fn plans_are_named_by_slug_or_id() {
    let app = TestApp::demo().await;
    assert_eq!(count(&app, "action_plan=romania-2012-2014").await, 18);
    assert_eq!(count(&app, "action_plan=ROMANIA-2012-2014&action_plan=iasi-2019-2021").await, 20);
    assert_eq!(count(&app, "action_plan=romania-2012-2014&member=IAS").await, 0);
    let plan = app.get("/api/v1/action-plans/iasi-2019-2021").await.ok();
    let id = plan["id"].as_str().unwrap();
    assert_eq!(count(&app, &format!("action_plan={id}")).await, 2);
    assert_eq!(count(&app, &format!("action_plan={}", id.to_uppercase())).await, 2);
}

#[actix_web::test]
async fn policy_areas_are_named_by_code_or_english_name_in_any_case() {
    let app = TestApp::demo().await;
    for name in ["open_data", "OPEN_DATA", "Open%20Data", "open+data", "oPeN+DaTa"] {
        assert_eq!(count(&app, &format!("policy_area={name}")).await, 40, "{name}");
    }
    let by_code = count(&app, "policy_area=publication_of_budget_fiscal_information").await;
    let by_name = count(&app, "policy_area=Publication+of+Budget%2FFiscal+Information").await;
    assert_eq!(by_code, by_name);
    for name in ["E-government", "e_government"] {
        assert_eq!(count(&app, &format!("policy_area={name}")).await, 7, "{name}");
    }
    assert_eq!(
        count(&app, "policy_area=Legislation+%26+Regulation").await,
        count(&app, "policy_area=legislation_and_regulation").await
    );
}

#[actix_web::test]
async fn several_policy_areas_mean_any_of_them_once() {
    let app = TestApp::demo().await;
    let rows = app.all("/api/v1/commitments?policy_area=open_data&policy_area=Capacity+Building").await;
    assert!(rows.len() > 40 && rows.len() <= 76, "{}", rows.len());
    assert!(
        rows.iter()
            .all(|row| has(row, "policy_areas", "open_data") || has(row, "policy_areas", "capacity_building"))
    );
    let mut ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rows.len());
}

#[actix_web::test]
async fn every_policy_area_of_the_demo_can_be_asked_for_by_its_name() {
    let app = TestApp::demo().await;
    let demo: Value = serde_json::from_slice(include_bytes!("../../demo/romania.json")).unwrap();
    let areas = demo["policy_areas"].as_array().unwrap();
    assert_eq!(areas.len(), 52);
    for area in areas {
        for name in [&area["code"], &area["name"]["en"]] {
            let query = [("policy_area", name.as_str().unwrap()), ("limit", "1")];
            let request = app.request(reqwest::Method::GET, "/api/v1/commitments").query(&query);
            app.send(request).await.ok();
        }
    }
}

#[actix_web::test]
async fn ogp_values_narrow_and_combine() {
    let app = TestApp::demo().await;
    assert_eq!(count(&app, "ogp_value=access_to_information").await, 58);
    assert_eq!(count(&app, "ogp_value=public_accountability").await, 11);
    let rows = app
        .all(
            "/api/v1/commitments?ogp_value=public_accountability&ogp_value=civic_participation&kind=national",
        )
        .await;
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(row["member"]["kind"], "national");
        assert!(
            has(&row, "ogp_values", "public_accountability")
                || has(&row, "ogp_values", "civic_participation")
        );
    }
}
