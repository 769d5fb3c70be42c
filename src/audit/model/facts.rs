//! What progress is computed from, read out of recorded states: the same facts that the database tells of its
//! tables, which a test holds equal.

use super::record::{Record, Thing};
use super::{Asked, Context};
use crate::insight::model::{
    AssessedIn, CommitmentFacts, MilestoneFacts, PlanFacts, PublishedReport, last_substantive,
};
use crate::kernel::{LocalizedText, PartialDate};
use crate::ledger::model::Kind;
use crate::milestones::model::{Challenge, MilestoneProgress, Progress, Reported, present};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The fields of a recorded update that matter here.
#[derive(Debug, Deserialize)]
struct UpdateState {
    milestone_id: Uuid,
    progress: Progress,
    percent: Option<i16>,
    effective_on: NaiveDate,
    started_on: Option<NaiveDate>,
    completed_on: Option<NaiveDate>,
    narrative: LocalizedText,
    challenge: Option<Challenge>,
    supersedes: Option<Uuid>,
}

/// The fields of a recorded piece of evidence that matter here.
#[derive(Debug, Deserialize)]
struct EvidenceState {
    #[serde(default)]
    uses: Vec<UseState>,
}

#[derive(Debug, Deserialize)]
struct UseState {
    progress_update_id: Option<Uuid>,
    milestone_id: Option<Uuid>,
    attached_at: DateTime<Utc>,
}

/// The fields of a recorded assessment that matter here.
#[derive(Debug, Deserialize)]
struct AssessmentState {
    scheme_id: Uuid,
    assessed: Option<PartialDate>,
    report_year: Option<i16>,
}

/// Where a part hangs, and its place there.
#[derive(Debug, Deserialize)]
struct PartOf {
    commitment_id: Uuid,
    #[serde(default)]
    position: i16,
}

/// What decides the place of a commitment in its plan.
#[derive(Debug, Deserialize)]
struct CommitmentName {
    code: Option<String>,
    key: String,
}

/// All that was reported about one milestone.
#[derive(Debug, Default)]
struct Reports {
    reported: Vec<Reported>,
    updates: HashMap<Uuid, UpdateState>,
}

/// What a plan's entries say of it, sorted by what belongs together.
#[derive(Debug)]
pub(super) struct PlanReader<'r, 'a> {
    record: &'r Record<'a>,
    context: &'r Context,
    asked: &'r Asked,
    /// How many pieces of evidence that stand are attached to an update or a milestone.
    evidence: HashMap<Uuid, i64>,
    reports: HashMap<Uuid, Reports>,
    milestones: Below<'r, 'a>,
    assessments: Below<'r, 'a>,
}

/// What stands below each commitment, in its order.
type Below<'r, 'a> = HashMap<Uuid, Vec<&'r Thing<'a>>>;

fn below<'r, 'a>(record: &'r Record<'a>, kind: Kind) -> Below<'r, 'a> {
    let standing = record.of_kind(kind).filter(|part| part.stands());
    let mut parts: Vec<_> = standing.filter_map(|part| Some((part.read::<PartOf>()?, part))).collect();
    parts.sort_by_key(|(of, part)| (of.position, part.thing()));
    let mut below = Below::new();
    for (of, part) in parts {
        below.entry(of.commitment_id).or_default().push(part);
    }
    below
}

impl<'r, 'a> PlanReader<'r, 'a> {
    /// Reads what the entries of a plan say.
    pub(super) fn new(record: &'r Record<'a>, context: &'r Context, asked: &'r Asked) -> Self {
        let evidence = evidence_counts(record, asked);
        let mut reports: HashMap<Uuid, Reports> = HashMap::new();
        for update in record.of_kind(Kind::ProgressUpdate) {
            let Some(state) = update.read::<UpdateState>() else { continue };
            let of = reports.entry(state.milestone_id).or_default();
            of.reported.push(Reported {
                id: update.thing(),
                progress: state.progress,
                percent: state.percent,
                effective_on: state.effective_on,
                recorded_at: update.recorded_at(),
                supersedes: state.supersedes,
                has_narrative: !state.narrative.is_empty(),
                has_evidence: evidence.contains_key(&update.thing()),
            });
            of.updates.insert(update.thing(), state);
        }
        let (milestones, assessments) = (below(record, Kind::Milestone), below(record, Kind::Assessment));
        Self { record, context, asked, evidence, reports, milestones, assessments }
    }

    /// The plan, as far as progress goes; at the times that the report is about.
    pub(super) fn plan(&self, plan: &Thing<'_>) -> Option<PlanFacts> {
        let member = self.context.member(plan.state().get("member_id")?.as_str()?.parse().ok()?)?;
        let facts: PlanState = plan.read()?;
        let mut commitments: Vec<_> =
            self.record.of_kind(Kind::Commitment).filter(|commitment| commitment.stands()).collect();
        commitments.sort_by_cached_key(|commitment| place_of(commitment));
        let commitments = commitments.into_iter().filter_map(|commitment| self.commitment(commitment));
        let whole = PlanFacts {
            id: plan.thing(),
            slug: facts.slug,
            title: facts.title,
            member,
            starts: facts.starts,
            ends: facts.ends,
            submitted: facts.submitted,
            commitments: commitments.collect(),
            reports: facts.reports,
        };
        Some(whole.at(&self.asked.times()))
    }

    fn commitment(&self, commitment: &Thing<'_>) -> Option<CommitmentFacts> {
        let id = commitment.thing();
        let mut facts: CommitmentFacts =
            with(commitment.state(), json!({ "id": id, "milestones": [], "assessed": [] }))?;
        let of = |below: &Below<'r, 'a>| below.get(&id).cloned().unwrap_or_default();
        facts.milestones = of(&self.milestones).into_iter().filter_map(|step| self.milestone(step)).collect();
        facts.assessed =
            of(&self.assessments).into_iter().filter_map(|coding| self.assessed(coding)).collect();
        Some(facts)
    }

    fn milestone(&self, step: &Thing<'_>) -> Option<MilestoneFacts> {
        let (id, day) = (step.thing(), self.asked.day);
        let reports = self.reports.get(&id);
        let reported = reports.map(|of| of.reported.as_slice()).unwrap_or_default();
        let progress = present(reported, Some(day), None).and_then(|held| {
            let said = reports?.updates.get(&held.id)?;
            Some(MilestoneProgress {
                progress: held.progress,
                percent: held.percent,
                effective_on: held.effective_on,
                recorded_at: held.recorded_at,
                update_id: held.id,
                started_on: said.started_on,
                completed_on: said.completed_on,
                challenge: said.challenge,
                evidence_count: self.evidence(held.id),
            })
        });
        let facts: MilestoneFacts = with(
            step.state(),
            json!({ "id": id, "progress": null, "evidence_count": 0, "substantive_on": null }),
        )?;
        Some(MilestoneFacts {
            progress,
            evidence_count: self.evidence(id),
            substantive_on: last_substantive(reported, day),
            ..facts
        })
    }

    fn assessed(&self, coding: &Thing<'_>) -> Option<AssessedIn> {
        let AssessmentState { scheme_id, assessed, report_year } = coding.read()?;
        Some(AssessedIn { scheme: self.context.scheme(scheme_id)?, assessed, report_year })
    }

    fn evidence(&self, of: Uuid) -> i64 {
        self.evidence.get(&of).copied().unwrap_or_default()
    }
}

/// The fields of a recorded plan that matter here.
#[derive(Debug, Deserialize)]
struct PlanState {
    slug: String,
    title: LocalizedText,
    starts: Option<PartialDate>,
    ends: Option<PartialDate>,
    submitted: Option<PartialDate>,
    #[serde(default)]
    reports: Vec<PublishedReport>,
}

/// By code, then those without one by the name that imports know.
fn place_of(commitment: &Thing<'_>) -> (String, Uuid) {
    let name = commitment.read::<CommitmentName>();
    (name.map_or_else(String::new, |name| name.code.unwrap_or(format!("~{}", name.key))), commitment.thing())
}

/// Evidence that was attached in time and not withdrawn, by what it is attached to.
fn evidence_counts(record: &Record<'_>, asked: &Asked) -> HashMap<Uuid, i64> {
    let standing = record.of_kind(Kind::Evidence).filter(|piece| piece.stands());
    let uses = standing.filter_map(Thing::read::<EvidenceState>).flat_map(|state| state.uses);
    let mut counts = HashMap::new();
    for one in uses.filter(|one| one.attached_at < asked.until) {
        if let Some(of) = one.progress_update_id.or(one.milestone_id) {
            *counts.entry(of).or_default() += 1;
        }
    }
    counts
}

/// A recorded state, with what it does not say itself, read as a type.
fn with<T: serde::de::DeserializeOwned>(state: &Value, more: Value) -> Option<T> {
    // States that were recorded before due dates could move do not say that they did not.
    let mut fields = Map::from_iter([("reschedulings".to_owned(), json!([]))]);
    fields.extend(state.as_object()?.clone());
    fields.extend(more.as_object()?.clone());
    serde_json::from_value(Value::Object(fields)).ok()
}
