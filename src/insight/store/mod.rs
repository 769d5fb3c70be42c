//! Rows and queries of the reporting rules, of what progress is rolled up from, and of what people should
//! report.

mod progress;
mod statistics;
mod work;

use super::model::{Deadline, ReportingRules, ReportingRulesInput, rules_on};
use crate::accounts::model::{Permit, Viewer};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::reporting_rules;
use crate::db::sql::{Alone, Condition, nested, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Note, Result, Sight, Source};
use crate::members::model::MemberKind;
use crate::milestones::store::updates::substantive_on;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

pub use progress::{FACTS_OF_COMMITMENT, PLAN_FACTS_OF_COMMITMENT, PlanSeen, plan_outlines};
pub use statistics::commitments_with_history;
pub use work::{
    OfPlanDue, OfStep, OfUnanswered, PlanDueSeen, StepSeen, UnansweredSeen, WorkFilter, work_assessments,
    work_plans, work_steps,
};

/// What the list of reporting rules can be sorted by.
const RULES_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "kind", sql: "reporting_rules.member_kind", sql_type: "text" },
        SortKey { name: "valid_from", sql: "reporting_rules.valid_from", sql_type: "date" },
    ],
    default: "kind,-valid_from",
    id: "reporting_rules.id",
};

/// A set of rules, as stored. It never changes.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reporting_rules, check_for_backend(Pg))]
pub struct RulesRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: RulesState,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// What a set of rules says.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = reporting_rules, check_for_backend(Pg))]
pub struct RulesState {
    /// Members of which kind.
    pub member_kind: Word<MemberKind>,
    /// The first day on which it holds.
    pub valid_from: NaiveDate,
    /// Months between two updates, at most.
    pub update_interval_months: i16,
    /// Months between two meetings of the forum, at most.
    pub forum_interval_months: Option<i16>,
    /// Presentations of results in a year, at least.
    pub presentations_per_year: Option<i16>,
    /// Which reports are due when.
    pub deadlines: Json<Vec<Deadline>>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl RulesState {
    /// What is written of a set.
    pub fn of(input: ReportingRulesInput) -> Self {
        Self {
            member_kind: Word(input.kind),
            valid_from: input.valid_from,
            update_interval_months: input.update_interval_months,
            forum_interval_months: input.forum_interval_months,
            presentations_per_year: input.presentations_per_year,
            deadlines: Json(input.deadlines),
            notes: Json(input.notes),
            sources: Json(input.sources),
        }
    }

    fn rules(self) -> ReportingRules {
        // The database keeps them above zero.
        let count = |months: i16| months.unsigned_abs().into();
        ReportingRules {
            kind: self.member_kind.0,
            valid_from: self.valid_from,
            update_interval_months: count(self.update_interval_months),
            forum_interval_months: self.forum_interval_months.map(count),
            presentations_per_year: self.presentations_per_year.map(count),
            deadlines: self.deadlines.0,
        }
    }
}

/// Which sets to list; each part narrows where it is given.
#[derive(Debug, Clone, Default)]
pub struct RulesFilter {
    /// For members of any of these kinds.
    pub kinds: Vec<MemberKind>,
    /// In force on this day.
    pub on: Option<NaiveDate>,
}

/// All sets, for what is computed from them; in the record of another day those that it has. The two sets
/// that the tracker came with are in every record: they held before it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn reporting_rules_list(conn: &Conn, viewer: &Viewer) -> Result<Vec<ReportingRules>> {
    let mut query = reporting_rules::table.into_boxed::<Pg>();
    if let Some(until) = viewer.sight().until {
        let came_with_it = Condition::new("reporting_rules.valid_from < reporting_rules.created_at::date");
        query = query.filter(reporting_rules::created_at.lt(until).or(came_with_it));
    }
    let query = query
        .order((reporting_rules::member_kind, reporting_rules::valid_from))
        .select(RulesState::as_select());
    let found: Vec<RulesState> = query.load(&mut &*conn).await?;
    Ok(found.into_iter().map(RulesState::rules).collect())
}

/// A page of sets.
///
/// # Errors
/// Where the database cannot answer.
pub async fn reporting_rules_page(
    conn: &Conn,
    filter: &RulesFilter,
    ask: &PageAsk,
) -> Result<Page<RulesRow>> {
    let page = PageRequest::new(RULES_SORTING, ask)?;
    let filtered = || {
        let mut query = reporting_rules::table.into_boxed::<Pg>();
        if !filter.kinds.is_empty() {
            query = query.filter(reporting_rules::member_kind.eq_any(words(&filter.kinds)));
        }
        if let Some(day) = filter.on {
            query = query.filter(in_force(day));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        RulesRow::as_select(),
        nested::<Alone>(&Sight::default()),
        page.keys(),
    ));
    let count = filtered().count();
    let found =
        page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &RulesRow| row.id).await?;
    Ok(found.map(|(row, Alone {})| row))
}

/// The rule of [`super::model::rules_on`] as a condition; a test holds the two equal.
fn in_force(day: NaiveDate) -> Condition {
    let mut sql = Condition::new(
        "reporting_rules.valid_from = (SELECT max(o.valid_from) FROM reporting_rules o \
         WHERE o.member_kind = reporting_rules.member_kind AND o.valid_from <= ",
    );
    sql.bind(day.to_string());
    sql.push("::text::date)");
    sql
}

/// That commitments of running plans were silent for longer than the rules allow that are in force on a day, or that
/// they were not: the rule of [`super::model::Freshness`], which a test holds equal.
pub fn commitment_is_stale(
    stale: bool,
    rules: &[ReportingRules],
    day: NaiveDate,
    sight: &Sight,
) -> Condition {
    let mut sql = Condition::new(if stale { "" } else { "NOT " });
    sql.append(seen_by(
        concat!(
            "EXISTS (SELECT FROM action_plans p JOIN members k ON k.id = p.member_id WHERE p.id = commitments.plan_id ",
            "AND p.starts_on <= :day AND coalesce(p.ends_on >= :day, true) AND :day > (coalesce((SELECT max((",
            substantive_on!("m"),
            ")) FROM milestones m WHERE m.commitment_id = commitments.id AND m.withdrawn_at IS NULL), p.starts_on) ",
            "+ make_interval(months => CASE k.kind"
        ),
        sight,
    ));
    for kind in [MemberKind::National, MemberKind::Local] {
        let months = rules_on(rules, kind, day).map(|rules| rules.update_interval_months);
        let (kind, months) =
            (words(&[kind]).concat(), months.map_or("NULL".to_owned(), |months| months.to_string()));
        // Both are words of our own.
        sql.push(format!(" WHEN '{kind}' THEN {months}"));
    }
    sql.push(" END))::date)");
    sql
}

/// One set, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn reporting_rules_find(conn: &Conn, id: Uuid) -> Result<Option<RulesRow>> {
    let query = reporting_rules::table.find(id).select(RulesRow::as_select());
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// Stores a new set.
///
/// # Errors
/// Where the database refuses it; a second set of a kind from the same day on is told as a conflict.
pub async fn reporting_rules_insert_in_txn(
    conn: &mut Conn,
    _permit: &Permit,
    id: Uuid,
    state: &RulesState,
    now: DateTime<Utc>,
) -> Result<()> {
    let values = (reporting_rules::id.eq(id), reporting_rules::created_at.eq(now), state);
    diesel::insert_into(reporting_rules::table).values(values).execute(conn).await?;
    Ok(())
}
