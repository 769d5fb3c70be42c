//! What the database holds, and what was recorded of changes.

use super::{Template, TestApp, TestDatabase};
use diesel_async::RunQueryDsl;
use ogp_tracker::kernel::SystemIds;
use ogp_tracker::ledger::service::{LogKeys, Sequencer, log_origin};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Every table with the number of its rows and a fingerprint of all that they hold.
pub type Contents = BTreeMap<String, (i64, String)>;

/// An entry of the ledger.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct Entry {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub action: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub kind: String,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub resource_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub version: i64,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub public: bool,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub actor_role: String,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    pub reason: Option<String>,
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Rows {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    fingerprint: String,
}

impl TestApp {
    /// Everything that the database holds.
    pub async fn contents(&self) -> Contents {
        let mut conn = self.database.connect().await;
        let tables = "SELECT relname::text AS name FROM pg_class \
                      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^__'";
        let tables: Vec<Name> = diesel::sql_query(tables).load(&mut conn).await.expect("tables");
        assert!(tables.len() >= 15, "only {} tables", tables.len());
        let mut contents = Contents::new();
        for Name { name } in tables {
            let sql = format!(
                "SELECT count(*) AS count, \
                 coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS fingerprint FROM {name} t"
            );
            let rows: Rows = diesel::sql_query(sql).get_result(&mut conn).await.expect("rows");
            contents.insert(name, (rows.count, rows.fingerprint));
        }
        contents
    }

    /// How many rows a query finds.
    pub async fn count(&self, from: &str) -> i64 {
        let mut conn = self.database.connect().await;
        let sql = format!("SELECT count(*) AS count, '' AS fingerprint FROM {from}");
        let rows: Rows = diesel::sql_query(sql).get_result(&mut conn).await.expect("a count");
        rows.count
    }

    /// The entries that people's changes appended, in order; those of imports are left out.
    pub async fn entries(&self) -> Vec<Entry> {
        let mut conn = self.database.connect().await;
        let sql = "SELECT action, kind, resource_id, version, public, actor_role, reason FROM ledger_entries \
                   WHERE actor_id <> '00000000-0000-0000-0000-000000000000' ORDER BY recorded_at, id";
        diesel::sql_query(sql).load(&mut conn).await.expect("entries")
    }

    /// The entries about one thing.
    pub async fn entries_of(&self, id: &str) -> Vec<Entry> {
        let id: Uuid = id.parse().expect("an id");
        self.entries().await.into_iter().filter(|entry| entry.resource_id == id).collect()
    }

    /// The folder of the keys that sign the public record.
    pub fn log_keys(&self) -> LogKeys {
        LogKeys::open(&self.keys.path().join("log"), Arc::new(self.clock.clone())).expect("a folder for keys")
    }

    /// What numbers the public record, as a process that has just started; it goes on only when it is told.
    pub async fn sequencer(&self) -> Sequencer {
        let (keys, writes) = (self.log_keys(), self.accounts.writes.clone());
        if keys.read().expect("keys").is_empty() {
            keys.init().expect("a key");
        }
        let origin = log_origin(&writes.get().await.expect("a connection"), None).await.expect("a name");
        Sequencer::new(writes, Arc::new(self.clock.clone()), Arc::new(SystemIds), keys, origin)
    }

    /// Numbers all of the public record that is committed; returns how many entries were new.
    pub async fn number(&self) -> usize {
        let sequencer = self.sequencer().await;
        let mut numbered = 0;
        loop {
            let round = sequencer.round().await.expect("a round");
            numbered += round.numbered;
            if !round.more {
                return numbered;
            }
        }
    }

    /// The application, stopped and started again on the same database. Signing keys are new ones.
    pub async fn restarted(mut self) -> Self {
        let other = TestDatabase::new(Template::Bare).await;
        let database = std::mem::replace(&mut self.database, other);
        drop(self);
        Self::on(database)
    }
}
