use crate::harness::{Template, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::db::migrate::{is_current, migrate, pending, revert};

#[actix_web::test]
async fn each_migration_can_be_taken_back_and_applied_again() {
    let database = TestDatabase::new(Template::Bare).await;
    let target = &database.target;
    let names = pending(target).await.unwrap();
    assert!(names.len() >= 7, "{names:?}");
    // Asking made diesel's own table; nothing else is there.
    let empty = database.dump_schema();
    assert!(!empty.contains("members"), "{empty}");
    assert_eq!(migrate(target).await.unwrap().len(), names.len());
    let full = database.dump_schema();

    let mut dumps = vec![full.clone()];
    for _ in &names {
        assert_eq!(revert(target, 1).await.unwrap().len(), 1);
        dumps.push(database.dump_schema());
    }
    assert_eq!(dumps.last(), Some(&empty), "taking everything back leaves nothing behind");
    assert_eq!(revert(target, 1).await.unwrap(), Vec::<String>::new());

    assert_eq!(migrate(target).await.unwrap().len(), names.len());
    assert_eq!(database.dump_schema(), full);
    // Each step back and forth on its own: what it removes is what it brings.
    for (count, dump) in dumps.iter().enumerate().skip(1) {
        revert(target, count).await.unwrap();
        assert_eq!(&database.dump_schema(), dump, "after taking back {count}");
        migrate(target).await.unwrap();
        assert_eq!(database.dump_schema(), full, "after applying {count} again");
    }
}

#[actix_web::test]
async fn replicas_that_start_at_once_migrate_once() {
    let database = TestDatabase::new(Template::Bare).await;
    let starts = (0..4).map(|_| migrate(&database.target));
    let ran = futures_util::future::join_all(starts).await;
    let ran: Vec<_> = ran.into_iter().map(|ran| ran.unwrap().len()).collect();
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
}

#[actix_web::test]
async fn a_database_with_fewer_migrations_is_not_current() {
    let database = TestDatabase::new(Template::Empty).await;
    assert!(is_current(&database.connect().await).await.unwrap());
    revert(&database.target, 1).await.unwrap();
    assert!(!is_current(&database.connect().await).await.unwrap());
}

#[actix_web::test]
async fn a_failing_migration_leaves_nothing_half_done() {
    let database = TestDatabase::new(Template::Bare).await;
    // Stands where the third migration wants to make its table.
    database.connect().await.batch_execute("CREATE TABLE action_plan_events ()").await.unwrap();
    let error = migrate(&database.target).await.unwrap_err();
    assert!(error.contains("action_plan_events"), "{error}");
    let dump = database.dump_schema();
    assert!(dump.contains("TABLE public.members") && !dump.contains("TABLE public.action_plans "), "{dump}");
    database.connect().await.batch_execute("DROP TABLE action_plan_events").await.unwrap();
    migrate(&database.target).await.unwrap();
}

#[actix_web::test]
async fn a_database_with_more_migrations_still_serves() {
    let database = TestDatabase::new(Template::Empty).await;
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
    database.connect().await.batch_execute(later).await.unwrap();
    assert!(is_current(&database.connect().await).await.unwrap());
}
