//! How many things of which kind changed, in words.

use super::nouns::{Noun, heading};
use super::tongue::{Tongue, in_all};
use crate::changes::model::net::NetChange;
use crate::kernel::LocalizedText;
use crate::ledger::model::{Action, Kind};

/// The order in which the changes of a plan are counted.
const ACTIONS: [Action; 4] = [Action::Created, Action::Published, Action::Changed, Action::Withdrawn];

/// So many things of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// What happened to them.
    pub action: Action,
    /// What kind of things.
    pub kind: Kind,
    /// How many.
    pub count: u64,
}

/// How many things of each kind were added, published, changed, withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub Vec<Count>);

impl Counts {
    /// Of some changes.
    pub fn of<'a>(changes: impl Iterator<Item = &'a NetChange>) -> Self {
        let mut counts: Vec<Count> = Vec::new();
        for NetChange { action, kind, .. } in changes {
            match counts.iter_mut().find(|one| one.action == *action && one.kind == *kind) {
                Some(one) => one.count += 1,
                None => counts.push(Count { action: *action, kind: *kind, count: 1 }),
            }
        }
        counts.sort_by_key(|one| (ACTIONS.iter().position(|action| *action == one.action), one.kind as u8));
        Self(counts)
    }

    /// The same in words.
    pub fn words(&self) -> LocalizedText {
        in_all(|tongue| self.in_tongue(tongue))
    }

    fn in_tongue(&self, tongue: Tongue) -> String {
        let told = self.0.chunk_by(|one, next| one.action == next.action).filter_map(|of_action| {
            let counted = |one: &Count| tongue.count(one.count, Noun::of(one.kind).counted(tongue));
            let list: Vec<_> = of_action.iter().map(counted).collect();
            Some(format!("{}: {}.", heading(of_action.first()?.action, tongue), list.join(", ")))
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return tongue.pick("Nothing changed.", "Nu s-a modificat nimic.").to_owned();
        }
        told.join(" ")
    }
}
