//! Whose the credentials are that held a moment ago, for what needs no proof of it, such as counting requests:
//! known without asking anybody, and never a reason to let anybody in.

use super::secret::token_hash;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// How long a credential is remembered: as long as an access token is good.
const KEPT: TimeDelta = TimeDelta::minutes(15);

/// Remembers credentials by their hashes.
#[derive(Default)]
pub(super) struct Familiar(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    owners: HashMap<[u8; 32], (Uuid, DateTime<Utc>)>,
    swept: DateTime<Utc>,
}

impl Familiar {
    /// A credential has held.
    pub(super) fn note(&self, token: &str, person_id: Uuid, now: DateTime<Utc>) {
        let mut seen = self.seen();
        if now - seen.swept >= KEPT {
            seen.swept = now;
            seen.owners.retain(|_, (_, noted)| now - *noted < KEPT);
        }
        seen.owners.insert(token_hash(token), (person_id, now));
    }

    /// Whose a credential was when it held last, where that is not long ago.
    pub(super) fn owner(&self, token: &str, now: DateTime<Utc>) -> Option<Uuid> {
        let (person_id, noted) = *self.seen().owners.get(&token_hash(token))?;
        (now - noted < KEPT).then_some(person_id)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_held_is_remembered_for_a_while_and_nothing_else() {
        let (familiar, ana) = (Familiar::default(), Uuid::from_u128(1));
        let now: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
        familiar.note("good", ana, now);
        assert_eq!(familiar.owner("good", now), Some(ana));
        assert_eq!(familiar.owner("made up", now), None);
        assert_eq!(familiar.owner("good", now + KEPT), None);
        familiar.note("better", ana, now + KEPT);
        assert_eq!(familiar.seen().owners.len(), 1);
    }
}
