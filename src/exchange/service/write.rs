//! Making the database say what a document says.

use super::before::{Before, link_key};
use super::{Change, Changes, Refusal};
use crate::assessments::store::{self as assessments, AssessmentState, MilestoneCodingRow, SchemeRow};
use crate::commitments::model::InstitutionRole;
use crate::commitments::store::{
    self as commitments, CommitmentState, LinkState, ParticipantRow, PolicyAreaRow,
};
use crate::db::{Conn, Dated, Json, Word};
use crate::exchange::check::commitment_key;
use crate::exchange::document::{
    AssessmentItem, CommitmentItem, MilestoneItem, ParticipantItem, PlanEventItem, PlanReportItem,
    ProgressReportItem,
};
use crate::exchange::parse::{At, Parsed};
use crate::kernel::{Error, Ids, PartialDate};
use crate::members::model::MemberKind;
use crate::members::store::{self as members, InstitutionState, MemberState};
use crate::milestones::store::{
    self as milestones, EvidenceState, MilestonePercentRow, MilestoneState, ProgressReportState,
};
use crate::plans::store::{self as plans, PlanEventRow, PlanReportRow, PlanState};
use chrono::{DateTime, Utc};
use uuid::Uuid;

fn dated(date: &Option<PartialDate>) -> Option<Dated> {
    date.clone().map(Dated)
}

/// A place in a list; the schema keeps lists far below what would not fit.
fn position(index: usize) -> i16 {
    i16::try_from(index).unwrap_or(i16::MAX)
}

pub(super) struct Import<'a> {
    pub(super) conn: &'a mut Conn,
    pub(super) ids: &'a dyn Ids,
    pub(super) now: DateTime<Utc>,
    pub(super) before: Before,
    pub(super) changes: Changes,
}

impl Import<'_> {
    /// Makes, changes, or leaves a thing, and counts it. `same_parts` tells whether the rows that
    /// belong to its state are as they should be; they are written afterwards where not.
    async fn settle<S: PartialEq>(
        &mut self,
        kind: &'static str,
        id: Uuid,
        old: Option<&S>,
        (new, same_parts): (&S, bool),
        insert: impl AsyncFnOnce(&mut Conn, Uuid, &S, DateTime<Utc>) -> crate::kernel::Result<()>,
        update: impl AsyncFnOnce(&mut Conn, Uuid, &S, DateTime<Utc>) -> crate::kernel::Result<i64>,
    ) -> Result<Change, Refusal> {
        let change = match old {
            None => {
                insert(self.conn, id, new, self.now).await?;
                Change::Created
            }
            Some(old) if old != new || !same_parts => {
                update(self.conn, id, new, self.now).await?;
                Change::Updated
            }
            Some(_) => Change::Unchanged,
        };
        self.changes.count(kind, change);
        Ok(change)
    }

    pub(super) async fn all(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        self.policy_areas(parsed).await?;
        self.schemes(parsed).await?;
        self.institutions(parsed).await?;
        // National members first: local ones refer to them.
        for kind in [MemberKind::National, MemberKind::Local] {
            self.members(parsed, kind).await?;
        }
        self.plans(parsed).await?;
        let mut ids = Vec::with_capacity(parsed.commitments.len());
        for At { item, .. } in &parsed.commitments {
            ids.push(self.commitment(item).await?);
        }
        for (At { item, .. }, id) in parsed.commitments.iter().zip(ids) {
            self.links(item, id).await?;
        }
        Ok(())
    }

    async fn policy_areas(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.policy_areas {
            let row = PolicyAreaRow { code: item.code.clone(), name: Json(item.name.clone()) };
            let change = match self.before.policy_areas.get(&item.code) {
                None => Change::Created,
                Some(old) if *old != row => Change::Updated,
                Some(_) => Change::Unchanged,
            };
            if change != Change::Unchanged {
                commitments::policy_area_put_in_txn(self.conn, &row).await?;
            }
            self.changes.count("policy_areas", change);
        }
        Ok(())
    }

    async fn schemes(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.assessment_schemes {
            let name = (item.code.clone(), item.version.clone());
            let old = self.before.schemes.get(&name);
            let row = SchemeRow {
                id: old.map_or_else(|| self.ids.next(), |old| old.id),
                code: item.code.clone(),
                version: item.version.clone(),
                assessor: Word(item.assessor),
                title: Json(item.title.clone()),
                indicators: Json(item.indicators.clone()),
                notes: Json(item.notes.clone()),
            };
            let change = match old {
                None => Change::Created,
                Some(old) if *old != row => Change::Updated,
                Some(_) => Change::Unchanged,
            };
            if change != Change::Unchanged {
                assessments::scheme_put_in_txn(self.conn, &row).await?;
            }
            self.before.schemes.insert(name, row);
            self.changes.count("assessment_schemes", change);
        }
        Ok(())
    }

    async fn institutions(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.institutions {
            let state = InstitutionState {
                slug: item.slug.clone(),
                name: Json(item.name.clone()),
                sector: Word(item.sector),
                is_class: item.is_class,
                country: item.country.clone(),
                notes: Json(item.notes.clone()),
                sources: Json(item.sources.clone()),
            };
            let old = self.before.institutions.remove(&item.slug);
            let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
            let old = old.map(|(_, state)| state);
            let (insert, update) = (members::institution_insert_in_txn, members::institution_update_in_txn);
            self.settle("institutions", id, old.as_ref(), (&state, true), insert, update).await?;
            self.before.institutions.insert(item.slug.clone(), (id, state));
        }
        Ok(())
    }

    async fn members(&mut self, parsed: &Parsed, kind: MemberKind) -> Result<(), Refusal> {
        for At { item, .. } in parsed.members.iter().filter(|at| at.item.kind == kind) {
            let national = item.national_member.as_ref().and_then(|code| self.before.members.get(code));
            let state = MemberState {
                code: item.code.clone(),
                kind: Word(item.kind),
                country: item.country.clone(),
                national_member_id: national.map(|(id, _)| *id),
                name: Json(item.name.clone()),
                joined_year: item.joined_year,
                cohort: item.cohort,
                commitment_prefix: item.commitment_prefix.clone(),
                notes: Json(item.notes.clone()),
                sources: Json(item.sources.clone()),
            };
            let old = self.before.members.remove(&item.code);
            let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
            let old = old.map(|(_, state)| state);
            let (insert, update) = (members::member_insert_in_txn, members::member_update_in_txn);
            self.settle("members", id, old.as_ref(), (&state, true), insert, update).await?;
            self.before.members.insert(item.code.clone(), (id, state));
        }
        Ok(())
    }

    async fn plans(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.action_plans {
            let member = found(self.before.members.get(&item.member).map(|(id, _)| *id), &item.member)?;
            let state = PlanState {
                member_id: member,
                slug: item.slug.clone(),
                ogp_plan_id: item.ogp_plan_id.clone(),
                number: item.number,
                cycle_year: item.cycle_year,
                title: Json(item.title.clone()),
                starts: dated(&item.starts),
                ends: dated(&item.ends),
                period_text: item.period_text.clone(),
                submitted: dated(&item.submitted),
                approved: dated(&item.approved),
                published: dated(&item.published),
                documents: Json(item.documents.clone()),
                themes: Json(item.themes.clone()),
                commitments_declared: item.commitments_declared,
                milestones_declared: item.milestones_declared,
                figures: Json(item.figures.clone()),
                notes: Json(item.notes.clone()),
                sources: Json(item.sources.clone()),
            };
            let old = self.before.plans.remove(&item.slug);
            let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
            let old = old.map(|(_, state)| state);
            let events: Vec<_> =
                item.events.iter().enumerate().map(|(at, event)| event_row(id, at, event)).collect();
            let reports: Vec<_> =
                item.reports.iter().enumerate().map(|(at, report)| report_row(id, at, report)).collect();
            let same_parts = self.before.plan_events.remove(&id).unwrap_or_default() == events
                && self.before.plan_reports.remove(&id).unwrap_or_default() == reports;
            let (insert, update) = (plans::plan_insert_in_txn, plans::plan_update_in_txn);
            self.settle("action_plans", id, old.as_ref(), (&state, same_parts), insert, update).await?;
            if !same_parts {
                plans::plan_children_replace_in_txn(self.conn, id, &events, &reports).await?;
            }
            self.before.plans.insert(item.slug.clone(), (id, state));
        }
        Ok(())
    }

    async fn commitment(&mut self, item: &CommitmentItem) -> Result<Uuid, Refusal> {
        let plan = found(self.before.plans.get(&item.action_plan).map(|(id, _)| *id), &item.action_plan)?;
        let key = commitment_key(item).unwrap_or_default().to_owned();
        let state = commitment_state(item, plan, key.clone());
        let old = self.before.commitments.remove(&(plan, key.clone()));
        let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
        let old = old.map(|(_, state)| state);
        let mut participants = self.participants(id, InstitutionRole::Lead, &item.leads)?;
        participants.extend(self.participants(id, InstitutionRole::Support, &item.supporters)?);
        let same_parts = self.before.participants.remove(&id).unwrap_or_default() == participants;
        let (insert, update) = (commitments::commitment_insert_in_txn, commitments::commitment_update_in_txn);
        self.settle("commitments", id, old.as_ref(), (&state, same_parts), insert, update).await?;
        if !same_parts {
            commitments::participants_replace_in_txn(self.conn, id, &participants).await?;
        }
        if let Some(code) = &item.code {
            self.before.codes.insert(code.clone(), id);
        }
        self.before.keys.insert((item.action_plan.clone(), key), id);
        for (at, milestone) in item.milestones.iter().enumerate() {
            self.milestone(id, at, milestone).await?;
        }
        for (at, piece) in item.evidence.iter().enumerate() {
            let state = EvidenceState {
                commitment_id: id,
                key: piece.key.clone(),
                position: position(at),
                title: Json(piece.title.clone()),
                url: piece.url.clone(),
                relation: Word(piece.relation),
                dated: dated(&piece.dated),
                notes: Json(piece.notes.clone()),
            };
            let old = self.before.evidence.remove(&(id, piece.key.clone()));
            let evidence = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
            let old = old.map(|(_, state)| state);
            let (insert, update) = (milestones::evidence_insert_in_txn, milestones::evidence_update_in_txn);
            self.settle("evidence", evidence, old.as_ref(), (&state, true), insert, update).await?;
        }
        for report in &item.progress_reports {
            self.progress_report(id, report).await?;
        }
        for (at, assessment) in item.assessments.iter().enumerate() {
            self.assessment(id, at, assessment).await?;
        }
        Ok(id)
    }

    fn participants(
        &self,
        commitment: Uuid,
        role: InstitutionRole,
        items: &[ParticipantItem],
    ) -> Result<Vec<ParticipantRow>, Refusal> {
        let row = |(at, item): (usize, &ParticipantItem)| {
            let institution = self.before.institutions.get(&item.institution).map(|(id, _)| *id);
            Ok(ParticipantRow {
                commitment_id: commitment,
                role: Word(role),
                position: position(at),
                institution_id: found(institution, &item.institution)?,
                partner_group: item.partner_group.map(Word),
            })
        };
        items.iter().enumerate().map(row).collect()
    }

    async fn milestone(&mut self, commitment: Uuid, at: usize, item: &MilestoneItem) -> Result<(), Refusal> {
        let state = MilestoneState {
            commitment_id: commitment,
            key: item.key.clone(),
            position: position(at),
            label: item.label.clone(),
            title: Json(item.title.clone()),
            description: Json(item.description.clone()),
            expected_output: Json(item.expected_output.clone()),
            responsible: Json(item.responsible.clone()),
            starts: dated(&item.starts),
            due: dated(&item.due),
            period_text: item.period_text.clone(),
            actual_start: dated(&item.actual_start),
            actual_end: dated(&item.actual_end),
            disposition: Word(item.disposition),
            disposition_reason: Json(item.disposition_reason.clone()),
            events: Json(item.events.clone()),
            notes: Json(item.notes.clone()),
            sources: Json(item.sources.clone()),
        };
        let name = (commitment, item.key.clone());
        let old = self.before.milestones.remove(&name);
        let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
        let old = old.map(|(_, state)| state);
        let (insert, update) = (milestones::milestone_insert_in_txn, milestones::milestone_update_in_txn);
        self.settle("milestones", id, old.as_ref(), (&state, true), insert, update).await?;
        self.before.milestones.insert(name, (id, state));
        Ok(())
    }

    fn milestone_id(&self, commitment: Uuid, key: &str) -> Result<Uuid, Refusal> {
        found(self.before.milestones.get(&(commitment, key.to_owned())).map(|(id, _)| *id), key)
    }

    async fn progress_report(&mut self, commitment: Uuid, item: &ProgressReportItem) -> Result<(), Refusal> {
        let estimate = item.estimate.as_ref();
        let state = ProgressReportState {
            commitment_id: commitment,
            key: item.key.clone(),
            reported_by: Word(item.reported_by),
            reported: dated(&item.reported),
            estimated_on: estimate.map(|estimate| estimate.on),
            estimated_from: estimate.map(|estimate| estimate.from),
            estimated_to: estimate.map(|estimate| estimate.to),
            estimate_basis: Json(estimate.map(|estimate| estimate.basis.clone()).unwrap_or_default()),
            percent: item.percent,
            time_elapsed_percent: item.time_elapsed_percent,
            period_start_on: item.period_start_on,
            period_end_on: item.period_end_on,
            notes: Json(item.notes.clone()),
            sources: Json(item.sources.clone()),
        };
        let old = self.before.progress_reports.remove(&(commitment, item.key.clone()));
        let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
        let old = old.map(|(_, state)| state);
        let mut percents = Vec::with_capacity(item.milestones.len());
        for row in &item.milestones {
            let milestone = self.milestone_id(commitment, &row.milestone)?;
            percents.push(MilestonePercentRow {
                progress_report_id: id,
                milestone_id: milestone,
                percent: row.percent,
            });
        }
        percents.sort_by_key(|row| row.milestone_id);
        let same_parts = self.before.percents.remove(&id).unwrap_or_default() == percents;
        let (insert, update) =
            (milestones::progress_report_insert_in_txn, milestones::progress_report_update_in_txn);
        self.settle("progress_reports", id, old.as_ref(), (&state, same_parts), insert, update).await?;
        if !same_parts {
            milestones::milestone_percents_replace_in_txn(self.conn, id, &percents).await?;
        }
        Ok(())
    }

    async fn assessment(
        &mut self,
        commitment: Uuid,
        at: usize,
        item: &AssessmentItem,
    ) -> Result<(), Refusal> {
        let scheme = self.before.schemes.get(&(item.scheme.code.clone(), item.scheme.version.clone()));
        let state = AssessmentState {
            commitment_id: commitment,
            scheme_id: found(scheme.map(|scheme| scheme.id), &item.scheme.code)?,
            key: item.key.clone(),
            position: position(at),
            stage: Word(item.stage),
            report: Json(item.report.clone()),
            report_year: item.report_year,
            assessed: dated(&item.assessed),
            codings: Json(item.codings.clone()),
            notes: Json(item.notes.clone()),
            sources: Json(item.sources.clone()),
        };
        let old = self.before.assessments.remove(&(commitment, item.key.clone()));
        let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
        let old = old.map(|(_, state)| state);
        let mut codings = Vec::with_capacity(item.milestones.len());
        for row in &item.milestones {
            let milestone = self.milestone_id(commitment, &row.milestone)?;
            let codings_of = Json(row.codings.clone());
            codings.push(MilestoneCodingRow {
                assessment_id: id,
                milestone_id: milestone,
                codings: codings_of,
            });
        }
        codings.sort_by_key(|row| row.milestone_id);
        let same_parts = self.before.milestone_codings.remove(&id).unwrap_or_default() == codings;
        let (insert, update) = (assessments::assessment_insert_in_txn, assessments::assessment_update_in_txn);
        self.settle("assessments", id, old.as_ref(), (&state, same_parts), insert, update).await?;
        if !same_parts {
            assessments::milestone_codings_replace_in_txn(self.conn, id, &codings).await?;
        }
        Ok(())
    }

    async fn links(&mut self, item: &CommitmentItem, from: Uuid) -> Result<(), Refusal> {
        for link in &item.links {
            let to = match link.to.split_once('/') {
                None => self.before.codes.get(&link.to).copied(),
                Some((plan, key)) => self.before.keys.get(&(plan.to_owned(), key.to_owned())).copied(),
            };
            let state = LinkState {
                from_id: from,
                to_id: found(to, &link.to)?,
                kind: Word(link.kind),
                notes: Json(link.notes.clone()),
                sources: Json(link.sources.clone()),
            };
            let old = self.before.links.remove(&link_key(&state));
            let id = old.as_ref().map_or_else(|| self.ids.next(), |(id, _)| *id);
            let old = old.map(|(_, state)| state);
            let (insert, update) = (commitments::link_insert_in_txn, commitments::link_update_in_txn);
            self.settle("links", id, old.as_ref(), (&state, true), insert, update).await?;
        }
        Ok(())
    }
}

/// A reference that the check has found, or a fault of ours.
fn found<T>(target: Option<T>, name: &str) -> Result<T, Refusal> {
    target.ok_or_else(|| {
        Refusal::Failed(Error::Internal(format!("the import lost {name:?} after checking it")))
    })
}

fn event_row(plan: Uuid, at: usize, item: &PlanEventItem) -> PlanEventRow {
    PlanEventRow {
        plan_id: plan,
        position: position(at),
        kind: Word(item.kind),
        starts: dated(&item.starts),
        ends: dated(&item.ends),
        title: Json(item.title.clone()),
        place: item.place.clone(),
        status: item.status.map(Word),
        sources: Json(item.sources.clone()),
    }
}

fn report_row(plan: Uuid, at: usize, item: &PlanReportItem) -> PlanReportRow {
    PlanReportRow {
        plan_id: plan,
        position: position(at),
        kind: item.kind.clone(),
        published: dated(&item.published),
        language: item.language.as_ref().map(ToString::to_string),
        status: item.status.clone(),
        sources: Json(item.sources.clone()),
    }
}

fn commitment_state(item: &CommitmentItem, plan: Uuid, key: String) -> CommitmentState {
    CommitmentState {
        plan_id: plan,
        key,
        code: item.code.clone(),
        number: item.number.clone(),
        title: Json(item.title.clone()),
        other_titles: Json(item.other_titles.clone()),
        summary: Json(item.summary.clone()),
        problem: Json(item.problem.clone()),
        solution: Json(item.solution.clone()),
        objective: Json(item.objective.clone()),
        expected_results: Json(item.expected_results.clone()),
        theme: Json(item.theme.clone()),
        budget: Json(item.budget.clone()),
        policy_areas: item.policy_areas.clone(),
        ogp_values: item.ogp_values.iter().copied().map(Word).collect(),
        starts: dated(&item.starts),
        ends: dated(&item.ends),
        period_text: item.period_text.clone(),
        milestones_complete: item.milestones_complete,
        code_basis: item.code_basis.map(Word),
        disposition: Word(item.disposition),
        disposition_reason: Json(item.disposition_reason.clone()),
        notes: Json(item.notes.clone()),
        sources: Json(item.sources.clone()),
    }
}
