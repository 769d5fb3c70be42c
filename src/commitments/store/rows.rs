//! Rows, and what is written turned into them and back.

use crate::commitments::model::{
    CodeBasis, CommitmentInput, CommitmentName, Disposition, InstitutionRole, LinkInput, LinkKind, OgpValue,
    ParticipantInput, PartnerGroup,
};
use crate::db::schema::{commitment_institutions, commitment_links, commitments, policy_areas};
use crate::db::types::place;
use crate::db::{Dated, Json, Word};
use crate::kernel::note::OtherTitle;
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use crate::members::model::Sector;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A commitment, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = commitments, check_for_backend(Pg))]
pub struct CommitmentRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: CommitmentState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What a commitment says: all that an editor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = commitments, treat_none_as_null = true, check_for_backend(Pg))]
pub struct CommitmentState {
    /// Whose plan it is part of.
    pub plan_id: Uuid,
    /// Its name inside the plan for imports.
    pub key: String,
    /// OGP's code.
    pub code: Option<String>,
    /// Number as printed.
    pub number: Option<String>,
    /// Title.
    pub title: Json<LocalizedText>,
    /// Titles used elsewhere.
    pub other_titles: Json<Vec<OtherTitle>>,
    /// What it is about.
    pub summary: Json<LocalizedText>,
    /// The problem it answers.
    pub problem: Json<LocalizedText>,
    /// How it answers it.
    pub solution: Json<LocalizedText>,
    /// What it is to achieve.
    pub objective: Json<LocalizedText>,
    /// Results expected.
    pub expected_results: Json<Vec<LocalizedText>>,
    /// Theme within the plan.
    pub theme: Json<LocalizedText>,
    /// Budget in the words of the plan.
    pub budget: Json<LocalizedText>,
    /// Codes of policy areas.
    pub policy_areas: Vec<String>,
    /// OGP values it serves.
    pub ogp_values: Vec<Word<OgpValue>>,
    /// When it starts.
    pub starts: Option<Dated>,
    /// When it ends.
    pub ends: Option<Dated>,
    /// Period in the words of the source.
    pub period_text: Option<String>,
    /// Whether the known milestones are all.
    pub milestones_complete: Option<bool>,
    /// Where the code comes from.
    pub code_basis: Option<Word<CodeBasis>>,
    /// Active, withdrawn, carried over.
    pub disposition: Word<Disposition>,
    /// Why it is not active.
    pub disposition_reason: Json<LocalizedText>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

/// A commitment's state with all that is part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommitmentWhole {
    /// The commitment itself.
    #[serde(flatten)]
    pub state: CommitmentState,
    /// Who leads and supports, by role and place.
    pub participants: Vec<ParticipantRow>,
}

impl CommitmentWhole {
    /// What is written of a commitment, with what it refers to: `institutions` are those of the
    /// leads, then those of the supporters.
    pub fn of(input: &CommitmentInput, id: Uuid, plan_id: Uuid, key: String, institutions: &[Uuid]) -> Self {
        let dated = |date: &Option<PartialDate>| date.clone().map(Dated);
        let state = CommitmentState {
            plan_id,
            key,
            code: input.code.clone(),
            number: input.number.clone(),
            title: Json(input.title.clone()),
            other_titles: Json(input.other_titles.clone()),
            summary: Json(input.summary.clone()),
            problem: Json(input.problem.clone()),
            solution: Json(input.solution.clone()),
            objective: Json(input.objective.clone()),
            expected_results: Json(input.expected_results.clone()),
            theme: Json(input.theme.clone()),
            budget: Json(input.budget.clone()),
            policy_areas: input.policy_areas.clone(),
            ogp_values: input.ogp_values.iter().copied().map(Word).collect(),
            starts: dated(&input.starts),
            ends: dated(&input.ends),
            period_text: input.period_text.clone(),
            milestones_complete: input.milestones_complete,
            code_basis: input.code_basis.map(Word),
            disposition: Word(input.disposition),
            disposition_reason: Json(input.disposition_reason.clone()),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
        };
        let in_role =
            |role, parts: &'_ [ParticipantInput]| -> Vec<(InstitutionRole, usize, Option<PartnerGroup>)> {
                parts.iter().enumerate().map(|(at, part)| (role, at, part.partner_group)).collect()
            };
        let mut parts = in_role(InstitutionRole::Lead, &input.leads);
        parts.extend(in_role(InstitutionRole::Support, &input.supporters));
        let participants =
            parts.into_iter().zip(institutions).map(|((role, at, group), institution)| ParticipantRow {
                commitment_id: id,
                role: Word(role),
                position: place(at),
                institution_id: *institution,
                partner_group: group.map(Word),
            });
        Self { participants: participants.collect(), state }
    }

    /// The same as somebody would write it, with ids for what it refers to.
    pub fn input(&self) -> CommitmentInput {
        let date = |dated: &Option<Dated>| dated.as_ref().map(|dated| dated.0.clone());
        let state = &self.state;
        let in_role = |role: InstitutionRole| -> Vec<ParticipantInput> {
            let parts = self.participants.iter().filter(|part| part.role.0 == role);
            let written = parts.map(|part| ParticipantInput {
                institution: part.institution_id.to_string(),
                partner_group: part.partner_group.map(|word| word.0),
            });
            written.collect()
        };
        CommitmentInput {
            action_plan: state.plan_id.to_string(),
            code: state.code.clone(),
            key: Some(state.key.clone()),
            number: state.number.clone(),
            title: state.title.0.clone(),
            other_titles: state.other_titles.0.clone(),
            summary: state.summary.0.clone(),
            problem: state.problem.0.clone(),
            solution: state.solution.0.clone(),
            objective: state.objective.0.clone(),
            expected_results: state.expected_results.0.clone(),
            theme: state.theme.0.clone(),
            budget: state.budget.0.clone(),
            policy_areas: state.policy_areas.clone(),
            ogp_values: state.ogp_values.iter().map(|word| word.0).collect(),
            starts: date(&state.starts),
            ends: date(&state.ends),
            period_text: state.period_text.clone(),
            milestones_complete: state.milestones_complete,
            code_basis: state.code_basis.map(|word| word.0),
            disposition: state.disposition.0,
            disposition_reason: state.disposition_reason.0.clone(),
            leads: in_role(InstitutionRole::Lead),
            supporters: in_role(InstitutionRole::Support),
            notes: state.notes.0.clone(),
            sources: state.sources.0.clone(),
        }
    }
}

/// An institution's part in a commitment, as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = commitment_institutions, check_for_backend(Pg))]
pub struct ParticipantRow {
    /// Which commitment.
    pub commitment_id: Uuid,
    /// Leads or supports.
    pub role: Word<InstitutionRole>,
    /// Which place, from 0.
    pub position: i16,
    /// Which institution.
    pub institution_id: Uuid,
    /// How the plan groups it.
    pub partner_group: Option<Word<PartnerGroup>>,
}

/// A link between two commitments, as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = commitment_links, treat_none_as_null = true, check_for_backend(Pg))]
pub struct LinkState {
    /// From which commitment.
    pub from_id: Uuid,
    /// To which.
    pub to_id: Uuid,
    /// What it means.
    pub kind: Word<LinkKind>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl LinkState {
    /// What is written of a link, with its two ends.
    pub fn of(input: &LinkInput, from_id: Uuid, to_id: Uuid) -> Self {
        Self {
            from_id,
            to_id,
            kind: Word(input.kind),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
        }
    }

    /// The same as somebody would write it.
    pub fn input(&self) -> LinkInput {
        LinkInput {
            kind: self.kind.0,
            to: self.to_id.to_string(),
            notes: self.notes.0.clone(),
            sources: self.sources.0.clone(),
        }
    }
}

/// A link, with what counts its changes.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = commitment_links, check_for_backend(Pg))]
pub struct LinkRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: LinkState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// A policy area.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize)]
#[diesel(table_name = policy_areas, check_for_backend(Pg))]
pub struct PolicyAreaRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Json<LocalizedText>,
}

/// An institution with its part in a commitment.
#[derive(Debug, Clone, Deserialize)]
pub struct Participant {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: LocalizedText,
    /// Sector.
    pub sector: Sector,
    /// A whole class instead of one body.
    pub is_class: bool,
    /// How the plan groups it.
    pub partner_group: Option<PartnerGroup>,
}

/// A policy area with its name.
#[derive(Debug, Clone, Deserialize)]
pub struct PolicyAreaName {
    /// Code.
    pub code: String,
    /// Name.
    pub name: LocalizedText,
}

/// A link as seen from one of its ends.
#[derive(Debug, Clone, Deserialize)]
pub struct LinkSeen {
    /// Id of the link.
    pub id: Uuid,
    /// Counts its changes, from 1.
    pub version: i64,
    /// What it means, from `from` to `to`.
    pub kind: LinkKind,
    /// Whether it starts here.
    pub outgoing: bool,
    /// The other end.
    pub commitment: CommitmentName,
    /// Remarks.
    pub notes: Vec<Note>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// A commitment that an institution has a part in.
#[derive(Debug, Clone, Deserialize)]
pub struct Participation {
    /// Leads or supports.
    pub role: InstitutionRole,
    /// The commitment.
    pub commitment: CommitmentName,
}
