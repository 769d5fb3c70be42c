//! Commitments in a list, with what is nested in them on demand.

use crate::assessments::store::AssessmentSeen;
use crate::assessments::view::CommitmentAssessment;
use crate::commitments::store::{self, CommitmentRow, LinkSeen};
use crate::commitments::view::{Commitment, CommitmentContext, CommitmentLink};
use crate::db::sql::{Field, Nested};
use crate::evidence::store::EvidenceRow;
use crate::evidence::view::Evidence;
use crate::http::Wanted;
use crate::http::query::inclusion;
use crate::kernel::Times;
use crate::milestones::store::{MilestoneSeen, ProgressReportSeen, UPDATES_OF_COMMITMENT};
use crate::milestones::view::{CommitmentMilestone, ProgressReport, ProgressUpdate, UpdateSeen};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

inclusion! {
    CommitmentInclusion, CommitmentPart:
    /// Its steps.
    Milestones = "milestones",
    /// What was reported about its steps.
    ProgressUpdates = "progress_updates",
    /// Documents that prove or tell of its progress.
    Evidence = "evidence",
    /// Percentages that were published about it.
    ProgressReports = "progress_reports",
    /// Codings by others.
    Assessments = "assessments",
    /// Links with other commitments.
    Links = "links",
}

/// A commitment in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentListed {
    #[serde(flatten)]
    commitment: Commitment,
    #[serde(flatten)]
    below: CommitmentBelow,
}

impl CommitmentListed {
    /// In the language wanted, as it stood at these times.
    pub(super) fn new(row: CommitmentRow, of: OfCommitment, times: &Times, wanted: &Wanted) -> Self {
        Self {
            commitment: Commitment::new(row, of.context, times, wanted),
            below: of.below.show(times, wanted),
        }
    }
}

/// What stands below a commitment, as far as `include` asks for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentBelow {
    /// Its steps, each with its present progress and its schedule today; with `include=milestones`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) milestones: Option<Vec<CommitmentMilestone>>,
    /// What was reported about its steps, the latest first; with `include=progress_updates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) progress_updates: Option<Vec<ProgressUpdate>>,
    /// Documents that prove or tell of its progress; with `include=evidence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) evidence: Option<Vec<Evidence>>,
    /// Percentages that were published about it; with `include=progress_reports`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) progress_reports: Option<Vec<ProgressReport>>,
    /// Codings by others than the implementer; with `include=assessments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) assessments: Option<Vec<CommitmentAssessment>>,
    /// Links with other commitments, from both ends; with `include=links`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) links: Option<Vec<CommitmentLink>>,
}

/// The same, as it is read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BelowSeen {
    milestones: Option<Vec<MilestoneSeen>>,
    progress_updates: Option<Vec<UpdateSeen>>,
    evidence: Option<Vec<EvidenceRow>>,
    progress_reports: Option<Vec<ProgressReportSeen>>,
    assessments: Option<Vec<AssessmentSeen>>,
    links: Option<Vec<LinkSeen>>,
}

impl BelowSeen {
    /// In the language wanted, as it stood at these times.
    pub(super) fn show(mut self, times: &Times, wanted: &Wanted) -> CommitmentBelow {
        if let Some(day) = times.on {
            self.progress_reports.iter_mut().for_each(|seen| seen.retain(|seen| seen.state.known_on(day)));
            self.assessments.iter_mut().for_each(|seen| seen.retain(|seen| seen.row.state.known_on(day)));
        }
        CommitmentBelow {
            milestones: self
                .milestones
                .map(|all| each(all, |seen| CommitmentMilestone::new(seen, times, wanted))),
            progress_updates: self.progress_updates.map(|all| each(all, |seen| seen.show(wanted))),
            evidence: self.evidence.map(|all| each(all, |row| Evidence::new(row, wanted))),
            progress_reports: self
                .progress_reports
                .map(|all| each(all, |seen| ProgressReport::new(seen, wanted))),
            assessments: self
                .assessments
                .map(|all| each(all, |seen| CommitmentAssessment::new(seen, wanted))),
            links: self.links.map(|all| each(all, |seen| CommitmentLink::new(seen, wanted))),
        }
    }
}

fn each<S, T>(all: Vec<S>, show: impl FnMut(S) -> T) -> Vec<T> {
    all.into_iter().map(show).collect()
}

macro_rules! context_parts {
    () => {
        [
            ("plan", store::PLAN_OF_COMMITMENT),
            ("leads", store::LEADS_OF_COMMITMENT),
            ("supporters", store::SUPPORTERS_OF_COMMITMENT),
            ("policy_areas", store::POLICY_AREAS_OF_COMMITMENT),
            ("delivery", $crate::milestones::store::DELIVERY_OF_COMMITMENT),
        ]
    };
}
macro_rules! below_parts {
    () => {
        [
            ("milestones", $crate::milestones::store::MILESTONES_OF_COMMITMENT),
            ("evidence", $crate::evidence::store::EVIDENCE_OF_COMMITMENT),
            ("progress_reports", $crate::milestones::store::PROGRESS_REPORTS_OF_COMMITMENT),
            ("assessments", $crate::assessments::store::ASSESSMENTS_OF_COMMITMENT),
            ("links", store::LINKS_OF_COMMITMENT),
        ]
    };
}
pub(super) use {below_parts, context_parts};

/// What is read with a commitment to show it in a list.
#[derive(Debug, Deserialize)]
pub(super) struct OfCommitment {
    context: CommitmentContext,
    below: BelowSeen,
}

impl Nested for OfCommitment {
    const PARTS: &'static [Field] = &[];
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[("context", &context_parts!())];
    const ON_DEMAND: &'static [Field] = {
        let [milestones, evidence, progress_reports, assessments, links] = below_parts!();
        let progress_updates = ("progress_updates", UPDATES_OF_COMMITMENT);
        &[milestones, progress_updates, evidence, progress_reports, assessments, links]
    };
}
