//! Reading the record for what changed, with the names of all that it speaks of.

use super::model::{
    FieldChange, Names, Period, PlanChanges, by_commitment, fields_of, net_changes, refers, speaks_of,
};
use crate::db::Conn;
use crate::kernel::Result;
use crate::ledger::model::recorded::{ChangeFilter, Recorded};
use crate::ledger::service::{Stretch, changes_after, last_recorded, plan_history, plan_recorded_since};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What changed in a plan between the ends of two days; `asked` are those that were named.
///
/// # Errors
/// `BadParameters` for days that make no period, and where the database cannot answer.
pub async fn plan_changes(
    conn: &Conn,
    plan: Uuid,
    asked: (Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> Result<PlanChanges> {
    let began = plan_recorded_since(conn, plan).await?.map(|instant| instant.date_naive());
    let period = Period::new(asked, began, today)?;
    let (from, until) = period.instants();
    let history = plan_history(conn, plan, (from, until)).await?;
    let changes = net_changes(&history, from);
    let told: usize = changes.iter().map(|change| change.entries.len()).sum();
    let all = history.iter().filter(|entry| entry.recorded_at >= from).count();
    let mut wanted = Wanted::default();
    for change in &changes {
        wanted.0.extend(refers(&change.state));
        change.entries.iter().for_each(|entry| wanted.entry(entry));
        wanted.fields(&change.fields);
    }
    let names = names(conn, wanted, Some(until)).await?;
    let groups = by_commitment(changes, &names);
    Ok(PlanChanges { period, groups, without_effect: all.saturating_sub(told), names })
}

/// Changes after a place in the order of the numbered record, `limit` of them at most.
///
/// # Errors
/// Where the database cannot answer.
pub async fn feed(conn: &Conn, filter: &ChangeFilter, after: i64, limit: usize) -> Result<(Stretch, Names)> {
    let stretch = changes_after(conn, filter, after, limit).await?;
    let mut wanted = Wanted::default();
    for (_, entry) in &stretch.changes {
        wanted.entry(entry);
        wanted.fields(&fields_of(&entry.difference));
    }
    let names = names(conn, wanted, None).await?;
    Ok((stretch, names))
}

/// What has to be named.
#[derive(Debug, Default)]
struct Wanted(BTreeSet<Uuid>);

impl Wanted {
    /// What a single change belongs to and speaks of.
    fn entry(&mut self, entry: &Recorded) {
        self.0.extend(refers(&entry.state));
        self.0.extend([entry.member_id, entry.plan_id, entry.role_member_id].into_iter().flatten());
    }

    fn fields(&mut self, fields: &[FieldChange]) {
        self.0.extend(speaks_of(fields));
    }
}

/// The names of some things and of all that they belong to. What belongs to a commitment through an update
/// of a milestone is four steps away; each is one query.
async fn names(conn: &Conn, wanted: Wanted, until: Option<DateTime<Utc>>) -> Result<Names> {
    let mut names = Names::default();
    let mut wanted: Vec<_> = wanted.0.into_iter().collect();
    while !wanted.is_empty() {
        let found = last_recorded(conn, &wanted, until).await?;
        wanted = names.learn(&wanted, found);
    }
    Ok(names)
}
