//! What is read of the public record to tell what changed.

use super::EntryRow;
use crate::db::Conn;
use crate::db::schema::{ledger_entries, ledger_leaves};
use crate::db::sql::Condition;
use crate::db::types::words;
use crate::kernel::{Error, Result};
use crate::ledger::model::recorded::{ChangeFilter, Recorded};
use chrono::{DateTime, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

impl EntryRow {
    fn recorded(self) -> Result<Recorded> {
        let read = |text: &str| -> Result<Value> {
            let broken = |error| Error::Internal(format!("entry {} is no JSON: {error}", self.id));
            serde_json::from_str(text).map_err(broken)
        };
        Ok(Recorded {
            state: read(&self.state)?,
            difference: read(&self.difference)?,
            id: self.id,
            recorded_at: self.recorded_at,
            action: self.action.0,
            kind: self.kind.0,
            resource_id: self.resource_id,
            code: self.code,
            version: self.version,
            member_id: self.member_id,
            plan_id: self.plan_id,
            role: self.actor_role,
            role_member_id: self.actor_member_id,
            reason: self.reason,
        })
    }
}

/// When the public record began to tell of a plan; never where it does not.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_recorded_since(conn: &Conn, plan: Uuid) -> Result<Option<DateTime<Utc>>> {
    let of_plan = ledger_entries::table.filter(ledger_entries::plan_id.eq(plan).and(ledger_entries::public));
    Ok(of_plan.select(min(ledger_entries::recorded_at)).get_result(&mut &*conn).await?)
}

/// All that the public record told before an instant of the things of a plan that changed from another
/// instant on: thing by thing, each from its beginning.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_history(
    conn: &Conn,
    plan: Uuid,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Recorded>> {
    let mut changed = Condition::new(
        "ledger_entries.resource_id IN (SELECT c.resource_id FROM ledger_entries c WHERE c.public AND c.plan_id = ",
    );
    changed.bind(plan.to_string());
    changed.push("::text::uuid AND c.recorded_at >= ");
    changed.bind(from.to_rfc3339());
    changed.push("::text::timestamptz AND c.recorded_at < ");
    changed.bind(until.to_rfc3339());
    changed.push("::text::timestamptz)");
    let rows: Vec<EntryRow> = ledger_entries::table
        .filter(changed)
        .filter(ledger_entries::public.and(ledger_entries::recorded_at.lt(until)))
        .order((ledger_entries::resource_id, ledger_entries::version, ledger_entries::id))
        .select(EntryRow::as_select())
        .load(&mut &*conn)
        .await?;
    rows.into_iter().map(EntryRow::recorded).collect()
}

/// What the public record told last of some things; before an instant, where one is given.
///
/// # Errors
/// Where the database cannot answer.
pub async fn last_recorded(
    conn: &Conn,
    things: &[Uuid],
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Recorded>> {
    let mut earlier = Condition::new("ledger_entries.recorded_at < ");
    earlier.bind(until.map_or_else(|| "infinity".to_owned(), |until| until.to_rfc3339()));
    earlier.push("::text::timestamptz");
    let rows: Vec<EntryRow> = ledger_entries::table
        .filter(ledger_entries::public.and(ledger_entries::resource_id.eq_any(things)))
        .filter(earlier)
        .distinct_on(ledger_entries::resource_id)
        .order((ledger_entries::resource_id, ledger_entries::version.desc(), ledger_entries::id.desc()))
        .select(EntryRow::as_select())
        .load(&mut &*conn)
        .await?;
    rows.into_iter().map(EntryRow::recorded).collect()
}

/// The last place of the numbered record; none while nothing is numbered.
///
/// # Errors
/// Where the database cannot answer.
pub async fn last_index(conn: &Conn) -> Result<Option<i64>> {
    Ok(ledger_leaves::table.select(max(ledger_leaves::index)).get_result(&mut &*conn).await?)
}

/// Changes of the numbered record after a place and up to another, in its order.
///
/// # Errors
/// Where the database cannot answer.
pub async fn change_list(
    conn: &Conn,
    filter: &ChangeFilter,
    (after, last): (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, Recorded)>> {
    let rows: Vec<(i64, EntryRow)> = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(wanted(filter, (after, last), limit))
        .filter(ledger_leaves::index.gt(after).and(ledger_leaves::index.le(last)))
        .order(ledger_leaves::index)
        .limit(limit)
        .select((ledger_leaves::index, EntryRow::as_select()))
        .load(&mut &*conn)
        .await?;
    rows.into_iter().map(|(index, row)| Ok((index, row.recorded()?))).collect()
}

/// The first places that a filter wants. The narrowest part of it is walked, each of its values along an
/// index in the order of the record; the other parts are looked at on the way.
fn wanted(filter: &ChangeFilter, (after, last): (i64, i64), limit: i64) -> Condition {
    let ids = |ids: &'_ [Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let parts = [
        ("plan_id", "uuid", ids(&filter.plans)),
        ("member_id", "uuid", ids(&filter.members)),
        ("kind", "text", words(&filter.kinds)),
        ("action", "text", words(&filter.actions)),
    ];
    let mut parts = parts.into_iter().filter(|(_, _, values)| !values.is_empty());
    let Some((column, sql_type, values)) = parts.next() else { return Condition::new("TRUE") };
    // Ids and words of vocabularies have neither commas nor braces.
    let array = |values: &[String]| format!("{{{}}}", values.join(","));
    let mut sql = Condition::new("ledger_leaves.index IN (SELECT found.index FROM unnest(");
    sql.bind(array(&values));
    sql.push(format!(
        "::text::{sql_type}[]) AS wanted (value) CROSS JOIN LATERAL (SELECT c.index FROM ledger_changes c "
    ));
    sql.push(format!("WHERE c.{column} = wanted.value AND c.index > "));
    sql.bind(after.to_string());
    sql.push("::text::bigint AND c.index <= ");
    sql.bind(last.to_string());
    sql.push("::text::bigint");
    for (column, sql_type, values) in parts {
        sql.push(format!(" AND c.{column} = ANY ("));
        sql.bind(array(&values));
        sql.push(format!("::text::{sql_type}[])"));
    }
    sql.push(" ORDER BY c.index LIMIT ");
    sql.bind(limit.to_string());
    sql.push("::text::bigint) AS found ORDER BY found.index LIMIT ");
    sql.bind(limit.to_string());
    sql.push("::text::bigint)");
    sql
}
