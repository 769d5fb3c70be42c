use crate::harness::{TestApp, column};

#[actix_web::test]
async fn iasi_joined_in_2018() {
    let app = TestApp::demo().await;
    let member = app.get("/api/v1/members/IAS").await.ok();
    assert_eq!(member["joined_year"], 2018);
    assert_eq!(member["kind"], "local");
    assert_eq!(member["national_member"]["code"], "ROU");
    assert_eq!(column(&member["action_plans"], "slug"), ["iasi-2019-2021"]);
    assert_eq!(member["local_members"], serde_json::json!([]));
}

#[actix_web::test]
async fn a_national_member_shows_its_plans_and_its_local_members() {
    let app = TestApp::demo().await;
    let member = app.get("/api/v1/members/ROU").await.ok();
    assert!(member["national_member"].is_null());
    assert_eq!(column(&member["local_members"], "code"), ["IAS", "ROTMR"]);
    assert_eq!(
        column(&member["action_plans"], "slug"),
        [
            "romania-2012-2014",
            "romania-2014-2016",
            "romania-2016-2018",
            "romania-2018-2020",
            "romania-2020-2022",
            "romania-2022-2024",
            "romania-2025-2027"
        ]
    );
}

#[actix_web::test]
async fn a_member_is_found_by_code_and_id_in_any_case() {
    let app = TestApp::demo().await;
    let member = app.get("/api/v1/members/ROTMR").await.ok();
    let id = member["id"].as_str().unwrap();
    for name in ["rotmr", "RoTmR", id, &id.to_uppercase()] {
        assert_eq!(app.get(&format!("/api/v1/members/{name}")).await.ok(), member, "{name}");
    }
}

#[actix_web::test]
async fn an_institution_shows_what_it_leads_and_supports() {
    let app = TestApp::demo().await;
    let institution = app.get("/api/v1/institutions/municipality-of-timisoara").await.ok();
    assert!(column(&institution["leads"], "code").contains(&"ROTMR0001".to_owned()));
    assert_eq!(institution["sector"], "government");
    let supporter = app.get("/api/v1/institutions/banat-it-association").await.ok();
    assert!(column(&supporter["supports"], "code").contains(&"ROTMR0001".to_owned()));
    let id = institution["id"].as_str().unwrap();
    for name in ["Municipality-of-Timisoara", id, &id.to_uppercase()] {
        assert_eq!(app.get(&format!("/api/v1/institutions/{name}")).await.ok(), institution, "{name}");
    }
}
