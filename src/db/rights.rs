//! What the service's own role may do, where another role owns the tables.
//!
//! Triggers keep the record from being changed, but an owner can take triggers away. So whoever runs the
//! service with a role of its own lets another one migrate, and what is granted to the service is decided
//! here, after every migration: no table is forgotten, because each that is there gets its rights, and what
//! a trigger keeps from being emptied can only be added to.

use super::connect::{Target, describe};
use super::migrate::{LOCK, is_current};
use super::{Conn, in_transaction};
use crate::kernel::{Error, Result};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

/// Tables that are only added to, but for what was told in a draft: that goes with it, and a trigger knows
/// which rows those are.
const WITH_DRAFTS: [&str; 3] = ["assessment_answers", "evidence_uses", "progress_updates"];
/// What has been migrated: the service looks at it, and does not say so itself.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// The tables, and whether a trigger that always fires keeps them from being emptied.
const TABLES: &str = "SELECT c.relname::text AS name, quote_ident(c.relname) AS quoted, EXISTS (
        SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled = 'A' AND t.tgtype & 32 <> 0) AS kept
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() AND pg_has_role(c.relowner, 'USAGE')
    ORDER BY name";

/// What a role may act as the owner of. A function counts: whoever can replace a trigger's can change what
/// it keeps. So do schema and database: their owners can drop what is in them.
const OWNED: &str = "SELECT owned.what AS name FROM (
        SELECT 'database ' || quote_ident(datname), datdba FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT 'schema ' || quote_ident(nspname), nspowner FROM pg_namespace WHERE nspname = current_schema()
        UNION ALL SELECT 'table ' || quote_ident(relname), relowner FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND relkind IN ('r', 'p')
        UNION ALL SELECT 'function ' || quote_ident(proname), proowner FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()
    ) AS owned (what, owner) WHERE pg_has_role($1, owned.owner, 'MEMBER') LIMIT 1";

#[derive(Debug, diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(Debug, diesel::QueryableByName)]
struct Role {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    quoted: String,
}

#[derive(Debug, diesel::QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    quoted: String,
    #[diesel(sql_type = Bool)]
    kept: bool,
}

#[derive(Debug, diesel::QueryableByName)]
struct Schema {
    #[diesel(sql_type = Text)]
    quoted: String,
    #[diesel(sql_type = Bool)]
    open: bool,
}

impl Table {
    /// What the service does with it.
    fn rights(&self) -> &'static str {
        match self.name.as_str() {
            MIGRATIONS => "SELECT",
            name if WITH_DRAFTS.contains(&name) => "SELECT, INSERT, DELETE",
            _ if self.kept => "SELECT, INSERT",
            _ => "SELECT, INSERT, UPDATE, DELETE",
        }
    }
}

/// Gives the role that a service signs in with the rights it needs, and takes all others away. Through
/// `owner` the tables were migrated.
///
/// # Errors
/// In one line, for the operator: also where the service could still act as an owner, or makes tables.
pub async fn grant(owner: &Target, service: &Target) -> Result<(), String> {
    let told = |error: Error| error.to_string();
    let (mut signed_in, _) = service.connect().await.map_err(|error| describe(&error))?;
    let role = current_role(&mut signed_in).await.map_err(told)?;
    let (mut conn, _) = owner.connect().await.map_err(|error| describe(&error))?;
    in_transaction(&mut conn, async |conn| {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(conn).await?;
        refuse_owner(conn, &role).await?;
        grant_in_txn(conn, &role).await
    })
    .await
    .map_err(told)?;
    if is_current(&signed_in).await.map_err(told)? {
        return Ok(());
    }
    Err(format!("it is another database than the one that was migrated at {owner}"))
}

async fn current_role(conn: &mut Conn) -> Result<Role> {
    let sql = "SELECT current_user::text AS name, quote_ident(current_user) AS quoted";
    Ok(diesel::sql_query(sql).get_result(conn).await?)
}

async fn refuse_owner(conn: &mut Conn, role: &Role) -> Result<()> {
    let owned = diesel::sql_query(OWNED).bind::<Text, _>(&role.name).get_result::<Name>(conn).await;
    match owned.optional()? {
        None => Ok(()),
        Some(Name { name }) => Err(Error::Internal(format!(
            "its role {} can act as the owner of {name}, so it could take any right it lacks; sign in with a role \
             that owns nothing, is in no role that does, and is no superuser",
            role.quoted
        ))),
    }
}

async fn grant_in_txn(conn: &mut Conn, role: &Role) -> Result<()> {
    let tables: Vec<Table> = diesel::sql_query(TABLES).load(conn).await?;
    let schema = schema(conn, role).await?.quoted;
    let role_name = &role.quoted;
    // Until version 15 of PostgreSQL everybody made tables in `public`.
    let mut sql = format!(
        "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role_name}; GRANT USAGE ON SCHEMA {schema} TO {role_name};"
    );
    for table in &tables {
        let name = format!("{schema}.{}", table.quoted);
        let rights = table.rights();
        sql.push_str(&format!(
            "REVOKE ALL ON {name} FROM PUBLIC, {role_name}; GRANT {rights} ON {name} TO {role_name};"
        ));
    }
    conn.batch_execute(&sql).await?;
    if self::schema(conn, role).await?.open {
        return Err(Error::Internal(format!(
            "its role {role_name} can make tables; whoever owns the schema says REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
        )));
    }
    Ok(())
}

/// Where the tables are, and whether a role can make others there.
async fn schema(conn: &mut Conn, role: &Role) -> Result<Schema> {
    let sql = "SELECT quote_ident(current_schema()) AS quoted, \
               has_schema_privilege($1, current_schema(), 'CREATE') AS open";
    Ok(diesel::sql_query(sql).bind::<Text, _>(&role.name).get_result(conn).await?)
}
