//! What is left of many changes of a thing: the difference between what the record said of it at the end of
//! one day and at the end of another.

use crate::ledger::model::recorded::Recorded;
use crate::ledger::model::{Action, Kind, difference};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// What a field said before and says after.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What it said; null for nothing.
    pub before: Value,
    /// What it says; null for nothing.
    pub after: Value,
}

/// How a thing differs between two instants of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct NetChange {
    /// What kind of thing.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
    /// The name that people used for it last.
    pub code: Option<String>,
    /// What happened to it on the whole.
    pub action: Action,
    /// What it says now, or said last.
    pub state: Value,
    /// The fields that differ; nothing where it was withdrawn.
    pub fields: Vec<FieldChange>,
    /// The single changes, in their order.
    pub entries: Vec<Recorded>,
}

/// The fields of a difference as the record has it.
pub fn fields_of(difference: &Value) -> Vec<FieldChange> {
    let field = |(field, of): (&String, &Value)| {
        let side = |side| of.get(side).cloned().unwrap_or_default();
        FieldChange { field: field.clone(), before: side("before"), after: side("after") }
    };
    difference.as_object().into_iter().flatten().map(field).collect()
}

/// How things differ between two instants. `history` is all that the public record told of them before the
/// second one: thing by thing, each from its beginning.
pub fn net_changes(history: &[Recorded], from: DateTime<Utc>) -> Vec<NetChange> {
    history
        .chunk_by(|one, next| one.resource_id == next.resource_id)
        .filter_map(|one| net(one, from))
        .collect()
}

/// How one thing differs between an instant and the end of its history; nothing where it is as it was.
fn net(history: &[Recorded], from: DateTime<Utc>) -> Option<NetChange> {
    let (earlier, later): (Vec<_>, Vec<_>) = history.iter().partition(|entry| entry.recorded_at < from);
    let all: Vec<_> = history.iter().collect();
    let (last, first) = (history.last()?, later.first()?);
    let (action, fields) = match (standing(&earlier), standing(&all)) {
        (None, None) => return None,
        (None, Some(after)) => {
            let published = first.action == Action::Published;
            let action = if published { Action::Published } else { Action::Created };
            let mut fields = fields_of(&difference(&Value::Null, after));
            fields.retain(|field| !says_nothing(&field.after));
            (action, fields)
        }
        (Some(_), None) => (Action::Withdrawn, Vec::new()),
        (Some(before), Some(after)) => (Action::Changed, fields_of(&difference(before, after))),
    };
    if action == Action::Changed && fields.is_empty() {
        return None;
    }
    let state = history.iter().rfind(|entry| !entry.state.is_null()).map(|entry| entry.state.clone());
    Some(NetChange {
        kind: last.kind,
        id: last.resource_id,
        code: last.code.clone(),
        action,
        state: state.unwrap_or_default(),
        fields,
        entries: later.into_iter().cloned().collect(),
    })
}

/// What a history says of its thing at its end; nothing where it has not begun or the thing is gone.
/// Withdrawal is for good, though an import may still correct what was withdrawn.
fn standing<'a>(history: &[&'a Recorded]) -> Option<&'a Value> {
    let gone = |entry: &&&Recorded| matches!(entry.action, Action::Withdrawn | Action::Deleted);
    if history.iter().any(|entry| gone(&entry)) {
        return None;
    }
    history.last().map(|entry| &entry.state)
}

/// Whether a value is none at all or empty.
pub(super) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn at(second: usize) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::try_from(second).unwrap(), 0).unwrap()
    }

    fn entry(second: usize, action: Action, state: Value) -> Recorded {
        Recorded {
            id: Uuid::from_u128(second as u128),
            recorded_at: at(second),
            action,
            kind: Kind::Milestone,
            resource_id: Uuid::from_u128(1),
            code: None,
            version: i64::try_from(second).unwrap(),
            member_id: None,
            plan_id: None,
            role: "editor".to_owned(),
            role_member_id: None,
            reason: None,
            difference: json!({}),
            state,
        }
    }

    /// A thing that is made and then says one thing after the other.
    fn history(states: &[BTreeMap<String, u8>]) -> Vec<Recorded> {
        let action = |second| if second == 0 { Action::Created } else { Action::Changed };
        states.iter().enumerate().map(|(second, state)| entry(second, action(second), json!(state))).collect()
    }

    /// What is left between two seconds, as fields with both sides.
    fn left(history: &[Recorded], from: usize, to: usize) -> BTreeMap<String, (Value, Value)> {
        let known: Vec<_> = history.iter().filter(|entry| entry.recorded_at < at(to)).cloned().collect();
        let found = net_changes(&known, at(from));
        let fields = found.into_iter().flat_map(|change| change.fields);
        fields.map(|field| (field.field, (field.before, field.after))).collect()
    }

    fn states() -> impl Strategy<Value = Vec<BTreeMap<String, u8>>> {
        let state = proptest::collection::btree_map("[abc]", 0u8..3, 0..4);
        proptest::collection::vec(state, 2..8)
    }

    proptest! {
        #[test]
        fn a_change_and_its_reversal_leave_nothing(mut states in states()) {
            let back: Vec<_> = states.iter().rev().skip(1).cloned().collect();
            states.extend(back);
            prop_assert_eq!(left(&history(&states), 1, states.len()), BTreeMap::new());
        }

        #[test]
        fn two_periods_one_after_the_other_leave_what_both_do(
            states in states(), cuts in proptest::array::uniform3(any::<proptest::sample::Index>())
        ) {
            let history = history(&states);
            let mut cuts = cuts.map(|cut| cut.index(states.len()) + 1);
            cuts.sort_unstable();
            let [from, between, to] = cuts;
            let mut both = left(&history, from, between);
            for (field, (before, after)) in left(&history, between, to) {
                let first = both.get(&field).map_or(before, |(first, _)| first.clone());
                both.insert(field, (first, after));
            }
            both.retain(|_, (before, after)| before != after);
            prop_assert_eq!(left(&history, from, to), both);
        }
    }

    #[test]
    fn what_comes_and_goes_is_told_as_what_it_is_on_the_whole() {
        let said = json!({"title": "A", "notes": [], "due": null});
        let action = |entries: &[Recorded], from| {
            net_changes(entries, at(from)).into_iter().map(|change| change.action).next()
        };
        let made =
            [entry(1, Action::Created, said.clone()), entry(2, Action::Changed, json!({"title": "B"}))];
        assert_eq!(action(&made, 0), Some(Action::Created));
        let made = net_changes(&made, at(0)).remove(0);
        assert_eq!(made.fields, fields_of(&json!({"title": {"before": null, "after": "B"}})));
        assert_eq!(made.entries.len(), 2);
        let published = [entry(1, Action::Published, said.clone())];
        assert_eq!(action(&published, 0), Some(Action::Published));
        let gone = [entry(1, Action::Created, said.clone()), entry(2, Action::Withdrawn, said.clone())];
        assert_eq!((action(&gone, 0), action(&gone, 2)), (None, Some(Action::Withdrawn)));
        // An import corrects what was withdrawn: it stays withdrawn.
        let [made, gone] = gone;
        let corrected = [made, gone, entry(3, Action::Changed, json!({"title": "B"}))];
        assert_eq!((action(&corrected, 2), action(&corrected, 3)), (Some(Action::Withdrawn), None));
        assert_eq!(action(&corrected, 4), None);
    }
}
