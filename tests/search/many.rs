//! Words that many things have: the best of a thousand are told, and all of them in any other order.

use super::search;
use crate::harness::TestApp;
use diesel_async::SimpleAsyncConnection;
use serde_json::Value;
use std::collections::BTreeSet;

/// Documents of as many institutions whose names begin with a word; in every `rare`-th of them another one follows.
async fn name_many(app: &TestApp, count: u32, rare: u32) {
    let sql = format!(
        "INSERT INTO search_documents (resource_id, kind, code, plan_id, texts) \
         SELECT gen_random_uuid(), 'institution', 'many-' || n, NULL, jsonb_build_array(jsonb_build_object('field', 'name', \
         'language', 'ro', 'text', 'Zzyzx ' || CASE WHEN n % {rare} = 0 THEN 'qwxyq ' ELSE '' END || n)) \
         FROM generate_series(1, {count}) n; ANALYZE search_documents"
    );
    app.database.connect().await.batch_execute(&sql).await.unwrap();
}

/// The codes of what a search finds, page by page: all, or the first of more than two thousand.
async fn codes(app: &TestApp, asked: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let mut asked = asked.to_vec();
        asked.push(("limit", "200"));
        if let Some(cursor) = &cursor {
            asked.push(("cursor", cursor));
        }
        let page = search(app, &asked).await;
        let rows = page["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()));
        let weights: Vec<_> = rows.iter().map(|row| row["relevance"].as_i64()).collect();
        assert!(
            asked.iter().any(|(name, _)| *name == "sort") || weights.is_sorted_by(|one, next| one >= next)
        );
        match &page["page"]["next"] {
            Value::String(next) if found.len() <= 2_000 => cursor = Some(next.clone()),
            _ => return found,
        }
    }
}

#[actix_web::test]
async fn the_best_of_a_thousand_are_told_and_all_in_another_order() {
    let app = TestApp::demo().await;
    // Enough for a sample of them, and for an index not to be the way to what all of them have.
    name_many(&app, 20_000, 100).await;
    let told = codes(&app, &[("q", "zzyzx")]).await;
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (1_000, 1_000));
    assert_eq!(search(&app, &[("q", "zzyzx"), ("total", "true")]).await["page"]["total"], 20_000);
    // What not many have is told as a whole, with another word that all have, and below what narrows it down.
    for asked in [&[("q", "qwxyq")][..], &[("q", "zzyzx qwxyq")], &[("q", "qwxyq"), ("kind", "institution")]]
    {
        let told = codes(&app, asked).await;
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 200, "{asked:?}");
    }
    assert_eq!(codes(&app, &[("q", "zzyzx"), ("kind", "member")]).await, [""; 0]);
    assert_eq!(codes(&app, &[("q", "zzyzx"), ("kind", "institution")]).await.len(), 1_000);
    let all = codes(&app, &[("q", "zzyzx"), ("sort", "code")]).await;
    assert!(all.len() > 2_000 && all.is_sorted());
    // The word is known by the sample, and nothing is put in its place.
    assert_eq!(search(&app, &[("q", "zzyzx")]).await["corrections"].as_array().unwrap().len(), 0);
}
