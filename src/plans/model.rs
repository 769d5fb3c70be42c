//! Action plans: the words, without any I/O.

use crate::accounts::model::{Appearance, Right, Viewer};
use crate::kernel::document::{Fault, Faults};
use crate::kernel::note::WEB_ADDRESS;
use crate::kernel::{Language, LocalizedText, Note, PartialDate, Source};
use crate::ledger::model::Place;
use crate::members::model::{MemberName, MemberRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What kind of step in the making of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A meeting, of the forum or in public.
    Meeting,
    /// A consultation on drafts or ideas.
    Consultation,
    /// A decision of an authority.
    Decision,
    /// Something handed in.
    Submission,
    /// The last day for something.
    Deadline,
    /// Anything else.
    Other,
}

/// Whether an event took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Only its announcement is known.
    Announced,
    /// It was held.
    Held,
    /// It was cancelled.
    Cancelled,
}

/// Where an action plan stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// It is being written; only those with a role there see it.
    Draft,
    /// It is discussed with the public elsewhere; here still only those with a role see it.
    InConsultation,
    /// It was decided on, and is not yet published here.
    Adopted,
    /// Everybody sees it.
    Published,
    /// Its term is over; everybody sees it.
    Closed,
    /// It was taken back; what was public stays readable as what it last said.
    Withdrawn,
}

impl PlanStatus {
    /// Whether everybody sees it.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::Closed)
    }
}

/// A step in the life of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Discuss the draft with the public.
    Consult,
    /// Decide on it.
    Adopt,
    /// Show it to everybody.
    Publish,
    /// End its term.
    Close,
    /// Go back by one step.
    Return,
    /// Take it back.
    Withdraw,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Consult, Self::Adopt, Self::Publish, Self::Close, Self::Return, Self::Withdraw];

    /// The word for it, as paths have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consult => "consult",
            Self::Adopt => "adopt",
            Self::Publish => "publish",
            Self::Close => "close",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
        }
    }

    /// Where it leads from a place in the life of a plan; nowhere where it cannot be taken there.
    pub fn leads(self, from: PlanStatus) -> Option<PlanStatus> {
        use PlanStatus::{Adopted, Closed, Draft, InConsultation, Published, Withdrawn};
        Some(match (self, from) {
            (Self::Consult, Draft) => InConsultation,
            (Self::Adopt, InConsultation) => Adopted,
            (Self::Publish, Adopted) => Published,
            (Self::Close, Published) => Closed,
            (Self::Return, InConsultation) => Draft,
            (Self::Return, Adopted) => InConsultation,
            (Self::Return, Closed) => Published,
            (Self::Withdraw, from) if from != Withdrawn => Withdrawn,
            _ => return None,
        })
    }

    /// The steps that can be taken from a place.
    pub fn allowed(from: PlanStatus) -> Vec<Self> {
        Self::ALL.into_iter().filter(|step| step.leads(from).is_some()).collect()
    }

    /// Whether it goes back, and so needs a reason.
    pub fn goes_back(self) -> bool {
        matches!(self, Self::Return | Self::Withdraw)
    }

    /// The right that it takes.
    pub fn right(self) -> Right {
        if self == Self::Consult { Right::Edit } else { Right::Publish }
    }
}

/// What decides who sees a plan, and everything below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// Which plan.
    pub plan_id: Uuid,
    /// Whose plan.
    pub member_id: Uuid,
    /// Where it stands in its life.
    pub status: PlanStatus,
    /// Whether it has ever been public.
    pub was_public: bool,
}

impl Standing {
    /// How something below the plan appears, which may itself be withdrawn.
    pub fn appears(&self, viewer: &Viewer, withdrawn: bool) -> Appearance {
        if withdrawn || self.status == PlanStatus::Withdrawn {
            let known = viewer.sees(self.member_id, self.was_public);
            return if known { Appearance::Withdrawn } else { Appearance::Hidden };
        }
        let seen = viewer.sees(self.member_id, self.status.is_public());
        if seen { Appearance::Visible } else { Appearance::Hidden }
    }

    /// Where changes of the plan and of what is below it belong in the record.
    pub fn place(&self) -> Place {
        Place { member_id: Some(self.member_id), plan_id: Some(self.plan_id), public: self.was_public }
    }
}

/// Where the document itself is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentLink {
    /// Its address (`http` or `https`).
    #[schemars(url, length(max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// Its language, where known.
    #[serde(default)]
    #[schema(required, value_type = Option<String>)]
    pub language: Option<Language>,
}

/// A count that a report states about a whole plan, such as "five commitments substantial at mid-term".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// At which stage; absent where the report does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub stage: Option<String>,
    /// What was counted: `completion`, `did_it_open_government`, `potential_impact`, `starred`, `carried_over`.
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub measure: String,
    /// Which value of it was counted, where there are several: `substantial`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub value: Option<String>,
    /// How many commitments.
    #[schemars(range(min = 0, max = 10000))]
    pub count: i32,
    /// Sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// Enough of a plan to name it.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanName {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: LocalizedText,
}

/// An action plan, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionPlanRef {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    #[schema(example = "timisoara-2022-2024")]
    pub slug: String,
    /// Title in the language of the answer.
    #[schema(required)]
    pub title: Option<String>,
}

impl PlanName {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> ActionPlanRef {
        ActionPlanRef { id: self.id, slug: self.slug.clone(), title: pick(&self.title) }
    }
}

/// A plan with its member, as what belongs to the plan names them.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanWithMember {
    /// Id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its title.
    pub title: LocalizedText,
    /// Whose plan.
    pub member: MemberName,
}

impl PlanWithMember {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> (ActionPlanRef, MemberRef) {
        (self.named(&pick), self.member.in_language(&pick))
    }

    /// The plan alone, in one language.
    pub fn named(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> ActionPlanRef {
        ActionPlanRef { id: self.id, slug: self.slug.clone(), title: pick(&self.title) }
    }
}

/// A member's plan for one cycle, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionPlanInput {
    /// Its name in addresses: `iasi-2019-2021`.
    #[schemars(length(max = 120), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: String,
    /// Its member, by code or id.
    #[schemars(length(min = 1, max = 200))]
    pub member: String,
    /// OGP's id of the plan: `AP_ROU04`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub ogp_plan_id: Option<String>,
    /// Which of the member's plans it is, from 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub number: Option<i16>,
    /// The year in which its cycle begins.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub cycle_year: Option<i16>,
    /// Its title.
    #[serde(default)]
    #[schema(required)]
    pub title: LocalizedText,
    /// When it starts.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// When it ends.
    #[serde(default)]
    pub ends: Option<PartialDate>,
    /// Its period in the words of the source.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub period_text: Option<String>,
    /// When it was submitted to OGP.
    #[serde(default)]
    pub submitted: Option<PartialDate>,
    /// When it was approved.
    #[serde(default)]
    pub approved: Option<PartialDate>,
    /// When it was published.
    #[serde(default)]
    pub published: Option<PartialDate>,
    /// The document itself.
    #[serde(default)]
    pub documents: Vec<DocumentLink>,
    /// Its themes.
    #[serde(default)]
    pub themes: Vec<LocalizedText>,
    /// How many commitments it is said to have.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10000))]
    pub commitments_declared: Option<i16>,
    /// How many milestones it is said to have.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10000))]
    pub milestones_declared: Option<i16>,
    /// Counts that a report states about the whole plan.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// How it was made: meetings, consultations, decisions.
    #[serde(default)]
    pub events: Vec<PlanEventInput>,
    /// Reports about it.
    #[serde(default)]
    pub reports: Vec<PlanReportInput>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// One step in the making of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEventInput {
    /// What kind of step.
    pub kind: EventKind,
    /// When, or when it began.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// When it ended, if not on the same day.
    #[serde(default)]
    pub ends: Option<PartialDate>,
    /// What happened.
    pub title: LocalizedText,
    /// Where.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub place: Option<String>,
    /// Whether it was held or only announced, where the source says.
    #[serde(default)]
    pub status: Option<EventStatus>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A report about a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanReportInput {
    /// What kind: `self_assessment_mid_term`, `irm_end_of_term`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,59}$"))]
    pub kind: String,
    /// When it was published.
    #[serde(default)]
    pub published: Option<PartialDate>,
    /// Its language.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// Its state in the words of the source: `draft`, `final`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub status: Option<String>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl ActionPlanInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.period("", ("starts", self.starts.as_ref()), ("ends", self.ends.as_ref()));
        faults.date("/submitted", self.submitted.as_ref());
        faults.date("/approved", self.approved.as_ref());
        faults.date("/published", self.published.as_ref());
        for (at, event) in self.events.iter().enumerate() {
            let pointer = format!("/events/{at}");
            faults.named(format!("{pointer}/title"), &event.title);
            faults.period(&pointer, ("starts", event.starts.as_ref()), ("ends", event.ends.as_ref()));
        }
        for (at, report) in self.reports.iter().enumerate() {
            faults.date(format!("/reports/{at}/published"), report.published.as_ref());
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PlanStatus::{Adopted, Closed, Draft, InConsultation, Published, Withdrawn};

    #[test]
    fn a_plan_goes_forward_step_by_step() {
        let mut status = Draft;
        for (step, next) in [
            (Step::Consult, InConsultation),
            (Step::Adopt, Adopted),
            (Step::Publish, Published),
            (Step::Close, Closed),
        ] {
            let forward: Vec<_> =
                Step::allowed(status).into_iter().filter(|step| !step.goes_back()).collect();
            assert_eq!(forward, [step], "{status:?}");
            assert_eq!(step.leads(status), Some(next));
            status = next;
        }
    }

    #[test]
    fn what_was_published_is_never_a_draft_again() {
        let mut reached = vec![Published];
        while let Some(next) = reached
            .iter()
            .flat_map(|from| Step::ALL.into_iter().filter_map(|step| step.leads(*from)))
            .find(|next| !reached.contains(next))
        {
            reached.push(next);
        }
        assert_eq!(reached, [Published, Closed, Withdrawn]);
        assert_eq!(Step::allowed(Withdrawn), []);
    }
}
