//! What the database holds of the things that a document names.

use crate::assessments::store::{self as assessments, AssessmentState, MilestoneCodingRow, SchemeRow};
use crate::commitments::store::{
    self as commitments, CommitmentState, LinkState, ParticipantRow, PolicyAreaRow,
};
use crate::db::Conn;
use crate::exchange::check::Known;
use crate::exchange::parse::Parsed;
use crate::members::store::{self as members, InstitutionState, MemberState};
use crate::milestones::store::{
    self as milestones, EvidenceState, MilestonePercentRow, MilestoneState, ProgressReportState,
};
use crate::plans::store::{self as plans, PlanEventRow, PlanReportRow, PlanState};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub(super) type Stored<K, S> = HashMap<K, (Uuid, S)>;

/// What the database holds of the things that the document names.
pub(super) struct Before {
    pub(super) known: Known,
    pub(super) members: Stored<String, MemberState>,
    pub(super) institutions: Stored<String, InstitutionState>,
    pub(super) policy_areas: HashMap<String, PolicyAreaRow>,
    pub(super) schemes: HashMap<(String, String), SchemeRow>,
    pub(super) plans: Stored<String, PlanState>,
    pub(super) plan_events: HashMap<Uuid, Vec<PlanEventRow>>,
    pub(super) plan_reports: HashMap<Uuid, Vec<PlanReportRow>>,
    pub(super) commitments: Stored<(Uuid, String), CommitmentState>,
    pub(super) participants: HashMap<Uuid, Vec<ParticipantRow>>,
    pub(super) links: Stored<(Uuid, Uuid, String), LinkState>,
    pub(super) milestones: Stored<(Uuid, String), MilestoneState>,
    pub(super) evidence: Stored<(Uuid, String), EvidenceState>,
    pub(super) progress_reports: Stored<(Uuid, String), ProgressReportState>,
    pub(super) percents: HashMap<Uuid, Vec<MilestonePercentRow>>,
    pub(super) assessments: Stored<(Uuid, String), AssessmentState>,
    pub(super) milestone_codings: HashMap<Uuid, Vec<MilestoneCodingRow>>,
    pub(super) codes: HashMap<String, Uuid>,
    pub(super) keys: HashMap<(String, String), Uuid>,
}

fn by_key<K: std::hash::Hash + Eq, S>(rows: Vec<(Uuid, S)>, key: impl Fn(&S) -> K) -> Stored<K, S> {
    rows.into_iter().map(|(id, state)| (key(&state), (id, state))).collect()
}

fn by_parent<R>(rows: Vec<R>, parent: impl Fn(&R) -> Uuid) -> HashMap<Uuid, Vec<R>> {
    let mut grouped: HashMap<Uuid, Vec<R>> = HashMap::new();
    for row in rows {
        grouped.entry(parent(&row)).or_default().push(row);
    }
    grouped
}

impl Before {
    pub(super) async fn load(conn: &Conn, parsed: &Parsed) -> crate::kernel::Result<Self> {
        let member_codes = parsed.members.iter().flat_map(|at| {
            [Some(at.item.code.as_str()), at.item.national_member.as_deref()].into_iter().flatten()
        });
        let member_codes: Vec<_> =
            member_codes.chain(parsed.action_plans.iter().map(|at| at.item.member.as_str())).collect();
        let commitment_items = || parsed.commitments.iter().map(|at| &at.item);
        let slugs: Vec<_> = parsed
            .institutions
            .iter()
            .map(|at| at.item.slug.as_str())
            .chain(commitment_items().flat_map(|item| {
                item.leads.iter().chain(&item.supporters).map(|participant| participant.institution.as_str())
            }))
            .collect();
        let members = by_key(members::member_states(conn, &member_codes).await?, |state| state.code.clone());
        let institutions =
            by_key(members::institution_states(conn, &slugs).await?, |state| state.slug.clone());
        let policy_areas = commitments::policy_area_list(conn).await?;
        let schemes = assessments::scheme_list(conn).await?;
        let plans = by_key(plans::plan_states(conn).await?, |state| state.slug.clone());
        let plan_ids: Vec<_> = plans.values().map(|(id, _)| *id).collect();
        let (events, reports) = plans::plan_children(conn, &plan_ids).await?;
        let touched: Vec<_> =
            commitment_items().filter_map(|item| plans.get(&item.action_plan).map(|(id, _)| *id)).collect();
        let stored = commitments::commitment_states(conn, &touched).await?;
        let of: Vec<_> = stored.iter().map(|(id, _)| *id).collect();
        let progress_reports = milestones::progress_report_states(conn, &of).await?;
        let report_ids: Vec<_> = progress_reports.iter().map(|(id, _)| *id).collect();
        let assessment_states = assessments::assessment_states(conn, &of).await?;
        let assessment_ids: Vec<_> = assessment_states.iter().map(|(id, _)| *id).collect();
        let named = commitments::commitment_names(conn).await?;
        let slug_of: HashMap<Uuid, &String> = plans.iter().map(|(slug, (id, _))| (*id, slug)).collect();
        let slug = |plan: &Uuid| slug_of.get(plan).map(|slug| (*slug).clone()).unwrap_or_default();
        let names: HashMap<Uuid, (String, String)> =
            named.iter().map(|name| (name.id, (slug(&name.plan_id), name.key.clone()))).collect();
        let milestone_states = milestones::milestone_states(conn, &of).await?;
        let mut milestone_keys: BTreeMap<_, std::collections::BTreeSet<_>> = BTreeMap::new();
        for (_, state) in &milestone_states {
            if let Some(name) = names.get(&state.commitment_id) {
                milestone_keys.entry(name.clone()).or_default().insert(state.key.clone());
            }
        }
        let member_ids: HashMap<Uuid, &String> = members.iter().map(|(code, (id, _))| (*id, code)).collect();
        let mut members_below: BTreeMap<_, std::collections::BTreeSet<_>> = BTreeMap::new();
        let national: Vec<_> = member_ids.keys().copied().collect();
        for (id, below) in members::member_codes_below(conn, &national).await? {
            if let Some(code) = id.and_then(|id| member_ids.get(&id)) {
                members_below.entry((*code).clone()).or_default().insert(below);
            }
        }
        let known = Known {
            members_below,
            members: members.iter().map(|(code, (_, state))| (code.clone(), state.kind.0)).collect(),
            institutions: institutions.keys().cloned().collect(),
            policy_areas: policy_areas.iter().map(|area| area.code.clone()).collect(),
            schemes: schemes
                .iter()
                .map(|scheme| ((scheme.code.clone(), scheme.version.clone()), scheme.indicators.0.clone()))
                .collect(),
            plans: plans.iter().map(|(slug, (_, state))| (slug.clone(), state.ogp_plan_id.clone())).collect(),
            commitment_codes: named
                .iter()
                .filter_map(|name| Some((name.code.clone()?, names.get(&name.id)?.clone())))
                .collect(),
            commitment_keys: names.values().cloned().collect(),
            milestones: milestone_keys,
        };
        Ok(Self {
            known,
            members,
            institutions,
            policy_areas: policy_areas.into_iter().map(|area| (area.code.clone(), area)).collect(),
            schemes: schemes.into_iter().map(|row| ((row.code.clone(), row.version.clone()), row)).collect(),
            plan_events: by_parent(events, |row| row.plan_id),
            plan_reports: by_parent(reports, |row| row.plan_id),
            participants: by_parent(commitments::participant_rows(conn, &of).await?, |row| row.commitment_id),
            links: by_key(commitments::link_states(conn, &of).await?, link_key),
            milestones: by_key(milestone_states, |state| (state.commitment_id, state.key.clone())),
            evidence: by_key(milestones::evidence_states(conn, &of).await?, |state| {
                (state.commitment_id, state.key.clone())
            }),
            progress_reports: by_key(progress_reports, |state| (state.commitment_id, state.key.clone())),
            percents: by_parent(milestones::milestone_percents(conn, &report_ids).await?, |row| {
                row.progress_report_id
            }),
            assessments: by_key(assessment_states, |state| (state.commitment_id, state.key.clone())),
            milestone_codings: by_parent(
                assessments::milestone_codings(conn, &assessment_ids).await?,
                |row| row.assessment_id,
            ),
            keys: names.into_iter().map(|(id, name)| (name, id)).collect(),
            codes: named.into_iter().filter_map(|name| Some((name.code?, name.id))).collect(),
            commitments: by_key(stored, |state| (state.plan_id, state.key.clone())),
            plans,
        })
    }
}

pub(super) fn link_key(state: &LinkState) -> (Uuid, Uuid, String) {
    (state.from_id, state.to_id, format!("{:?}", state.kind.0))
}
