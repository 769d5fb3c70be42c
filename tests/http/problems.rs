use crate::harness::spec;
use crate::harness::{Template, TestApp, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use ogp_tracker::db::Target;

/// Words that only an insider knows: SQL, tables, columns, paths of the source.
const INTERNAL: [&str; 12] = [
    "relation",
    "SELECT",
    "select ",
    "column",
    "diesel",
    "postgres",
    "panicked",
    "src/",
    ".rs",
    "members_",
    "does not exist",
    "JSON",
];

#[actix_web::test]
async fn a_problem_says_what_happened_where_under_which_id() {
    let app = TestApp::demo().await;
    let answer = app.get("/api/v1/members?colour=red").await;
    let mut problem = answer.problem(400, "parameter_unknown");
    problem.as_object_mut().unwrap().remove("request_id");
    insta::assert_json_snapshot!(problem, @r#"
    {
      "type": "about:blank",
      "title": "Bad Request",
      "status": 400,
      "code": "parameter_unknown",
      "detail": "parameter \"colour\": this operation has no such parameter; it has: q, kind, country, cohort, joined_year, updated_since, include, limit, cursor, sort, total, lang, fields, format, bom",
      "instance": "/api/v1/members",
      "errors": [
        {
          "parameter": "colour",
          "code": "parameter_unknown",
          "detail": "this operation has no such parameter; it has: q, kind, country, cohort, joined_year, updated_since, include, limit, cursor, sort, total, lang, fields, format, bom"
        }
      ]
    }
    "#);
}

#[actix_web::test]
async fn a_fault_of_ours_tells_nothing_internal() {
    let app = TestApp::demo().await;
    let addresses = {
        let mut addresses = Vec::new();
        // The data package is made of the document alone.
        for operation in spec::reads().into_iter().filter(|one| one.id != "get_data_package") {
            addresses.push(operation.address(&app).await);
        }
        addresses
    };
    // All of them need one of these tables.
    let mut conn = app.database.connect().await;
    let sql = "ALTER TABLE members RENAME TO members_gone; ALTER TABLE institutions RENAME TO institutions_gone; \
         ALTER TABLE reporting_rules RENAME TO reporting_rules_gone; \
         ALTER TABLE assessment_schemes RENAME TO assessment_schemes_gone; \
         ALTER TABLE ledger_entries RENAME TO ledger_entries_gone; \
         ALTER TABLE ledger_changes RENAME TO ledger_changes_gone; \
         ALTER TABLE ledger_witnessed RENAME TO ledger_witnessed_gone; \
         ALTER TABLE ledger_leaves RENAME TO ledger_leaves_gone; \
         ALTER TABLE ledger_checkpoints RENAME TO ledger_checkpoints_gone";
    conn.batch_execute(sql).await.unwrap();
    let mut failed = 0;
    for address in addresses {
        let answer = app.get(&address).await;
        if address.starts_with("/api/v1/milestones/") && answer.status == 200 {
            continue;
        }
        let problem = answer.problem(500, "internal_error");
        assert_eq!(problem["instance"], address);
        let text = problem.to_string();
        for word in INTERNAL {
            assert!(!text.contains(word), "{address}: {word:?} in {text}");
        }
        failed += 1;
    }
    assert!(failed >= 11, "only {failed} failed");
    // It recovers without a restart.
    let sql =
        "ALTER TABLE members_gone RENAME TO members; ALTER TABLE institutions_gone RENAME TO institutions";
    conn.batch_execute(sql).await.unwrap();
    app.get("/api/v1/members").await.ok();
}

/// Requests share connections, on which their statements follow each other without waiting.
#[actix_web::test]
async fn the_fault_of_one_request_leaves_those_beside_it_alone() {
    let app = TestApp::demo().await;
    let mut conn = app.database.connect().await;
    conn.batch_execute("ALTER TABLE institutions RENAME TO institutions_gone").await.unwrap();
    let paths =
        ["/api/v1/members", "/api/v1/institutions", "/api/v1/milestones?total=true", "/api/v1/members/IAS"];
    let requests = paths.iter().cycle().take(60).map(|path| async { (*path, app.get(path).await) });
    for (path, answer) in futures_util::future::join_all(requests).await {
        let expected = if path.ends_with("/institutions") { 500 } else { 200 };
        assert_eq!(answer.status, expected, "{path}");
    }
}

#[actix_web::test]
async fn a_database_that_cannot_be_reached_is_503_with_retry_after() {
    let database = TestDatabase::new(Template::Demo).await;
    let name = database.name.clone();
    let mut app = TestApp::on(database);
    // A database that is gone for good: the application never had a connection to it.
    let other = TestDatabase::new(Template::Bare).await;
    let mut conn = other.connect().await;
    conn.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    for path in ["/api/v1/members", "/api/v1/commitments/ROTMR0001", "/health/ready"] {
        let answer = app.get_with(path, &[("origin", "https://dashboard.example")]).await;
        let problem = answer.problem(503, "database_unavailable");
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let text = problem.to_string();
        for word in [name.as_str(), "127.0.0.1", "FATAL", "socket", "does not exist", "postgres"] {
            assert!(!text.contains(word), "{word:?} in {text}");
        }
    }
    app.get("/health/live").await.ok();
    app.database = other;
}

#[actix_web::test]
async fn a_statement_that_takes_too_long_is_503_and_the_next_one_works() {
    let mut database = TestDatabase::new(Template::Demo).await;
    let patient = database.target.clone();
    let hasty = format!("{} options='-c statement_timeout=300'", patient.connection_string());
    database.target = Target::parse(&hasty).unwrap();
    let app = TestApp::on(database);
    let (mut conn, _) = patient.connect().await.unwrap();
    conn.batch_execute("BEGIN; LOCK TABLE members IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for path in ["/api/v1/members", "/api/v1/commitments", "/api/v1/members/IAS"] {
        let answer = app.get(path).await;
        let problem = answer.problem(503, "database_unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(!problem.to_string().contains("statement"), "{problem}");
    }
    conn.batch_execute("ROLLBACK").await.unwrap();
    app.get("/api/v1/members").await.ok();
}

#[actix_web::test]
async fn a_database_without_the_schema_is_not_ready() {
    let app = TestApp::on(TestDatabase::new(Template::Bare).await);
    let answer = app.get("/health/ready").await;
    answer.problem(503, "database_not_migrated");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(app.get("/health/live").await.ok()["status"], "live");
    let app = TestApp::empty().await;
    assert_eq!(app.get("/health/ready").await.ok()["status"], "ready");
}

#[actix_web::test]
async fn what_callers_wrote_comes_back_only_as_json() {
    let app = TestApp::demo().await;
    let html = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for address in [
        format!("/api/v1/members/{html}"),
        format!("/api/v1/members?{html}=1"),
        format!("/api/v1/members?kind={html}"),
        format!("/{html}"),
    ] {
        let answer = app.get(&address).await;
        assert!(matches!(answer.status, 400 | 404), "{address}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        answer.json();
    }
}
