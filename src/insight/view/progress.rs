//! Progress rolled up, as readers see it.

use crate::assessments::model::{Absence, Assessor, Stage};
use crate::commitments::model::{CommitmentName, CommitmentRef, Disposition};
use crate::http::Wanted;
use crate::insight::model::{
    self, CommitmentFacts, CommitmentRollup, Days, DeadlineBase, Freshness, MilestoneFacts, PlanCounted,
    PlanFacts, ReportingRules, Rollup, elapsed, next_due, reports_due, rules_on,
};
use crate::kernel::{PartialDate, Times};
use crate::members::model::{MemberKind, MemberRef};
use crate::milestones::model::{
    MilestoneName, MilestoneProgress, MilestoneRef, Schedule, days_moved, original_due,
};
use crate::plans::model::{ActionPlanRef, PlanName};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many of the milestones that are due next are named.
const NEXT_DUE: usize = 5;

/// The times that an answer is about.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Asked {
    /// The day that everything is computed for (UTC).
    pub day: NaiveDate,
    /// The day whose public record is told, to its end; null for all that is known now.
    #[schema(required)]
    pub as_of: Option<NaiveDate>,
}

impl From<&Times> for Asked {
    fn from(times: &Times) -> Self {
        Self { day: times.day(), as_of: times.as_of }
    }
}

/// A planned period, and how much of it has passed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Period {
    /// Planned start.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// Planned end.
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// The percentage of the period that has passed on the day, 0 to 100: days since its first day ÷ days
    /// from its first to its last day × 100. Set it beside `percent`. Null where either date names no day.
    #[schema(required, example = 61.4)]
    pub time_elapsed_percent: Option<f64>,
}

impl Period {
    fn new(starts: Option<&PartialDate>, ends: Option<&PartialDate>, day: NaiveDate) -> Self {
        Self {
            starts: starts.cloned(),
            ends: ends.cloned(),
            time_elapsed_percent: elapsed(starts, ends, day),
        }
    }
}

/// A milestone that is due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NextDue {
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// The milestone.
    pub milestone: MilestoneRef,
    /// Its commitment.
    pub commitment: CommitmentRef,
}

/// A report that the rules ask for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportDue {
    /// Which report.
    #[schema(example = "inception_report")]
    pub report: String,
    /// What its deadline is counted from.
    pub after: DeadlineBase,
    /// About which commitment; null where it is about the whole plan.
    #[schema(required)]
    pub commitment: Option<CommitmentRef>,
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// When it was delivered: an entry of that kind among the plan's reports, or an assessment by a scheme
    /// whose name ends with it; null where it was not, or nobody says when.
    #[schema(required)]
    pub delivered: Option<PartialDate>,
    /// Where it stands on the day; what was delivered on an unknown day counts as in time.
    pub schedule: Schedule,
}

/// A commitment's progress, below its plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanCommitmentProgress {
    /// The commitment.
    pub commitment: CommitmentRef,
    /// Whether it stands, was withdrawn, or carried over.
    pub disposition: Disposition,
    /// Its period; the plan's where it has none of its own.
    pub period: Period,
    /// Its progress.
    #[serde(flatten)]
    pub rollup: CommitmentRollup,
    /// How fresh what is known of it is.
    pub updates: Freshness,
}

/// A plan's progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanProgress {
    /// What was asked about.
    #[serde(flatten)]
    pub asked: Asked,
    /// The plan.
    pub action_plan: ActionPlanRef,
    /// Whose plan it is.
    pub member: MemberRef,
    /// Its period.
    pub period: Period,
    /// Its commitments and milestones together.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// How fresh its record is.
    pub updates: Freshness,
    /// The open milestones that are due next, at most five.
    pub next_due: Vec<NextDue>,
    /// The reports that the rules ask for which were in force on the day that the deadline is counted from.
    pub reports_due: Vec<ReportDue>,
    /// Each of its commitments.
    pub commitments_progress: Vec<PlanCommitmentProgress>,
}

/// What answers of this kind are made with: the rules, the day, the language.
#[derive(Debug)]
pub struct Teller<'a> {
    /// All sets of reporting rules.
    pub rules: &'a [ReportingRules],
    /// The times asked about.
    pub times: &'a Times,
    /// The language wanted.
    pub wanted: &'a Wanted,
}

impl Teller<'_> {
    fn rules_of(&self, member: MemberKind) -> Option<&ReportingRules> {
        rules_on(self.rules, member, self.times.day())
    }

    fn plan_ref(&self, plan: &PlanFacts) -> ActionPlanRef {
        let name = PlanName { id: plan.id, slug: plan.slug.clone(), title: plan.title.clone() };
        name.in_language(|text| self.wanted.text(text))
    }

    fn commitment_ref(&self, commitment: &CommitmentFacts) -> CommitmentRef {
        let name = CommitmentName {
            id: commitment.id,
            code: commitment.code.clone(),
            title: commitment.title.clone(),
        };
        name.in_language(|text| self.wanted.text(text))
    }

    /// Of a member's plan with a period, where something was said last of a day.
    fn freshness(&self, member: MemberKind, period: Days, last_on: Option<NaiveDate>) -> Freshness {
        Freshness::of(last_on, period, self.rules_of(member), self.times.day())
    }

    fn next_due<'a>(&self, commitments: impl Iterator<Item = &'a CommitmentFacts>) -> Vec<NextDue> {
        let tell = |(commitment, step, due_on): (&CommitmentFacts, &MilestoneFacts, NaiveDate)| {
            let milestone =
                MilestoneName { id: step.id, label: step.label.clone(), title: step.title.clone() };
            NextDue {
                due_on,
                milestone: milestone.in_language(|text| self.wanted.text(text)),
                commitment: self.commitment_ref(commitment),
            }
        };
        next_due(commitments, self.times.day(), NEXT_DUE).into_iter().map(tell).collect()
    }

    fn report_due(&self, plan: &PlanFacts, due: model::ReportDue) -> ReportDue {
        let about = due.commitment.and_then(|id| plan.commitments.iter().find(|known| known.id == id));
        ReportDue {
            report: due.report,
            after: due.after,
            commitment: about.map(|commitment| self.commitment_ref(commitment)),
            due_on: due.due_on,
            delivered: due.delivered,
            schedule: due.schedule,
        }
    }

    fn commitment_of(&self, plan: &PlanFacts, commitment: &CommitmentFacts) -> PlanCommitmentProgress {
        let day = self.times.day();
        PlanCommitmentProgress {
            commitment: self.commitment_ref(commitment),
            disposition: commitment.disposition,
            period: Period::new(
                commitment.starts.as_ref().or(plan.starts.as_ref()),
                commitment.ends.as_ref().or(plan.ends.as_ref()),
                day,
            ),
            rollup: CommitmentRollup::of(commitment, day),
            updates: self.freshness(plan.member.kind, plan.period(), commitment.substantive_on()),
        }
    }

    /// A plan's progress, of facts that were adapted to the times.
    pub fn plan(&self, plan: &PlanFacts) -> ActionPlanProgress {
        let day = self.times.day();
        let due = reports_due(plan, self.rules, day).into_iter();
        ActionPlanProgress {
            asked: self.times.into(),
            action_plan: self.plan_ref(plan),
            member: plan.member.in_language(|text| self.wanted.text(text)),
            period: Period::new(plan.starts.as_ref(), plan.ends.as_ref(), day),
            rollup: Rollup::of(plan.commitments.iter(), day),
            updates: self.freshness(plan.member.kind, plan.period(), plan.substantive_on()),
            next_due: self.next_due(plan.commitments.iter()),
            reports_due: due.map(|due| self.report_due(plan, due)).collect(),
            commitments_progress: plan
                .commitments
                .iter()
                .map(|commitment| self.commitment_of(plan, commitment))
                .collect(),
        }
    }
}

/// A milestone's progress, below its commitment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneStanding {
    /// The milestone.
    #[serde(flatten)]
    pub milestone: MilestoneRef,
    /// Who is responsible, in the words of the source.
    #[schema(required)]
    pub responsible: Option<String>,
    /// Whether it stands, was withdrawn, or carried over; only those that stand are counted.
    pub disposition: Disposition,
    /// How much it counts; null where all count alike.
    #[schema(required)]
    pub weight: Option<i16>,
    /// Its period; `ends` is the due date in force on the day.
    pub period: Period,
    /// The due date that was public first.
    #[schema(required)]
    pub original_due: Option<PartialDate>,
    /// By how many days its due date moved.
    #[schema(required)]
    pub days_moved: Option<i64>,
    /// When it really started, as the milestone or the update that holds says.
    #[schema(required)]
    pub actual_start: Option<PartialDate>,
    /// When it was really completed.
    #[schema(required)]
    pub actual_end: Option<PartialDate>,
    /// Where it stands against its plan on the day.
    pub schedule: Schedule,
    /// Its progress in percent, 0 to 100: as reported, else its place on the scale ÷ 3 × 100; 0 where nothing
    /// is reported.
    #[schema(example = 66.7)]
    pub percent: f64,
    /// What holds of what was reported; null where nothing is.
    #[schema(required)]
    pub progress: Option<MilestoneProgress>,
    /// Pieces of evidence attached to the milestone itself.
    pub evidence_count: i64,
    /// The day of which its last substantive update speaks.
    #[schema(required)]
    pub last_on: Option<NaiveDate>,
}

/// How others coded the completion of a commitment, beside what its government says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompletionCoding {
    /// Which assessment.
    pub assessment_id: Uuid,
    /// Who assessed.
    pub assessor: Assessor,
    /// By which scheme.
    #[schema(example = "ogp_local_end_of_commitment_report")]
    pub scheme: String,
    /// In which version.
    pub scheme_version: String,
    /// At which stage of the plan.
    pub stage: Stage,
    /// The year of the report.
    #[schema(required)]
    pub report_year: Option<i16>,
    /// The coding, one of the scheme's words; null where there is none.
    #[schema(required, example = "substantial")]
    pub value: Option<String>,
    /// Why there is none.
    #[schema(required)]
    pub absence: Option<Absence>,
}

/// A commitment's progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentProgress {
    /// What was asked about.
    #[serde(flatten)]
    pub asked: Asked,
    /// The commitment and its progress.
    #[serde(flatten)]
    pub progress: PlanCommitmentProgress,
    /// Its plan.
    pub action_plan: ActionPlanRef,
    /// Whose plan it is.
    pub member: MemberRef,
    /// The open milestones that are due next, at most five.
    pub next_due: Vec<NextDue>,
    /// Each of its milestones.
    pub milestones_progress: Vec<MilestoneStanding>,
    /// How others coded its completion; never mixed with what was reported.
    pub assessed_completion: Vec<CompletionCoding>,
}

impl Teller<'_> {
    fn milestone(&self, step: &MilestoneFacts) -> MilestoneStanding {
        let day = self.times.day();
        let name = MilestoneName { id: step.id, label: step.label.clone(), title: step.title.clone() };
        let reported = step.progress.as_ref().and_then(|progress| progress.started_on);
        MilestoneStanding {
            milestone: name.in_language(|text| self.wanted.text(text)),
            responsible: self.wanted.text(&step.responsible),
            disposition: step.disposition,
            weight: step.weight,
            period: Period::new(step.starts.as_ref(), step.due.as_ref(), day),
            original_due: original_due(&step.reschedulings, step.due.as_ref()).cloned(),
            days_moved: days_moved(&step.reschedulings, step.due.as_ref()),
            actual_start: reported.map(PartialDate::day).or_else(|| step.actual_start.clone()),
            actual_end: step.completed(),
            schedule: step.schedule(day),
            percent: (step.percent() * 10.0).round() / 10.0,
            progress: step.progress.clone(),
            evidence_count: step.evidence_count,
            last_on: step.substantive_on,
        }
    }

    /// A commitment's progress, of facts that were adapted to the times; `plan` is the one it is below.
    pub fn commitment(
        &self,
        plan: &PlanFacts,
        commitment: &CommitmentFacts,
        assessed_completion: Vec<CompletionCoding>,
    ) -> CommitmentProgress {
        CommitmentProgress {
            asked: self.times.into(),
            progress: self.commitment_of(plan, commitment),
            action_plan: self.plan_ref(plan),
            member: plan.member.in_language(|text| self.wanted.text(text)),
            next_due: self.next_due(std::iter::once(commitment)),
            milestones_progress: commitment.milestones.iter().map(|step| self.milestone(step)).collect(),
            assessed_completion,
        }
    }
}

/// A plan's progress, below its member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberPlanProgress {
    /// The plan.
    pub action_plan: ActionPlanRef,
    /// Its period.
    pub period: Period,
    /// Whether the day is within its period.
    pub running: bool,
    /// Its commitments and milestones together.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// How fresh its record is.
    pub updates: Freshness,
}

/// A member's progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberProgress {
    /// What was asked about.
    #[serde(flatten)]
    pub asked: Asked,
    /// The member.
    pub member: MemberRef,
    /// All its plans together.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// Each of its plans, oldest first.
    pub action_plans: Vec<MemberPlanProgress>,
}

/// A member's progress, beside others.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberCompared {
    /// The member.
    pub member: MemberRef,
    /// How many of its plans count.
    pub plans: usize,
    /// Its plans together.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// How fresh the record of its plans is that run on the day: of the one that was updated last.
    #[schema(required)]
    pub updates: Option<Freshness>,
}

/// The progress of all members, compared.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverallProgress {
    /// What was asked about.
    #[serde(flatten)]
    pub asked: Asked,
    /// All of them together.
    pub total: Rollup,
    /// Each member that has plans, by code.
    pub members: Vec<MemberCompared>,
}

impl Teller<'_> {
    fn plan_of_member(&self, counted: &PlanCounted) -> MemberPlanProgress {
        let (day, plan) = (self.times.day(), &counted.plan);
        let name = PlanName { id: plan.id, slug: plan.slug.clone(), title: plan.title.clone() };
        MemberPlanProgress {
            action_plan: name.in_language(|text| self.wanted.text(text)),
            period: Period::new(plan.starts.as_ref(), plan.ends.as_ref(), day),
            running: counted.runs_on(day),
            rollup: Rollup::sum(counted.commitments.iter().copied()),
            updates: self.freshness_counted(counted),
        }
    }

    fn freshness_counted(&self, counted: &PlanCounted) -> Freshness {
        self.freshness(counted.plan.member.kind, counted.period(), counted.substantive_on)
    }

    fn together(plans: &[PlanCounted]) -> Rollup {
        Rollup::sum(plans.iter().flat_map(|plan| plan.commitments.iter().copied()))
    }

    /// A member's progress.
    pub fn member(&self, member: MemberRef, plans: &[PlanCounted]) -> MemberProgress {
        MemberProgress {
            asked: self.times.into(),
            member,
            rollup: Self::together(plans),
            action_plans: plans.iter().map(|plan| self.plan_of_member(plan)).collect(),
        }
    }

    /// The progress of members; the plans of each stand together.
    pub fn overall(&self, plans: &[PlanCounted]) -> OverallProgress {
        let of_same = |one: &PlanCounted, other: &PlanCounted| one.plan.member.id == other.plan.member.id;
        let compared = plans.chunk_by(of_same).filter_map(|own| {
            let running = own.iter().filter(|plan| plan.runs_on(self.times.day()));
            let freshest = running.max_by_key(|plan| plan.substantive_on);
            Some(MemberCompared {
                member: own.first()?.plan.member.in_language(|text| self.wanted.text(text)),
                plans: own.len(),
                rollup: Self::together(own),
                updates: freshest.map(|plan| self.freshness_counted(plan)),
            })
        });
        OverallProgress {
            asked: self.times.into(),
            total: Self::together(plans),
            members: compared.collect(),
        }
    }
}
