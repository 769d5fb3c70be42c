//! Changes as readers see them: each in a sentence, with what it said before and says after.

use super::model::{
    Counts, FieldChange, Names, NetChange, PlanChanges, Told, field_name, fields_of, group_name, heading,
};
use crate::commitments::model::{CommitmentName, CommitmentRef};
use crate::http::Wanted;
use crate::http::language::Said;
use crate::kernel::{Language, LocalizedText};
use crate::ledger::model::recorded::Recorded;
use crate::ledger::model::{Action, Kind};
use crate::plans::model::{ActionPlanRef, PlanName};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What changed in a plan between two days.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanChanges {
    /// Which plan.
    action_plan: ActionPlanRef,
    /// The day at whose end (UTC) the record is compared with the later one.
    #[schema(example = "2022-12-31")]
    from: NaiveDate,
    /// The day at whose end (UTC) the later record is.
    #[schema(example = "2023-06-30")]
    to: NaiveDate,
    /// What is told here, in words.
    heading: Said,
    /// How much changed.
    summary: ChangeSummary,
    /// What changed: in the plan itself first, then by commitment in the plan's order. Nothing where nothing did.
    groups: Vec<ChangeGroup>,
}

/// How much changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeSummary {
    /// The counts in words.
    said: Said,
    /// How many things are not what they were.
    resources: usize,
    /// How many single changes brought that about.
    entries: usize,
    /// How many single changes left nothing behind: they were taken back, or what they made was withdrawn.
    without_effect: usize,
    /// How many things of each kind were added, published, changed, withdrawn.
    counts: Vec<ChangeCount>,
}

/// So many things of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeCount {
    /// What happened to them on the whole.
    action: Action,
    /// What kind of things.
    kind: Kind,
    /// How many.
    count: u64,
}

/// The changes of a commitment and of what is below it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeGroup {
    /// Which commitment; null for the plan itself.
    #[schema(required)]
    commitment: Option<CommitmentRef>,
    /// The same in words.
    name: Said,
    /// What changed: the commitment first, then milestone by milestone.
    changes: Vec<ResourceChange>,
}

/// How one thing differs between two days.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceChange {
    /// What happened to it on the whole.
    action: Action,
    /// What kind of thing.
    kind: Kind,
    /// Which.
    resource_id: Uuid,
    /// The name that people use for it; null for what has none.
    #[schema(required, example = "ROTMR0001")]
    code: Option<String>,
    /// What it is called in words: `Milestone 1.4 of ROTMR0001`.
    name: Said,
    /// Its title; null for what has none.
    #[schema(required)]
    title: Option<String>,
    /// Where it can be read, or what it is part of; null for what is read nowhere.
    #[schema(required, example = "/api/v1/milestones/0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a12")]
    url: Option<String>,
    /// What changed, with the reasons that were given.
    sentence: Said,
    /// The fields that differ; of what is new those that say something; nothing where it was withdrawn.
    fields: Vec<ChangedField>,
    /// The single changes that it comes from, in their order.
    entries: Vec<ChangeEntry>,
}

/// What a field said before and says after, as it is recorded: texts in all their languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedField {
    /// The field.
    #[schema(example = "due")]
    field: String,
    /// What it is called in words.
    #[schema(required, example = "due date")]
    name: Option<String>,
    /// What it said; null for nothing.
    #[schema(value_type = Value)]
    before: Value,
    /// What it says; null for nothing.
    #[schema(value_type = Value)]
    after: Value,
}

/// One recorded change: the ledger has it under its id.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeEntry {
    /// Id (UUIDv7).
    id: Uuid,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// What happened.
    action: Action,
    /// In which role it was changed.
    #[schema(example = "editor")]
    role: String,
    /// For which member that role was held, by code; null for roles of the whole system.
    #[schema(required, example = "ROTMR")]
    member: Option<String>,
    /// Why, where it was said.
    #[schema(required)]
    reason: Option<String>,
}

/// Changes in the order of the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeList {
    /// The changes.
    pub data: Vec<RecordedChange>,
    /// Where the page stands.
    pub page: ChangePage,
}

/// Where a page of changes stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangePage {
    /// What `after` takes to go on, now or at any time; also on the last page, for what will change later.
    pub next: String,
    /// Whether more has changed already.
    pub more: bool,
}

/// A change in its place in the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedChange {
    /// Its place in the record; `/ledger/entries/{index}` is all of it.
    index: i64,
    /// Id (UUIDv7).
    id: Uuid,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// What happened.
    action: Action,
    /// To what kind of thing.
    kind: Kind,
    /// To which.
    resource_id: Uuid,
    /// The name that people used for it then; null for what has none.
    #[schema(required, example = "ROTMR0001")]
    code: Option<String>,
    /// What it is called in words: `Milestone 1.4 of ROTMR0001`.
    name: Said,
    /// The member whose it is, by code; null for what belongs to nobody.
    #[schema(required, example = "ROTMR")]
    member: Option<String>,
    /// The plan that it is part of, by slug; null where it is part of none.
    #[schema(required, example = "timisoara-2022-2024")]
    action_plan: Option<String>,
    /// In which role it was changed.
    #[schema(example = "editor")]
    role: String,
    /// For which member that role was held, by code; null for roles of the whole system.
    #[schema(required, example = "ROTMR")]
    role_member: Option<String>,
    /// Why, where it was said.
    #[schema(required)]
    reason: Option<String>,
    /// Where the thing can be read, or what it is part of; null for what is read nowhere.
    #[schema(required, example = "/api/v1/milestones/0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a12")]
    url: Option<String>,
    /// What changed, with the reason.
    sentence: Said,
    /// What changed in it, by field; nothing where it was only withdrawn.
    fields: Vec<ChangedField>,
}

/// Tells changes in the language wanted.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    /// The language.
    pub wanted: &'a Wanted,
    /// What things are called.
    pub names: &'a Names,
}

impl Teller<'_> {
    /// What changed in a plan.
    pub fn plan(self, plan: &PlanName, changes: &PlanChanges) -> ActionPlanChanges {
        let all = || changes.groups.iter().flat_map(|group| &group.changes);
        let counts = Counts::of(all());
        let summary = ChangeSummary {
            said: self.said(&counts.words()),
            resources: all().count(),
            entries: all().map(|change| change.entries.len()).sum(),
            without_effect: changes.without_effect,
            counts: counts
                .0
                .iter()
                .map(|one| ChangeCount { action: one.action, kind: one.kind, count: one.count })
                .collect(),
        };
        let groups = changes.groups.iter().map(|group| ChangeGroup {
            commitment: group.commitment.map(|id| self.commitment(id)),
            name: self.said(&group_name(group.commitment, self.names)),
            changes: group.changes.iter().map(|change| self.resource(change)).collect(),
        });
        ActionPlanChanges {
            action_plan: plan.in_language(|text| self.wanted.text(text)),
            from: changes.period.from,
            to: changes.period.to,
            heading: self.said(&heading(&plan.slug, &plan.title, &changes.period)),
            summary,
            groups: groups.collect(),
        }
    }

    /// A change in its place in the record.
    pub fn recorded(self, index: i64, entry: &Recorded) -> RecordedChange {
        let fields = fields_of(&entry.difference);
        let told = Told::entry(entry, &fields);
        RecordedChange {
            index,
            id: entry.id,
            recorded_at: entry.recorded_at,
            action: entry.action,
            kind: entry.kind,
            resource_id: entry.resource_id,
            code: entry.code.clone(),
            name: self.said(&told.name(self.names)),
            member: self.code(entry.member_id),
            action_plan: self.code(entry.plan_id),
            role: entry.role.clone(),
            role_member: self.code(entry.role_member_id),
            reason: entry.reason.clone(),
            url: told.path(),
            sentence: self.said(&told.sentence(self.names)),
            fields: self.fields(entry.kind, &fields),
        }
    }

    fn resource(self, change: &NetChange) -> ResourceChange {
        let told = Told::net(change);
        ResourceChange {
            action: change.action,
            kind: change.kind,
            resource_id: change.id,
            code: change.code.clone(),
            name: self.said(&told.name(self.names)),
            title: told.title().and_then(|title| self.wanted.text(&title)),
            url: told.path(),
            sentence: self.said(&told.sentence(self.names)),
            fields: self.fields(change.kind, &change.fields),
            entries: change.entries.iter().map(|entry| self.entry(entry)).collect(),
        }
    }

    fn entry(self, entry: &Recorded) -> ChangeEntry {
        ChangeEntry {
            id: entry.id,
            recorded_at: entry.recorded_at,
            action: entry.action,
            role: entry.role.clone(),
            member: self.code(entry.role_member_id),
            reason: entry.reason.clone(),
        }
    }

    fn fields(self, kind: Kind, fields: &[FieldChange]) -> Vec<ChangedField> {
        let field = |change: &FieldChange| ChangedField {
            name: self.wanted.text(&field_name(kind, &change.field)),
            field: change.field.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        };
        fields.iter().map(field).collect()
    }

    fn commitment(self, id: Uuid) -> CommitmentRef {
        let code = self.names.code(id).map(str::to_owned);
        let title = self.names.commitment_title(id).unwrap_or_default();
        CommitmentName { id, code, title }.in_language(|text| self.wanted.text(text))
    }

    fn code(self, id: Option<Uuid>) -> Option<String> {
        self.names.code(id?).map(str::to_owned)
    }

    fn said(self, text: &LocalizedText) -> Said {
        // Told in every language that changes are told in, so there is one.
        let nothing = || Said { text: String::new(), language: Language::english(), translations: None };
        self.wanted.said(text).unwrap_or_else(nothing)
    }
}

impl ActionPlanChanges {
    /// The same as text that a person can read: a line for each thing that changed.
    pub fn text(&self) -> String {
        let mut lines = vec![self.heading.text.clone(), String::new(), self.summary.said.text.clone()];
        for group in &self.groups {
            lines.extend([String::new(), group.name.text.clone()]);
            lines.extend(group.changes.iter().map(|change| format!("- {}", change.sentence.text)));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
