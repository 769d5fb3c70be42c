//! Changes in words that a person can read, in every language in which they are told.

mod counts;
mod fields;
mod nouns;
mod phrase;
mod subject;
mod tongue;
mod values;

use super::names::{Names, id, localized};
use super::net::{FieldChange, NetChange};
use super::period::Period;
use crate::kernel::LocalizedText;
use crate::ledger::model::recorded::Recorded;
use crate::ledger::model::{Action, Kind};
use serde_json::Value;
use tongue::{Tongue, capital, in_all};
use uuid::Uuid;

pub use counts::{Count, Counts};

/// A change that is to be told: a single one, or what many come to.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    kind: Kind,
    id: Uuid,
    code: Option<&'a str>,
    action: Action,
    state: &'a Value,
    fields: &'a [FieldChange],
    reasons: Vec<&'a str>,
}

impl<'a> Told<'a> {
    /// A single change with the fields of its difference.
    pub fn entry(entry: &'a Recorded, fields: &'a [FieldChange]) -> Self {
        Self {
            kind: entry.kind,
            id: entry.resource_id,
            code: entry.code.as_deref(),
            action: entry.action,
            state: &entry.state,
            fields,
            reasons: entry.reason.as_deref().into_iter().collect(),
        }
    }

    /// What many changes come to, with every reason that was given for them.
    pub fn net(change: &'a NetChange) -> Self {
        let mut reasons: Vec<&str> = Vec::new();
        for reason in change.entries.iter().filter_map(|entry| entry.reason.as_deref()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Self {
            kind: change.kind,
            id: change.id,
            code: change.code.as_deref(),
            action: change.action,
            state: &change.state,
            fields: &change.fields,
            reasons,
        }
    }

    /// The change in one sentence, with the reasons.
    pub fn sentence(&self, names: &Names) -> LocalizedText {
        in_all(|tongue| Telling { tongue, names, told: self }.sentence())
    }

    /// What the thing is called: `Milestone 1.4 of ROTMR0001`.
    pub fn name(&self, names: &Names) -> LocalizedText {
        in_all(|tongue| capital(&Telling { tongue, names, told: self }.own_subject()))
    }

    /// Its title, where it has one.
    pub fn title(&self) -> Option<LocalizedText> {
        title(self.kind, self.state)
    }

    /// Where it can be read, or what it is part of; none for what is read nowhere.
    pub fn path(&self) -> Option<String> {
        let at = |collection: &str, id: Uuid| format!("/api/v1/{collection}/{id}");
        let part = |collection: &str, field: &str| Some(at(collection, id(self.state, field)?));
        match self.kind {
            Kind::Member => Some(at("members", self.id)),
            Kind::Institution => Some(at("institutions", self.id)),
            Kind::AssessmentScheme => Some(at("assessment-schemes", self.id)),
            Kind::ActionPlan => Some(at("action-plans", self.id)),
            Kind::Commitment => Some(at("commitments", self.id)),
            Kind::Milestone => Some(at("milestones", self.id)),
            Kind::ProgressUpdate => Some(at("progress-updates", self.id)),
            Kind::Evidence => Some(at("evidence", self.id)),
            Kind::Assessment => Some(at("assessments", self.id)),
            Kind::CommitmentLink => part("commitments", "from_id"),
            Kind::ProgressReport => part("commitments", "commitment_id"),
            Kind::AssessmentAnswer => part("assessments", "assessment_id"),
            Kind::ReportingRules => Some("/api/v1/reporting-rules".to_owned()),
            Kind::LogKey => Some("/api/v1/ledger/public-key".to_owned()),
            Kind::PolicyArea => None,
        }
    }
}

/// What a field of a kind of things is called.
pub fn field_name(kind: Kind, name: &str) -> LocalizedText {
    in_all(|tongue| match fields::field(kind, name) {
        Some(field) => field.called(tongue).to_owned(),
        None => name.replace('_', " "),
    })
}

/// What is told: of which plan, between which days.
pub fn heading(slug: &str, plan: &LocalizedText, period: &Period) -> LocalizedText {
    in_all(|tongue| {
        let plan = tongue.best(plan).map_or_else(|| slug.to_owned(), |title| tongue.quote(&title));
        let (from, to) = (tongue.day(period.from), tongue.day(period.to));
        match tongue {
            Tongue::English => format!("Changes of the action plan {plan} from {from} to {to}"),
            Tongue::Romanian => format!("Modificările planului de acțiune {plan} de la {from} până la {to}"),
        }
    })
}

/// What the changes of a commitment stand under; those of the plan itself where it is none.
pub fn group_name(commitment: Option<Uuid>, names: &Names) -> LocalizedText {
    in_all(|tongue| match commitment.and_then(|id| names.thing(id)) {
        None => tongue.pick("The plan itself", "Planul însuși").to_owned(),
        Some(thing) => {
            let title = title(thing.kind, &thing.state).and_then(|title| tongue.best(&title));
            thing.code.iter().cloned().chain(title).collect::<Vec<_>>().join(": ")
        }
    })
}

/// The title of a thing, as its state has it.
fn title(kind: Kind, state: &Value) -> Option<LocalizedText> {
    let field = match kind {
        Kind::Member | Kind::Institution | Kind::PolicyArea => "name",
        Kind::Assessment => "report",
        _ => "title",
    };
    localized(state, field)
}

/// A change that is being told in one language.
#[derive(Debug, Clone, Copy)]
struct Telling<'a> {
    tongue: Tongue,
    names: &'a Names,
    told: &'a Told<'a>,
}

impl Telling<'_> {
    fn sentence(self) -> String {
        let said = match self.told.action {
            Action::Changed => self.changed(),
            Action::Created | Action::Published => self.came(),
            Action::Withdrawn | Action::Deleted => self.happened(&self.own_subject()),
        };
        let said = capital(&said);
        if self.told.reasons.is_empty() {
            return said;
        }
        let reasons: Vec<_> = self.told.reasons.iter().map(|reason| self.tongue.quote(reason)).collect();
        format!("{said}. {}: {}", self.tongue.pick("Reason", "Motiv"), reasons.join(", "))
    }

    fn changed(self) -> String {
        let phrases: Vec<_> = self.told.fields.iter().filter_map(|field| self.phrase(field)).collect();
        if phrases.is_empty() {
            return self.happened(&self.own_subject());
        }
        format!("{}: {}", self.own_subject(), phrases.join("; "))
    }

    /// Something that is new: what it says at first matters more than that it was added.
    fn came(self) -> String {
        let (state, tongue) = (self.told.state, self.tongue);
        match self.told.kind {
            Kind::ProgressUpdate => self.reported(),
            Kind::CommitmentLink => {
                let what = self.happened(tongue.pick("link", "o legătură"));
                format!("{what}: {}", self.link(state))
            }
            Kind::Evidence => {
                let what = self.happened(tongue.pick("evidence", "o dovadă"));
                let to = self.proves(state).map(|to| format!(" {} {to}", tongue.pick("to", "la")));
                let title = self.titled(self.told.kind, state).map(|title| format!(": {title}"));
                [Some(what), to, title].into_iter().flatten().collect()
            }
            kind => {
                let subject = self.own_subject();
                let title = self.titled(kind, state).filter(|title| !subject.contains(title.as_str()));
                let details: Vec<_> = title.into_iter().chain(self.due(state)).collect();
                let what = self.happened(&subject);
                if details.is_empty() { what } else { format!("{what}: {}", details.join(", ")) }
            }
        }
    }

    /// That something happened to a subject.
    fn happened(self, subject: &str) -> String {
        let verb = nouns::verb(self.told.action, self.tongue);
        match self.tongue {
            Tongue::English => format!("{subject} {verb}"),
            Tongue::Romanian => format!("{verb} {subject}"),
        }
    }

    fn due(self, state: &Value) -> Option<String> {
        let due = values::value(self.tongue, "due", state.get("due")?)?;
        Some(format!("{} {due}", self.tongue.pick("due", "cu termen")))
    }

    /// What was reported about a milestone.
    fn reported(self) -> String {
        let (state, tongue) = (self.told.state, self.tongue);
        let value = |field: &str| values::value(tongue, field, state.get(field)?);
        let milestone = self.names.follow(state, "milestone_id");
        let milestone = milestone
            .map_or_else(|| tongue.pick("a milestone", "un jalon").to_owned(), |thing| self.subject(thing));
        let said = match (id(state, "supersedes").is_some(), tongue) {
            (false, Tongue::English) => format!("progress of {milestone} reported as "),
            (true, Tongue::English) => format!("progress of {milestone} corrected to "),
            (false, Tongue::Romanian) => format!("progresul pentru {milestone} s-a raportat ca "),
            (true, Tongue::Romanian) => format!("progresul pentru {milestone} s-a corectat: "),
        };
        let percent = value("percent").map(|percent| format!(" ({percent})"));
        let on = |words, field| value(field).map(|day| format!(", {words} {day}"));
        let parts = [
            Some(said),
            value("progress"),
            percent,
            on(tongue.pick("effective", "la data de"), "effective_on"),
            on(tongue.pick("completed", "finalizat la"), "completed_on"),
        ];
        parts.into_iter().flatten().collect()
    }
}
