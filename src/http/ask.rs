//! Taking a request for a change apart, without believing or refusing more than its form: who may
//! not ask is told so by the service, before anything about the content.

use super::problem::Problem;
use super::query::Item;
use crate::kernel::ask::{Ask, Body, Credential, Expected, Idempotency, MAX_CREDENTIAL};
use crate::kernel::{Error, Result};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use std::future::{Ready, ready};
use std::net::IpAddr;
use tracing_actix_web::RequestId;
use utoipa::IntoParams;

/// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest key that is taken, in bytes.
const MAX_KEY: usize = 255;

/// The header fields of whatever makes something.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes header fields that are read elsewhere")]
pub struct IdempotencyParameters {
    /// The same key is the same request, sent again: it is answered as it was the first time, for at
    /// least 24 hours. 1 to 255 printable characters, new for every new request.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        example = "5f0c4f2e-6f9a-4c43-9b9e-3a1b0a2f7c11",
        nullable = false
    )]
    idempotency_key: Option<String>,
}

/// The header fields of whatever changes something in a version.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes header fields that are read elsewhere")]
pub struct IfMatchParameters {
    /// Which version the change is meant for: the `ETag` of what you read.
    #[param(rename = "If-Match", example = "\"3-1f9e6a0c2b7d4e58\"")]
    if_match: String,
}

/// Proxies in front of the service, which say in `X-Forwarded-For` where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Where a request comes from: the last hop that is no proxy of ours. What stands before it in
    /// the header field is the sender's own word.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let ours = |address: &IpAddr| self.0.iter().any(|net| net.contains(address));
        // An IPv4 address mapped into IPv6 is the IPv4 address.
        let mut client = peer?.to_canonical();
        let hops = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let hops: Vec<_> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
        for hop in hops.iter().rev() {
            if !ours(&client) {
                break;
            }
            let Ok(address) = hop.parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        Some(client)
    }
}

/// A request for a change, as far as its form goes.
#[derive(Debug)]
pub struct Asking {
    /// What the services need to know of it.
    pub ask: Ask,
    /// What it asks to be shown afterwards.
    pub item: Item,
}

/// The same of a request whose body is read as a stream, by whoever takes it: nothing of it is read yet.
#[derive(Debug)]
pub struct Streaming {
    /// What the services need to know of it; its body is empty.
    pub ask: Ask,
    /// What it asks to be shown afterwards.
    pub item: Item,
    key: Option<String>,
    line: [String; 2],
}

impl Streaming {
    fn of(request: &HttpRequest) -> Result<Self> {
        let (ask, item) = head(request)?;
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let line = [request.method().to_string(), path];
        Ok(Self { ask, item, key: idempotency_key(request.headers())?, line })
    }

    /// Says what the body was, now that it is read: with its `Idempotency-Key` the request can be told
    /// from others.
    pub fn identify(&mut self, body: &[u8]) {
        let [method, path] = &self.line;
        let key = self.key.take();
        self.ask.idempotency =
            key.map(|key| Idempotency { key, fingerprint: fingerprint(method, path, body) });
    }
}

impl FromRequest for Streaming {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).map_err(Problem::from))
    }
}

/// Tells a request from others.
fn fingerprint(method: &str, path: &str, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

impl FromRequest for Asking {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = head(request);
        let bytes = web::Bytes::from_request(request, payload);
        let (method, path) = (
            request.method().clone(),
            request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        );
        let key = idempotency_key(request.headers());
        Box::pin(async move {
            let (mut ask, item) = head?;
            // Only too much of it can be wrong so far.
            let bytes = bytes.await.map_err(|_| Error::TooLarge)?;
            // A key on anything but POST is not ours to interpret: those are idempotent as they are.
            if let Some(key) = key?.filter(|_| method == Method::POST) {
                let fingerprint = fingerprint(method.as_str(), &path, &bytes);
                ask.idempotency = Some(Idempotency { key, fingerprint });
            }
            ask.body.bytes = bytes.to_vec();
            Ok(Self { ask, item })
        })
    }
}

/// Who a read says that they are, if they say it.
#[derive(Debug)]
pub struct Shown(pub Option<Credential>);

impl FromRequest for Shown {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(credential(request.headers()).map(Self).map_err(Problem::from))
    }
}

/// The bearer token of a request, where it has one.
///
/// # Errors
/// `Unauthenticated` for other kinds of credentials.
pub fn credential(headers: &HeaderMap) -> Result<Option<Credential>> {
    let mut given = headers.get_all(header::AUTHORIZATION);
    let Some(value) = given.next() else { return Ok(None) };
    let refused = |detail: &str| Error::Unauthenticated { code: "token_invalid", detail: detail.to_owned() };
    if given.next().is_some() {
        return Err(refused("`Authorization` is given twice"));
    }
    let value = value.to_str().unwrap_or_default();
    let Some((scheme, token)) = value.split_once(' ') else {
        return Err(refused("`Authorization` must be `Bearer` and a token"));
    };
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > MAX_CREDENTIAL {
        return Err(refused("`Authorization` must be `Bearer` and a token"));
    }
    Ok(Some(Credential(token.into())))
}

/// Where a request comes from, as far as it is known.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let proxies = request.app_data::<web::Data<TrustedProxies>>();
    let peer = request.peer_addr().map(|address| address.ip());
    match proxies {
        Some(proxies) => proxies.client(peer, request.headers()),
        None => peer,
    }
}

fn head(request: &HttpRequest) -> Result<(Ask, Item)> {
    let (item, reason) = Item::of_change(request)?;
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next());
    let ask = Ask {
        credential: item.credential.clone(),
        expected: expected(request.headers())?,
        idempotency: None,
        reason,
        body: Body { bytes: Vec::new(), media_type: media_type.map(|given| given.trim().to_lowercase()) },
        request_id: request.extensions().get::<RequestId>().map(|id| **id),
        address: address(request),
    };
    Ok((ask, item))
}

/// `If-Match`: entity tags of ours begin with the version. A weak tag never matches (RFC 9110,
/// section 13.1.1), and neither does one that is not of ours.
fn expected(headers: &HeaderMap) -> Result<Option<Expected>> {
    let malformed = || Error::Malformed {
        code: "if_match_malformed",
        detail: "`If-Match` must be `*` or entity tags in double quotes".to_owned(),
    };
    let (mut given, mut versions) = (false, Vec::new());
    for value in headers.get_all(header::IF_MATCH) {
        given = true;
        for tag in value.to_str().map_err(|_| malformed())?.split(',').map(str::trim) {
            if tag == "*" {
                return Ok(Some(Expected::Any));
            }
            let (weak, tag) = match tag.strip_prefix("W/") {
                Some(tag) => (true, tag),
                None => (false, tag),
            };
            let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(malformed)?;
            let version = tag.split('-').next().and_then(|version| version.parse::<i64>().ok());
            versions.extend(version.filter(|_| !weak));
        }
    }
    Ok(given.then_some(Expected::Versions(versions)))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY);
    let Some(key) = given.next() else { return Ok(None) };
    let malformed = |detail: String| Error::Malformed { code: "idempotency_key_malformed", detail };
    if given.next().is_some() {
        return Err(malformed("`Idempotency-Key` is given twice".to_owned()));
    }
    let key = key.to_str().ok().map(|key| key.trim().trim_matches('"'));
    match key {
        Some(key) if !key.is_empty() && key.len() <= MAX_KEY => Ok(Some(key.to_owned())),
        _ => Err(malformed(format!("`Idempotency-Key` must be 1 to {MAX_KEY} printable ASCII characters"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn if_match_names_versions() {
        let of = |value: &str| {
            let request = TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request();
            expected(request.headers())
        };
        assert_eq!(of("\"7-abc\"").unwrap(), Some(Expected::Versions(vec![7])));
        assert_eq!(of("\"7-abc-gzip\", \"8\"").unwrap(), Some(Expected::Versions(vec![7, 8])));
        assert_eq!(of("*").unwrap(), Some(Expected::Any));
        assert_eq!(of("W/\"7-abc\"").unwrap(), Some(Expected::Versions(vec![])));
        assert_eq!(of("\"abc\"").unwrap(), Some(Expected::Versions(vec![])));
        assert!(of("7").is_err());
        assert_eq!(expected(TestRequest::default().to_http_request().headers()).unwrap(), None);
    }

    #[test]
    fn only_our_proxies_say_where_a_request_comes_from() {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let request = TestRequest::default()
            .insert_header(("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.1.1.1"))
            .to_http_request();
        let client = |peer: &str| proxies.client(peer.parse().ok(), request.headers()).unwrap().to_string();
        assert_eq!(client("10.0.0.1"), "203.0.113.7");
        assert_eq!(client("198.51.100.9"), "198.51.100.9");
        assert_eq!(client("::ffff:10.0.0.1"), "203.0.113.7");
        assert_eq!(client("::ffff:198.51.100.9"), "198.51.100.9");
        let request = TestRequest::default()
            .insert_header(("x-forwarded-for", "6.6.6.6, ::ffff:203.0.113.7, ::ffff:10.1.1.1"))
            .to_http_request();
        let client = proxies.client("10.0.0.1".parse().ok(), request.headers()).unwrap();
        assert_eq!(client.to_string(), "203.0.113.7");
    }
}
