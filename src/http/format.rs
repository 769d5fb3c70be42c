//! In which form a list is taken away: JSON, CSV, XLSX or NDJSON, by `format=` or `Accept`.

use crate::kernel::{Error, Result};
use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, Accept, Header, Quality};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A form that every list comes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A page of the list, as a JSON document.
    #[default]
    Json,
    /// The whole list as a table of text (RFC 4180), with a line of column names first.
    Csv,
    /// The whole list as a workbook for spreadsheet programs (Office Open XML).
    Xlsx,
    /// The whole list, one JSON document on each line.
    Ndjson,
}

impl Format {
    /// All of them, the one that is given where several please alike first.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Xlsx, Self::Ndjson];

    /// What `Content-Type` says.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The media type without parameters.
    pub fn essence(self) -> &'static str {
        self.media_type().split(';').next().unwrap_or_default()
    }

    /// How names of such files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }

    /// What `Accept` likes best (RFC 9110, section 12.5.1).
    ///
    /// # Errors
    /// `NotAcceptable` where it takes none of them.
    pub(super) fn accepted(request: &HttpRequest) -> Result<Self> {
        if !request.headers().contains_key(ACCEPT) {
            return Ok(Self::Json);
        }
        let accept = Accept::parse(request).ok().filter(|accept| !accept.0.is_empty());
        // What cannot be read asks for nothing in particular.
        let Some(accept) = accept else { return Ok(Self::Json) };
        let liked = Self::ALL.into_iter().map(|format| (format.quality(&accept), format));
        // The first of several that are liked alike.
        let best = liked.reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((quality, format)) if quality > Quality::ZERO => Ok(format),
            _ => Err(Error::NotAcceptable(Self::ALL.map(Self::essence).join(", "))),
        }
    }

    /// How much it is liked: what the range says that names it most exactly.
    fn quality(self, accept: &Accept) -> Quality {
        let named = self.essence().split_once('/');
        let fitting = accept.0.iter().filter_map(|range| {
            let exactness = match (range.item.type_().as_str(), range.item.subtype().as_str()) {
                ("*", "*") => 1,
                (kind, "*") if named.is_some_and(|(own, _)| own == kind) => 2,
                _ if range.item.essence_str() == self.essence() => 3,
                _ => return None,
            };
            Some((exactness, range.quality))
        });
        fitting.max_by_key(|(exactness, _)| *exactness).map_or(Quality::ZERO, |(_, quality)| quality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn what_is_liked_best_is_given_and_json_where_nothing_is_said() {
        let of = |accept: &str| {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            Format::accepted(&request).ok()
        };
        for (accept, format) in [
            ("*/*", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/*", Some(Format::Csv)),
            ("application/*", Some(Format::Json)),
            ("text/csv, application/json", Some(Format::Json)),
            ("text/csv, application/json;q=0.9", Some(Format::Csv)),
            ("text/csv;q=0.2, application/x-ndjson;q=0.5, */*;q=0.1", Some(Format::Ndjson)),
            ("application/json;q=0, */*", Some(Format::Csv)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json)),
            ("text/html", None),
            ("text/csv;q=0", None),
            ("*/*;q=0", None),
            ("rubbish", Some(Format::Json)),
        ] {
            assert_eq!(of(accept), format, "{accept}");
        }
        assert_eq!(Format::accepted(&TestRequest::default().to_http_request()).ok(), Some(Format::Json));
    }
}
