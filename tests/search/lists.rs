use super::{found, list, search};
use crate::harness::TestApp;
use std::collections::BTreeSet;

async fn count(app: &TestApp, path: &str) -> i64 {
    app.get(&format!("/api/v1/{path}&total=true&limit=1")).await.ok()["page"]["total"].as_i64().unwrap()
}

#[actix_web::test]
async fn words_narrow_a_list_beside_its_other_filters() {
    let app = TestApp::demo().await;
    let all = count(&app, "commitments?q=open+data").await;
    let (national, local) = (
        count(&app, "commitments?q=open+data&kind=national").await,
        count(&app, "commitments?q=open+data&kind=local").await,
    );
    assert!(national > 20 && local > 0);
    assert_eq!(all, national + local);
    let area = count(&app, "commitments?q=open+data&policy_area=open_data").await;
    assert!((1..=all).contains(&area));
    assert_eq!(count(&app, "commitments?q=open+data&member=ROTMR").await, 1);
    assert!(count(&app, "milestones?q=training&action_plan=timisoara-2022-2024").await > 0);
    assert_eq!(count(&app, "institutions?q=forum&sector=government").await, 0);
    assert!(count(&app, "institutions?q=forum&sector=civil_society").await >= 4);
    assert_eq!(count(&app, "members?q=timisoara&kind=national").await, 0);
    assert_eq!(found(&list(&app, "members", &[("q", "Timisoara")]).await), ["ROTMR"]);
    assert_eq!(found(&list(&app, "action-plans", &[("q", "planul iașului")]).await), ["iasi-2019-2021"]);
}

#[actix_web::test]
async fn what_is_found_comes_best_first_unless_another_order_is_asked_for() {
    let app = TestApp::demo().await;
    let asked = async |sort: Option<&str>| {
        let mut query = vec![("q", "date deschise"), ("limit", "200")];
        query.extend(sort.map(|sort| ("sort", sort)));
        found(&list(&app, "commitments", &query).await)
    };
    let (best, same) = (asked(None).await, asked(Some("-relevance,code")).await);
    assert_eq!(best, same);
    let by_code = asked(Some("code")).await;
    assert!(by_code.is_sorted() && !best.is_sorted());
    assert_eq!(best.iter().collect::<BTreeSet<_>>(), by_code.iter().collect());
    // The list and the search agree.
    let searched = search(&app, &[("q", "date deschise"), ("kind", "commitment"), ("limit", "200")]).await;
    assert_eq!(found(&searched), best);
}

#[actix_web::test]
async fn each_result_comes_on_one_page_and_cursors_belong_to_their_words() {
    let app = TestApp::demo().await;
    for path in [
        "search?q=open",
        "search?q=open&sort=-code,relevance",
        "commitments?q=open",
        "milestones?q=open+data",
        "institutions?q=ministry",
        "search?q=budjet",
    ] {
        let total = usize::try_from(count(&app, path).await).unwrap();
        assert!(total > 3, "{path}: {total}");
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.get(&format!("/api/v1/{path}&limit=3{cursor}")).await.ok();
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["page"]["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (total, total), "{path}");
        let all = app.get(&format!("/api/v1/{path}&limit=200")).await.ok();
        let all: Vec<_> =
            all["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(seen, all, "{path}");
    }
    let next =
        app.get("/api/v1/search?q=open&limit=3").await.ok()["page"]["next"].as_str().unwrap().to_owned();
    for other in ["q=data", "q=opens", "q=open&kind=milestone"] {
        let refused = app.get(&format!("/api/v1/search?{other}&limit=3&cursor={next}")).await;
        assert_eq!(refused.problem(400, "parameter_invalid")["errors"][0]["parameter"], "cursor", "{other}");
    }
}

#[actix_web::test]
async fn a_search_is_narrowed_by_kind_member_and_plan() {
    let app = TestApp::demo().await;
    let kinds = ["member", "institution", "action_plan", "commitment", "milestone"];
    let mut sum = 0;
    for kind in kinds {
        let page = search(&app, &[("q", "local"), ("kind", kind), ("limit", "200")]).await;
        assert!(page["data"].as_array().unwrap().iter().all(|row| row["kind"] == kind), "{kind}");
        sum += page["data"].as_array().unwrap().len() as i64;
    }
    assert_eq!(sum, count(&app, "search?q=local").await);
    let page = search(&app, &[("member", "rotmr"), ("limit", "200")]).await;
    let of_member = |row: &serde_json::Value| row["member"]["code"] == "ROTMR" || row["code"] == "ROTMR";
    assert!(page["data"].as_array().unwrap().iter().all(of_member));
    assert_eq!(page["data"].as_array().unwrap().len(), 1 + 1 + 4 + 20);
    assert_eq!(count(&app, "search?action_plan=timisoara-2022-2024").await, 1 + 4 + 20);
    assert_eq!(count(&app, "search?member=IAS&member=ROTMR&kind=member").await, 2);
    let refused = app.get("/api/v1/search?member=XYZ&action_plan=nope&kind=person").await;
    assert_eq!(refused.status, 400);
}
