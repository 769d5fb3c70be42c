//! Identifiers: UUIDv7 (RFC 9562), and the codes and slugs that people know.

use serde::{Deserialize, Deserializer};
use std::fmt;
use uuid::Uuid;

/// Where new ids come from.
pub trait Ids: Send + Sync {
    /// A new UUIDv7; later ones sort after earlier ones.
    fn next(&self) -> Uuid;
}

/// UUIDv7 from the machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// How a request names a resource: by id, or by the name that people use for it
/// (member code, plan or institution slug, commitment code).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref {
    /// The UUID.
    Id(Uuid),
    /// The code or slug, as the caller wrote it.
    Name(String),
}

/// The longest code or slug that is looked for, in characters.
pub const MAX_NAME: usize = 200;

impl Ref {
    /// Reads what a caller wrote. Anything that is not a UUID is a name.
    pub fn parse(text: &str) -> Self {
        Uuid::try_parse(text).map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }

    /// The name in the case in which codes are stored (`IAS`, `ROTMR0001`).
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Id(_) => None,
            Self::Name(name) => Some(name.to_uppercase()),
        }
    }

    /// The name in the case in which slugs are stored (`iasi-2019-2021`).
    pub fn slug(&self) -> Option<String> {
        match self {
            Self::Id(_) => None,
            Self::Name(name) => Some(name.to_lowercase()),
        }
    }

    /// What each of `names` is called in `found`, in the same order; `None` for those not found.
    /// `stored` turns a name into the form in which names are stored.
    pub fn pick_all(
        names: &[Self],
        found: &[(Uuid, String)],
        stored: impl Fn(&Self) -> Option<String>,
    ) -> Vec<Option<Uuid>> {
        let pick = |name: &Self| {
            let stored = stored(name);
            found
                .iter()
                .find(|(id, known)| name.id() == Some(*id) || stored.as_ref() == Some(known))
                .map(|(id, _)| *id)
        };
        names.iter().map(pick).collect()
    }

    /// The id, if that is how the resource was named.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Name(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // No code or slug is longer, and PostgreSQL knows no text with NUL.
        if text.chars().nth(MAX_NAME).is_some() || text.contains('\0') {
            return Err(serde::de::Error::custom("it is no id, code or slug"));
        }
        Ok(Self::parse(&text))
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}
