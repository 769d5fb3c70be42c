//! Answers that are kept and given again while what they show has not changed.
//!
//! Only what handlers offer ([`crate::http::reply::Shows`]) is kept: whole answers to anonymous reads, as the bytes
//! that were sent, each content coding its own. An answer holds while nothing changes of what it shows
//! ([`Freshness`]), and until midnight (UTC), because schedules turn then. Whoever asks for what somebody is just
//! computing waits for that. What must not be the same twice (the request's id, what is left of a limit) is said anew.

use super::metrics::{Counters, Metrics};
use super::rate;
use crate::http::Surroundings;
use crate::http::middleware::{POLICIES, REQUEST_ID};
use crate::http::rate::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::http::reply::{CODINGS, known_copy};
use crate::kernel::freshness::Moment;
use crate::kernel::{Freshness, Ids, Shown, SystemIds};
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use bytes::Bytes;
use chrono::NaiveDate;
use quick_cache::sync::{Cache, EntryAction, EntryResult};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// The longest question that is remembered, in bytes.
const MAX_KEY: usize = 2048;
/// What an answer takes besides its body and its question, about, in bytes.
const OVERHEAD: usize = 2048;
/// Parts of the store that are locked for themselves; what is larger than a part is not kept.
const SHARDS: usize = 4;
/// What an answer may depend on besides its address.
const VARIES_BY: [HeaderName; 3] = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::ACCEPT_ENCODING];

/// When an answer was made, and what it shows.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    moment: Moment,
    day: NaiveDate,
}

/// An answer as it was sent, but for what is said anew each time.
#[derive(Debug)]
struct Answer {
    made: Stamp,
    shown: Shown,
    headers: HeaderMap,
    /// Those of an answer 304, but for the entity tag.
    unchanged: HeaderMap,
    body: Bytes,
    /// Its entity tag, without the content coding.
    etag: String,
    counters: Counters,
}

/// What is remembered of a question.
#[derive(Debug, Clone)]
enum Kept {
    Answer(Arc<Answer>),
    /// That its last answer was none to keep: nobody waits for another's. An answer that is one takes its place.
    Nothing,
}

#[derive(Debug, Clone)]
struct Size;

impl Weighter<Vec<u8>, Kept> for Size {
    fn weight(&self, key: &Vec<u8>, kept: &Kept) -> u64 {
        let body = match kept {
            Kept::Answer(answer) => answer.body.len() + OVERHEAD,
            Kept::Nothing => 0,
        };
        (key.len() + body + size_of::<Kept>()) as u64
    }
}

/// All that is kept. Shared by all threads.
#[derive(Debug)]
pub(super) struct Answers {
    cache: Cache<Vec<u8>, Kept, Size>,
    freshness: Freshness,
    surroundings: Surroundings,
}

impl Answers {
    /// Keeps as many answers as go into so many bytes.
    pub(super) fn new(bytes: u64, freshness: Freshness, surroundings: Surroundings) -> Option<Self> {
        let about = usize::try_from(bytes / 8192).unwrap_or(usize::MAX).max(SHARDS);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(about)
            .weight_capacity(bytes)
            .shards(SHARDS)
            .build();
        let with = |options| {
            Cache::with_options(
                options,
                Size,
                DefaultHashBuilder::default(),
                quick_cache::sync::DefaultLifecycle::default(),
            )
        };
        let cache = options.ok().filter(|_| bytes > 0).map(with)?;
        Some(Self { cache, freshness, surroundings })
    }

    fn stamp(&self) -> Stamp {
        Stamp { moment: self.freshness.now(), day: self.surroundings.clock.today() }
    }

    fn holds(&self, made: Stamp, shown: Shown) -> bool {
        self.freshness.holds(made.moment, shown) && made.day == self.surroundings.clock.today()
    }

    fn still(&self, kept: &Kept) -> bool {
        match kept {
            Kept::Answer(answer) => self.holds(answer.made, answer.shown),
            Kept::Nothing => true,
        }
    }
}

/// Answers from what is kept, or keeps what is answered.
///
/// # Errors
/// What the handler answers.
pub(super) async fn serve(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answers = request.app_data::<web::Data<Option<Answers>>>().map(|answers| Arc::clone(answers));
    let found = answers.as_ref().and_then(|answers| Option::as_ref(answers)).zip(key(&request));
    let Some((answers, key)) = found else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let begun = Instant::now();
    let kept = answers.cache.get(&key).filter(|kept| answers.still(kept));
    let (kept, place) = match kept {
        Some(kept) => (Some(kept), None),
        None => {
            let still = |_: &Vec<u8>, kept: &mut Kept| {
                if answers.still(kept) {
                    EntryAction::Retain(kept.clone())
                } else {
                    EntryAction::ReplaceWithGuard
                }
            };
            match answers.cache.entry_async(&key, still).await {
                EntryResult::Retained(kept) => (Some(kept), None),
                EntryResult::Vacant(place) | EntryResult::Replaced(place, _) => (None, Some(place)),
                EntryResult::Removed(..) | EntryResult::Timeout => (None, None),
            }
        }
    };
    if let Some(Kept::Answer(answer)) = kept {
        let standings = rate::standings(&request);
        // Whoever asks too often is told so by whoever counts.
        if standings.as_ref().is_none_or(|standings| standings.wait().is_none()) {
            let mut response = answer.again(request.headers());
            answer.counters.count(response.status(), begun);
            tracing::debug!(
                method = %request.method(),
                path = request.path(),
                request_id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()),
                status = response.status().as_u16(),
                "answered as before"
            );
            if let Some(standings) = standings {
                standings.tell(response.headers_mut());
            }
            return Ok(request.into_response(response));
        }
    }
    let method = request.method().clone();
    // The whole answer is wanted, whatever the caller has of it.
    let conditions: Vec<_> = request.headers_mut().remove(header::IF_NONE_MATCH).collect();
    let made = answers.stamp();
    let response = next.call(request).await?;
    let (request, response) = response.into_parts();
    let shown = response.extensions().get::<Shown>().copied();
    let mut asked = HeaderMap::new();
    conditions.into_iter().for_each(|condition| asked.append(header::IF_NONE_MATCH, condition));
    let Some((shown, etag)) =
        shown.zip(bare_etag(response.headers())).filter(|_| response.status() == StatusCode::OK)
    else {
        // What failed on our side is tried again by whoever asks next.
        if let Some(place) = place.filter(|_| !response.status().is_server_error()) {
            // Fails where it was forgotten meanwhile.
            let _ = place.insert(Kept::Nothing);
        }
        return Ok(ServiceResponse::new(request, conditional(response.map_into_boxed_body(), &asked)));
    };
    let counters = request
        .app_data::<web::Data<Metrics>>()
        .map(|metrics| metrics.of_read(&method, request.match_pattern()));
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(Into::into)?;
    let mut headers = head.headers().clone();
    for anew in [REQUEST_ID, RATE_LIMIT, RATE_LIMIT_POLICY] {
        headers.remove(anew);
    }
    if let Some(counters) = counters {
        let unchanged = without_description(headers.clone());
        let answer = Answer { made, shown, headers, unchanged, body: body.clone(), etag, counters };
        let kept = Kept::Answer(Arc::new(answer));
        match place {
            Some(place) => drop(place.insert(kept)),
            None => answers.cache.insert(key, kept),
        }
    }
    Ok(ServiceResponse::new(request, conditional(head.set_body(body).map_into_boxed_body(), &asked)))
}

impl Answer {
    fn again(&self, asked: &HeaderMap) -> HttpResponse {
        let known = known_copy(asked, &self.etag);
        let mut response = match &known {
            Some(_) => HttpResponse::new(StatusCode::NOT_MODIFIED),
            None => HttpResponse::with_body(StatusCode::OK, BoxBody::new(self.body.clone())),
        };
        let headers = response.headers_mut();
        *headers = if known.is_some() { self.unchanged.clone() } else { self.headers.clone() };
        // The caller's own name for it, where that is another content coding's.
        let own =
            |known: &&str| headers.get(header::ETAG).is_some_and(|etag| etag.as_bytes() == known.as_bytes());
        if let Some(known) =
            known.filter(|known| !own(known)).and_then(|known| HeaderValue::from_str(known).ok())
        {
            headers.insert(header::ETAG, known);
        }
        let mut text = Uuid::encode_buffer();
        if let Ok(id) = HeaderValue::from_str(SystemIds.next().hyphenated().encode_lower(&mut text)) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}

/// What decides an answer to an anonymous read; nothing where its answer is not kept.
fn key(request: &ServiceRequest) -> Option<Vec<u8>> {
    let (head, headers) = (request.head(), request.headers());
    let is_read = head.method == Method::GET || head.method == Method::HEAD;
    if !is_read || headers.contains_key(header::AUTHORIZATION) || !request.path().starts_with("/api/v1/") {
        return None;
    }
    let mut key = Vec::with_capacity(128);
    key.extend_from_slice(head.uri.path_and_query()?.as_str().as_bytes());
    for name in VARIES_BY {
        key.push(b'\n');
        for value in headers.get_all(name) {
            key.extend_from_slice(value.as_bytes());
            key.push(b',');
        }
    }
    // HEAD is counted apart.
    key.push(if head.method == Method::HEAD { b'h' } else { b'-' });
    (key.len() <= MAX_KEY).then_some(key)
}

/// An entity tag, without the content coding that its end names.
fn bare_etag(headers: &HeaderMap) -> Option<String> {
    let etag = headers.get(header::ETAG)?.to_str().ok()?;
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
    let ending = coding.filter(|coding| CODINGS.contains(coding)).map(|coding| format!("-{coding}\""));
    Some(match ending.and_then(|ending| etag.strip_suffix(&ending).map(str::to_owned)) {
        Some(bare) => bare + "\"",
        None => etag.to_owned(),
    })
}

/// 304 instead of what the caller has already.
fn conditional(mut response: HttpResponse, asked: &HeaderMap) -> HttpResponse {
    if asked.is_empty() || response.status() != StatusCode::OK {
        return response;
    }
    let Some(etag) = bare_etag(response.headers()) else { return response };
    if let Some(known) = known_copy(asked, etag.strip_prefix("W/").unwrap_or(&etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.headers_mut() = without_description(std::mem::take(response.headers_mut()));
        if let Ok(known) = HeaderValue::from_str(known) {
            response.headers_mut().insert(header::ETAG, known);
        }
        return response.drop_body().map_into_boxed_body();
    }
    response
}

/// All header fields but those that describe a body (RFC 9110, section 15.4.5), or say what to do with one.
fn without_description(mut headers: HeaderMap) -> HeaderMap {
    let description =
        [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_DISPOSITION, header::CONTENT_LENGTH];
    for name in description.into_iter().chain(POLICIES) {
        headers.remove(name);
    }
    headers
}
