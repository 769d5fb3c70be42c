//! Queries on what the public record said at an instant.
//!
//! The ledger keeps every state that was ever public. For each table that readers see, a function of
//! the database (`milestones_as_of`) makes the rows of an instant out of those states. A query on the
//! past is the query on the present, with these rows in the place of the tables: a common table
//! expression stands before a table of the same name. So there is one way to read, and one history.

use super::sql::Fragment;
use crate::kernel::Sight;
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Text, Untyped};
use uuid::Uuid;

/// Tables whose rows the record keeps as states of the thing itself or of what it is part of. Of these,
/// names are shown of things of other plans, too.
const RECORDED: [&str; 8] = [
    "members",
    "institutions",
    "policy_areas",
    "assessment_schemes",
    "action_plans",
    "commitments",
    "commitment_links",
    // One piece can prove something below several plans of its member.
    "evidence",
];
/// The same; these are wanted only below the plans that matter to a query.
const BELOW_PLANS: [&str; 8] = [
    "action_plan_events",
    "action_plan_reports",
    "commitment_institutions",
    "milestones",
    "progress_reports",
    "progress_report_milestones",
    "assessments",
    "assessment_milestones",
];
/// Tables whose rows never change, with the column that says when each was recorded. What was
/// recorded in a draft counts from the draft's publication on: before, nothing above it is there.
const APPENDED: [(&str, &str); 3] = [
    ("progress_updates", "recorded_at"),
    ("evidence_uses", "attached_at"),
    ("assessment_answers", "recorded_at"),
];

/// A query on what the viewer's record holds.
#[derive(Debug, Clone)]
pub struct AsOf<Q> {
    until: Option<String>,
    plans: Option<Fragment<Untyped>>,
    query: Q,
}

/// The query on the record that a viewer asks for; on the tables themselves where they ask for none.
pub fn as_of<Q>(sight: &Sight, query: Q) -> AsOf<Q> {
    AsOf { until: sight.until.map(|instant| instant.to_rfc3339()), plans: None, query }
}

/// The plan that a thing is below, as the record knows it.
pub fn plans_of(thing: Uuid) -> Fragment<Untyped> {
    let mut sql = Fragment::new("SELECT DISTINCT e.plan_id FROM ledger_entries e WHERE e.resource_id = ");
    sql.bind(thing.to_string());
    sql.push("::text::uuid");
    sql
}

impl<Q> AsOf<Q> {
    /// The same, where only what is below these plans matters; everything where none is named.
    #[must_use]
    pub fn below(self, plans: &[Uuid]) -> Self {
        if plans.is_empty() {
            return self;
        }
        let ids: Vec<_> = plans.iter().map(Uuid::to_string).collect();
        let mut sql = Fragment::new("SELECT unnest(");
        sql.bind(format!("{{{}}}", ids.join(",")));
        sql.push("::text::uuid[])");
        self.below_those(sql)
    }

    /// The same, where only what is below the plans matters whose ids this query yields.
    #[must_use]
    pub fn below_those(self, plans: Fragment<Untyped>) -> Self {
        Self { plans: Some(plans), ..self }
    }
}

impl<Q: Query> Query for AsOf<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for AsOf<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for AsOf<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(until) = &self.until else { return self.query.walk_ast(out) };
        for (index, table) in RECORDED.iter().chain(&BELOW_PLANS).enumerate() {
            out.push_sql(if index == 0 { "WITH " } else { ", " });
            out.push_sql(table);
            out.push_sql(" AS (SELECT * FROM ");
            out.push_sql(table);
            out.push_sql("_as_of(");
            out.push_bind_param::<Text, _>(until)?;
            out.push_sql("::text::timestamptz, ");
            match self.plans.as_ref().filter(|_| BELOW_PLANS.contains(table)) {
                Some(plans) => {
                    out.push_sql("ARRAY(");
                    plans.walk_ast(out.reborrow())?;
                    out.push_sql(")");
                }
                None => out.push_sql("NULL::uuid[]"),
            }
            out.push_sql("))");
        }
        for (table, recorded_at) in APPENDED {
            out.push_sql(", ");
            out.push_sql(table);
            // Read where it stands, with its indexes.
            out.push_sql(" AS NOT MATERIALIZED (SELECT * FROM ");
            out.push_sql(table);
            out.push_sql(" WHERE ");
            out.push_sql(recorded_at);
            out.push_sql(" < ");
            out.push_bind_param::<Text, _>(until)?;
            out.push_sql("::text::timestamptz)");
        }
        out.push_sql(" ");
        self.query.walk_ast(out)
    }
}
