use crate::harness::{Template, TestDatabase};
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

#[derive(Debug, QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Nullable<Text>)]
    detail: Option<String>,
}

async fn find(sql: &str) -> Vec<Found> {
    let database = TestDatabase::new(Template::Empty).await;
    sql_query(sql).load(&mut database.connect().await).await.unwrap()
}

/// `table! { name (key) { column -> Type, ... } }` as written in `src/db/schema.rs`.
fn declared() -> BTreeSet<(String, String)> {
    let text = include_str!("../../src/db/schema.rs");
    let mut columns = BTreeSet::new();
    for table in text.split("diesel::table! {").skip(1) {
        let name = table.lines().map(str::trim).find(|line| line.contains(" (")).unwrap();
        let name = name.split(' ').next().unwrap();
        for line in table.lines().take_while(|line| *line != "}") {
            if let Some((column, kind)) = line.trim().split_once(" -> ") {
                columns.insert((format!("{name}.{column}"), kind.trim_end_matches(',').to_owned()));
            }
        }
    }
    columns
}

/// How diesel names PostgreSQL's types.
fn diesel_type(name: &str, nullable: bool) -> String {
    let kind = match name {
        "uuid" => "Uuid",
        "text" => "Text",
        "int2" => "SmallInt",
        "int8" => "BigInt",
        "bool" => "Bool",
        "date" => "Date",
        "jsonb" => "Jsonb",
        "bytea" => "Binary",
        "_text" => "Array<Text>",
        "timestamptz" => "Timestamptz",
        "timestamp" => "Timestamp",
        "varchar" => "Text",
        "partial_date" => "PartialDateParts",
        "tsvector" => "TsVector",
        other => panic!("no diesel type for {other}"),
    };
    if nullable { format!("Nullable<{kind}>") } else { kind.to_owned() }
}

#[actix_web::test]
async fn the_declared_tables_are_those_of_the_database() {
    let found = find(
        "SELECT c.table_name || '.' || c.column_name AS what, \
         coalesce(c.domain_name, c.udt_name) || ' ' || c.is_nullable AS detail \
         FROM information_schema.columns c WHERE c.table_schema = 'public'",
    )
    .await;
    let actual: BTreeSet<_> = found
        .into_iter()
        .map(|row| {
            let detail = row.detail.unwrap();
            let (kind, nullable) = detail.split_once(' ').unwrap();
            (row.what, diesel_type(kind, nullable == "YES"))
        })
        .collect();
    assert!(actual.len() > 100, "only {} columns", actual.len());
    assert_eq!(declared(), actual);
}

#[actix_web::test]
async fn every_foreign_key_has_an_index() {
    let keys = "SELECT con.conname::text AS what, \
        (SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = con.conrelid \
         AND (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey LIMIT 1) AS detail \
        FROM pg_constraint con WHERE con.contype = 'f'";
    let keys = find(keys).await;
    assert!(keys.len() >= 15, "only {} foreign keys", keys.len());
    let bare: Vec<_> = keys.iter().filter(|key| key.detail.is_none()).map(|key| &key.what).collect();
    assert!(bare.is_empty(), "{bare:?}");
}

#[actix_web::test]
async fn every_constraint_has_a_name_of_its_own() {
    // PostgreSQL names unnamed checks `<table>_check`, `<table>_check1`; ours say what they check.
    let constraints = "SELECT con.conname::text AS what, coalesce(rel.relname, typ.typname)::text AS detail \
        FROM pg_constraint con LEFT JOIN pg_class rel ON rel.oid = con.conrelid \
        LEFT JOIN pg_type typ ON typ.oid = con.contypid \
        WHERE con.connamespace = 'public'::regnamespace AND con.contype <> 't' \
        AND coalesce(rel.relname, '') <> '__diesel_schema_migrations'";
    let constraints = find(constraints).await;
    assert!(constraints.len() > 80, "only {} constraints", constraints.len());
    for Found { what, detail } in constraints {
        let owner = detail.unwrap();
        let rest = what.strip_prefix(&owner).unwrap_or_else(|| panic!("{what} does not begin with {owner}"));
        let named = ["_pkey", "_key", "_fkey", "_check"].iter().any(|kind| rest.ends_with(kind));
        assert!(named && rest != "_check", "{what} says too little");
    }
}
