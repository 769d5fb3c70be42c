//! Searching.

use super::model::{Correction, Meaning, SearchKind, SearchText};
use super::store::{self, SearchFilter};
use super::view::{ResultContext, SearchResult};
use crate::accounts::service::Gate;
use crate::db::Reads;
use crate::db::sql::{Field, Nested};
use crate::http::Routes;
use crate::http::query::{ListParameters, known};
use crate::http::reply::{self, PageInfo, Shows};
use crate::http::{List, ListProblems, Problem, Wanted};
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Ref, Shown};
use crate::members::store::member_ids;
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_search_results);
}

/// What to search for, and where.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words to search for, in Romanian or English: at most 32, of at most 500 characters together. Everything is
    /// listed where there are none.
    #[param(value_type = Option<String>, example = "ședințe publice", max_length = 500)]
    q: Option<SearchText>,
    /// Only things of these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<SearchKind>,
    /// Only these members, by id or code, and what is in their plans; repeat for any of several. Institutions belong
    /// to no member.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROU"]))]
    member: Vec<Ref>,
    /// Only these plans, by id or slug, and what is below them; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
}

/// A page of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResultList {
    /// What was found.
    data: Vec<SearchResult>,
    /// Words that nothing has, and what was searched for in their place.
    corrections: Vec<Correction>,
    /// Where the page stands.
    page: PageInfo,
}

impl Nested for ResultContext {
    const PARTS: &'static [Field] = &[
        ("plan", store::PLAN_OF_DOCUMENT),
        ("commitment", store::COMMITMENT_OF_DOCUMENT),
        ("relevance", store::RELEVANCE_OF_DOCUMENT),
    ];
}

/// Search
///
/// Finds members, institutions, plans, commitments and milestones by the words of their texts in Romanian and English;
/// a commitment also by its milestones, its leads and supporters. What has every word of `q` is found, in whatever
/// order.
///
/// - Case and diacritics do not matter, nor does how they are encoded: `sedinta`, `ședință` and `şedinţă` are one word.
/// - Other forms of a word are found in its own language: `bugetele` finds `buget`, `commitments` finds `commitment`.
/// - The last word may not be typed to its end: `particip` finds `participare`.
/// - A word of four letters or more that nothing has is taken for those that differ in one letter (in two from six
///   letters on), or in the order of two: `budjet` finds `budget`. `corrections` says so.
/// - Words such as `of` or `și` count only where there are no others. There are no operators: quotes, `-`, `&` and the
///   like only keep words apart.
///
/// Sorted by `-relevance,kind,code` where something is searched for, else by `kind,code`, unless `sort` says otherwise;
/// it can be sorted by `kind`, `code` (what has none comes last) and, with `q`, by `relevance`. A word in a title counts
/// most, then in summaries, then in milestones, then in institutions; the word itself counts more than another form of
/// it, and that more than what is only written like it. Of what more than 1,000 things answer, 1,000 are weighed and
/// told: narrow it down, or sort by `code` for all of them; `total` counts all.
#[utoipa::path(
    tag = "search",
    operation_id = "list_search_results",
    params(SearchQuery, ListParameters),
    responses((status = 200, description = "A page of what was found.", body = SearchResultList), ListProblems)
)]
#[get("/search")]
async fn list_search_results(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let query = &asked.filter;
    let (members, plans) = both(
        known("member", &query.member, member_ids(&conn, &query.member).await?),
        known("action_plan", &query.action_plan, plan_ids(&conn, &viewer, &query.action_plan).await?),
    )?;
    let kinds = if query.kind.is_empty() { &SearchKind::ALL[..] } else { &query.kind[..] };
    let meaning = store::search_meaning(&conn, &viewer, kinds, query.q.as_ref()).await?;
    let filter = SearchFilter { kinds: query.kind.clone(), members, plans };
    let corrections = meaning.as_ref().map(Meaning::corrections).unwrap_or_default();
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::search_list(&conn, &viewer, &filter, meaning.as_ref(), ask).await?;
        Ok(page.map(|(row, of)| SearchResult::new(row, of, meaning.as_ref(), wanted)))
    };
    let body = |data, page| SearchResultList { data, corrections, page };
    Ok(reply::list(&request, &asked, pages, body).await?.shows(Shown::Everything))
}
