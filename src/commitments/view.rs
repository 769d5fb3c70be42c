//! Commitments, as readers see them.

use super::model::{CodeBasis, CommitmentRef, Disposition, LinkKind, OgpValue, PartnerGroup};
use super::store::{CommitmentRow, LinkSeen, Participant, PolicyAreaName};
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Remark, Said, Translations};
use crate::kernel::note::OtherTitle;
use crate::kernel::{PartialDate, Source, Times};
use crate::members::model::{MemberRef, Sector};
use crate::milestones::model::{Delivery, Progress, Schedule};
use crate::plans::model::{ActionPlanRef, PlanWithMember};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One promise of an action plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Commitment {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// OGP's code; null until OGP assigns one. Its prefix is not the member's code.
    #[schema(required, example = "ROTMR0001")]
    pub code: Option<String>,
    /// Where the code comes from.
    #[schema(required)]
    pub code_basis: Option<CodeBasis>,
    /// Its number as printed; it may repeat within the plan.
    #[schema(required, example = "A.1.A")]
    pub number: Option<String>,
    /// The plan it is part of.
    pub action_plan: ActionPlanRef,
    /// Whose plan that is.
    pub member: MemberRef,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// Titles under which it is known elsewhere.
    pub other_titles: Vec<OtherTitle>,
    /// What it is about.
    #[schema(required)]
    pub summary: Option<String>,
    /// The problem it answers.
    #[schema(required)]
    pub problem: Option<String>,
    /// How it answers it.
    #[schema(required)]
    pub solution: Option<String>,
    /// What it is to achieve.
    #[schema(required)]
    pub objective: Option<String>,
    /// The results expected.
    pub expected_results: Vec<Said>,
    /// Its theme within the plan.
    #[schema(required)]
    pub theme: Option<String>,
    /// Its budget in the words of the plan.
    #[schema(required)]
    pub budget: Option<String>,
    /// Its policy areas.
    pub policy_areas: Vec<PolicyArea>,
    /// The OGP values it serves.
    pub ogp_values: Vec<OgpValue>,
    /// When it starts.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// When it ends.
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// Its period in the words of the source.
    #[schema(required)]
    pub period_text: Option<String>,
    /// How far it is by its milestones that stand, on OGP's scale: `complete` where all of them are; `not_started`
    /// where all that is reported says so; null where nothing is reported; else `substantial` from a mean of 1.5 on,
    /// and `limited` below. Computed, never stored; `/commitments/{commitment}/progress` has it in numbers.
    #[schema(required)]
    pub progress: Option<Progress>,
    /// Where it stands against its plan today (UTC), by its own end, completed with the last of its milestones;
    /// computed, never stored.
    pub schedule: Schedule,
    /// Whether it stands, was withdrawn, or carried over.
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[schema(required)]
    pub disposition_reason: Option<String>,
    /// Who leads: none, one or several.
    pub leads: Vec<CommitmentInstitution>,
    /// Who supports.
    pub supporters: Vec<CommitmentInstitution>,
    /// Whether the milestones known here are all that the plan lists; null where that is not known.
    #[schema(required)]
    pub milestones_complete: Option<bool>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

/// What is read with a commitment to show it in a list.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitmentContext {
    /// Its plan and member.
    pub plan: PlanWithMember,
    /// Who leads.
    pub leads: Vec<Participant>,
    /// Who supports.
    pub supporters: Vec<Participant>,
    /// Its policy areas.
    pub policy_areas: Vec<PolicyAreaName>,
    /// How far it is.
    pub delivery: Delivery,
}

impl Commitment {
    /// In the language wanted, as it stood at these times.
    pub fn new(row: CommitmentRow, of: CommitmentContext, times: &Times, wanted: &Wanted) -> Self {
        let state = row.state;
        let ends = state.ends.map(|dated| dated.0);
        let mut texts = wanted.texts();
        let title = texts.pick("title", &state.title.0);
        let summary = texts.pick("summary", &state.summary.0);
        let problem = texts.pick("problem", &state.problem.0);
        let solution = texts.pick("solution", &state.solution.0);
        let objective = texts.pick("objective", &state.objective.0);
        let theme = texts.pick("theme", &state.theme.0);
        let budget = texts.pick("budget", &state.budget.0);
        let disposition_reason = texts.pick("disposition_reason", &state.disposition_reason.0);
        let (translations, fallbacks) = texts.finish();
        let (action_plan, member) = of.plan.in_language(|text| wanted.text(text));
        let participant = |participant| CommitmentInstitution::new(participant, wanted);
        Self {
            id: row.id,
            code: state.code,
            code_basis: state.code_basis.map(|word| word.0),
            number: state.number,
            action_plan,
            member,
            title,
            other_titles: state.other_titles.0,
            summary,
            problem,
            solution,
            objective,
            expected_results: wanted.all_said(&state.expected_results.0),
            theme,
            budget,
            policy_areas: of.policy_areas.into_iter().map(|area| PolicyArea::new(area, wanted)).collect(),
            ogp_values: state.ogp_values.into_iter().map(|word| word.0).collect(),
            starts: state.starts.map(|dated| dated.0),
            progress: of.delivery.progress,
            schedule: of.delivery.schedule(times.day(), ends.as_ref()),
            ends,
            period_text: state.period_text,
            disposition: state.disposition.0,
            disposition_reason,
            leads: of.leads.into_iter().map(participant).collect(),
            supporters: of.supporters.into_iter().map(participant).collect(),
            milestones_complete: state.milestones_complete,
            notes: wanted.remarks(&state.notes.0),
            sources: state.sources.0,
            version: row.version,
            updated_at: row.updated_at,
            translations,
            fallbacks,
        }
    }
}

/// A policy area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PolicyArea {
    /// Its code, for filters.
    #[schema(example = "open_data")]
    pub code: String,
    /// Its name.
    #[schema(required, example = "Open Data")]
    pub name: Option<String>,
}

impl PolicyArea {
    fn new(area: PolicyAreaName, wanted: &Wanted) -> Self {
        Self { name: wanted.text(&area.name), code: area.code }
    }
}

/// An institution that leads or supports a commitment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitmentInstitution {
    /// Id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    #[schema(required)]
    pub name: Option<String>,
    /// Its sector.
    pub sector: Sector,
    /// True for a whole class instead of one body.
    pub is_class: bool,
    /// How the plan itself groups it, where it does.
    #[schema(required)]
    pub partner_group: Option<PartnerGroup>,
}

impl CommitmentInstitution {
    fn new(participant: Participant, wanted: &Wanted) -> Self {
        Self {
            name: wanted.text(&participant.name),
            id: participant.id,
            slug: participant.slug,
            sector: participant.sector,
            is_class: participant.is_class,
            partner_group: participant.partner_group,
        }
    }
}

/// Which end of a link one looks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkDirection {
    /// The link starts at this commitment: this one continues, supports, relates to the other.
    Outgoing,
    /// The link starts at the other commitment.
    Incoming,
}

/// A link to another commitment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitmentLink {
    /// Id of the link (UUIDv7).
    pub id: Uuid,
    /// Counts its changes, from 1.
    pub version: i64,
    /// What it means, read from where it starts.
    pub kind: LinkKind,
    /// Where it starts.
    pub direction: LinkDirection,
    /// The other commitment.
    pub commitment: CommitmentRef,
    /// Remarks.
    pub notes: Vec<Remark>,
    /// Where the fact comes from.
    pub sources: Vec<Source>,
}

impl CommitmentLink {
    /// In the language wanted.
    pub fn new(seen: LinkSeen, wanted: &Wanted) -> Self {
        Self {
            id: seen.id,
            version: seen.version,
            kind: seen.kind,
            direction: if seen.outgoing { LinkDirection::Outgoing } else { LinkDirection::Incoming },
            commitment: seen.commitment.in_language(|text| wanted.text(text)),
            notes: wanted.remarks(&seen.notes),
            sources: seen.sources,
        }
    }
}
