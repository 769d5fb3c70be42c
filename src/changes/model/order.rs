//! The order in which the changes of a plan are told: that of the plan itself.

use super::names::{Names, id, text};
use super::net::NetChange;
use crate::ledger::model::Kind;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The changes of a commitment and of what is below it; those of the plan itself where it is none.
#[derive(Debug)]
pub struct CommitmentChanges {
    /// Which.
    pub commitment: Option<Uuid>,
    /// What changed.
    pub changes: Vec<NetChange>,
}

/// Where something stands in its commitment: the commitment itself first, then milestone by milestone with
/// what was reported about it, then what others say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    section: u8,
    position: i64,
    milestone: Option<Uuid>,
    within: u8,
}

/// What a thing belongs to.
#[derive(Debug, Clone, Copy, Default)]
struct Home {
    commitment: Option<Uuid>,
    milestone: Option<Uuid>,
}

/// Changes of one commitment, each with its place there.
type Ranked = Vec<(Rank, NetChange)>;

/// Changes by commitment, in the order of the plan's commitments and milestones.
pub fn by_commitment(changes: Vec<NetChange>, names: &Names) -> Vec<CommitmentChanges> {
    let mut groups: BTreeMap<_, Ranked> = BTreeMap::new();
    for change in changes {
        let home = home(&change, names);
        let group = home.commitment.map(|id| (commitment_order(id, names), id));
        groups.entry(group).or_default().push((rank(&change, home, names), change));
    }
    let group = |(group, mut changes): (Option<(String, Uuid)>, Ranked)| {
        let first = |change: &NetChange| change.entries.first().map(|entry| (entry.recorded_at, entry.id));
        changes.sort_by_key(|(rank, change)| (*rank, first(change)));
        CommitmentChanges {
            commitment: group.map(|(_, id)| id),
            changes: changes.into_iter().map(|(_, change)| change).collect(),
        }
    };
    groups.into_iter().map(group).collect()
}

/// Commitments without a code come last, as in lists.
fn commitment_order(id: Uuid, names: &Names) -> String {
    let Some(thing) = names.thing(id) else { return "~".to_owned() };
    let key = || format!("~{}", text(&thing.state, "key").unwrap_or_default());
    thing.code.clone().unwrap_or_else(key)
}

fn home(change: &NetChange, names: &Names) -> Home {
    match change.kind {
        Kind::Commitment => Home { commitment: Some(change.id), milestone: None },
        Kind::Milestone => of_milestone(change.id, &change.state),
        Kind::CommitmentLink => Home { commitment: id(&change.state, "from_id"), milestone: None },
        Kind::Evidence => of_evidence(&change.state, names),
        _ => below(&change.state, names),
    }
}

fn of_milestone(milestone: Uuid, state: &Value) -> Home {
    Home { commitment: id(state, "commitment_id"), milestone: Some(milestone) }
}

/// Of what names its commitment, milestone, update or assessment.
fn below(state: &Value, names: &Names) -> Home {
    let milestone = id(state, "milestone_id").and_then(|id| Some(of_milestone(id, &names.thing(id)?.state)));
    let above =
        ["progress_update_id", "assessment_id"].into_iter().find_map(|field| names.follow(state, field));
    match (milestone, above) {
        (Some(home), _) => home,
        (None, Some(thing)) => below(&thing.state, names),
        (None, None) => Home { commitment: id(state, "commitment_id"), milestone: None },
    }
}

/// Evidence is told where it was attached first.
fn of_evidence(state: &Value, names: &Names) -> Home {
    let first = state.get("uses").and_then(|uses| uses.get(0));
    first.map_or_else(|| below(state, names), |one| below(one, names))
}

fn rank(change: &NetChange, home: Home, names: &Names) -> Rank {
    let position = |state: &Value| state.get("position").and_then(Value::as_i64).unwrap_or(i64::MAX);
    let step = home.milestone.and_then(|id| names.thing(id));
    let (section, within) = match change.kind {
        Kind::ActionPlan | Kind::Commitment => (0, 0),
        Kind::CommitmentLink => (0, 1),
        Kind::Milestone => (1, 0),
        Kind::ProgressUpdate => (1, 1),
        Kind::Evidence if home.milestone.is_some() => (1, 2),
        Kind::ProgressReport => (2, 0),
        Kind::Assessment => (3, 0),
        Kind::AssessmentAnswer => (3, 1),
        _ => (4, 0),
    };
    let own = if change.kind == Kind::Milestone { position(&change.state) } else { i64::MAX };
    let position = if section == 1 { step.map_or(own, |thing| position(&thing.state)) } else { 0 };
    Rank { section, position, milestone: home.milestone, within }
}
