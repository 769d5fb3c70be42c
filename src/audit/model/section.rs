//! One plan of a report, and what its plans have in common: each made out of entries alone.

use super::Asked;
use super::computed::PlanComputed;
use super::facts::PlanReader;
use super::findings::{Finding, findings};
use super::record::{Proved, Record, Shown, Thing};
use crate::insight::model::{PlanFacts, ReportingRules, came_with_the_tracker};
use crate::ledger::model::Kind;
use crate::members::model::MemberName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A plan with all that the record has below it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Section {
    /// What implementers said to assessments.
    pub assessment_answers: Vec<Shown>,
    /// Codings by others than the implementer.
    pub assessments: Vec<Shown>,
    /// Its commitments, with who leads and supports.
    pub commitments: Vec<Shown>,
    /// Progress and schedule, computed for the day; null where the plan's state is of a form that cannot be
    /// computed with.
    pub computed: Option<PlanComputed>,
    /// Every entry of the plan from its first one to the last that was recorded in time, and those about its evidence
    /// that were recorded with other plans; in the order of the log.
    pub entries: Vec<Proved>,
    /// Links and files that prove or tell of progress, with the hashes of files.
    pub evidence: Vec<Shown>,
    /// What is missing.
    pub findings: Vec<Finding>,
    /// Its id.
    pub id: Uuid,
    /// Links from its commitments to others.
    pub links: Vec<Shown>,
    /// Steps of its commitments.
    pub milestones: Vec<Shown>,
    /// The plan itself, with its events and reports.
    pub plan: Shown,
    /// Percentages published about its commitments.
    pub progress_reports: Vec<Shown>,
    /// What staff reported about milestones; a correction names in `supersedes` what it corrects.
    pub updates: Vec<Shown>,
}

impl Section {
    /// Of a plan's entries. None where they tell of no plan. Besides the facts that progress was computed of.
    pub fn of(
        id: Uuid,
        entries: Vec<Proved>,
        context: &Context,
        asked: &Asked,
    ) -> Option<(Self, Option<PlanFacts>)> {
        let record = Record::of(&entries, asked);
        let plan = record.get(id)?;
        let facts = PlanReader::new(&record, context, asked).plan(plan);
        let computed = facts.as_ref().map(|facts| PlanComputed::of(facts, &context.rules, asked.day));
        let shown = |kind| record.shown(kind);
        let section = Self {
            assessment_answers: shown(Kind::AssessmentAnswer),
            assessments: shown(Kind::Assessment),
            commitments: shown(Kind::Commitment),
            evidence: shown(Kind::Evidence),
            findings: computed.as_ref().map(|computed| findings(id, computed, &record)).unwrap_or_default(),
            id,
            links: shown(Kind::CommitmentLink),
            milestones: shown(Kind::Milestone),
            plan: plan.shown(),
            progress_reports: shown(Kind::ProgressReport),
            updates: shown(Kind::ProgressUpdate),
            computed,
            entries: Vec::new(),
        };
        drop(record);
        Some((Self { entries, ..section }, facts))
    }

    /// How many things it shows.
    pub fn shown(&self) -> usize {
        let lists = [
            &self.assessment_answers,
            &self.assessments,
            &self.commitments,
            &self.evidence,
            &self.links,
            &self.milestones,
            &self.progress_reports,
            &self.updates,
        ];
        1 + lists.iter().map(|list| list.len()).sum::<usize>()
    }

    /// What it names that stands outside of plans.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        for commitment in self.commitments.iter().map(|shown| &shown.state) {
            let listed = |list: &str| commitment.get(list).and_then(Value::as_array).into_iter().flatten();
            let bodies =
                listed("participants").filter_map(|body| body.get("institution_id")?.as_str()?.parse().ok());
            names.things.extend::<Vec<Uuid>>(bodies.collect());
            names
                .policy_areas
                .extend(listed("policy_areas").filter_map(|code| Some(code.as_str()?.to_owned())));
        }
        names
    }
}

/// Things outside of plans that plans name.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Institutions, by id.
    pub things: BTreeSet<Uuid>,
    /// Policy areas, by code.
    pub policy_areas: BTreeSet<String>,
}

impl Names {
    /// Adds those of another plan.
    pub fn add(&mut self, other: Self) {
        self.things.extend(other.things);
        self.policy_areas.extend(other.policy_areas);
    }
}

/// What the plans of a report name that stands outside of them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Common {
    /// The vocabularies of assessments.
    pub assessment_schemes: Vec<Shown>,
    /// Every entry that tells of these things, in the order of the log. Those of each member from its first one on are
    /// complete; of the others there may be later ones.
    pub entries: Vec<Proved>,
    /// Bodies that lead or support.
    pub institutions: Vec<Shown>,
    /// The keys that sign, or signed, the log's checkpoints.
    pub log_keys: Vec<Shown>,
    /// Whose plans these are.
    pub members: Vec<Shown>,
    /// OGP's policy areas that commitments name.
    pub policy_areas: Vec<Shown>,
    /// Rules about how often members report that somebody added.
    pub reporting_rules: Vec<Shown>,
    /// All rules that count, those that the tracker comes with among them.
    pub rules: Vec<ReportingRules>,
}

impl Common {
    /// Of the entries about such things.
    pub fn of(entries: Vec<Proved>, asked: &Asked) -> Self {
        let record = Record::of(&entries, asked);
        let rules = Context::of(&entries, asked).rules;
        // A key counts from the entry that tells of it, whatever day is asked about.
        let keys = entries.iter().filter(|proved| proved.entry.kind == Kind::LogKey);
        let keys = Record::of(keys, &Asked { until: chrono::DateTime::<chrono::Utc>::MAX_UTC, ..*asked });
        let common = Self {
            assessment_schemes: record.shown(Kind::AssessmentScheme),
            institutions: record.shown(Kind::Institution),
            log_keys: keys.shown(Kind::LogKey),
            members: record.shown(Kind::Member),
            policy_areas: record.shown(Kind::PolicyArea),
            reporting_rules: record.shown(Kind::ReportingRules),
            rules,
            entries: Vec::new(),
        };
        drop((record, keys));
        Self { entries, ..common }
    }
}

/// What has to be known to compute anything of a plan.
#[derive(Debug, Clone, Default)]
pub struct Context {
    members: HashMap<Uuid, MemberName>,
    schemes: HashMap<Uuid, String>,
    /// All rules that count.
    pub rules: Vec<ReportingRules>,
}

impl Context {
    /// Of the entries about members, schemes and rules.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Proved>, asked: &Asked) -> Self {
        let record = Record::of(entries, asked);
        let member = |thing: &Thing<'_>| {
            let mut fields = thing.state().as_object()?.clone();
            fields.insert("id".to_owned(), json!(thing.thing()));
            Some((thing.thing(), MemberName::deserialize(Value::Object(fields)).ok()?))
        };
        let scheme =
            |thing: &Thing<'_>| Some((thing.thing(), thing.state().get("code")?.as_str()?.to_owned()));
        let added = record.of_kind(Kind::ReportingRules).filter_map(Thing::read);
        let mut rules: Vec<ReportingRules> = came_with_the_tracker().into_iter().chain(added).collect();
        rules.sort_by_key(|set| (format!("{:?}", set.kind), set.valid_from));
        Self {
            members: record.of_kind(Kind::Member).filter_map(member).collect(),
            schemes: record.of_kind(Kind::AssessmentScheme).filter_map(scheme).collect(),
            rules,
        }
    }

    /// A member.
    pub fn member(&self, id: Uuid) -> Option<MemberName> {
        self.members.get(&id).cloned()
    }

    /// The code of a scheme.
    pub fn scheme(&self, id: Uuid) -> Option<String> {
        self.schemes.get(&id).cloned()
    }
}
