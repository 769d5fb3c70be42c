//! What the list of commitments can be filtered by.

use crate::accounts::model::Viewer;
use crate::assessments::store::commitment_is_starred;
use crate::commitments::model::{Disposition, InstitutionRole, OgpValue, policy_area_code};
use crate::commitments::store::{self, CommitmentFilter, Part};
use crate::db::Conn;
use crate::db::sql::Condition;
use crate::evidence::store::commitment_has_evidence;
use crate::http::query::{Both, calendar_day, calendar_instant, known, listed};
use crate::insight::store::{commitment_is_stale, reporting_rules_list};
use crate::kernel::error::both;
use crate::kernel::{Between, Ref, Result, Times};
use crate::members::model::Sector;
use crate::members::store::{institution_ids, member_ids};
use crate::members::view::WhoseQuery;
use crate::milestones::model::{ProgressSaid, Schedule};
use crate::milestones::store::{commitment_has_schedule, commitment_is, commitment_was_rescheduled};
use crate::plans::store::plan_ids;
use crate::search::model::{SearchKind, SearchText};
use crate::search::store::needle;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

/// Whose commitments, and which.
pub type CommitmentAsk = Both<WhoseQuery, CommitmentQuery>;

/// Filters of the list of commitments.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct CommitmentQuery {
    /// Only what has all of these words in its texts, in Romanian or English, whatever their case, diacritics and
    /// form; `GET /api/v1/search` says what is found, and shows where. Not together with `as_of`.
    #[param(value_type = Option<String>, example = "date deschise", max_length = 500)]
    q: Option<SearchText>,
    /// Only in these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["iasi-2019-2021"]))]
    action_plan: Vec<Ref>,
    /// Only in plans of these cycles of OGP, each named by its year; repeat for any of several.
    #[serde(default)]
    #[param(example = json!([2018]))]
    cycle_year: Vec<i16>,
    /// Only with one of these policy areas, by code (`open_data`) or English name (`Open Data`);
    /// repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["open_data"]))]
    policy_area: Vec<String>,
    /// Only serving one of these OGP values; repeat for any of several.
    #[serde(default)]
    ogp_value: Vec<OgpValue>,
    /// Only those that are said to be one of these; repeat for any of several. `not_reported` are those whose
    /// `progress` is null.
    #[serde(default)]
    progress: Vec<ProgressSaid>,
    /// Only with one of these schedules; repeat for any of several.
    #[serde(default)]
    schedule: Vec<Schedule>,
    /// Only those that stand, were withdrawn, or carried over; repeat for any of several.
    #[serde(default)]
    disposition: Vec<Disposition>,
    /// Only those in which one of these institutions, by id or slug, has a part; repeat for any of several. Together
    /// with `role` and `sector` all three are about the same part.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["primaria-municipiului-iasi"]))]
    institution: Vec<Ref>,
    /// Only those in which somebody has one of these roles; repeat for any of several.
    #[serde(default)]
    role: Vec<InstitutionRole>,
    /// Only those in which an institution of one of these sectors has a part; repeat for any of several.
    #[serde(default)]
    sector: Vec<Sector>,
    /// Only those that an assessment stars (`true`), or that none does (`false`).
    starred: Option<bool>,
    /// Only those with evidence that is not withdrawn, of their own, of a milestone, or of an update that holds
    /// (`true`), or only the others (`false`).
    has_evidence: Option<bool>,
    /// Only those with a milestone that stands and whose due date moved since it was public (`true`), or only the
    /// others (`false`).
    rescheduled: Option<bool>,
    /// Only those of plans that run on the day about which nothing substantive was reported for longer than the rules
    /// for their member allow (`true`), or only the others (`false`).
    stale: Option<bool>,
    /// Only those that start after this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    starts_after: Option<NaiveDate>,
    /// Only those that start before this day (`YYYY-MM-DD`), not on it. What starts in a month or year counts as
    /// starting on its first day.
    #[validate(custom(function = calendar_day))]
    starts_before: Option<NaiveDate>,
    /// Only those that end, and so are due, after this day (`YYYY-MM-DD`), not on it. What ends in a month or year
    /// counts as ending on its last day.
    #[validate(custom(function = calendar_day))]
    ends_after: Option<NaiveDate>,
    /// Only those that end, and so are due, before this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    ends_before: Option<NaiveDate>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later, or that are public since then. What stands
    /// below a commitment does not change it: milestones and updates have such filters of their own, and `/changes`
    /// has everything.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

/// What was asked for, with the ids of what was named.
pub(crate) async fn commitment_filter(
    conn: &Conn,
    viewer: &Viewer,
    Both(whose, query): &CommitmentAsk,
    times: &Times,
) -> Result<CommitmentFilter> {
    let ((plans, whose), (institutions, policy_areas)) = both(
        both(
            known("action_plan", &query.action_plan, plan_ids(conn, viewer, &query.action_plan).await?),
            whose.whose(member_ids(conn, &whose.member).await?),
        ),
        both(
            known("institution", &query.institution, institution_ids(conn, &query.institution).await?),
            policy_area_codes(conn, &query.policy_area).await,
        ),
    )?;
    Ok(CommitmentFilter {
        needle: needle(conn, viewer, SearchKind::Commitment, query.q.as_ref()).await?,
        plans,
        whose,
        cycle_years: query.cycle_year.clone(),
        policy_areas,
        ogp_values: query.ogp_value.clone(),
        dispositions: query.disposition.clone(),
        part: Part { institutions, roles: query.role.clone(), sectors: query.sector.clone() },
        starts: Between { after: query.starts_after, before: query.starts_before },
        ends: Between { after: query.ends_after, before: query.ends_before },
        updated_since: query.updated_since,
        besides: besides(conn, viewer, query, times).await?,
    })
}

/// What other rooms know about commitments.
async fn besides(
    conn: &Conn,
    viewer: &Viewer,
    query: &CommitmentQuery,
    times: &Times,
) -> Result<Vec<Condition>> {
    let (sight, on) = (viewer.sight(), times.on);
    let stale = match query.stale {
        Some(stale) => {
            let rules = reporting_rules_list(conn, viewer).await?;
            Some(commitment_is_stale(stale, &rules, times.day(), &sight))
        }
        None => None,
    };
    let asked = [
        (!query.progress.is_empty()).then(|| commitment_is(&query.progress, &sight)),
        (!query.schedule.is_empty()).then(|| commitment_has_schedule(&query.schedule, &sight)),
        query.rescheduled.map(|rescheduled| commitment_was_rescheduled(rescheduled, on, &sight)),
        query.has_evidence.map(|proved| commitment_has_evidence(proved, &sight)),
        query.starred.map(|starred| commitment_is_starred(starred, on, &sight)),
        stale,
    ];
    Ok(asked.into_iter().flatten().collect())
}

/// Codes of policy areas that callers named by code or English name, in whichever case and spacing.
async fn policy_area_codes(conn: &Conn, named: &[String]) -> Result<Vec<String>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<_> = store::policy_area_list(conn).await?.into_iter().map(|area| area.code).collect();
    listed("policy_area", named.iter().map(|name| policy_area_code(name)).collect(), &known)
}
