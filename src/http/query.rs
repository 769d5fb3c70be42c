//! Reading the parameters of a request: typed, complete, and nothing ignored.
//!
//! The names that an operation knows are those of its `IntoParams`, the same that the OpenAPI
//! document shows. Whatever else is in the query is refused by name, and so is each value that
//! its type refuses; all at once.

use super::ask::credential;
use super::{Surroundings, Wanted, problem::Problem};
use crate::kernel::ask::Credential;
use crate::kernel::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, PageAsk};
use crate::kernel::{Error, Language, ParameterError, Result};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::rc::Rc;
use utoipa::IntoParams;
use validator::Validate;

/// The longest value that a parameter can have, in bytes.
const MAX_VALUE: usize = 2_000;

/// The parameters of every read of one thing.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ItemParameters {
    /// The language of texts (BCP 47), before `Accept-Language`; `*` adds all languages as `translations`.
    #[param(example = "ro")]
    #[validate(custom(function = language_tag))]
    lang: Option<String>,
}

/// The parameters that every list shares.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Rows per page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
    /// Where to go on: `page.next` of the page before, with the same filters and order.
    cursor: Option<String>,
    /// Keys to sort by, separated by commas; a leading `-` turns one round. The operation lists the keys.
    sort: Option<String>,
    /// Whether to count all rows into `page.total`.
    total: Option<bool>,
    /// The language of texts (BCP 47), before `Accept-Language`; `*` adds all languages as `translations`.
    #[param(example = "ro")]
    #[validate(custom(function = language_tag))]
    lang: Option<String>,
}

fn language_tag(tag: &str) -> Result<(), validator::ValidationError> {
    if tag == "*" || Language::parse(tag).is_some() {
        return Ok(());
    }
    Err(validator::ValidationError::new("language")
        .with_message("must be a language tag such as ro, or *".into()))
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
    /// The day, UTC: schedules are computed for it.
    pub today: NaiveDate,
    /// Who asks, if anybody says so: staff see drafts.
    pub credential: Option<Credential>,
}

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

/// What a read of a list asks.
#[derive(Debug)]
pub struct List<F> {
    /// The filters of this list.
    pub filter: F,
    /// In which language.
    pub wanted: Wanted,
    /// The day, UTC: schedules are computed for it.
    pub today: NaiveDate,
    /// Who asks, if anybody says so: staff see drafts.
    pub credential: Option<Credential>,
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
            limit: self.parameters.limit.unwrap_or(DEFAULT_LIMIT),
            total: self.parameters.total.unwrap_or_default(),
        })
    }

    /// What the cursors of this list are bound to: path, filters, order.
    pub fn scope(&self) -> &str {
        &self.scope
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

impl FromRequest for Item {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request).map_err(Problem::from))
    }
}

impl Item {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let known = names::<ItemParameters>();
        let mut refused = query.unknown(&[&known]);
        let parameters = query.typed::<ItemParameters>(&known, &mut refused);
        match parameters.filter(|_| refused.is_empty()) {
            Some(parameters) => Self::new(request, parameters.lang.as_deref()),
            None => Err(Error::BadParameters(refused)),
        }
    }
}

impl Item {
    fn new(request: &HttpRequest, lang: Option<&str>) -> Result<Self> {
        let credential = credential(request.headers())?;
        Ok(Self { wanted: Wanted::new(request, lang), today: today(request)?, credential })
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

impl<F: DeserializeOwned + IntoParams + Validate + 'static> FromRequest for List<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request).map_err(Problem::from))
    }
}

impl<F: DeserializeOwned + IntoParams + Validate + 'static> List<F> {
    fn read(request: &HttpRequest) -> Result<Self> {
        let query = Query::parse(request.query_string())?;
        let (own, shared) = (names::<F>(), names::<ListParameters>());
        let mut refused = query.unknown(&[&own, &shared]);
        let filter = query.typed::<F>(&own, &mut refused);
        let parameters = query.typed::<ListParameters>(&shared, &mut refused);
        match (filter, parameters) {
            (Some(filter), Some(parameters)) if refused.is_empty() => Ok(Self {
                filter,
                wanted: Wanted::new(request, parameters.lang.as_deref()),
                today: today(request)?,
                credential: credential(request.headers())?,
                scope: query.scope(request.path(), &own),
                parameters,
            }),
            _ => Err(Error::BadParameters(refused)),
        }
    }
}

fn today(request: &HttpRequest) -> Result<NaiveDate> {
    request
        .app_data::<web::Data<Surroundings>>()
        .map(|surroundings| surroundings.clock.today())
        .ok_or_else(|| Error::Internal("the application has no clock".to_owned()))
}

/// The decoded query: what can be read, and what is refused whatever it means.
struct Query {
    pairs: Vec<(String, String)>,
    refused: Vec<ParameterError>,
}

impl Query {
    fn parse(text: &str) -> Result<Self> {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(text).map_err(|error| {
            Error::parameter("", "parameter_invalid", format!("the query is malformed: {error}"))
        })?;
        let (mut kept, mut refused) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            let odd = |text: &str| text.contains(['\0', '\u{FFFD}']);
            let (code, detail) = if value.is_empty() {
                ("parameter_empty", "has no value; leave it out where nothing is meant".to_owned())
            } else if value.len() > MAX_VALUE || name.len() > MAX_VALUE {
                ("parameter_invalid", format!("is longer than {MAX_VALUE} bytes"))
            } else if odd(&name) || odd(&value) {
                ("parameter_invalid", "has NUL characters or bytes that are not UTF-8".to_owned())
            } else {
                kept.push((name, value));
                continue;
            };
            let shown: String = name.chars().take(60).collect();
            refused.push(ParameterError::new(&shown, code, detail));
        }
        Ok(Self { pairs: kept, refused })
    }

    /// Whatever is refused so far, and the parameters that nobody knows.
    fn unknown(&self, known: &[&[String]]) -> Vec<ParameterError> {
        let known: Vec<_> = known.iter().flat_map(|names| names.iter()).collect();
        let listed = known.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let mut refused = self.refused.clone();
        for (name, _) in &self.pairs {
            if !known.contains(&name) && !refused.iter().any(|earlier| earlier.parameter == *name) {
                let detail = match listed.as_str() {
                    "" => "this operation has no parameters".to_owned(),
                    listed => format!("this operation has no such parameter; it has: {listed}"),
                };
                refused.push(ParameterError::new(name, "parameter_unknown", detail));
            }
        }
        refused
    }

    /// The named parameters as `T`. Every field of such a `T` is optional, so each name can also
    /// be tried alone: that is how every error is told, not only the first.
    fn typed<T: DeserializeOwned + Validate>(
        &self,
        names: &[String],
        refused: &mut Vec<ParameterError>,
    ) -> Option<T> {
        let before = refused.len();
        let parsed = match self.parse_only::<T>(|name| names.iter().any(|known| known == name)) {
            Ok(parsed) => parsed,
            Err(whole) => {
                for name in names {
                    match self.parse_only::<T>(|other| other == name) {
                        Ok(alone) => refuse_invalid(&alone, refused),
                        Err(error) => refused.push(ParameterError::new(name, "parameter_invalid", error)),
                    }
                }
                if refused.len() == before {
                    refused.push(ParameterError::new("", "parameter_invalid", whole));
                }
                return None;
            }
        };
        refuse_invalid(&parsed, refused);
        (refused.len() == before).then_some(parsed)
    }

    fn parse_only<T: DeserializeOwned>(&self, wanted: impl Fn(&str) -> bool) -> Result<T, String> {
        let pairs: Vec<_> = self.pairs.iter().filter(|(name, _)| wanted(name)).collect();
        let text = serde_html_form::to_string(&pairs).map_err(|error| error.to_string())?;
        serde_html_form::from_str(&text).map_err(|error| {
            let values: Vec<_> = pairs.iter().map(|(_, value)| format!("{value:?}")).collect();
            let message = error.to_string();
            // The second is what types that read a text of their own make of a list.
            if message.starts_with("duplicate field")
                || (values.len() > 1 && message.starts_with("unsupported value"))
            {
                return format!("is given {} times, but takes one value", values.len());
            }
            let shown: String = values.join(", ").chars().take(200).collect();
            format!("{shown} is refused: {message}")
        })
    }

    /// Path, filters and order: what a cursor is bound to.
    fn scope(&self, path: &str, filters: &[String]) -> String {
        let mut kept: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| name == "sort" || filters.iter().any(|filter| filter == name))
            .collect();
        kept.sort();
        format!("{path}?{}", serde_html_form::to_string(&kept).unwrap_or_default())
    }
}

/// Notes what the rules of the type refuse.
fn refuse_invalid<T: Validate>(parsed: &T, refused: &mut Vec<ParameterError>) {
    let Err(errors) = parsed.validate() else { return };
    for (name, errors) in errors.field_errors() {
        for error in errors {
            let detail = error.message.as_deref().unwrap_or("is refused");
            refused.push(ParameterError::new(&name, "parameter_invalid", detail));
        }
    }
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

/// The parameter names of a type, from its OpenAPI description; made once per thread.
fn names<T: IntoParams + 'static>() -> Rc<[String]> {
    thread_local! {
        static KNOWN: RefCell<HashMap<TypeId, Rc<[String]>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let names = known
            .entry(TypeId::of::<T>())
            .or_insert_with(|| T::into_params(|| None).into_iter().map(|parameter| parameter.name).collect());
        Rc::clone(names)
    })
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
