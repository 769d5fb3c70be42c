//! Whether what was read still holds: what changed, and when.
//!
//! Every change of public data counts up one number, in the process that made it before anybody is told that it is
//! made, and in others when they hear of it. Whoever reads remembers the number that stood before reading; what was
//! read holds as long as nothing that it shows has changed since. A change noted while something is read makes that
//! old at once, even where it was read after the change: one reading too many, never one too few.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use uuid::Uuid;

/// How many numbers are kept for what changes below plans and members. Two that share one are read once too often;
/// memory stays the same however many there are.
const SHELVES: usize = 4096;

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Anything.
    Everything,
    /// Of what is reported, only what is about one plan.
    Plan(Uuid),
    /// Of what is reported, only what is about one member.
    Member(Uuid),
}

impl Shown {
    /// What is seen where nothing but some plans is asked about.
    pub fn of_plans(plans: &[Uuid]) -> Self {
        match plans {
            [plan] => Self::Plan(*plan),
            _ => Self::Everything,
        }
    }
}

/// What a change was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Anything: names that appear everywhere, what is public at all.
    Everything,
    /// What is reported about these plans and members only.
    Below(BTreeSet<Uuid>),
}

impl Default for Touched {
    fn default() -> Self {
        Self::Below(BTreeSet::new())
    }
}

impl Touched {
    /// Whether nothing was.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Below(ids) if ids.is_empty())
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Below(mut ids), Self::Below(more)) => {
                ids.extend(more);
                Self::Below(ids)
            }
            _ => Self::Everything,
        }
    }
}

/// When something was read, counted in changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// What is known of changes. All copies know the same.
#[derive(Debug, Clone)]
pub struct Freshness(Arc<Known>);

#[derive(Debug)]
struct Known {
    /// The number of the last change of all.
    last: AtomicU64,
    /// That of the last change of what appears everywhere.
    everything: AtomicU64,
    /// Those of the last changes about plans and members.
    below: Box<[AtomicU64]>,
    /// Whether changes that others make are heard of.
    hears: AtomicBool,
}

impl Default for Freshness {
    /// That of a process that is told of nobody else's changes yet: nothing that was read is known to hold.
    fn default() -> Self {
        Self(Arc::new(Known {
            last: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            below: (0..SHELVES).map(|_| AtomicU64::new(0)).collect(),
            hears: AtomicBool::new(false),
        }))
    }
}

impl Freshness {
    /// Before something is read.
    pub fn now(&self) -> Moment {
        Moment(self.0.last.load(Ordering::SeqCst))
    }

    /// Whether what was read after a moment still is as it was read.
    pub fn holds(&self, read: Moment, shown: Shown) -> bool {
        self.0.hears.load(Ordering::SeqCst)
            && match shown {
                Shown::Everything => self.0.last.load(Ordering::SeqCst) <= read.0,
                Shown::Plan(id) | Shown::Member(id) => {
                    self.0.everything.load(Ordering::SeqCst) <= read.0
                        && self.shelf(id).is_some_and(|last| last.load(Ordering::SeqCst) <= read.0)
                }
            }
    }

    /// Notes a change, after it is made.
    pub fn changed(&self, touched: &Touched) {
        if touched.is_nothing() {
            return;
        }
        let number = self.0.last.fetch_add(1, Ordering::SeqCst) + 1;
        match touched {
            Touched::Everything => {
                self.0.everything.fetch_max(number, Ordering::SeqCst);
            }
            Touched::Below(ids) => {
                for shelf in ids.iter().filter_map(|id| self.shelf(*id)) {
                    shelf.fetch_max(number, Ordering::SeqCst);
                }
            }
        }
    }

    /// Says whether changes that others make are heard of from now on. What they changed before is not known.
    pub fn hears(&self, does: bool) {
        if does {
            self.changed(&Touched::Everything);
        }
        self.0.hears.store(does, Ordering::SeqCst);
    }

    fn shelf(&self, id: Uuid) -> Option<&AtomicU64> {
        // The last bits of an id are random (RFC 9562, section 5.7).
        usize::try_from(id.as_u128() % SHELVES as u128).ok().and_then(|place| self.0.below.get(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening() -> Freshness {
        let freshness = Freshness::default();
        freshness.hears(true);
        freshness
    }

    fn below(ids: &[u128]) -> Touched {
        Touched::Below(ids.iter().copied().map(Uuid::from_u128).collect())
    }

    #[test]
    fn what_was_read_holds_until_something_of_it_changes() {
        let (freshness, plan, other) = (listening(), Uuid::from_u128(1), Uuid::from_u128(2));
        let read = freshness.now();
        assert!(freshness.holds(read, Shown::Plan(plan)) && freshness.holds(read, Shown::Everything));
        freshness.changed(&below(&[2]));
        assert!(freshness.holds(read, Shown::Plan(plan)));
        assert!(!freshness.holds(read, Shown::Plan(other)) && !freshness.holds(read, Shown::Everything));
        assert!(freshness.holds(freshness.now(), Shown::Plan(other)));
        let read = freshness.now();
        freshness.changed(&Touched::Everything);
        assert!(!freshness.holds(read, Shown::Plan(plan)) && !freshness.holds(read, Shown::Everything));
    }

    #[test]
    fn a_change_while_something_is_read_makes_it_old() {
        let freshness = listening();
        let begun = freshness.now();
        freshness.changed(&below(&[1]));
        assert!(!freshness.holds(begun, Shown::Member(Uuid::from_u128(1))));
    }

    #[test]
    fn nothing_is_known_to_hold_while_others_are_not_heard() {
        let freshness = Freshness::default();
        assert!(!freshness.holds(freshness.now(), Shown::Everything));
        freshness.hears(true);
        let read = freshness.now();
        freshness.hears(false);
        assert!(!freshness.holds(read, Shown::Everything));
        freshness.hears(true);
        assert!(!freshness.holds(read, Shown::Everything), "what was missed meanwhile is not known");
    }

    #[test]
    fn what_is_touched_adds_up() {
        assert!(Touched::default().is_nothing());
        assert_eq!(below(&[1]).and(below(&[2, 1])), below(&[1, 2]));
        assert_eq!(below(&[1]).and(Touched::Everything), Touched::Everything);
        let freshness = listening();
        let read = freshness.now();
        freshness.changed(&Touched::default());
        assert!(freshness.holds(read, Shown::Everything));
    }
}
