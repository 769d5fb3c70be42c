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

    /// Whether it has rows and columns, and nothing nested.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Xlsx)
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

    /// Which of these forms `Accept` likes best (RFC 9110, section 12.5.1); the first of several that it likes
    /// alike, and where it says nothing.
    ///
    /// # Errors
    /// `NotAcceptable` where it takes none of them.
    pub fn accepted(request: &HttpRequest, among: &[Self]) -> Result<Self> {
        let first = among.first().copied().unwrap_or_default();
        if !request.headers().contains_key(ACCEPT) {
            return Ok(first);
        }
        let accept = Accept::parse(request).ok().filter(|accept| !accept.0.is_empty());
        // What cannot be read asks for nothing in particular.
        let Some(accept) = accept else { return Ok(first) };
        let liked = among.iter().map(|format| (quality(format.essence(), &accept), *format));
        let best = liked.reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((quality, format)) if quality > Quality::ZERO => Ok(format),
            _ => {
                let made: Vec<_> = among.iter().map(|format| format.essence()).collect();
                Err(Error::NotAcceptable(made.join(", ")))
            }
        }
    }
}

/// How much `Accept` likes a media type: what the range says that names it most exactly.
pub(super) fn quality(essence: &str, accept: &Accept) -> Quality {
    let named = essence.split_once('/');
    let fitting = accept.0.iter().filter_map(|range| {
        let exactness = match (range.item.type_().as_str(), range.item.subtype().as_str()) {
            ("*", "*") => 1,
            (kind, "*") if named.is_some_and(|(own, _)| own == kind) => 2,
            _ if range.item.essence_str() == essence => 3,
            _ => return None,
        };
        Some((exactness, range.quality))
    });
    fitting.max_by_key(|(exactness, _)| *exactness).map_or(Quality::ZERO, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn what_is_liked_best_is_given_and_json_where_nothing_is_said() {
        let of = |accept: &str| {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            Format::accepted(&request, &Format::ALL).ok()
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
        let silent = TestRequest::default().to_http_request();
        assert_eq!(Format::accepted(&silent, &Format::ALL).ok(), Some(Format::Json));
        let csv = TestRequest::default().insert_header((ACCEPT, "text/csv")).to_http_request();
        assert!(Format::accepted(&csv, &[Format::Json, Format::Ndjson]).is_err());
    }
}
