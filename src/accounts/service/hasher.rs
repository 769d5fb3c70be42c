//! Hashing passwords: slow on purpose, so never on the threads that answer requests, and never
//! more at once than the machine bears.

use super::secret::random;
use crate::accounts::model::Passphrase;
use crate::kernel::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for its turn before it is told to come back.
const WAIT: Duration = Duration::from_secs(5);

/// What hashing a password costs (RFC 9106). The default is OWASP's recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1 }
    }
}

impl Cost {
    /// KiB written, all passes together.
    fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// What a hash that is kept has cost.
    fn of(hash: &PasswordHash) -> Option<Self> {
        let params = Params::try_from(hash).ok()?;
        Some(Self { memory_kib: params.m_cost(), iterations: params.t_cost(), parallelism: params.p_cost() })
    }
}

/// Whether a password is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is.
    pub right: bool,
    /// The hash that is kept costs less than one would today.
    pub outdated: bool,
}

/// Hashes passwords with Argon2id, and counts the work.
pub struct Hasher {
    cost: Cost,
    params: Params,
    /// Fits no password; costs what a real one costs.
    dummy: String,
    turns: Arc<Semaphore>,
    /// How long a request waits for its turn.
    wait: Duration,
    work: AtomicU64,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Hasher {
    /// Hashes at this cost, on half of the cores at most.
    ///
    /// # Errors
    /// Where Argon2 does not know such a cost.
    pub fn new(cost: Cost) -> Result<Self, String> {
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None)
            .map_err(|error| error.to_string())?;
        let parts = random::<48>().map_err(|error| error.to_string())?;
        let (salt, hash) = parts.split_at(16);
        let dummy = format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            cost.memory_kib,
            cost.iterations,
            cost.parallelism,
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        );
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let turns = Arc::new(Semaphore::new((cores / 2).max(1)));
        Ok(Self { cost, params, dummy, turns, wait: WAIT, work: AtomicU64::new(0) })
    }

    /// The work done so far, in KiB written.
    pub fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// The hash to keep: a PHC string with a salt of its own.
    ///
    /// # Errors
    /// `NotNow` where too many wait.
    pub async fn hash(&self, password: &Passphrase) -> Result<String> {
        let (params, password) = (self.params.clone(), password.clone());
        self.work.fetch_add(self.cost.work(), Ordering::Relaxed);
        self.in_turn(move || {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password(password.expose().as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| Error::Internal(format!("a password could not be hashed: {error}")))
    }

    /// Whether a password is the one whose hash is kept. Where none is kept, the answer is no after
    /// the same work; a wrong password against a hash that was cheaper costs today's work besides, so
    /// that it is never the faster answer.
    ///
    /// # Errors
    /// `NotNow` where too many wait, `Internal` where what is kept is no hash.
    pub async fn verify(&self, password: &Passphrase, kept: Option<&str>) -> Result<Verdict> {
        let hash = PasswordHash::new(kept.unwrap_or(&self.dummy))
            .map_err(|error| Error::Internal(format!("a kept password hash is none: {error}")))?;
        let cost =
            Cost::of(&hash).ok_or_else(|| Error::Internal("a kept password hash has no cost".to_owned()))?;
        let outdated = cost.memory_kib < self.cost.memory_kib
            || cost.iterations < self.cost.iterations
            || cost.parallelism < self.cost.parallelism;
        let password = password.clone();
        self.work.fetch_add(cost.work(), Ordering::Relaxed);
        let dummy = PasswordHash::new(&self.dummy)
            .map_err(|error| Error::Internal(format!("the dummy hash is none: {error}")))?;
        let fits = self
            .in_turn(move || {
                let fits =
                    |hash| Argon2::default().verify_password(password.expose().as_bytes(), hash).is_ok();
                let right = fits(&hash);
                if outdated && !right {
                    fits(&dummy);
                }
                right
            })
            .await?;
        if outdated && !fits {
            self.work.fetch_add(self.cost.work(), Ordering::Relaxed);
        }
        Ok(Verdict { right: fits && kept.is_some(), outdated })
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = |cause: String| Error::NotNow {
            code: "hashing_busy",
            detail: "too many people sign in at this moment; try again shortly",
            cause,
        };
        let turn: OwnedSemaphorePermit =
            tokio::time::timeout(self.wait, Arc::clone(&self.turns).acquire_owned())
                .await
                .map_err(|_| busy("all turns to hash a password are taken".to_owned()))?
                .map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(move || {
            // Held by the work, not by the request, which may be given up.
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| Error::Internal(format!("hashing ended early: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(iterations: u32) -> Hasher {
        Hasher::new(Cost { memory_kib: 8, iterations, parallelism: 1 }).unwrap()
    }

    #[actix_web::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let (hasher, password) = (hasher(1), Passphrase::new("seven slow green trams"));
        let kept = hasher.hash(&password).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{kept}");
        assert_ne!(kept, hasher.hash(&password).await.unwrap(), "each has a salt of its own");
        let right = hasher.verify(&password, Some(&kept)).await.unwrap();
        assert_eq!(right, Verdict { right: true, outdated: false });
        let wrong = hasher.verify(&Passphrase::new("seven slow green tram"), Some(&kept)).await.unwrap();
        assert!(!wrong.right);
    }

    #[actix_web::test]
    async fn where_nothing_is_kept_the_work_is_the_same_and_the_answer_no() {
        let (hasher, password) = (hasher(3), Passphrase::new("seven slow green trams"));
        let kept = hasher.hash(&password).await.unwrap();
        let before = hasher.work();
        assert!(!hasher.verify(&Passphrase::new("wrong"), Some(&kept)).await.unwrap().right);
        let real = hasher.work() - before;
        assert!(!hasher.verify(&password, None).await.unwrap().right);
        assert_eq!(hasher.work() - before - real, real);
        assert_eq!(real, 24);
    }

    #[actix_web::test]
    async fn a_hash_that_was_cheaper_is_outdated() {
        let password = Passphrase::new("seven slow green trams");
        let kept = hasher(1).hash(&password).await.unwrap();
        assert!(hasher(2).verify(&password, Some(&kept)).await.unwrap().outdated);
        assert!(!hasher(1).verify(&password, Some(&kept)).await.unwrap().outdated);
    }

    #[actix_web::test]
    async fn a_wrong_password_against_a_cheaper_hash_is_no_faster_than_an_unknown_address() {
        let kept = hasher(1).hash(&Passphrase::new("seven slow green trams")).await.unwrap();
        let (hasher, wrong) = (hasher(3), Passphrase::new("wrong"));
        assert!(!hasher.verify(&wrong, None).await.unwrap().right);
        let unknown = hasher.work();
        let verdict = hasher.verify(&wrong, Some(&kept)).await.unwrap();
        assert_eq!(verdict, Verdict { right: false, outdated: true });
        assert_eq!((unknown, hasher.work() - unknown), (24, 24 + 8));
    }

    #[actix_web::test]
    async fn when_all_turns_are_taken_nobody_waits_for_long() {
        let hasher = Hasher { wait: Duration::from_millis(10), ..hasher(1) };
        let password = Passphrase::new("seven slow green trams");
        let all = u32::try_from(hasher.turns.available_permits()).unwrap();
        let taken = Arc::clone(&hasher.turns).acquire_many_owned(all).await.unwrap();
        let busy = hasher.verify(&password, None).await;
        assert!(matches!(busy, Err(Error::NotNow { code: "hashing_busy", .. })), "{busy:?}");
        drop(taken);
        hasher.verify(&password, None).await.unwrap();
    }

    #[test]
    fn a_cost_that_makes_no_sense_is_refused() {
        assert!(Hasher::new(Cost { memory_kib: 1, iterations: 1, parallelism: 1 }).is_err());
        assert!(Hasher::new(Cost { memory_kib: 8, iterations: 0, parallelism: 1 }).is_err());
        assert_eq!(Cost::default(), Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 });
    }
}
