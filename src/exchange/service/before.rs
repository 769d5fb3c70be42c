//! What the database holds of the things that a document names.

use crate::assessments::store::{self as assessments, AssessmentWhole, SchemeRow};
use crate::commitments::store::{self as commitments, CommitmentWhole, LinkState, PolicyAreaRow};
use crate::db::Conn;
use crate::evidence::store::{self as evidence, EvidenceWhole};
use crate::exchange::check::Known;
use crate::exchange::parse::Parsed;
use crate::members::store::{self as members, InstitutionState, MemberState};
use crate::milestones::store::{self as milestones, MilestoneState, ProgressReportWhole};
use crate::plans::store::{self as plans, PlanWhole};
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
    pub(super) plans: Stored<String, PlanWhole>,
    pub(super) commitments: Stored<(Uuid, String), CommitmentWhole>,
    pub(super) links: Stored<(Uuid, Uuid, String), LinkState>,
    pub(super) milestones: Stored<(Uuid, String), MilestoneState>,
    pub(super) evidence: Stored<(Uuid, String), EvidenceWhole>,
    pub(super) progress_reports: Stored<(Uuid, String), ProgressReportWhole>,
    pub(super) assessments: Stored<(Uuid, String), AssessmentWhole>,
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

/// States with the rows that are part of each.
fn with_parts<S, R, W>(
    states: Vec<(Uuid, S)>,
    mut parts: HashMap<Uuid, Vec<R>>,
    whole: impl Fn(S, Vec<R>) -> W,
) -> Vec<(Uuid, W)> {
    let join = |(id, state)| (id, whole(state, parts.remove(&id).unwrap_or_default()));
    states.into_iter().map(join).collect()
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
        let states = plans::plan_states(conn).await?;
        let plan_ids: Vec<_> = states.iter().map(|(id, _)| *id).collect();
        let (events, reports) = plans::plan_children(conn, &plan_ids).await?;
        let mut reports = by_parent(reports, |row| row.plan_id);
        let plans = with_parts(states, by_parent(events, |row| row.plan_id), |state, events| PlanWhole {
            state,
            events,
            reports: Vec::new(),
        });
        let plans = plans
            .into_iter()
            .map(|(id, whole)| (id, PlanWhole { reports: reports.remove(&id).unwrap_or_default(), ..whole }));
        let plans = by_key(plans.collect(), |plan| plan.state.slug.clone());
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
        let percents =
            by_parent(milestones::milestone_percents(conn, &report_ids).await?, |row| row.progress_report_id);
        let progress_reports = with_parts(progress_reports, percents, |state, milestones| {
            ProgressReportWhole { state, milestones }
        });
        let codings = assessments::milestone_codings(conn, &assessment_ids).await?;
        let assessments = with_parts(
            assessment_states,
            by_parent(codings, |row| row.assessment_id),
            |state, milestones| AssessmentWhole { state, milestones },
        );
        let participants =
            by_parent(commitments::participant_rows(conn, &of).await?, |row| row.commitment_id);
        let stored =
            with_parts(stored, participants, |state, participants| CommitmentWhole { state, participants });
        let known = Known {
            members_below,
            members: members.iter().map(|(code, (_, state))| (code.clone(), state.kind.0)).collect(),
            institutions: institutions.keys().cloned().collect(),
            policy_areas: policy_areas.iter().map(|area| area.code.clone()).collect(),
            schemes: schemes
                .iter()
                .map(|scheme| ((scheme.code.clone(), scheme.version.clone()), scheme.indicators.0.clone()))
                .collect(),
            plans: plans
                .iter()
                .map(|(slug, (_, plan))| (slug.clone(), plan.state.ogp_plan_id.clone()))
                .collect(),
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
            links: by_key(commitments::link_states(conn, &of).await?, link_key),
            milestones: by_key(milestone_states, |state| (state.commitment_id, state.key.clone())),
            evidence: by_key(evidence::evidence_wholes(conn, &of).await?, |whole| {
                (whole.state.commitment_id.unwrap_or_default(), whole.state.key.clone().unwrap_or_default())
            }),
            progress_reports: by_key(progress_reports, |report| {
                (report.state.commitment_id, report.state.key.clone())
            }),
            assessments: by_key(assessments, |assessment| {
                (assessment.state.commitment_id, assessment.state.key.clone())
            }),
            keys: names.into_iter().map(|(id, name)| (name, id)).collect(),
            codes: named.into_iter().filter_map(|name| Some((name.code?, name.id))).collect(),
            commitments: by_key(stored, |whole| (whole.state.plan_id, whole.state.key.clone())),
            plans,
        })
    }
}

pub(super) fn link_key(state: &LinkState) -> (Uuid, Uuid, String) {
    (state.from_id, state.to_id, format!("{:?}", state.kind.0))
}
