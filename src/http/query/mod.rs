//! Reading the parameters of a request: typed, complete, and nothing ignored.
//!
//! The names that an operation knows are those of its `IntoParams`, the same that the OpenAPI
//! document shows. Whatever else is in the query is refused by name, and so is each value that
//! its type refuses; all at once.

mod include;
mod parse;

use super::ask::credential;
use super::format::Format;
use super::table::{Fields, Table, Tables};
use super::{Surroundings, Wanted, problem::Problem};
use crate::kernel::ask::Credential;
use crate::kernel::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, PageAsk, WALK_LIMIT};
use crate::kernel::{Error, Language, ParameterError, Result, Times};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
pub(crate) use include::inclusion;
pub use parse::{Both, Parameters};
use parse::{Query, names};
use serde::Deserialize;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;
use utoipa::IntoParams;
use validator::Validate;

pub use parse::MAX_VALUE;

/// The parameters of every read of one thing.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ItemParameters {
    /// The language of texts (BCP 47), before `Accept-Language`; `*` adds all languages as `translations`.
    #[param(example = "ro")]
    #[validate(custom(function = language_tag))]
    lang: Option<String>,
    /// Only these fields, by name, with commas between or repeated; a dot leads into what is nested
    /// (`member.code`).
    #[serde(default)]
    #[expect(dead_code, reason = "read by itself, against the fields that the operation has")]
    fields: Vec<String>,
}

/// The parameters that every list shares.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Rows per page, 1 to 200. Other formats than JSON have the whole list where it is not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
    /// Where to go on: `page.next` of the page before, with the same filters and order.
    cursor: Option<String>,
    /// Keys to sort by, separated by commas; a leading `-` turns one round. The operation lists the keys.
    sort: Option<String>,
    /// Whether to count all rows into `page.total`, which only JSON has.
    total: Option<bool>,
    /// The language of texts (BCP 47), before `Accept-Language`; `*` adds all languages as `translations`.
    #[param(example = "ro")]
    #[validate(custom(function = language_tag))]
    lang: Option<String>,
    /// Only these fields of each row, by name, with commas between or repeated; a dot leads into what is
    /// nested (`action_plan.slug`).
    #[serde(default)]
    #[expect(dead_code, reason = "read by itself, against the fields that the operation has")]
    fields: Vec<String>,
    /// In which form, before `Accept`. Tables have the same columns for every row: what is nested by its
    /// dotted name, the items of a list in one cell with `|` between. Text of CSV that a spreadsheet program
    /// would take for a formula, or that begins with an apostrophe, has one apostrophe more in front.
    #[param(inline = false)]
    format: Option<Format>,
    /// Whether CSV begins with a byte order mark, by which some spreadsheet programs know UTF-8.
    bom: Option<bool>,
}

/// The form of rows that come all at once, which have no pages.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct FormParameters {
    /// In which form, before `Accept`; as tables, rows are like those of lists.
    #[param(inline = false)]
    format: Option<Format>,
    /// Whether CSV begins with a byte order mark, by which some spreadsheet programs know UTF-8.
    bom: Option<bool>,
}

impl FormParameters {
    /// The form that is asked for.
    ///
    /// # Errors
    /// `NotAcceptable` where `Accept` takes none.
    pub fn format(&self, request: &HttpRequest) -> Result<Format> {
        self.format.map_or_else(|| Format::accepted(request, &Format::ALL), Ok)
    }

    /// Whether CSV begins with a byte order mark.
    pub(super) fn bom(&self) -> bool {
        self.bom.unwrap_or_default()
    }
}

fn language_tag(tag: &str) -> Result<(), validator::ValidationError> {
    if tag == "*" || Language::parse(tag).is_some() {
        return Ok(());
    }
    Err(validator::ValidationError::new("language")
        .with_message("must be a language tag such as ro, or *".into()))
}

/// The two times of every read that can look at another day.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct TimesParameters {
    /// How things stood on this day (UTC) as far as is known now, by effective dates: what is reported
    /// later about an earlier day counts. A day to come shows what will be due or late by then if nothing
    /// more is reported.
    #[param(example = "2023-06-30")]
    #[validate(custom(function = calendar_day))]
    on: Option<NaiveDate>,
    /// What the public record said at the end of this day (UTC), by recording time; together with `on`,
    /// what it said then about that other day. Not a day to come; the record of today is still being written.
    #[param(example = "2026-11-23")]
    #[validate(custom(function = calendar_day))]
    as_of: Option<NaiveDate>,
}

impl TimesParameters {
    fn times(&self, today: NaiveDate) -> Result<Times> {
        has_a_record(self.as_of, today)?;
        Ok(Times { today, on: self.on, as_of: self.as_of })
    }
}

/// A list without filters.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct NoFilter {}

/// A request without parameters.
#[derive(Debug)]
pub struct Nothing;

/// What a read of one thing asks.
#[derive(Debug)]
pub struct Item {
    /// In which language.
    pub wanted: Wanted,
    /// The times that it asks about.
    pub times: Times,
    /// Who asks, if anybody says so: staff see drafts.
    pub credential: Option<Credential>,
    /// Which fields, where not all.
    pub fields: Option<Fields>,
}

/// What a read asks that shows one thing in another form than JSON: all of it, as it is now.
#[derive(Debug)]
pub struct Plain(pub Item);

/// The parameters of a change.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ChangeParameters {
    /// The language of texts in the answer (BCP 47), before `Accept-Language`; `*` adds all languages
    /// as `translations`.
    #[param(example = "ro")]
    #[validate(custom(function = language_tag))]
    lang: Option<String>,
}

/// The parameters of a removal.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct RemovalParameters {
    /// Why; needed for what is public.
    #[param(example = "It was entered twice.")]
    #[validate(length(min = 1, max = 2000, message = "must have 1 to 2,000 characters"))]
    reason: Option<String>,
}

/// What a read that can look at another day asks, with parameters of its own.
#[derive(Debug)]
pub struct Timed<F = NoFilter> {
    /// Its own parameters.
    pub filter: F,
    /// The rest.
    pub item: Item,
}

/// What a read of one thing asks, with parameters of its own.
#[derive(Debug)]
pub struct Localized<F> {
    /// Its own parameters.
    pub filter: F,
    /// The rest.
    pub item: Item,
}

/// What a request asks that has parameters of its own, and no others.
#[derive(Debug)]
pub struct Own<F>(pub F);

/// What a read of a list that can look at another day asks.
#[derive(Debug)]
pub struct TimedList<F>(List<F>);

/// What a read of a list asks.
#[derive(Debug)]
pub struct List<F> {
    /// The filters of this list.
    pub filter: F,
    /// In which language.
    pub wanted: Wanted,
    /// The times that it asks about.
    pub times: Times,
    /// Who asks, if anybody says so: staff see drafts.
    pub credential: Option<Credential>,
    /// In which form.
    pub format: Format,
    /// Which fields, where not all.
    pub fields: Option<Fields>,
    parameters: ListParameters,
    scope: String,
}

impl<F> List<F> {
    /// The page that is asked for.
    ///
    /// # Errors
    /// `BadParameters` for a cursor that does not belong here.
    pub fn ask(&self) -> Result<PageAsk> {
        let after = match &self.parameters.cursor {
            Some(text) => Some(Cursor::decode(text, &self.scope)?),
            None => None,
        };
        Ok(PageAsk {
            sort: self.parameters.sort.clone(),
            after,
            limit: self.parameters.limit.unwrap_or(if self.is_whole() { WALK_LIMIT } else { DEFAULT_LIMIT }),
            total: self.parameters.total.unwrap_or_default() && self.format == Format::Json,
        })
    }

    /// Whether all pages are asked for at once.
    pub(super) fn is_whole(&self) -> bool {
        self.format != Format::Json && self.parameters.limit.is_none()
    }

    /// Whether CSV begins with a byte order mark.
    pub(super) fn bom(&self) -> bool {
        self.parameters.bom.unwrap_or_default()
    }

    /// What the cursors of this list are bound to: path, filters, order.
    pub fn scope(&self) -> &str {
        &self.scope
    }
}

impl<F> Deref for TimedList<F> {
    type Target = List<F>;

    fn deref(&self) -> &List<F> {
        &self.0
    }
}

impl FromRequest for Nothing {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let refused = Query::parse(request.query_string()).map(|query| query.unknown(&[]));
        ready(match refused {
            Ok(refused) if refused.is_empty() => Ok(Self),
            Ok(refused) => Err(Error::BadParameters(refused).into()),
            Err(error) => Err(error.into()),
        })
    }
}

/// Extractors that read the query and nothing else of a request.
macro_rules! from_query {
    ($asked:ty $(, $parameter:ident)?) => {
        impl$(<$parameter: Parameters>)? FromRequest for $asked {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Self::read(request).map_err(Problem::from))
            }
        }
    };
}
from_query!(Item);
from_query!(Plain);
from_query!(Localized<F>, F);
from_query!(Own<F>, F);
from_query!(Timed<F>, F);
from_query!(List<F>, F);
from_query!(TimedList<F>, F);

impl Item {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let known = names::<ItemParameters>();
        let mut refused = query.unknown(&[&known]);
        let parameters = query.typed::<ItemParameters>(&known, &mut refused);
        let fields = picked(request, &query, &mut refused)?;
        match parameters.filter(|_| refused.is_empty()) {
            Some(parameters) => Ok(Self { fields, ..Self::new(request, parameters.lang.as_deref())? }),
            None => Err(Error::BadParameters(refused)),
        }
    }
}

impl Plain {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let known = names::<ChangeParameters>();
        let mut refused = query.unknown(&[&known]);
        match query.typed::<ChangeParameters>(&known, &mut refused) {
            Some(asked) if refused.is_empty() => Item::new(request, asked.lang.as_deref()).map(Self),
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

impl<F: Parameters> Own<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let own = F::names();
        let mut refused = query.unknown(&[&own]);
        match F::read(&query, &mut refused) {
            Some(asked) if refused.is_empty() => Ok(Self(asked)),
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

impl<F: Parameters> Localized<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let (own, shared) = (F::names(), names::<ItemParameters>());
        let mut refused = query.unknown(&[&own, &shared]);
        let filter = F::read(&query, &mut refused);
        let parameters = query.typed::<ItemParameters>(&shared, &mut refused);
        let fields = picked(request, &query, &mut refused)?;
        match (filter, parameters) {
            (Some(filter), Some(parameters)) if refused.is_empty() => {
                let item = Item::new(request, parameters.lang.as_deref())?;
                Ok(Self { filter, item: Item { fields, ..item } })
            }
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

impl<F: Parameters> Timed<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let (own, shared, times) = (F::names(), names::<ItemParameters>(), names::<TimesParameters>());
        let mut refused = query.unknown(&[&own, &times, &shared]);
        let filter = F::read(&query, &mut refused);
        let parameters = query.typed::<ItemParameters>(&shared, &mut refused);
        let asked = query.typed::<TimesParameters>(&times, &mut refused);
        let fields = picked(request, &query, &mut refused)?;
        match (filter, parameters, asked) {
            (Some(filter), Some(parameters), Some(asked)) if refused.is_empty() => {
                let item = Item::new(request, parameters.lang.as_deref())?;
                let times = asked.times(item.times.today)?;
                Ok(Self { filter, item: Item { times, fields, ..item } })
            }
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

impl Item {
    fn new(request: &HttpRequest, lang: Option<&str>) -> Result<Self> {
        let credential = credential(request.headers())?;
        let (wanted, times) = (Wanted::new(request, lang), Times::now(today(request)?));
        Ok(Self { wanted, times, credential, fields: None })
    }

    /// What a change asks to be shown afterwards, and why it is made where its query says so.
    pub(super) fn of_change(request: &HttpRequest) -> Result<(Self, Option<String>)> {
        let query = Query::parse(request.query_string())?;
        // Only what is removed is told the reason here: other changes have a body for it.
        let removes = request.method() == actix_web::http::Method::DELETE;
        let (change, removal) = (names::<ChangeParameters>(), names::<RemovalParameters>());
        let known = if removes { [removal.as_ref()] } else { [change.as_ref()] };
        let mut refused = query.unknown(&known);
        let lang = query.typed::<ChangeParameters>(&change, &mut refused).and_then(|read| read.lang);
        let reason = query.typed::<RemovalParameters>(&removal, &mut refused).and_then(|read| read.reason);
        if refused.is_empty() {
            return Ok((Self::new(request, lang.as_deref())?, reason.map(|reason| reason.trim().to_owned())));
        }
        Err(Error::BadParameters(refused))
    }
}

impl<F: Parameters> List<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        Self::read_with(request, &[]).map(|(list, _)| list)
    }

    /// The list, and the times where their names are among what is known.
    fn read_with(request: &HttpRequest, times: &[String]) -> Result<(Self, TimesParameters)> {
        let query = Query::parse(request.query_string())?;
        let (own, shared) = (F::names(), names::<ListParameters>());
        let mut refused = query.unknown(&[&own, times, &shared]);
        let filter = F::read(&query, &mut refused);
        let parameters = query.typed::<ListParameters>(&shared, &mut refused);
        let asked = query.typed::<TimesParameters>(times, &mut refused);
        let fields = picked(request, &query, &mut refused)?;
        match (filter, parameters, asked) {
            (Some(filter), Some(parameters), Some(asked)) if refused.is_empty() => {
                let format = parameters.format.map_or_else(|| Format::accepted(request, &Format::ALL), Ok)?;
                if format.is_table() && !query.values("include").is_empty() {
                    let detail =
                        "a table has no place for what is nested; ask for JSON or NDJSON, or leave it out";
                    return Err(Error::parameter("include", "parameter_invalid", detail));
                }
                let list = Self {
                    filter,
                    wanted: Wanted::new(request, parameters.lang.as_deref()),
                    times: Times::now(today(request)?),
                    credential: credential(request.headers())?,
                    format,
                    fields,
                    scope: query.scope(request.path(), &[&own, times]),
                    parameters,
                };
                Ok((list, asked))
            }
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

impl<F: Parameters> TimedList<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        let (list, asked) = List::read_with(request, &names::<TimesParameters>())?;
        let times = asked.times(list.times.today)?;
        Ok(Self(List { times, ..list }))
    }
}

/// The fields that are asked for, of those that this operation's table has.
fn picked(request: &HttpRequest, query: &Query, refused: &mut Vec<ParameterError>) -> Result<Option<Fields>> {
    let asked = query.values("fields");
    if asked.is_empty() {
        return Ok(None);
    }
    let read = Fields::read(&asked, &*table(request)?);
    Ok(read.unwrap_or_else(|unknown| {
        refused.push(unknown);
        None
    }))
}

/// The table of what this operation answers with.
///
/// # Errors
/// `Internal` where the document does not know it.
pub(super) fn table(request: &HttpRequest) -> Result<Arc<Table>> {
    let tables = request.app_data::<web::Data<Tables>>();
    let found = tables.zip(request.match_pattern()).and_then(|(tables, path)| tables.of(&path).cloned());
    found.ok_or_else(|| Error::Internal(format!("no table describes {}", request.path())))
}

fn today(request: &HttpRequest) -> Result<NaiveDate> {
    request
        .app_data::<web::Data<Surroundings>>()
        .map(|surroundings| surroundings.clock.today())
        .ok_or_else(|| Error::Internal("the application has no clock".to_owned()))
}

/// Refuses an `as_of` of which there is no record yet.
///
/// # Errors
/// `BadParameters` for a day to come.
pub fn has_a_record(as_of: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    if as_of.is_some_and(|day| day > today) {
        let detail = "that day has not come yet: the record of it is not written";
        return Err(Error::parameter("as_of", "parameter_invalid", detail));
    }
    Ok(())
}

/// A day as RFC 3339 writes it: chrono reads years that neither that nor the database knows.
///
/// # Errors
/// Outside of the years 1 to 9999.
pub fn calendar_day(day: &NaiveDate) -> Result<(), validator::ValidationError> {
    if (1..=9999).contains(&day.year()) {
        return Ok(());
    }
    Err(validator::ValidationError::new("day").with_message("must be a day of the years 0001 to 9999".into()))
}

/// An instant of a year that the database knows, too.
///
/// # Errors
/// Outside of the years 1 to 9999.
pub fn calendar_instant(instant: &DateTime<Utc>) -> Result<(), validator::ValidationError> {
    calendar_day(&instant.date_naive())
}

/// The ids that callers named, or the names that nothing has, as errors of that parameter.
///
/// # Errors
/// `BadParameters` with every unknown name.
pub fn known(
    parameter: &str,
    names: &[crate::kernel::Ref],
    found: Vec<Option<uuid::Uuid>>,
) -> Result<Vec<uuid::Uuid>> {
    let unknown: Vec<_> = names
        .iter()
        .zip(&found)
        .filter(|(_, id)| id.is_none())
        .map(|(name, _)| {
            ParameterError::new(
                parameter,
                "reference_unknown",
                format!("nothing is called {:?}", name.to_string()),
            )
        })
        .collect();
    if unknown.is_empty() {
        Ok(found.into_iter().flatten().collect())
    } else {
        Err(Error::BadParameters(unknown))
    }
}

/// Words that callers named, or those that are not among the ones there are, as errors of that parameter.
///
/// # Errors
/// `BadParameters` with every unknown word, and the known ones.
pub fn listed(parameter: &str, named: Vec<String>, known: &[String]) -> Result<Vec<String>> {
    let unknown: Vec<_> = named
        .iter()
        .filter(|name| !known.contains(name))
        .map(|name| {
            let detail = format!("nothing is called {name:?}; there are: {}", known.join(", "));
            ParameterError::new(parameter, "reference_unknown", detail)
        })
        .collect();
    if unknown.is_empty() { Ok(named) } else { Err(Error::BadParameters(unknown)) }
}

/// Country codes (ISO 3166-1 alpha-2), in either case.
///
/// # Errors
/// Where one is not two letters.
pub fn country_codes(codes: &[String]) -> Result<(), validator::ValidationError> {
    if codes.iter().all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return Ok(());
    }
    Err(validator::ValidationError::new("country")
        .with_message("must be a code of two letters such as RO".into()))
}
