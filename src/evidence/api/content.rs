//! Giving files out as they came in: in parts where asked for, and never as something that a browser
//! would run.

use super::id_of;
use crate::accounts::model::Appearance;
use crate::accounts::service::Gate;
use crate::db::Reads;
use crate::db::sql::{Field, Nested};
use crate::evidence::model::EvidenceStanding;
use crate::evidence::store::{self, EvidenceState};
use crate::files::Files;
use crate::http::query::Nothing;
use crate::http::reply::known_copy;
use crate::http::{PageProblems, Problem, RangeProblems, Shown};
use crate::kernel::{Error, Ref, Result};
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, ByteRangeSpec, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
    HeaderMap, Range as RangeHeader,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, web};
use futures_util::TryStreamExt;
use serde::Deserialize;
use std::ops::Range;

/// What is public may be kept for an hour without asking: content never changes, but can be withdrawn.
const PUBLIC: &str = "public, max-age=3600, immutable";
/// What only staff see is kept by nobody else.
const STAFF: &str = "private, no-cache";
/// Nothing in a file may run, load or be framed.
const POLICY: &str =
    "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Debug, Deserialize)]
struct Seen {
    #[serde(flatten)]
    standing: EvidenceStanding,
}

impl Nested for Seen {
    const PARTS: &'static [Field] = &[("shown", store::SHOWN), ("own", store::OWN)];
}

/// Read the content of evidence
///
/// The file as it was uploaded, always as an attachment. Takes `Range` (one range) with `If-Range`. There
/// is nothing at links, whose content is elsewhere.
#[utoipa::path(
    tag = "evidence",
    operation_id = "get_evidence_content",
    params(("evidence" = uuid::Uuid, Path, description = "Id.")),
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "A part of the file.", content_type = "application/octet-stream", body = Vec<u8>),
        RangeProblems,
        PageProblems
    )
)]
#[get("/evidence/{evidence}/content")]
pub(super) async fn get_evidence_content(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    files: web::Data<Files>,
    name: web::Path<Ref>,
    shown: Shown,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let (conn, id) = (reads.get().await?, id_of("evidence", &name)?);
    let viewer = gate.viewer(&conn, shown.0.as_ref()).await?;
    let not_found = || Error::not_found("content of evidence", id);
    let (row, seen) = store::evidence_find::<Seen>(&conn, &viewer, id).await?.ok_or_else(not_found)?;
    let appearance = seen.standing.appears(row.withdrawn_at.is_some(), row.state.public_since.is_some());
    match appearance {
        Appearance::Visible => {}
        Appearance::Hidden => return Err(not_found().into()),
        Appearance::Withdrawn => {
            let last_state = serde_json::json!({ "id": id, "sha256": row.state.sha256 });
            return Err(Error::Gone { kind: "content of evidence", name: id.to_string(), last_state }.into());
        }
    }
    let file = File::of(&row.state).ok_or_else(not_found)?;
    let etag = format!("\"{}\"", file.sha256);
    let kept = if shown.0.is_some() { STAFF } else { PUBLIC };
    let head = |status| {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::CACHE_CONTROL, kept))
            .insert_header((header::VARY, "Authorization"))
            .insert_header((header::ETAG, etag.as_str()))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            // Compressed, the bytes of a range would be others.
            .insert_header((header::CONTENT_ENCODING, "identity"));
        response
    };
    if known_copy(request.headers(), &etag).is_some() {
        return Ok(head(StatusCode::NOT_MODIFIED).finish());
    }
    match part(request.headers(), &etag, file.size) {
        Part::Whole => file.give(&files, 0..file.size, head(StatusCode::OK)).await,
        Part::Range(range) => {
            let mut head = head(StatusCode::PARTIAL_CONTENT);
            let told = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), file.size);
            head.insert_header((header::CONTENT_RANGE, told));
            file.give(&files, range, head).await
        }
        Part::Nowhere => Err(Problem::no_such_range(file.size)),
    }
}

/// What is needed to give a file out.
struct File<'a> {
    sha256: &'a str,
    name: &'a str,
    media_type: &'a str,
    size: u64,
}

impl<'a> File<'a> {
    fn of(state: &'a EvidenceState) -> Option<Self> {
        Some(Self {
            sha256: state.sha256.as_deref()?,
            name: state.file_name.as_deref()?,
            media_type: state.media_type.as_deref()?,
            size: u64::try_from(state.size?).ok()?,
        })
    }

    async fn give(
        &self,
        files: &Files,
        range: Range<u64>,
        mut head: HttpResponseBuilder,
    ) -> Result<HttpResponse, Problem> {
        let length = range.end.saturating_sub(range.start);
        let stream = files.read(self.sha256, range).await?.map_err(Problem::from);
        let media_type = match self.media_type.starts_with("text/") {
            true => format!("{}; charset=utf-8", self.media_type),
            false => self.media_type.to_owned(),
        };
        head.insert_header((header::CONTENT_TYPE, media_type)).insert_header(attachment(self.name));
        Ok(head.body(SizedStream::new(length, stream)))
    }
}

/// The name to save under (RFC 6266): in ASCII for old programs, and as it is (RFC 8187).
fn attachment(name: &str) -> ContentDisposition {
    let plain =
        |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut parameters = vec![DispositionParam::Filename(ascii.clone())];
    if ascii != name {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.as_bytes().to_vec(),
        }));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}

/// Which part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// Some bytes.
    Range(Range<u64>),
    /// Bytes that it does not have.
    Nowhere,
}

/// Reads `Range` (RFC 9110, section 14.2): what makes no sense, or asks for several ranges, is left aside,
/// and so is a range of another version of the file (`If-Range`, section 13.1.5).
fn part(headers: &HeaderMap, etag: &str, size: u64) -> Part {
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Part::Whole;
    };
    if headers.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes()) {
        return Part::Whole;
    }
    let Ok(RangeHeader::Bytes(ranges)) = range.parse() else { return Part::Whole };
    let [one] = &ranges[..] else { return Part::Whole };
    // An end before the beginning makes the whole field invalid.
    if matches!(one, ByteRangeSpec::FromTo(from, to) if to < from) {
        return Part::Whole;
    }
    match one.to_satisfiable_range(size) {
        Some((from, to)) => Part::Range(from..to.saturating_add(1)),
        None => Part::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn asked(range: &str, if_range: Option<&str>) -> Part {
        let request = TestRequest::default().insert_header((header::RANGE, range));
        let request = match if_range {
            Some(known) => request.insert_header((header::IF_RANGE, known)),
            None => request,
        };
        part(request.to_http_request().headers(), "\"abc\"", 10)
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (range, expected) in [
            ("bytes=0-3", Part::Range(0..4)),
            ("bytes=4-", Part::Range(4..10)),
            ("bytes=-3", Part::Range(7..10)),
            ("bytes=8-99", Part::Range(8..10)),
            ("bytes=-99", Part::Range(0..10)),
            ("bytes=10-", Part::Nowhere),
            ("bytes=-0", Part::Nowhere),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,4-5", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=a-b", Part::Whole),
        ] {
            assert_eq!(asked(range, None), expected, "{range}");
        }
        assert_eq!(asked("bytes=0-3", Some("\"abc\"")), Part::Range(0..4));
        assert_eq!(asked("bytes=0-3", Some("\"old\"")), Part::Whole);
        assert_eq!(asked("bytes=0-3", Some("W/\"abc\"")), Part::Whole);
    }

    #[test]
    fn a_file_is_saved_under_its_name() {
        let header = |name| attachment(name).to_string();
        assert_eq!(header("raport.pdf"), "attachment; filename=\"raport.pdf\"");
        let romanian = header("Timișoara \"2022\".pdf");
        assert!(
            romanian.starts_with("attachment; filename=\"Timi_oara _2022_.pdf\"; filename*=UTF-8''"),
            "{romanian}"
        );
        assert!(romanian.contains("Timi%C8%99oara") && !romanian.contains('\n'), "{romanian}");
    }
}
