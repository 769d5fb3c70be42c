//! Answers to reads: conditional, cacheable, with their language declared.

use super::format::{Format, quality};
use super::query::FormParameters;
use super::table::{self, Fields};
use super::{Item, List, Wanted, private, takeaway};
use crate::kernel::ask::{Credential, Representation};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::text::fingerprint;
use crate::kernel::{Error, Result, Shown};
use actix_web::body::{BodySize, MessageBody, SizedStream};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, Accept, ContentDisposition, DispositionParam, DispositionType, Header, HeaderMap, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use serde::Serialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

/// Any cache may keep public answers, and asks whether they still hold before it uses them.
const CACHE_CONTROL: &str = "public, max-age=0, must-revalidate";
/// The media type of nearly all answers.
const JSON: &str = "application/json";
/// Content codings whose names `middleware::etag_per_coding` adds to entity tags.
pub const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// Where a page stands among the others.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageInfo {
    /// Cursor of the next page; null on the last.
    #[schema(required)]
    pub next: Option<String>,
    /// How many rows all pages have together; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<i64>,
}

impl PageInfo {
    /// Of a page that `list` asked for.
    pub fn of<T, F>(page: &Page<T>, list: &List<F>) -> Self {
        Self { next: page.next.as_ref().map(|cursor| cursor.encode(list.scope())), total: page.total }
    }
}

/// Whether an answer shows more than everybody sees: then no shared cache may keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody sees the same.
    Public,
    /// Made for whoever asked.
    Staff,
    /// Nobody else's, nor any cache's.
    Own,
}

impl Audience {
    /// Of an answer to whoever shows a credential, or does not.
    pub fn of(credential: Option<&Credential>) -> Self {
        if credential.is_some() { Self::Staff } else { Self::Public }
    }

    fn cache_control(self) -> &'static str {
        match self {
            Self::Public => CACHE_CONTROL,
            Self::Staff => "private, no-cache",
            Self::Own => "no-store",
        }
    }
}

/// The largest answer that is kept, in bytes.
const MAX_KEPT: u64 = 4 * 1024 * 1024;

/// Says what an answer shows. Then it is kept and given again to whoever asks the same without signing in, as long as
/// nothing that it shows changes: for answers that depend on nothing but the public record, the day, the address asked
/// and `Accept…`.
pub trait Shows {
    /// Says it.
    #[must_use]
    fn shows(self, shown: Shown) -> Self;
}

impl Shows for HttpResponse {
    fn shows(mut self, shown: Shown) -> Self {
        // Files are sent as they are read, and nobody has them whole.
        if matches!(self.body().size(), BodySize::Sized(length) if length <= MAX_KEPT) {
            self.extensions_mut().insert(shown);
        }
        self
    }
}

/// The pages of a list, read one after another: each as it is asked for, with texts as they are wanted.
pub trait Pages<T>: AsyncFn(&PageAsk, &Wanted) -> Result<Page<T>> + 'static {}

impl<T, P: AsyncFn(&PageAsk, &Wanted) -> Result<Page<T>> + 'static> Pages<T> for P {}

/// One thing.
pub fn item(request: &HttpRequest, asked: &Item, shown: Representation) -> HttpResponse {
    let shown = match &asked.fields {
        Some(fields) => shown.with(|body| fields.pick(body)),
        None => Ok(shown),
    };
    let Ok(shown) = shown else { return HttpResponse::InternalServerError().finish() };
    Sending::json(Audience::of(asked.credential.as_ref())).whole(request, shown)
}

/// One thing at an address that has it as JSON and as plain text, in the form that was asked for.
pub fn item_in_form(request: &HttpRequest, asked: &Item, form: Form, shown: Representation) -> HttpResponse {
    let shown = match (&asked.fields, form) {
        (Some(fields), Form::Json) => shown.with(|body| fields.pick(body)),
        _ => Ok(shown),
    };
    let Ok(shown) = shown else { return HttpResponse::InternalServerError().finish() };
    let sending = Sending::json(Audience::of(asked.credential.as_ref()));
    Sending { media_type: form.media_type(), negotiated: true, ..sending }.whole(request, shown)
}

/// In which form something is sent that can be read by programs and by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For programs.
    Json,
    /// For people.
    Text,
}

impl Form {
    /// The form that a caller would rather have (RFC 9110, section 12.5.1); JSON where it is all the same.
    pub fn wanted(request: &HttpRequest) -> Self {
        let Ok(accept) = Accept::parse(request) else { return Self::Json };
        if quality("text/plain", &accept) > quality(JSON, &accept) { Self::Text } else { Self::Json }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// A list: a page of it, or the whole as a file.
///
/// # Errors
/// What reading the pages answers.
pub async fn list<T: Serialize + 'static, F, B: Serialize>(
    request: &HttpRequest,
    asked: &List<F>,
    pages: impl Pages<T>,
    body: impl FnOnce(Vec<T>, PageInfo) -> B,
) -> Result<HttpResponse> {
    list_for(Audience::of(asked.credential.as_ref()), request, asked, pages, body).await
}

/// The same for an audience.
pub(super) async fn list_for<T: Serialize + 'static, F, B: Serialize>(
    audience: Audience,
    request: &HttpRequest,
    asked: &List<F>,
    pages: impl Pages<T>,
    body: impl FnOnce(Vec<T>, PageInfo) -> B,
) -> Result<HttpResponse> {
    let page = pages(&asked.ask()?, &asked.wanted).await?;
    if asked.format != Format::Json {
        return takeaway::answer(request, asked, audience, pages, page).await;
    }
    let info = PageInfo::of(&page, asked);
    let link = info.next.as_ref().map(|next| next_link(request, next));
    let json = data_json(asked.fields.as_ref(), &body(page.rows, info))
        .map_err(|error| Error::Internal(error.to_string()))?;
    let shown = Representation::of_bytes(json, asked.wanted.used());
    Ok(Sending { link, negotiated: true, ..Sending::json(audience) }.whole(request, shown))
}

/// Rows that come all at once, as `data` of a body or as a table of their own.
///
/// # Errors
/// Where they cannot be written, and `NotAcceptable` where no form is taken.
pub async fn rows(
    request: &HttpRequest,
    asked: &Item,
    form: &FormParameters,
    body: &impl Serialize,
) -> Result<HttpResponse> {
    let format = form.format(request)?;
    if format != Format::Json {
        let mut body = table::row(body)?;
        let Some(Value::Array(rows)) = body.get_mut("data").map(Value::take) else {
            return Err(Error::Internal(format!("{} has no rows", request.path())));
        };
        return takeaway::rows(request, asked, (format, form.bom()), rows).await;
    }
    let json = data_json(asked.fields.as_ref(), body).map_err(|error| Error::Internal(error.to_string()))?;
    let sending = Sending::json(Audience::of(asked.credential.as_ref()));
    let shown = Representation::of_bytes(json, asked.wanted.used());
    Ok(Sending { negotiated: true, ..sending }.whole(request, shown))
}

/// A body with the fields that are wanted of its rows.
fn data_json(fields: Option<&Fields>, body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let Some(fields) = fields else { return serde_json::to_vec(body) };
    let mut body = serde_json::to_value(body)?;
    if let Some(rows) = body.get_mut("data") {
        fields.pick(rows);
    }
    serde_json::to_vec(&body)
}

/// What is the same for everybody, in every language, at every time.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn public<T: Serialize>(request: &HttpRequest, body: &T) -> Result<HttpResponse> {
    public_as(request, JSON, body)
}

/// The same in another form of JSON.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn public_as<T: Serialize>(
    request: &HttpRequest,
    media_type: &'static str,
    body: &T,
) -> Result<HttpResponse> {
    let json = serde_json::to_vec(body).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(public_bytes(request, media_type, json))
}

/// Where callers find this server.
pub fn base(request: &HttpRequest) -> String {
    let found = request.connection_info();
    format!("{}://{}", found.scheme(), found.host())
}

/// The same, where its bytes are what matters.
pub fn public_bytes(request: &HttpRequest, media_type: &'static str, bytes: Vec<u8>) -> HttpResponse {
    let etag = format!("\"{}\"", fingerprint(&bytes));
    let shown = Representation { json: bytes, etag, languages: None, location: None };
    Sending { media_type, ..Sending::json(Audience::Public) }.whole(request, shown)
}

/// How an answer is sent.
#[derive(Debug)]
pub(super) struct Sending {
    /// Its media type.
    pub(super) media_type: &'static str,
    /// Who may see it.
    pub(super) audience: Audience,
    /// Whether `Accept` chose its form.
    pub(super) negotiated: bool,
    /// The next page.
    pub(super) link: Option<String>,
    /// What it is called where it is kept as a file.
    pub(super) file_name: Option<String>,
}

impl Sending {
    fn json(audience: Audience) -> Self {
        Self { media_type: JSON, audience, negotiated: false, link: None, file_name: None }
    }

    fn head(&self, status: StatusCode, languages: Option<String>) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        let cache_control = HeaderValue::from_static(self.audience.cache_control());
        response.insert_header((header::CACHE_CONTROL, cache_control));
        let varies_by = if self.negotiated {
            "Accept, Accept-Language, Accept-Encoding, Authorization"
        } else {
            "Accept-Language, Accept-Encoding, Authorization"
        };
        response.insert_header((header::VARY, HeaderValue::from_static(varies_by)));
        if let Some(languages) = languages {
            response.insert_header((header::CONTENT_LANGUAGE, languages));
        }
        if let Some(link) = &self.link {
            response.insert_header((header::LINK, link.as_str()));
        }
        response
    }

    /// The head of an answer whose body is to come.
    pub(super) fn begin(&self, languages: Option<String>) -> HttpResponseBuilder {
        let mut response = self.head(StatusCode::OK, languages);
        if let Some(name) = &self.file_name {
            response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
        }
        response.content_type(self.media_type);
        response
    }

    /// The caller's copy, which this entity tag of theirs names, still holds.
    pub(super) fn unchanged(&self, languages: Option<String>, known: &str) -> HttpResponse {
        self.head(StatusCode::NOT_MODIFIED, languages).insert_header((header::ETAG, known)).finish()
    }

    /// An answer that is there as a whole; 304 where the caller has it already.
    pub(super) fn whole(&self, request: &HttpRequest, shown: Representation) -> HttpResponse {
        match known_copy(request.headers(), &shown.etag) {
            Some(known) => self.unchanged(shown.languages, known),
            None => self.begin(shown.languages).insert_header((header::ETAG, shown.etag)).body(shown.json),
        }
    }
}

/// Something that pages show, in another form than JSON.
pub fn picture(
    request: &HttpRequest,
    asked: &Item,
    media_type: &'static str,
    picture: String,
) -> HttpResponse {
    let (etag, languages) = (format!("\"{}\"", fingerprint(&picture)), asked.wanted.used());
    let shown = Representation { json: picture.into_bytes(), etag, languages, location: None };
    Sending { media_type, ..Sending::json(Audience::of(asked.credential.as_ref())) }.whole(request, shown)
}

/// A file to be saved.
#[derive(Debug)]
pub struct Download<'a> {
    /// What type it is of.
    pub media_type: &'static str,
    /// What to save it as; plain ASCII.
    pub name: String,
    /// Names what it says, though perhaps not byte by byte.
    pub fingerprint: &'a str,
    /// How many bytes it has.
    pub length: u64,
}

/// A file, sent as it is read; the same for everybody.
pub fn download(request: &HttpRequest, about: &Download<'_>, file: std::fs::File) -> HttpResponse {
    let etag = format!("W/\"{}\"", fingerprint(about.fingerprint));
    let unchanged = known_copy(request.headers(), etag.trim_start_matches("W/")).is_some();
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
        .insert_header((header::VARY, "Accept, Accept-Encoding"))
        .insert_header((header::ETAG, etag));
    if unchanged {
        return response.finish();
    }
    let (disposition, name) = (DispositionType::Attachment, DispositionParam::Filename(about.name.clone()));
    response
        .content_type(about.media_type)
        .insert_header(ContentDisposition { disposition, parameters: vec![name] })
        .body(SizedStream::new(about.length, pieces(file)))
}

/// The content of a file, piece by piece.
pub(super) fn pieces(file: std::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    const PIECE: usize = 64 * 1024;
    futures_util::stream::try_unfold(tokio::fs::File::from_std(file), async |mut file| {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
}

/// A text of another media type, made for whoever asked.
pub fn text(request: &HttpRequest, media_type: &'static str, text: String) -> HttpResponse {
    let etag = format!("\"{}\"", fingerprint(&text));
    let known = known_copy(request.headers(), &etag);
    let unchanged = known.is_some();
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::CACHE_CONTROL, Audience::Staff.cache_control()))
        .insert_header((header::VARY, "Accept-Language, Accept-Encoding"))
        .insert_header((header::ETAG, known.unwrap_or(&etag)));
    if unchanged { response.finish() } else { response.content_type(media_type).body(text) }
}

/// What was changed, as it is now.
pub fn changed(shown: Representation) -> HttpResponse {
    private::changed(StatusCode::OK, shown)
}

/// What was made, and where it is.
pub fn created(shown: Representation) -> HttpResponse {
    private::changed(StatusCode::CREATED, shown)
}

/// What was removed.
pub fn removed() -> HttpResponse {
    private::nothing()
}

/// The caller's own entity tag that names this answer, in whichever content coding it was sent
/// (RFC 9110, section 13.1.2: weak comparison).
pub fn known_copy<'a>(headers: &'a HeaderMap, etag: &'a str) -> Option<&'a str> {
    let bare = etag.trim_matches('"');
    for value in headers.get_all(header::IF_NONE_MATCH) {
        for candidate in value.to_str().ok()?.split(',').map(str::trim) {
            if candidate == "*" {
                return Some(etag);
            }
            let tag = candidate.strip_prefix("W/").unwrap_or(candidate);
            let Some(tag) = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) else { continue };
            let coded =
                |coding: &&str| tag.strip_suffix(*coding).and_then(|tag| tag.strip_suffix('-')) == Some(bare);
            if tag == bare || CODINGS.iter().any(coded) {
                return Some(candidate);
            }
        }
    }
    None
}

/// The next page, relative to this one (RFC 8288).
pub(super) fn next_link(request: &HttpRequest, next: &str) -> String {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(request.query_string()).unwrap_or_default();
    let mut pairs: Vec<_> = pairs.into_iter().filter(|(name, _)| name != "cursor").collect();
    pairs.push(("cursor".to_owned(), next.to_owned()));
    format!("<{}?{}>; rel=\"next\"", request.path(), serde_html_form::to_string(&pairs).unwrap_or_default())
}
