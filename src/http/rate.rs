//! How often anybody may ask: counted in this process, told in `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers).
//!
//! A limit is a bucket that refills evenly (GCRA, by `governor`): a minute's worth may come at once, then as
//! many as refill. What a caller is known by is kept until their bucket is full again, so memory is bounded by
//! what was asked within the last minute, whoever asks from however many addresses.

use crate::kernel::Clock;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// What is left, and when there is more.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Which limits hold.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The time within which what a limit allows may be used, in seconds.
const WINDOW: u64 = 60;
/// How often those are forgotten whose buckets are full again.
const SWEEP: Duration = Duration::from_secs(10);

/// Requests per minute; 0 for as many as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// From an address.
    pub anonymous: u32,
    /// By a person, signed in or through their scripts.
    pub signed_in: u32,
    /// For what is much work (reports, workbooks, whole lists as files), by either.
    pub downloads: u32,
}

impl Rates {
    /// No limits.
    pub const NONE: Self = Self { anonymous: 0, signed_in: 0, downloads: 0 };
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody whose credential held a moment ago.
    Person(Uuid),
    /// Anybody else, by where they are; a credential that nobody has checked changes nothing.
    Network(Option<IpAddr>),
}

/// Counts requests against all limits.
#[derive(Debug)]
pub struct RateLimits {
    anonymous: Option<Limit>,
    signed_in: Option<Limit>,
    downloads: Option<Limit>,
}

impl RateLimits {
    /// Limits of which nothing is used yet.
    pub fn new(rates: Rates, clock: Arc<dyn Clock>) -> Self {
        let time = Time::new(clock);
        let limit = |name, quota| NonZeroU32::new(quota).map(|quota| Limit::new(name, quota, time.clone()));
        Self {
            anonymous: limit("default", rates.anonymous),
            signed_in: limit("default", rates.signed_in),
            downloads: limit("downloads", rates.downloads),
        }
    }

    /// Whether there are limits at all.
    pub fn are_any(&self) -> bool {
        self.anonymous.is_some() || self.signed_in.is_some() || self.downloads.is_some()
    }

    /// Counts a request: what is left to its caller, of each limit that it falls under.
    pub fn take(&self, caller: &Caller, is_download: bool) -> Standings {
        let usual = match caller {
            Caller::Person(_) => &self.signed_in,
            Caller::Network(_) => &self.anonymous,
        };
        let limits = [usual.as_ref(), self.downloads.as_ref().filter(|_| is_download)];
        let mut standings = Standings::default();
        for limit in limits.into_iter().flatten() {
            standings.0.push(limit.take(caller));
            // What is refused uses nothing of the limits after it.
            if standings.wait().is_some() {
                break;
            }
        }
        standings
    }
}

/// One limit, for each caller.
struct Limit {
    name: &'static str,
    quota: NonZeroU32,
    buckets: Buckets,
    time: Time,
    swept: Mutex<Duration>,
}

type Buckets = RateLimiter<Caller, HashMapStateStore<Caller>, Time, StateInformationMiddleware>;

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit").field("name", &self.name).field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl Limit {
    fn new(name: &'static str, quota: NonZeroU32, time: Time) -> Self {
        let buckets = RateLimiter::hashmap_with_clock(Quota::per_minute(quota), time.clone());
        Self { name, quota, buckets: buckets.with_middleware(), swept: Mutex::new(time.now()), time }
    }

    fn take(&self, caller: &Caller) -> Standing {
        self.sweep();
        let (name, quota) = (self.name, self.quota.get());
        match self.buckets.check_key(caller) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let used = u64::from(quota.saturating_sub(left));
                let reset = (used * WINDOW).div_ceil(u64::from(quota));
                Standing { name, quota, left, reset, refused: false }
            }
            Err(until) => {
                let wait = until.wait_time_from(self.time.now());
                let reset = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Standing { name, quota, left: 0, reset: reset.max(1), refused: true }
            }
        }
    }

    fn sweep(&self) {
        let now = self.time.now();
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(*swept) < SWEEP {
            return;
        }
        *swept = now;
        drop(swept);
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }
}

/// What is left of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    name: &'static str,
    quota: u32,
    left: u32,
    /// Seconds until all of it is there again; where the request is refused, until one is.
    reset: u64,
    refused: bool,
}

/// What is left of the limits that a request falls under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings(Vec<Standing>);

impl Standings {
    /// Seconds until it is worth another try, where the request is refused.
    pub fn wait(&self) -> Option<u32> {
        let refused = self.0.iter().find(|standing| standing.refused);
        refused.map(|standing| u32::try_from(standing.reset).unwrap_or(u32::MAX))
    }

    /// Tells it in an answer; nothing where there is no limit.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let policies = self.0.iter().map(|one| format!("\"{}\";q={};w={WINDOW}", one.name, one.quota));
        let standings = self.0.iter().map(|one| format!("\"{}\";r={};t={}", one.name, one.left, one.reset));
        insert(headers, RATE_LIMIT_POLICY, policies.collect());
        insert(headers, RATE_LIMIT, standings.collect());
    }
}

/// Adds a list of structured fields (RFC 9651); an empty list is none.
fn insert(headers: &mut HeaderMap, name: HeaderName, items: Vec<String>) {
    if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(", "))) {
        headers.insert(name, value);
    }
}

/// Time that never goes back: what the clock was set back by is not waited for.
#[derive(Clone)]
struct Time {
    clock: Arc<dyn Clock>,
    /// What the clock said last, and how much time had gone by then.
    last: Arc<Mutex<(DateTime<Utc>, Duration)>>,
}

impl Time {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let last = Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, last }
    }
}

impl governor::clock::Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let (before, passed) = *last;
        let passed = passed + (now - before).to_std().unwrap_or_default();
        *last = (now, passed);
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[derive(Clone)]
    struct Hands(Arc<Mutex<DateTime<Utc>>>);

    impl Hands {
        fn new() -> Self {
            Self(Arc::new(Mutex::new("2026-11-23T12:00:00Z".parse().unwrap())))
        }

        fn turn(&self, by: TimeDelta) {
            *self.0.lock().unwrap() += by;
        }
    }

    impl Clock for Hands {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    fn limits(hands: &Hands) -> RateLimits {
        RateLimits::new(Rates { anonymous: 6, signed_in: 12, downloads: 2 }, Arc::new(hands.clone()))
    }

    fn from(address: &str) -> Caller {
        Caller::Network(Some(address.parse().unwrap()))
    }

    fn told(standings: &Standings) -> (String, String) {
        let mut headers = HeaderMap::new();
        standings.tell(&mut headers);
        let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        (text(RATE_LIMIT_POLICY), text(RATE_LIMIT))
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_refills_evenly() {
        let hands = Hands::new();
        let (limits, caller) = (limits(&hands), from("192.0.2.1"));
        for left in (0..6).rev() {
            let (policy, limit) = told(&limits.take(&caller, false));
            assert_eq!(policy, "\"default\";q=6;w=60");
            assert_eq!(limit, format!("\"default\";r={left};t={}", (6 - left) * 10));
        }
        let refused = limits.take(&caller, false);
        assert_eq!(refused.wait(), Some(10));
        assert_eq!(told(&refused).1, "\"default\";r=0;t=10");
        assert_eq!(limits.take(&from("192.0.2.2"), false).wait(), None, "others have limits of their own");
        hands.turn(TimeDelta::milliseconds(8_500));
        assert_eq!(limits.take(&caller, false).wait(), Some(2), "a second and a half, rounded up");
        hands.turn(TimeDelta::milliseconds(1_500));
        assert_eq!(limits.take(&caller, false).wait(), None);
        assert_eq!(limits.take(&caller, false).wait(), Some(10));
    }

    #[test]
    fn what_is_much_work_has_a_limit_besides() {
        let hands = Hands::new();
        let (limits, caller) = (limits(&hands), Caller::Person(Uuid::nil()));
        let (policy, limit) = told(&limits.take(&caller, true));
        assert_eq!(policy, "\"default\";q=12;w=60, \"downloads\";q=2;w=60");
        assert_eq!(limit, "\"default\";r=11;t=5, \"downloads\";r=1;t=30");
        assert_eq!(limits.take(&caller, true).wait(), None);
        assert_eq!(limits.take(&caller, true).wait(), Some(30));
        assert_eq!(limits.take(&caller, false).wait(), None);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_waiting() {
        let hands = Hands::new();
        let (limits, caller) = (limits(&hands), from("192.0.2.1"));
        for _ in 0..6 {
            limits.take(&caller, false);
        }
        hands.turn(TimeDelta::days(-400));
        assert_eq!(limits.take(&caller, false).wait(), Some(10));
        hands.turn(TimeDelta::seconds(10));
        assert_eq!(limits.take(&caller, false).wait(), None);
    }

    #[test]
    fn whoever_has_not_asked_for_long_is_forgotten() {
        let hands = Hands::new();
        let limits = limits(&hands);
        let kept = || limits.anonymous.as_ref().unwrap().buckets.len();
        for n in 0..100 {
            limits.take(&from(&format!("192.0.2.{n}")), false);
        }
        assert_eq!(kept(), 100);
        hands.turn(TimeDelta::seconds(61));
        limits.take(&from("198.51.100.1"), false);
        assert_eq!(kept(), 1);
    }

    #[test]
    fn no_limit_is_told_where_there_is_none() {
        let limits = RateLimits::new(Rates::NONE, Arc::new(Hands::new()));
        let standings = limits.take(&from("192.0.2.1"), true);
        assert_eq!(standings.wait(), None);
        assert_eq!(told(&standings), (String::new(), String::new()));
    }
}
