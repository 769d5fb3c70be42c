use crate::harness::TestApp;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ogp_tracker::db::schema::{refresh_tokens, sessions, sign_in_throttles};
use serde_json::json;

async fn counts(app: &TestApp) -> [i64; 3] {
    let mut conn = app.database.connect().await;
    [
        sessions::table.count().get_result(&mut conn).await.unwrap(),
        refresh_tokens::table.count().get_result(&mut conn).await.unwrap(),
        sign_in_throttles::table.count().get_result(&mut conn).await.unwrap(),
    ]
}

#[actix_web::test]
async fn what_is_of_no_use_goes_a_day_later() {
    let app = TestApp::empty().await;
    let client = app.signed_in(&[]).await;
    let wrong = json!({"email": client.email, "password": "wrong"});
    app.post("/api/v1/auth/token", &wrong).await.problem(401, "sign_in_refused");
    let before = counts(&app).await;
    assert_eq!(before, [1, 1, 2]);
    app.house.tidy_up().await;
    app.clock.advance(TimeDelta::hours(23));
    app.house.tidy_up().await;
    assert_eq!(counts(&app).await, before);
    app.clock.advance(TimeDelta::hours(2));
    app.house.tidy_up().await;
    assert_eq!(counts(&app).await, [1, 1, 0]);
    app.clock.advance(TimeDelta::days(31));
    app.house.tidy_up().await;
    assert_eq!(counts(&app).await, [0, 0, 0]);
}
