use crate::harness::{Template, TestDatabase};
use chrono::NaiveDate;
use diesel::sql_types::{Date, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use ogp_tracker::kernel::{PartialDate, Precision};

#[derive(Debug, QueryableByName)]
struct Bounds {
    #[diesel(sql_type = Text)]
    precision: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    first: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    last: Option<NaiveDate>,
}

#[actix_web::test]
async fn rust_and_postgresql_agree_on_what_a_partial_date_spans() {
    let database = TestDatabase::new(Template::Empty).await;
    let rows: Vec<Bounds> = sql_query(
        "SELECT precision, day::date AS day, \
         partial_date_first_day((day::date, precision, NULL, false)::partial_date_parts) AS first, \
         partial_date_last_day((day::date, precision, NULL, false)::partial_date_parts) AS last \
         FROM generate_series('2015-12-25'::timestamp, '2024-03-05', '1 day') AS day, \
         unnest(ARRAY['day', 'month', 'quarter', 'year']) AS precision",
    )
    .load(&mut database.connect().await)
    .await
    .unwrap();
    assert!(rows.len() > 10_000, "only {} dates", rows.len());
    for Bounds { precision, day, first, last } in rows {
        let precision = match precision.as_str() {
            "day" => Precision::Day,
            "month" => Precision::Month,
            "quarter" => Precision::Quarter,
            _ => Precision::Year,
        };
        let partial = PartialDate { precision: Some(precision), ..PartialDate::day(day) };
        assert_eq!((partial.first_day(), partial.last_day()), (first, last), "{day} {precision:?}");
    }
}
