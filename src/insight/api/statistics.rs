//! Numbers: commitments counted by groups, on a day or along a series of days.

use crate::accounts::service::Gate;
use crate::commitments::api::{CommitmentAsk, CommitmentQuery, commitment_filter};
use crate::db::Reads;
use crate::http::Routes;
use crate::http::query::{Both, FormParameters, TimesParameters, calendar_day};
use crate::http::reply::Shows;
use crate::http::{ListProblems, Problem, Timed, reply};
use crate::insight::model::{
    CommitmentHistory, Dimension, Interval, MAX_POINTS, MAX_ROWS, Point, ReportingRules, statistics,
};
use crate::insight::store::{commitments_with_history, reporting_rules_list};
use crate::insight::view::Statistics;
use crate::kernel::error::both;
use crate::kernel::{Error, ParameterError, Result, Shown, Times};
use crate::members::view::WhoseQuery;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::IntoParams;
use validator::{Validate, ValidationError};

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_statistics);
}

/// What to count by, and along which days.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// What to group commitments by: at most two, the second divides each group of the first; repeat for the second.
    /// Where it is left out, all are one group.
    #[serde(default)]
    #[param(example = json!(["member", "progress"]))]
    #[validate(custom(function = at_most_two))]
    group_by: Vec<Dimension>,
    /// The first day of a series (`YYYY-MM-DD`, UTC). A series takes `from`, `to` and `interval`, and no `on`.
    #[param(example = "2022-07-01")]
    #[validate(custom(function = calendar_day))]
    from: Option<NaiveDate>,
    /// The last day of a series; its last point, too. What is filtered by how things stand (`progress`, `schedule`) is
    /// so on this day.
    #[param(example = "2024-06-30")]
    #[validate(custom(function = calendar_day))]
    to: Option<NaiveDate>,
    /// How far the points of a series are apart: one on the last day of each month or quarter; at most 120.
    #[param(inline = false, example = "quarter")]
    interval: Option<Interval>,
}

fn at_most_two(by: &[Dimension]) -> Result<(), ValidationError> {
    let refused = |message: &'static str| Err(ValidationError::new("group_by").with_message(message.into()));
    match by {
        [] | [_] => Ok(()),
        [one, other] if one == other => refused("names the same twice"),
        [_, _] => Ok(()),
        _ => refused("takes at most two: a chart has no more"),
    }
}

impl StatisticsQuery {
    /// The times that are told of: one, or those of a series.
    fn points(&self, times: Times) -> Result<Vec<Times>> {
        let (Some(from), Some(to), Some(interval)) = (self.from, self.to, self.interval) else {
            return self.no_series().map(|()| vec![times]);
        };
        let days: Vec<_> = interval.days(from, to).take(MAX_POINTS + 1).collect();
        let mut refused = Vec::new();
        let mut refuse = |parameter: &str, detail: String| {
            refused.push(ParameterError::new(parameter, "parameter_invalid", detail));
        };
        if from > to {
            refuse("from", format!("{from} is after `to`, {to}"));
        }
        if times.on.is_some() {
            refuse("on", "a series has days of its own; leave it out".to_owned());
        }
        if days.len() > MAX_POINTS {
            let detail =
                format!("there would be more than {MAX_POINTS} points; take fewer days or longer intervals");
            refuse("interval", detail);
        }
        if refused.is_empty() {
            return Ok(days.into_iter().map(|day| Times { on: Some(day), ..times }).collect());
        }
        Err(Error::BadParameters(refused))
    }

    /// Makes sure that no series is asked for in part.
    fn no_series(&self) -> Result<()> {
        let parts =
            [("from", self.from.is_some()), ("to", self.to.is_some()), ("interval", self.interval.is_some())];
        if parts.iter().all(|(_, given)| !given) {
            return Ok(());
        }
        let missing = parts.iter().filter(|(_, given)| !given);
        let detail = "a series takes `from`, `to` and `interval`; this one is missing";
        let told = missing.map(|(name, _)| ParameterError::new(name, "parameter_missing", detail));
        Err(Error::BadParameters(told.collect()))
    }
}

/// Whole histories are in memory meanwhile; two at once would take twice as much, and hardly less time.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// Count commitments by groups
///
/// What a chart shows, in one request: commitments counted by one or two dimensions, on a day or along a series of
/// days. Of each group: how many there are, by progress and by schedule; their milestones; how far they are; how many
/// days they are late on average; how much of what is said is proved; how many due dates were moved; how many
/// commitments are stale. Filters are those of the list of commitments, and a group has as many as that list finds.
/// Commitments are counted as they stand on each day told of, by effective dates, whatever `as_of` makes known.
/// Answers of more than 10,000 rows are refused: filter, group by less, or take longer intervals.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_statistics",
    params(
        WhoseQuery, CommitmentQuery, StatisticsQuery, FormParameters, TimesParameters,
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The numbers.", body = Statistics), ListProblems)
)]
#[get("/statistics")]
async fn get_statistics(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: Timed<Both<CommitmentAsk, Both<StatisticsQuery, FormParameters>>>,
) -> Result<HttpResponse, Problem> {
    let Timed { filter: Both(which, Both(how, form)), item } = asked;
    let (conn, times) = (reads.get().await?, item.times);
    let points = how.points(times);
    // What is filtered by how things stand is so at the end.
    let last = points.as_ref().ok().and_then(|points| points.last()).copied().unwrap_or(times);
    let viewer = gate.viewer(&conn, item.credential.as_ref()).await?.at(last);
    let (filter, points) = both(commitment_filter(&conn, &viewer, &which, &last).await, points)?;
    let rules = reporting_rules_list(&conn, &viewer).await?;
    let turn = ONE_AT_A_TIME.acquire().await.map_err(|closed| Error::Internal(closed.to_string()))?;
    let commitments = commitments_with_history(&conn, &viewer, &filter).await?;
    let by = how.group_by.clone();
    let (commitments, counted) = counted(commitments, rules, by, points).await?;
    drop(turn);
    let body = Statistics::new(&commitments, &counted, &how.group_by, (&times, how.interval), &item.wanted);
    Ok(reply::rows(&request, &item, &form, &body).await?.shows(Shown::Everything))
}

/// Counts where other requests do not have to wait for it.
async fn counted(
    commitments: Vec<CommitmentHistory>,
    rules: Vec<ReportingRules>,
    by: Vec<Dimension>,
    points: Vec<Times>,
) -> Result<(Vec<CommitmentHistory>, Vec<Point>)> {
    let count = move || {
        let counted = statistics(&commitments, &rules, &by, &points);
        (commitments, counted)
    };
    let (commitments, counted) =
        web::block(count).await.map_err(|error| Error::Internal(error.to_string()))?;
    let counted = counted.map_err(|_| {
        let detail = format!(
            "there would be more than {MAX_ROWS} rows; filter, group by less, or take longer intervals"
        );
        Error::parameter("group_by", "parameter_invalid", &detail)
    })?;
    Ok((commitments, counted))
}
