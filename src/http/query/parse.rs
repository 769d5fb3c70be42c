//! Taking a query apart: every name known, every value of its type, every fault told.

use crate::kernel::{Error, ParameterError, Result};
use serde::de::DeserializeOwned;
use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use utoipa::IntoParams;
use validator::Validate;

/// The longest value that a parameter can have, in characters.
pub const MAX_VALUE: usize = 2_000;

/// How often a parameter can be given.
pub const MAX_REPEATED: usize = 100;

/// The decoded query: what can be read, and what is refused whatever it means.
#[derive(Debug)]
pub struct Query {
    pairs: Vec<(String, String)>,
    refused: Vec<ParameterError>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(text).map_err(|error| {
            Error::parameter("", "parameter_invalid", format!("the query is malformed: {error}"))
        })?;
        let (mut kept, mut refused) = (Vec::new(), Vec::new());
        let mut times: HashMap<String, usize> = HashMap::new();
        for (name, value) in pairs {
            let given = times.entry(name.clone()).or_default();
            *given += 1;
            let odd = |text: &str| text.contains(['\0', '\u{FFFD}']);
            let (code, detail) = if value.is_empty() {
                ("parameter_empty", "has no value; leave it out where nothing is meant".to_owned())
            } else if is_long(&value) || is_long(&name) {
                ("parameter_invalid", format!("is longer than {MAX_VALUE} characters"))
            } else if *given == MAX_REPEATED + 1 {
                ("parameter_invalid", format!("is given more than {MAX_REPEATED} times"))
            } else if *given > MAX_REPEATED {
                continue;
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
    pub(super) fn unknown(&self, known: &[&[String]]) -> Vec<ParameterError> {
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

    /// All values of a parameter.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The named parameters as `T`. Every field of such a `T` is optional, so each name can also
    /// be tried alone: that is how every error is told, not only the first.
    pub(super) fn typed<T: DeserializeOwned + Validate>(
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
    pub(super) fn scope(&self, path: &str, filters: &[&[String]]) -> String {
        let mut kept: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| name == "sort" || filters.iter().any(|names| names.contains(name)))
            .collect();
        kept.sort();
        format!("{path}?{}", serde_html_form::to_string(&kept).unwrap_or_default())
    }
}

fn is_long(text: &str) -> bool {
    text.chars().nth(MAX_VALUE).is_some()
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

/// The parameter names of a type, from its OpenAPI description; made once per thread.
pub(super) fn names<T: IntoParams + 'static>() -> Rc<[String]> {
    once::<T>(|| T::into_params(|| None).into_iter().map(|parameter| parameter.name).collect())
}

/// The names that belong to a type, made at its first use in each thread.
fn once<T: 'static>(make: impl FnOnce() -> Rc<[String]>) -> Rc<[String]> {
    thread_local! {
        static KNOWN: RefCell<HashMap<TypeId, Rc<[String]>>> = RefCell::default();
    }
    let known = KNOWN.with_borrow(|known| known.get(&TypeId::of::<T>()).cloned());
    known.unwrap_or_else(|| {
        // Not while they are borrowed: what is made of several types asks for theirs.
        let names = make();
        KNOWN.with_borrow_mut(|known| known.insert(TypeId::of::<T>(), Rc::clone(&names)));
        names
    })
}

/// What a request may say in its query, as one type or as several beside each other.
pub trait Parameters: Sized + 'static {
    /// Their names.
    fn names() -> Rc<[String]>;

    /// Reads them, and notes what is refused.
    fn read(query: &Query, refused: &mut Vec<ParameterError>) -> Option<Self>;
}

impl<T: DeserializeOwned + IntoParams + Validate + 'static> Parameters for T {
    fn names() -> Rc<[String]> {
        names::<Self>()
    }

    fn read(query: &Query, refused: &mut Vec<ParameterError>) -> Option<Self> {
        query.typed(&names::<Self>(), refused)
    }
}

/// The parameters of two types: what several lists share, and what one has for itself.
// serde cannot flatten the one into the other: it forgets which of them are lists.
#[derive(Debug)]
pub struct Both<A, B>(pub A, pub B);

impl<A: Parameters, B: Parameters> Parameters for Both<A, B> {
    fn names() -> Rc<[String]> {
        once::<Self>(|| A::names().iter().chain(B::names().iter()).cloned().collect())
    }

    fn read(query: &Query, refused: &mut Vec<ParameterError>) -> Option<Self> {
        let (one, other) = (A::read(query, refused), B::read(query, refused));
        one.zip(other).map(|(one, other)| Self(one, other))
    }
}
