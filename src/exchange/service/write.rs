//! Making the database say what a document says.

use super::before::{Before, Stored, link_key};
use super::{Change, Changes, Refusal};
use crate::accounts::model::{Editable, Permit};
use crate::assessments::model::AssessmentInput;
use crate::assessments::store::{self as assessments, AssessmentWhole, SchemeRow};
use crate::commitments::store::{self as commitments, CommitmentWhole, LinkState, PolicyAreaRow};
use crate::db::types::place;
use crate::db::{Conn, Dated, Json, Word};
use crate::evidence::model::{About, EvidenceKind};
use crate::evidence::store::{self as evidence, EvidenceState, EvidenceWhole};
use crate::exchange::check::commitment_key;
use crate::exchange::document::{CommitmentItem, EvidenceItem, ProgressReportItem};
use crate::exchange::parse::{At, Parsed};
use crate::kernel::{Error, PartialDate};
use crate::ledger::model::{Kind, Place};
use crate::ledger::service::{Subject, Work, recorded};
use crate::members::model::MemberKind;
use crate::members::store::{self as members, InstitutionState, MemberState};
use crate::milestones::model::{MilestoneInput, Rescheduling, with_change};
use crate::milestones::store::{
    self as milestones, MilestonePercentRow, MilestoneState, ProgressReportState, ProgressReportWhole,
};
use crate::plans::model::PlanStatus;
use crate::plans::store::{self as plans, PlanWhole};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::hash::Hash;
use uuid::Uuid;

fn dated(date: &Option<PartialDate>) -> Option<Dated> {
    date.clone().map(Dated)
}

/// What was stored under a key, with its id; a new id where nothing was.
fn take<K: Hash + Eq, S>(
    stored: &mut Stored<K, S>,
    key: &K,
    new_id: impl FnOnce() -> Uuid,
) -> (Uuid, Option<S>) {
    match stored.remove(key) {
        Some((id, old)) => (id, Some(old)),
        None => (new_id(), None),
    }
}

pub(super) struct Import<'a, 'w> {
    pub(super) work: &'w mut Work<'a>,
    pub(super) permit: Permit,
    pub(super) before: Before,
    pub(super) changes: Changes,
}

impl Import<'_, '_> {
    /// Makes, changes, or leaves a thing, counts it, and notes what changed.
    async fn settle<R, S: PartialEq + Serialize>(
        &mut self,
        list: &'static str,
        subject: Subject,
        (old, new): (Option<&S>, &S),
        insert: impl AsyncFnOnce(&mut Conn, &Permit, Uuid, &S, DateTime<Utc>) -> crate::kernel::Result<()>,
        update: impl AsyncFnOnce(&mut Conn, &Editable<R>, &S, DateTime<Utc>) -> crate::kernel::Result<i64>,
    ) -> Result<(), Refusal> {
        let now = self.work.now;
        let (change, noted) = match old {
            None => {
                insert(self.work.conn, &self.permit, subject.id, new, now).await?;
                (Change::Created, subject.created(recorded(new)?))
            }
            Some(old) if old != new => {
                let row = Editable::in_locked_table(subject.id, &self.permit);
                let version = update(self.work.conn, &row, new, now).await?;
                (Change::Updated, subject.changed(version, recorded(old)?, recorded(new)?))
            }
            Some(_) => {
                self.changes.count(list, Change::Unchanged);
                return Ok(());
            }
        };
        self.work.note(&self.permit, noted)?;
        self.changes.count(list, change);
        Ok(())
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
        for (At { item, .. }, (id, place)) in parsed.commitments.iter().zip(ids) {
            self.links(item, id, place).await?;
        }
        Ok(())
    }

    async fn policy_areas(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.policy_areas {
            let row = PolicyAreaRow { code: item.code.clone(), name: Json(item.name.clone()) };
            let old = self.before.policy_areas.get(&item.code).cloned();
            let subject = common(Kind::PolicyArea, id_of(&item.code), &item.code);
            let put = async |conn: &mut Conn, row: &PolicyAreaRow| {
                commitments::policy_area_put_in_txn(conn, row).await
            };
            self.settle_data("policy_areas", subject, (old.as_ref(), &row), put).await?;
        }
        Ok(())
    }

    async fn schemes(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.assessment_schemes {
            let name = (item.code.clone(), item.version.clone());
            let old = self.before.schemes.get(&name).cloned();
            let id = old.as_ref().map_or_else(|| self.work.next_id(), |old| old.id);
            let row = SchemeRow::of(item, id);
            let subject = common(Kind::AssessmentScheme, row.id, &item.code);
            let put =
                async |conn: &mut Conn, row: &SchemeRow| assessments::scheme_put_in_txn(conn, row).await;
            self.settle_data("assessment_schemes", subject, (old.as_ref(), &row), put).await?;
            self.before.schemes.insert(name, row);
        }
        Ok(())
    }

    /// The same as [`Self::settle`] for vocabularies, which count no versions.
    async fn settle_data<S: PartialEq + Serialize>(
        &mut self,
        list: &'static str,
        subject: Subject,
        (old, new): (Option<&S>, &S),
        put: impl AsyncFnOnce(&mut Conn, &S) -> crate::kernel::Result<()>,
    ) -> Result<(), Refusal> {
        let (change, noted) = match old {
            None => (Change::Created, subject.created(recorded(new)?)),
            Some(old) if old != new => (Change::Updated, subject.changed(1, recorded(old)?, recorded(new)?)),
            Some(_) => {
                self.changes.count(list, Change::Unchanged);
                return Ok(());
            }
        };
        put(self.work.conn, new).await?;
        self.work.note(&self.permit, noted)?;
        self.changes.count(list, change);
        Ok(())
    }

    async fn institutions(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.institutions {
            let state = InstitutionState::of(item);
            let (id, old) = take(&mut self.before.institutions, &item.slug, || self.work.next_id());
            let subject = common(Kind::Institution, id, &item.slug);
            let (insert, update) = (members::institution_insert_in_txn, members::institution_update_in_txn);
            self.settle("institutions", subject, (old.as_ref(), &state), insert, update).await?;
            self.before.institutions.insert(item.slug.clone(), (id, state));
        }
        Ok(())
    }

    async fn members(&mut self, parsed: &Parsed, kind: MemberKind) -> Result<(), Refusal> {
        for At { item, .. } in parsed.members.iter().filter(|at| at.item.kind == kind) {
            let national = item.national_member.as_ref().and_then(|code| self.before.members.get(code));
            let state = MemberState::of(item, national.map(|(id, _)| *id));
            let (id, old) = take(&mut self.before.members, &item.code, || self.work.next_id());
            let subject = Subject {
                place: Place { member_id: Some(id), ..Place::COMMON },
                ..common(Kind::Member, id, &item.code)
            };
            let (insert, update) = (members::member_insert_in_txn, members::member_update_in_txn);
            self.settle("members", subject, (old.as_ref(), &state), insert, update).await?;
            self.before.members.insert(item.code.clone(), (id, state));
        }
        Ok(())
    }

    async fn plans(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        for At { item, .. } in &parsed.action_plans {
            let member = found(self.before.members.get(&item.member).map(|(id, _)| *id), &item.member)?;
            let (id, old) = take(&mut self.before.plans, &item.slug, || self.work.next_id());
            // What is imported was published elsewhere; what is known goes on with its life.
            let life = old.as_ref().map(|old| (old.state.status.0, old.state.public_since));
            let life = life.unwrap_or((PlanStatus::Published, Some(self.work.now)));
            let plan = PlanWhole::of(item, id, member, life);
            let subject = Subject { place: plan.state.place(id), ..common(Kind::ActionPlan, id, &item.slug) };
            let (insert, update) = (plans::plan_insert_in_txn, plans::plan_update_in_txn);
            self.settle("action_plans", subject, (old.as_ref(), &plan), insert, update).await?;
            self.before.plans.insert(item.slug.clone(), (id, plan));
        }
        Ok(())
    }

    async fn commitment(&mut self, item: &CommitmentItem) -> Result<(Uuid, Place), Refusal> {
        let plan = self.before.plans.get(&item.action_plan);
        let (plan_id, place) = found(plan.map(|(id, plan)| (*id, plan.state.place(*id))), &item.action_plan)?;
        let key = commitment_key(item).unwrap_or_default().to_owned();
        let name = (plan_id, key.clone());
        let (id, old) = take(&mut self.before.commitments, &name, || self.work.next_id());
        let mut institutions = Vec::with_capacity(item.leads.len() + item.supporters.len());
        for part in item.leads.iter().chain(&item.supporters) {
            let known = self.before.institutions.get(&part.institution).map(|(id, _)| *id);
            institutions.push(found(known, &part.institution)?);
        }
        let whole = CommitmentWhole::of(&item.promise, id, plan_id, key.clone(), &institutions);
        let subject = Subject { kind: Kind::Commitment, id, code: item.code.clone(), place, reason: None };
        let (insert, update) = (commitments::commitment_insert_in_txn, commitments::commitment_update_in_txn);
        self.settle("commitments", subject, (old.as_ref(), &whole), insert, update).await?;
        if let Some(code) = &item.code {
            self.before.codes.insert(code.clone(), id);
        }
        self.before.keys.insert((item.action_plan.clone(), key), id);
        for (at, milestone) in item.below.milestones.iter().enumerate() {
            self.milestone((id, place), at, milestone).await?;
        }
        for (at, piece) in item.below.evidence.iter().enumerate() {
            self.evidence((id, place), at, piece).await?;
        }
        for report in &item.below.progress_reports {
            self.progress_report((id, place), report).await?;
        }
        for (at, assessment) in item.below.assessments.iter().enumerate() {
            self.assessment((id, place), at, assessment).await?;
        }
        Ok((id, place))
    }

    async fn milestone(
        &mut self,
        (commitment, place_of): (Uuid, Place),
        at: usize,
        item: &MilestoneInput,
    ) -> Result<(), Refusal> {
        let key = item.key.clone().unwrap_or_default();
        let position = item.position.unwrap_or_else(|| place(at));
        let name = (commitment, key.clone());
        let (id, old) = take(&mut self.before.milestones, &name, || self.work.next_id());
        let moved = old.as_ref().map(|old| self.moved(old, item, place_of.public)).unwrap_or_default();
        let state = MilestoneState::of(item, commitment, (key, position), moved);
        let subject = below(Kind::Milestone, id, place_of);
        let (insert, update) = (milestones::milestone_insert_in_txn, milestones::milestone_update_in_txn);
        self.settle("milestones", subject, (old.as_ref(), &state), insert, update).await?;
        self.before.milestones.insert(name, (id, state));
        Ok(())
    }

    /// How the due date of a known milestone moved; nobody says why in a document.
    fn moved(&self, old: &MilestoneState, item: &MilestoneInput, public: bool) -> Vec<Rescheduling> {
        let past = &old.reschedulings.0;
        if !public {
            return past.clone();
        }
        let (dues, now) = ((old.due(), item.due.as_ref()), self.work.now);
        with_change(past, Rescheduling::new(dues, now.date_naive(), None, &self.permit, now))
    }

    async fn evidence(
        &mut self,
        (commitment, place_of): (Uuid, Place),
        at: usize,
        item: &EvidenceItem,
    ) -> Result<(), Refusal> {
        let name = (commitment, item.key.clone());
        let (id, old) = take(&mut self.before.evidence, &name, || self.work.next_id());
        let member_id = found(place_of.member_id, &item.key)?;
        let about = About {
            title: &item.title,
            kind: item.kind.unwrap_or_else(|| EvidenceKind::of_address(&item.url)),
            language: item.language.as_ref(),
            shows: &item.shows,
            retrieved_on: item.retrieved_on,
        };
        let since = old.as_ref().and_then(|old| old.state.public_since);
        let state = EvidenceState {
            commitment_id: Some(commitment),
            key: Some(item.key.clone()),
            position: Some(place(at)),
            relation: Some(Word(item.relation)),
            dated: dated(&item.dated),
            notes: Json(item.notes.clone()),
            public_since: since.or_else(|| place_of.public.then_some(self.work.now)),
            ..EvidenceState::link(member_id, &item.url, about)
        };
        let uses = old.as_ref().map(|old| old.uses.clone()).unwrap_or_default();
        let whole = EvidenceWhole { state, uses };
        let subject = below(Kind::Evidence, id, place_of);
        let (insert, update) = (evidence::evidence_insert_in_txn, evidence::evidence_update_in_txn);
        self.settle("evidence", subject, (old.as_ref(), &whole), insert, update).await
    }

    fn milestone_id(&self, commitment: Uuid, key: &str) -> Result<Uuid, Refusal> {
        found(self.before.milestones.get(&(commitment, key.to_owned())).map(|(id, _)| *id), key)
    }

    async fn progress_report(
        &mut self,
        (commitment, place_of): (Uuid, Place),
        item: &ProgressReportItem,
    ) -> Result<(), Refusal> {
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
        let name = (commitment, item.key.clone());
        let (id, old) = take(&mut self.before.progress_reports, &name, || self.work.next_id());
        let mut percents = Vec::with_capacity(item.milestones.len());
        for row in &item.milestones {
            let milestone_id = self.milestone_id(commitment, &row.milestone)?;
            percents.push(MilestonePercentRow { progress_report_id: id, milestone_id, percent: row.percent });
        }
        percents.sort_by_key(|row| row.milestone_id);
        let whole = ProgressReportWhole { state, milestones: percents };
        let subject = below(Kind::ProgressReport, id, place_of);
        let (insert, update) =
            (milestones::progress_report_insert_in_txn, milestones::progress_report_update_in_txn);
        self.settle("progress_reports", subject, (old.as_ref(), &whole), insert, update).await
    }

    async fn assessment(
        &mut self,
        (commitment, place_of): (Uuid, Place),
        at: usize,
        item: &AssessmentInput,
    ) -> Result<(), Refusal> {
        let scheme = self.before.schemes.get(&(item.scheme.code.clone(), item.scheme.version.clone()));
        let scheme = found(scheme.map(|scheme| scheme.id), &item.scheme.code)?;
        let key = item.key.clone().unwrap_or_default();
        let name = (commitment, key.clone());
        let (id, old) = take(&mut self.before.assessments, &name, || self.work.next_id());
        let mut coded = Vec::with_capacity(item.milestones.len());
        for row in &item.milestones {
            coded.push(self.milestone_id(commitment, &row.milestone)?);
        }
        let whole = AssessmentWhole::of(item, (id, commitment, scheme), (key, place(at)), &coded);
        let subject = below(Kind::Assessment, id, place_of);
        let (insert, update) = (assessments::assessment_insert_in_txn, assessments::assessment_update_in_txn);
        self.settle("assessments", subject, (old.as_ref(), &whole), insert, update).await
    }

    async fn links(&mut self, item: &CommitmentItem, from: Uuid, place_of: Place) -> Result<(), Refusal> {
        for link in &item.below.links {
            let to = match link.to.split_once('/') {
                None => self.before.codes.get(&link.to).copied(),
                Some((plan, key)) => self.before.keys.get(&(plan.to_owned(), key.to_owned())).copied(),
            };
            let state = LinkState::of(link, from, found(to, &link.to)?);
            let (id, old) = take(&mut self.before.links, &link_key(&state), || self.work.next_id());
            let subject = below(Kind::CommitmentLink, id, place_of);
            let (insert, update) = (commitments::link_insert_in_txn, commitments::link_update_in_txn);
            self.settle("links", subject, (old.as_ref(), &state), insert, update).await?;
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

/// What belongs to nobody.
fn common(kind: Kind, id: Uuid, code: &str) -> Subject {
    Subject { kind, id, code: Some(code.to_owned()), place: Place::COMMON, reason: None }
}

/// What stands below a plan and has no code of its own.
fn below(kind: Kind, id: Uuid, place: Place) -> Subject {
    Subject { kind, id, code: None, place, reason: None }
}

/// Policy areas are known by their code alone; the record wants an id: the first bits of its SHA-256.
fn id_of(code: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(code).into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
