//! A request as the services see it: what its header fields claim, before anything is believed.

use super::document::{Fault, arrange, merge, read, read_json};
use super::error::{Error, Result};
use super::text::fingerprint;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::net::IpAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest credential that is looked at, in bytes.
pub const MAX_CREDENTIAL: usize = 8_192;

/// The longest reason that is taken, in characters.
pub const MAX_REASON: usize = 2_000;

/// What somebody shows to prove who asks: a bearer token (RFC 6750). Never in a log.
#[derive(Debug, Clone)]
pub struct Credential(pub SecretString);

/// Which version of a thing a change is meant for (`If-Match`, RFC 9110, section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any: whoever says so takes the responsibility (`*`).
    Any,
    /// One of these versions. A tag that no version of ours can have matches none.
    Versions(Vec<i64>),
}

impl Expected {
    /// Whether a thing in this version is what the change is meant for.
    pub fn is(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

/// A promise of the caller: the same key is the same request, sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of method, path, query and body: a key belongs to one request only.
    pub fingerprint: [u8; 32],
}

/// A request for a change.
#[derive(Clone)]
pub struct Ask {
    /// Who asks, if anybody says so.
    pub credential: Option<Credential>,
    /// Which version is meant, if it is said.
    pub expected: Option<Expected>,
    /// Whether it may be the same request again.
    pub idempotency: Option<Idempotency>,
    /// Why, where it is said beside the body.
    pub reason: Option<String>,
    /// The body, as it came.
    pub body: Body,
    /// The id of the request.
    pub request_id: Option<Uuid>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may hold a password.
        f.debug_struct("Ask").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

impl Ask {
    /// Why something is removed, which what is public cannot be without.
    ///
    /// # Errors
    /// `Invalid` where nobody says why.
    pub fn reason(&self) -> Result<String> {
        self.reason.clone().filter(|reason| !reason.is_empty()).ok_or_else(|| {
            Error::invalid("", "reason_missing", "say in the parameter `reason` why it is withdrawn")
        })
    }
}

/// A body that says nothing but why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why; needed where the step goes back.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_REASON))]
    #[schema(nullable = false, example = "The council asked for changes.")]
    pub reason: Option<String>,
}

/// A body that nobody has read yet: who may not ask is told so, and not what is wrong with it.
#[derive(Clone, Default)]
pub struct Body {
    /// Its bytes; none where there is no body.
    pub bytes: Vec<u8>,
    /// Its media type without parameters, in lower case.
    pub media_type: Option<String>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Body {
    /// The body as JSON.
    ///
    /// # Errors
    /// `MediaType`, `Malformed`, or `Invalid` where it is no JSON that can be trusted.
    pub fn json(&self) -> Result<Value> {
        self.json_of_type(&["application/json"], "application/json")
    }

    /// The body as `T`, every fault told at once.
    ///
    /// # Errors
    /// Those of [`Self::json`], and `Invalid` where it is not what it should be.
    pub fn read<T: JsonSchema + DeserializeOwned + 'static>(&self) -> Result<T> {
        read(&self.json()?).map_err(Error::Invalid)
    }

    /// The body as `T`, or what `T` is without one.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_if_any<T: JsonSchema + DeserializeOwned + Default + 'static>(&self) -> Result<T> {
        if self.bytes.is_empty() { Ok(T::default()) } else { self.read() }
    }

    /// The body as a merge patch of an object (RFC 7396).
    ///
    /// # Errors
    /// Those of [`Self::json`], and `Invalid` where it is no object.
    pub fn patch(&self) -> Result<Map<String, Value>> {
        const TAKEN: &[&str] = &["application/merge-patch+json", "application/json"];
        match self.json_of_type(TAKEN, "application/merge-patch+json or application/json")? {
            Value::Object(fields) => Ok(fields),
            _ => {
                Err(Error::invalid("", "type_wrong", "a merge patch is an object with the fields to change"))
            }
        }
    }

    /// The body as `T` beside a `reason` for what it does, which `T` knows nothing of.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_with_reason<T: JsonSchema + DeserializeOwned + 'static>(
        &self,
    ) -> Result<(T, Option<String>)> {
        let mut value = self.json()?;
        let reason = value.as_object_mut().map(take_reason);
        told_together(reason.unwrap_or(Ok(None)), read(&value)).map(|(reason, read)| (read, reason))
    }

    /// The body as a merge patch beside a `reason` for it.
    ///
    /// # Errors
    /// Those of [`Self::patch`].
    pub fn patch_with_reason(&self) -> Result<MergePatch> {
        Ok(MergePatch::of(self.patch()?))
    }

    fn json_of_type(&self, taken: &[&str], told: &'static str) -> Result<Value> {
        if !self.media_type.as_deref().is_some_and(|given| taken.contains(&given)) {
            return Err(Error::MediaType(told));
        }
        match read_json(&self.bytes) {
            Ok((value, faults)) if faults.is_empty() => Ok(value),
            Ok((_, mut faults)) => {
                arrange(&mut faults);
                Err(Error::Invalid(faults))
            }
            Err(Fault { code, detail, .. }) => Err(Error::Malformed { code, detail }),
        }
    }
}

/// A merge patch (RFC 7396) beside a `reason` for it.
#[derive(Debug, Clone)]
pub struct MergePatch {
    fields: Map<String, Value>,
    reason: Result<Option<String>, Vec<Fault>>,
}

impl MergePatch {
    /// Of all its fields.
    pub fn of(mut fields: Map<String, Value>) -> Self {
        let reason = take_reason(&mut fields);
        Self { fields, reason }
    }

    /// The names of the fields that it changes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// What a thing says after it, and the reason.
    ///
    /// # Errors
    /// `Invalid` with every fault of both.
    pub fn onto<T>(self, current: &T) -> Result<(T, Option<String>)>
    where
        T: Serialize + DeserializeOwned + JsonSchema + 'static,
    {
        told_together(merge(current, &self.fields), self.reason)
    }
}

/// Takes the reason of a change out of its body.
fn take_reason(fields: &mut Map<String, Value>) -> Result<Option<String>, Vec<Fault>> {
    let fault = |code, detail: String| Err(vec![Fault::new("/reason", code, detail)]);
    match fields.remove("reason") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(reason)) if reason.trim().is_empty() => {
            fault("text_empty", "the text is empty; leave the field out".to_owned())
        }
        Some(Value::String(reason)) if reason.chars().count() > MAX_REASON => {
            let length = reason.chars().count();
            fault(
                "text_too_long",
                format!("the text has {length} characters; at most {MAX_REASON} are taken"),
            )
        }
        Some(Value::String(reason)) => Ok(Some(reason.trim().to_owned())),
        Some(_) => fault("type_wrong", "a reason is a text".to_owned()),
    }
}

fn told_together<A, B>(one: Result<A, Vec<Fault>>, other: Result<B, Vec<Fault>>) -> Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            let mut faults: Vec<_> = one.err().into_iter().chain(other.err()).flatten().collect();
            arrange(&mut faults);
            Err(Error::Invalid(faults))
        }
    }
}

/// What a client gets to see of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Representation {
    /// JSON.
    pub json: Vec<u8>,
    /// Its entity tag, in quotes (RFC 9110, section 8.8.3); empty where it has none.
    pub etag: String,
    /// For `Content-Language`.
    pub languages: Option<String>,
    /// Where the thing is, for what was made.
    pub location: Option<String>,
}

impl Representation {
    /// What a client gets to see of a thing in a version. Its entity tag begins with the version,
    /// which `If-Match` asks for, and ends with a fingerprint of the whole, which also depends on
    /// children, language and day.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn of(version: i64, body: &impl Serialize, languages: Option<String>) -> Result<Self> {
        let json = serde_json::to_vec(body).map_err(|error| Error::Internal(error.to_string()))?;
        let etag = format!("\"{version}-{}\"", fingerprint(&json));
        Ok(Self { json, etag, languages, location: None })
    }

    /// What it says.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn body(&self) -> Result<Value> {
        serde_json::from_slice(&self.json).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The same with another content, in the same version.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn with(self, change: impl FnOnce(&mut Value)) -> Result<Self> {
        let mut body = self.body()?;
        change(&mut body);
        let json = serde_json::to_vec(&body).map_err(|error| Error::Internal(error.to_string()))?;
        let version = self.etag.split('-').next().unwrap_or_default();
        Ok(Self { etag: format!("{version}-{}\"", fingerprint(&json)), json, ..self })
    }

    /// The same as text.
    pub fn of_text(text: String, languages: Option<String>) -> Self {
        Self::of_bytes(text.into_bytes(), languages)
    }

    /// The same in whichever form; what is computed has no version, and its entity tag is its fingerprint.
    pub fn of_bytes(bytes: Vec<u8>, languages: Option<String>) -> Self {
        let etag = format!("\"{}\"", fingerprint(&bytes));
        Self { json: bytes, etag, languages, location: None }
    }

    /// The same as the last state of something that was withdrawn.
    pub fn gone(&self, kind: &'static str, name: &impl ToString) -> Error {
        let last_state = serde_json::from_slice(&self.json).unwrap_or_default();
        Error::Gone { kind, name: name.to_string(), last_state }
    }

    /// The same, where it can be found.
    #[must_use]
    pub fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }
}
