//! What things are called in sentences.

use super::nouns::Noun;
use super::tongue::Tongue;
use super::{Telling, title, values};
use crate::changes::model::names::{Thing, text};
use crate::ledger::model::Kind;
use serde_json::Value;

impl Telling<'_> {
    /// The thing that the change is about.
    pub(super) fn own_subject(self) -> String {
        self.subject_of(self.told.kind, self.told.code, self.told.state)
    }

    /// Another thing.
    pub(super) fn subject(self, thing: &Thing) -> String {
        self.subject_of(thing.kind, thing.code.as_deref(), &thing.state)
    }

    fn subject_of(self, kind: Kind, code: Option<&str>, state: &Value) -> String {
        let noun = Noun::of(kind).subject(self.tongue);
        match kind {
            Kind::Milestone => {
                let label = text(state, "label").map(str::to_owned).or_else(|| self.titled(kind, state));
                join([Some(noun.to_owned()), label, self.of_commitment(state)])
            }
            Kind::ProgressUpdate => {
                let milestone = self.names.follow(state, "milestone_id").map(|thing| self.subject(thing));
                let about = milestone.map(|name| format!("{} {name}", self.tongue.pick("of", "despre")));
                join([Some(noun.to_owned()), about])
            }
            Kind::Assessment => {
                let report = self.titled(kind, state).map(|report| format!("({report})"));
                join([Some(noun.to_owned()), self.of_commitment(state), report])
            }
            Kind::AssessmentAnswer => {
                let answered = self.names.follow(state, "assessment_id").map(|thing| self.subject(thing));
                let noun = if answered.is_some() {
                    self.tongue.pick("answer to the", "răspunsul la")
                } else {
                    noun
                };
                join([Some(noun.to_owned()), answered])
            }
            Kind::ProgressReport => join([Some(noun.to_owned()), self.of_commitment(state)]),
            Kind::CommitmentLink => format!("{noun} {}", self.tongue.quote(&self.link(state))),
            Kind::Evidence => {
                let noun = self.tongue.pick("evidence", noun);
                join([Some(noun.to_owned()), self.titled(kind, state)])
            }
            _ => {
                let name = code.map(str::to_owned).or_else(|| self.titled(kind, state));
                join([Some(noun.to_owned()), name])
            }
        }
    }

    /// Its title in quotation marks.
    pub(super) fn titled(self, kind: Kind, state: &Value) -> Option<String> {
        let best = self.tongue.best(&title(kind, state)?)?;
        Some(self.tongue.quote(&best))
    }

    /// That something is part of a commitment.
    fn of_commitment(self, state: &Value) -> Option<String> {
        let commitment = self.names.follow(state, "commitment_id")?;
        let name = self.commitment(commitment)?;
        Some(match (self.tongue, commitment.code.is_some()) {
            (Tongue::English, true) => format!("of {name}"),
            (Tongue::English, false) => format!("of commitment {name}"),
            (Tongue::Romanian, _) => format!("al angajamentului {name}"),
        })
    }

    /// The code of a commitment, or else its title.
    fn commitment(self, thing: &Thing) -> Option<String> {
        thing.code.clone().or_else(|| self.titled(thing.kind, &thing.state))
    }

    /// What a link says: `ROTMR0001 continues ROTMR0005`.
    pub(super) fn link(self, state: &Value) -> String {
        let end = |field| self.names.follow(state, field).and_then(|thing| self.commitment(thing));
        let kind = text(state, "kind").map(|kind| values::word(self.tongue, kind));
        join([end("from_id"), kind, end("to_id")])
    }

    /// What evidence proves: the first thing that it was attached to. What was reported about a milestone
    /// is told as the milestone.
    pub(super) fn proves(self, state: &Value) -> Option<String> {
        let first = state.get("uses").and_then(|uses| uses.get(0)).unwrap_or(state);
        self.attached_to(first)
    }

    /// What a use of evidence attaches it to.
    pub(super) fn attached_to(self, of: &Value) -> Option<String> {
        let update = self.names.follow(of, "progress_update_id");
        let reported = update.and_then(|update| self.names.follow(&update.state, "milestone_id"));
        let others = ["milestone_id", "assessment_id", "commitment_id"];
        let thing = reported.or_else(|| others.iter().find_map(|field| self.names.follow(of, field)))?;
        Some(self.subject(thing))
    }
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
