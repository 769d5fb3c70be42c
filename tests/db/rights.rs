//! What the service's own role may do, where another role owns the tables.

use crate::editing::{DRAFT, Draft, take_steps};
use crate::harness::{Template, TestApp, TestDatabase};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use ogp_tracker::db::{Target, rights};
use ogp_tracker::ledger::service::Verdict;
use serde_json::json;
use std::collections::BTreeMap;

/// A database whose tables belong to another role than the one that the service signs in with.
async fn separated(template: Template) -> (TestDatabase, Target, Target) {
    let mut database = TestDatabase::new(template).await;
    let (owner, service) = (database.target.clone(), database.role("service").await);
    rights::grant(&owner, &service).await.expect("rights");
    (database, owner, service)
}

#[derive(Debug, diesel::QueryableByName)]
struct Held {
    #[diesel(sql_type = diesel::sql_types::Text)]
    table: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    rights: String,
    /// Whether a trigger that always fires refuses changes of its rows.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    kept: bool,
}

/// What the role that asks may do with each table.
async fn held(service: &Target) -> Vec<Held> {
    let sql = "SELECT c.relname::text AS table, array_to_string(ARRAY(
            SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
            AS privilege WHERE has_table_privilege(c.oid, privilege)), ' ') AS rights,
            EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgenabled = 'A' AND tgname LIKE '%_no_change') AS kept
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1";
    let (mut conn, _) = service.connect().await.expect("a connection");
    diesel::sql_query(sql).load(&mut conn).await.expect("tables")
}

#[actix_web::test]
async fn every_table_has_its_rights_and_none_can_be_emptied() {
    let (_database, _, service) = separated(Template::Empty).await;
    let held = held(&service).await;
    assert!(held.len() >= 30, "only {} tables", held.len());
    let by_name: BTreeMap<_, _> =
        held.iter().map(|held| (held.table.as_str(), held.rights.as_str())).collect();
    for Held { table, rights, kept } in &held {
        let expected = match (table.as_str(), kept) {
            ("__diesel_schema_migrations", _) => "SELECT",
            // A draft may go, with what was told in it.
            ("progress_updates" | "evidence_uses" | "assessment_answers", true) => "SELECT INSERT DELETE",
            (_, true) => "SELECT INSERT",
            (_, false) => "SELECT INSERT UPDATE DELETE",
        };
        assert_eq!(rights, expected, "{table}");
    }
    for table in ["ledger_entries", "ledger_leaves", "ledger_nodes", "ledger_checkpoints", "ledger_logs"] {
        assert_eq!(by_name[table], "SELECT INSERT", "{table}");
    }
}

#[actix_web::test]
async fn a_later_table_gets_its_rights_with_the_next_migration() {
    let (_database, owner, service) = separated(Template::Empty).await;
    let (mut conn, _) = owner.connect().await.unwrap();
    conn.batch_execute(
        "CREATE TABLE later (id int); CREATE TABLE \"Later, kept\" (id int); GRANT ALL ON later TO PUBLIC;
         CREATE TRIGGER kept_no_change BEFORE UPDATE OR DELETE ON \"Later, kept\" FOR EACH ROW EXECUTE FUNCTION ledger_stays();
         CREATE TRIGGER kept_no_truncate BEFORE TRUNCATE ON \"Later, kept\" EXECUTE FUNCTION ledger_stays();
         ALTER TABLE \"Later, kept\" ENABLE ALWAYS TRIGGER kept_no_change, ENABLE ALWAYS TRIGGER kept_no_truncate",
    )
    .await
    .unwrap();
    for _ in 0..2 {
        rights::grant(&owner, &service).await.expect("rights");
        let held = held(&service).await;
        let of = |table: &str| held.iter().find(|held| held.table == table).expect("a table").rights.clone();
        assert_eq!(
            (of("later"), of("Later, kept")),
            ("SELECT INSERT UPDATE DELETE".to_owned(), "SELECT INSERT".to_owned())
        );
    }
}

#[actix_web::test]
async fn the_service_changes_nothing_of_the_record_and_cannot_take_the_rights_to() {
    let (database, _, service) = separated(Template::Demo).await;
    let app = TestApp::on(database);
    app.number().await;
    let mut before = app.contents().await;
    let (mut conn, _) = service.connect().await.unwrap();
    let mut refused = vec![
        ("SET session_replication_role = replica".to_owned(), "permission denied"),
        ("CREATE TABLE mine ()".to_owned(), "permission denied"),
        ("CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE sql AS ''".to_owned(), "permission denied"),
        ("DROP FUNCTION ledger_stays() CASCADE".to_owned(), "must be owner"),
        ("ALTER FUNCTION ledger_stays() RENAME TO mine".to_owned(), "must be owner"),
        ("DROP SCHEMA public CASCADE".to_owned(), "must be owner"),
        ("INSERT INTO __diesel_schema_migrations VALUES ('9')".to_owned(), "permission denied"),
    ];
    for (table, column) in [
        ("ledger_entries", "reason"),
        ("ledger_leaves", "leaf_hash"),
        ("ledger_nodes", "hash"),
        ("ledger_checkpoints", "note"),
        ("ledger_logs", "id"),
    ] {
        refused.extend([
            (format!("UPDATE {table} SET {column} = {column}"), "permission denied"),
            (format!("DELETE FROM {table}"), "permission denied"),
            (format!("TRUNCATE {table} CASCADE"), "permission denied"),
            (format!("SELECT FROM {table} FOR UPDATE"), "permission denied"),
            (format!("ALTER TABLE {table} DISABLE TRIGGER ALL"), "must be owner"),
            (format!("DROP TRIGGER {table}_no_change ON {table}"), "must be owner"),
            (format!("DROP TABLE {table} CASCADE"), "must be owner"),
            (format!("CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_stays()"), "permission denied"),
        ]);
    }
    refused.extend(
        ["progress_updates", "evidence_uses", "assessment_answers", "reporting_rules"]
            .map(|table| (format!("TRUNCATE {table}"), "permission denied")),
    );
    for (sql, told) in refused {
        let error = conn.batch_execute(&sql).await.expect_err(&sql).to_string();
        assert!(error.contains(told), "{sql}: {error}");
    }
    let mut after = app.contents().await;
    for contents in [&mut before, &mut after] {
        assert!(contents.len() >= 30);
    }
    assert_eq!(after, before);
}

/// Whoever may pose as a replica is held by the triggers, which always fire.
#[actix_web::test]
async fn a_service_that_may_pose_as_a_replica_and_change_rows_is_held_by_triggers() {
    let (database, owner, service) = separated(Template::Demo).await;
    let app = TestApp::on(database);
    app.number().await;
    let (mut admin, _) = owner.connect().await.unwrap();
    let role = format!("{}_service", app.database.name);
    admin
        .batch_execute(&format!("GRANT UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO {role}"))
        .await
        .unwrap();
    let tables = ["ledger_entries", "ledger_leaves", "ledger_nodes", "ledger_checkpoints"];
    // Only a superuser poses as a replica before version 15 of PostgreSQL: so it does, and then becomes the role.
    admin.batch_execute("SET session_replication_role = replica").await.unwrap();
    admin.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
    for table in tables {
        for sql in [format!("DELETE FROM {table}"), format!("TRUNCATE {table} CASCADE")] {
            let error = admin.batch_execute(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("is append-only"), "{sql}: {error}");
        }
    }
    // The next migration takes those rights away again.
    rights::grant(&owner, &service).await.unwrap();
    let (mut conn, _) = service.connect().await.unwrap();
    let error = conn.batch_execute("DELETE FROM ledger_entries").await.unwrap_err().to_string();
    assert!(error.contains("permission denied"), "{error}");
}

#[actix_web::test]
async fn with_its_rights_alone_the_service_edits_reports_publishes_removes_and_numbers() {
    let (mut database, _, service) = separated(Template::Demo).await;
    database.target = service;
    let app = TestApp::on(database);
    let staff = app.signed_in(&["publisher@ROTMR", "assessor@ROTMR", "admin"]).await;
    let draft = Draft::make(&staff).await;
    let update = json!({"progress": "substantial", "effective_on": "2026-11-20", "links": [
        {"url": "https://example.org/x", "title": {"en": "X"}, "kind": "report"}]});
    let reported =
        staff.post(&format!("/api/v1/milestones/{}/updates", draft.milestone), &update).send().await;
    assert_eq!(reported.status, 201);
    let answer = json!({"text": {"en": "We see it otherwise."}});
    let answered =
        staff.post(&format!("/api/v1/assessments/{}/answers", draft.assessment), &answer).send().await;
    assert_eq!(answered.status, 201, "{}", String::from_utf8_lossy(&answered.body));
    let commitment = format!("/api/v1/commitments/{}", draft.commitment);
    let patched =
        staff.patch(&commitment, &json!({"title": {"en": "Another promise"}})).if_match("*").send().await;
    assert_eq!(patched.status, 200, "{}", String::from_utf8_lossy(&patched.body));
    for path in [
        format!("/api/v1/milestones/{}", draft.milestone),
        format!("/api/v1/assessments/{}", draft.assessment),
        format!("/api/v1/commitment-links/{}", draft.link),
        commitment,
        format!("/api/v1/action-plans/{DRAFT}"),
    ] {
        let removed = staff.delete(&format!("{path}?reason=x")).if_match("*").send().await;
        assert_eq!(removed.status, 204, "{path}: {}", String::from_utf8_lossy(&removed.body));
    }
    let again = Draft::make(&staff).await;
    take_steps(&staff, &again.plan, &["consult", "adopt", "publish"]).await;
    let document = serde_json::from_slice(include_bytes!("../../demo/romania.json")).unwrap();
    app.import(&document).await.expect("an import");
    app.house.tidy_up().await;
    let numbered = app.number().await;
    assert!(numbered > 500, "{numbered}");
    assert_eq!(app.watch.round(&app.accounts.writes).await.unwrap(), Verdict::Consistent);
    // With the entry about the key that signs.
    assert_eq!(app.verify_all().await, numbered + 1);
    app.get("/health/ready").await.ok();
}

#[actix_web::test]
async fn a_service_that_could_act_as_an_owner_is_refused() {
    let mut database = TestDatabase::new(Template::Empty).await;
    let owner = database.target.clone();
    let refused = async |service: &Target| rights::grant(&owner, service).await.expect_err("refused");
    assert!(refused(&owner).await.contains("can act as the owner of"), "the same role");
    let (mut conn, _) = owner.connect().await.unwrap();
    let name = database.name.clone();
    let service = database.role("service").await;
    for (given, taken) in [
        (
            format!("ALTER TABLE ledger_nodes OWNER TO {name}_service"),
            "ALTER TABLE ledger_nodes OWNER TO CURRENT_USER".to_owned(),
        ),
        (
            format!("ALTER FUNCTION ledger_stays() OWNER TO {name}_service"),
            "ALTER FUNCTION ledger_stays() OWNER TO CURRENT_USER".to_owned(),
        ),
        (
            format!("ALTER DATABASE {name} OWNER TO {name}_service"),
            format!("ALTER DATABASE {name} OWNER TO CURRENT_USER"),
        ),
        (
            format!("ALTER SCHEMA public OWNER TO {name}_service"),
            "ALTER SCHEMA public OWNER TO CURRENT_USER".to_owned(),
        ),
        (format!("ALTER ROLE {name}_service SUPERUSER"), format!("ALTER ROLE {name}_service NOSUPERUSER")),
    ] {
        conn.batch_execute(&given).await.unwrap();
        let error = refused(&service).await;
        assert!(error.contains("can act as the owner of"), "{given}: {error}");
        conn.batch_execute(&taken).await.unwrap();
    }
    rights::grant(&owner, &service).await.expect("rights");
}

#[actix_web::test]
async fn two_addresses_of_different_databases_are_told() {
    let (mut one, other) =
        (TestDatabase::new(Template::Empty).await, TestDatabase::new(Template::Bare).await);
    let owner = one.target.clone();
    let service = one.role("service").await.with_database(&other.name);
    let error = rights::grant(&owner, &service).await.unwrap_err();
    assert!(error.contains("another database"), "{error}");
}
