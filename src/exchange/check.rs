//! Rules that a schema cannot say: names are unique, references lead somewhere, dates are in
//! order, codings keep to their scheme. Pure: what the database knows is passed in.

mod names;

use super::document::{CommitmentItem, EvidenceItem};
use super::parse::{At, Parsed};
use crate::assessments::model::Indicator;
use crate::commitments::model::ParticipantInput;
use crate::kernel::document::{Fault, Faults};
use crate::members::model::{MemberInput, MemberKind};
use crate::plans::model::ActionPlanInput;
use names::Names;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The names that the database already has.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Member codes with their kinds.
    pub members: BTreeMap<String, MemberKind>,
    /// Codes of the local members linked to national ones, by the code of the national one.
    pub members_below: BTreeMap<String, BTreeSet<String>>,
    /// Slugs of institutions.
    pub institutions: BTreeSet<String>,
    /// Codes of policy areas.
    pub policy_areas: BTreeSet<String>,
    /// Schemes by code and version, with what they code.
    pub schemes: BTreeMap<(String, String), Vec<Indicator>>,
    /// Slugs of plans, with OGP's ids.
    pub plans: BTreeMap<String, Option<String>>,
    /// Commitments by code: the plan's slug and the key inside it.
    pub commitment_codes: BTreeMap<String, (String, String)>,
    /// Commitments by plan slug and key.
    pub commitment_keys: BTreeSet<(String, String)>,
    /// Milestone keys by commitment (plan slug and key).
    pub milestones: BTreeMap<(String, String), BTreeSet<String>>,
}

/// The key of a commitment inside its plan.
pub fn commitment_key(item: &CommitmentItem) -> Option<&str> {
    item.key.as_deref().or(item.code.as_deref())
}

/// Everything that is wrong with the readable part of a document.
pub fn check(parsed: &Parsed, known: &Known) -> Vec<Fault> {
    let mut checker = Checker { parsed, known, faults: Faults::default() };
    checker.policy_areas();
    checker.institutions();
    checker.schemes();
    checker.members();
    checker.plans();
    checker.commitments();
    checker.faults.day("/compiled_on", parsed.compiled_on);
    for (index, note) in parsed.notes.iter().enumerate() {
        checker.faults.named(format!("/notes/{index}/text"), &note.text);
    }
    checker.faults.into_vec()
}

struct Checker<'a> {
    parsed: &'a Parsed,
    known: &'a Known,
    faults: Faults,
}

impl<'a> Checker<'a> {
    fn policy_areas(&mut self) {
        let parsed = self.parsed;
        let codes =
            parsed.policy_areas.iter().map(|at| (&at.item.code, format!("/policy_areas/{}/code", at.index)));
        self.faults.unique(codes, "policy_area_duplicate", "this code is given twice");
        for At { index, item } in &parsed.policy_areas {
            self.faults.named(format!("/policy_areas/{index}/name"), &item.name);
        }
    }

    fn institutions(&mut self) {
        let parsed = self.parsed;
        let slugs =
            parsed.institutions.iter().map(|at| (&at.item.slug, format!("/institutions/{}/slug", at.index)));
        self.faults.unique(slugs, "institution_duplicate", "this slug is given twice");
        for At { index, item } in &parsed.institutions {
            self.faults.below(&format!("/institutions/{index}"), item.faults());
        }
    }

    fn schemes(&mut self) {
        let parsed = self.parsed;
        let names = parsed.assessment_schemes.iter();
        let names = names
            .map(|at| ((&at.item.code, &at.item.version), format!("/assessment_schemes/{}/code", at.index)));
        self.faults.unique(names, "scheme_duplicate", "this code and version are given twice");
        for At { index, item } in &parsed.assessment_schemes {
            self.faults.below(&format!("/assessment_schemes/{index}"), item.faults());
        }
    }

    fn members(&mut self) {
        let parsed = self.parsed;
        let codes = parsed.members.iter().map(|at| (&at.item.code, format!("/members/{}/code", at.index)));
        self.faults.unique(codes, "member_duplicate", "this code is given twice");
        for At { index, item } in &parsed.members {
            let pointer = format!("/members/{index}");
            self.faults.below(&pointer, item.faults());
            self.national_member(&pointer, item);
            self.members_below(&pointer, item);
        }
    }

    fn national_member(&mut self, pointer: &str, item: &MemberInput) {
        let Some(code) = &item.national_member else { return };
        let pointer = format!("{pointer}/national_member");
        // Told among the faults of the member by itself.
        if item.kind == MemberKind::National {
            return;
        }
        let in_document = self.parsed.members.iter().find(|at| at.item.code == *code).map(|at| at.item.kind);
        match in_document.or_else(|| self.known.members.get(code).copied()) {
            Some(MemberKind::National) => {}
            Some(MemberKind::Local) => {
                self.faults.add(pointer, "member_kind_wrong", format!("the member {code:?} is not national"));
            }
            None if self.parsed.declared("members", "code").has(code.as_str()) => {}
            None => self.faults.add(pointer, "reference_unknown", format!("there is no member {code:?}")),
        }
    }

    /// A member that others are linked to stays national.
    fn members_below(&mut self, pointer: &str, item: &MemberInput) {
        if item.kind == MemberKind::National {
            return;
        }
        let stays = |below: &&String| !self.parsed.members.iter().any(|at| at.item.code == **below);
        let below = self.known.members_below.get(&item.code).and_then(|below| below.iter().find(stays));
        if let Some(below) = below {
            let detail =
                format!("the member {below:?} in the database is linked to it as its national member");
            self.faults.add(format!("{pointer}/kind"), "member_kind_wrong", detail);
        }
    }

    fn plans(&mut self) {
        let parsed = self.parsed;
        let slugs =
            parsed.action_plans.iter().map(|at| (&at.item.slug, format!("/action_plans/{}/slug", at.index)));
        self.faults.unique(slugs, "action_plan_duplicate", "this slug is given twice");
        let ids = parsed.action_plans.iter().filter_map(|at| {
            Some((at.item.ogp_plan_id.as_ref()?, format!("/action_plans/{}/ogp_plan_id", at.index)))
        });
        self.faults.unique(ids, "action_plan_duplicate", "this OGP id is given twice");
        let members = self.parsed.declared("members", "code");
        for At { index, item } in &parsed.action_plans {
            let pointer = format!("/action_plans/{index}");
            if !members.has(item.member.as_str()) && !self.known.members.contains_key(&item.member) {
                let detail = format!("there is no member {:?}", item.member);
                self.faults.add(format!("{pointer}/member"), "reference_unknown", detail);
            }
            self.ogp_plan_id(&format!("{pointer}/ogp_plan_id"), *index, item);
            self.faults.below(&pointer, item.faults());
        }
    }

    /// The plan that has the id in the database must give it up before: plans are written in the
    /// order of the document.
    fn ogp_plan_id(&mut self, pointer: &str, index: usize, item: &ActionPlanInput) {
        let Some(id) = &item.ogp_plan_id else { return };
        let mut stored = self.known.plans.iter().filter(|(_, known)| known.as_ref() == Some(id));
        let Some((holder, _)) = stored.find(|(slug, _)| **slug != item.slug) else { return };
        let in_document = self.parsed.action_plans.iter().find(|at| at.item.slug == *holder);
        let told_or_free =
            in_document.is_some_and(|at| at.index < index || at.item.ogp_plan_id.as_ref() == Some(id));
        if !told_or_free {
            let detail = format!(
                "the plan {holder:?} in the database has this OGP id; another can have it only after that \
                 plan, further up in the document, gives it up"
            );
            self.faults.add(pointer, "action_plan_duplicate", detail);
        }
    }

    fn commitments(&mut self) {
        let parsed = self.parsed;
        let codes = parsed
            .commitments
            .iter()
            .filter_map(|at| Some((at.item.code.as_ref()?, format!("/commitments/{}/code", at.index))));
        self.faults.unique(codes, "commitment_duplicate", "this code is given twice");
        let mut codes = HashSet::new();
        let keys = parsed.commitments.iter().filter_map(|at| {
            // A code that is a key too was told above.
            if at.item.code.as_ref().is_some_and(|code| !codes.insert(code)) && at.item.key.is_none() {
                return None;
            }
            let field = if at.item.key.is_some() { "key" } else { "code" };
            Some((
                (&at.item.action_plan, commitment_key(&at.item)?),
                format!("/commitments/{}/{field}", at.index),
            ))
        });
        self.faults.unique(keys, "commitment_duplicate", "this key is given twice in the plan");
        let names = Names::of(parsed);
        for At { index, item } in &parsed.commitments {
            self.commitment(&format!("/commitments/{index}"), item, &names);
        }
    }

    fn commitment(&mut self, pointer: &str, item: &'a CommitmentItem, names: &Names<'a>) {
        let plan = item.action_plan.as_str();
        if !names.plans.has(plan) && !self.known.plans.contains_key(plan) {
            self.faults.add(
                format!("{pointer}/action_plan"),
                "reference_unknown",
                format!("there is no plan {plan:?}"),
            );
        }
        match commitment_key(item) {
            None => self.faults.add(pointer, "field_missing", "a commitment needs a `code` or a `key`"),
            Some(key) => {
                if let Some(code) = &item.code
                    && let Some((other_plan, other_key)) = self.known.commitment_codes.get(code)
                    && (other_plan.as_str(), other_key.as_str()) != (plan, key)
                {
                    let detail = format!(
                        "the commitment with the key {other_key:?} of the plan {other_plan:?} in the database has \
                         this code; give that key and plan if this is the same commitment"
                    );
                    self.faults.add(format!("{pointer}/code"), "commitment_duplicate", detail);
                }
            }
        }
        self.faults.below(pointer, item.promise.faults());
        for (at, area) in item.policy_areas.iter().enumerate() {
            if !names.policy_areas.has(area.as_str()) && !self.known.policy_areas.contains(area) {
                let detail = format!("there is no policy area {area:?}");
                self.faults.add(format!("{pointer}/policy_areas/{at}"), "reference_unknown", detail);
            }
        }
        for (field, participants) in [("leads", &item.leads), ("supporters", &item.supporters)] {
            self.participants(&format!("{pointer}/{field}"), participants, names);
        }
        self.milestones(pointer, item);
        self.evidence(pointer, &item.below.evidence);
        let milestones = self.milestone_keys(item);
        self.progress_reports(pointer, item, &milestones);
        self.assessments(pointer, item, &milestones);
        self.links(pointer, item, names);
    }

    fn participants(&mut self, pointer: &str, participants: &[ParticipantInput], names: &Names<'_>) {
        for (at, participant) in participants.iter().enumerate() {
            let slug = &participant.institution;
            if !names.institutions.has(slug.as_str()) && !self.known.institutions.contains(slug) {
                let detail = format!("there is no institution {slug:?}");
                self.faults.add(format!("{pointer}/{at}/institution"), "reference_unknown", detail);
            }
        }
    }

    fn milestones(&mut self, pointer: &str, item: &CommitmentItem) {
        self.keys(
            pointer,
            "milestones",
            item.below.milestones.iter().map(|milestone| milestone.key.as_ref()),
        );
        for (at, milestone) in item.below.milestones.iter().enumerate() {
            self.faults.below(&format!("{pointer}/milestones/{at}"), milestone.faults());
        }
    }

    /// Imports find things again by their keys: each needs one of its own.
    fn keys<'k>(
        &mut self,
        pointer: &str,
        list: &str,
        keys: impl Iterator<Item = Option<&'k String>> + Clone,
    ) {
        let (code, what) = match list {
            "milestones" => ("milestone_duplicate", "this key is given twice in the commitment"),
            _ => ("assessment_duplicate", "this key is given twice in the commitment"),
        };
        for (at, _) in keys.clone().enumerate().filter(|(_, key)| key.is_none()) {
            let pointer = format!("{pointer}/{list}/{at}");
            self.faults.add(pointer, "field_missing", "the field \"key\" is missing");
        }
        let given = keys.enumerate();
        let given = given.filter_map(|(at, key)| Some((key?, format!("{pointer}/{list}/{at}/key"))));
        self.faults.unique(given, code, what);
    }

    fn evidence(&mut self, pointer: &str, evidence: &[EvidenceItem]) {
        let keys = evidence.iter().enumerate();
        let keys = keys.map(|(at, piece)| (&piece.key, format!("{pointer}/evidence/{at}/key")));
        self.faults.unique(keys, "evidence_duplicate", "this key is given twice in the commitment");
        for (at, piece) in evidence.iter().enumerate() {
            self.faults.named(format!("{pointer}/evidence/{at}/title"), &piece.title);
            self.faults.date(format!("{pointer}/evidence/{at}/dated"), piece.dated.as_ref());
            self.faults.day(format!("{pointer}/evidence/{at}/retrieved_on"), piece.retrieved_on);
        }
    }

    /// The milestones that reports and assessments of the commitment may refer to.
    fn milestone_keys(&self, item: &CommitmentItem) -> BTreeSet<String> {
        let mut keys: BTreeSet<_> =
            item.below.milestones.iter().filter_map(|milestone| milestone.key.clone()).collect();
        if let Some(key) = commitment_key(item) {
            let stored = self.known.milestones.get(&(item.action_plan.clone(), key.to_owned()));
            keys.extend(stored.into_iter().flatten().cloned());
        }
        keys
    }

    fn of_milestones<'k>(
        &mut self,
        pointer: &str,
        named: impl Iterator<Item = &'k String> + Clone,
        known: &BTreeSet<String>,
    ) {
        for (at, key) in named.clone().enumerate() {
            if !known.contains(key) {
                let detail = format!("the commitment has no milestone {key:?}");
                self.faults.add(format!("{pointer}/{at}/milestone"), "reference_unknown", detail);
            }
        }
        let named = named.enumerate().map(|(at, key)| (key, format!("{pointer}/{at}/milestone")));
        self.faults.unique(named, "milestone_duplicate", "this milestone is given twice");
    }

    fn progress_reports(&mut self, pointer: &str, item: &CommitmentItem, milestones: &BTreeSet<String>) {
        let keys = item.below.progress_reports.iter().enumerate();
        let keys = keys.map(|(at, report)| (&report.key, format!("{pointer}/progress_reports/{at}/key")));
        self.faults.unique(keys, "progress_report_duplicate", "this key is given twice in the commitment");
        for (at, report) in item.below.progress_reports.iter().enumerate() {
            let pointer = format!("{pointer}/progress_reports/{at}");
            self.faults.date(format!("{pointer}/reported"), report.reported.as_ref());
            if let Some(estimate) = &report.estimate {
                self.faults.named(format!("{pointer}/estimate/basis"), &estimate.basis);
                for (field, day) in [("on", estimate.on), ("from", estimate.from), ("to", estimate.to)] {
                    self.faults.day(format!("{pointer}/estimate/{field}"), Some(day));
                }
                if !(estimate.from <= estimate.on && estimate.on <= estimate.to) {
                    let detail = "`on` must lie between `from` and `to`";
                    self.faults.add(format!("{pointer}/estimate"), "dates_reversed", detail);
                }
            }
            for (field, day) in
                [("period_start_on", report.period_start_on), ("period_end_on", report.period_end_on)]
            {
                self.faults.day(format!("{pointer}/{field}"), day);
            }
            if let (Some(start), Some(end)) = (report.period_start_on, report.period_end_on)
                && start > end
            {
                self.faults.add(
                    format!("{pointer}/period_end_on"),
                    "dates_reversed",
                    "the period ends before it starts",
                );
            }
            let named = report.milestones.iter().map(|row| &row.milestone);
            self.of_milestones(&format!("{pointer}/milestones"), named, milestones);
        }
    }

    fn assessments(&mut self, pointer: &str, item: &CommitmentItem, milestones: &BTreeSet<String>) {
        self.keys(
            pointer,
            "assessments",
            item.below.assessments.iter().map(|assessment| assessment.key.as_ref()),
        );
        for (at, assessment) in item.below.assessments.iter().enumerate() {
            let pointer = format!("{pointer}/assessments/{at}");
            self.faults.below(&pointer, assessment.faults());
            let scheme = &assessment.scheme;
            let named = (scheme.code.clone(), scheme.version.clone());
            let in_document = self
                .parsed
                .assessment_schemes
                .iter()
                .find(|at| at.item.code == scheme.code && at.item.version == scheme.version);
            let indicators = match in_document {
                Some(at) => Some(&at.item.indicators),
                None => self.known.schemes.get(&named),
            };
            match indicators {
                Some(indicators) => self.faults.below(&pointer, assessment.coding_faults(indicators)),
                // One that is in the document but could not be read has been told already.
                None if self.unread_scheme(&named) => {}
                None => {
                    let detail =
                        format!("there is no scheme {:?} in version {:?}", scheme.code, scheme.version);
                    self.faults.add(format!("{pointer}/scheme"), "reference_unknown", detail);
                }
            }
            let named = assessment.milestones.iter().map(|coding| &coding.milestone);
            self.of_milestones(&format!("{pointer}/milestones"), named, milestones);
        }
    }

    fn unread_scheme(&self, named: &(String, String)) -> bool {
        let is =
            |scheme: &Value, field: &str, name: &str| scheme.get(field).is_some_and(|value| value == name);
        self.parsed.unread.contains("assessment_schemes")
            || self
                .parsed
                .items("assessment_schemes")
                .any(|scheme| is(scheme, "code", &named.0) && is(scheme, "version", &named.1))
    }

    fn links(&mut self, pointer: &str, item: &'a CommitmentItem, names: &Names<'a>) {
        let own = (item.action_plan.as_str(), commitment_key(item).unwrap_or_default());
        let mut targets = Vec::with_capacity(item.below.links.len());
        for (at, link) in item.below.links.iter().enumerate() {
            let target = names.target(&link.to, self.known);
            let pointer = format!("{pointer}/links/{at}/to");
            if item.code.as_ref() == Some(&link.to) || target == Some(Some(own)) {
                self.faults.add(&pointer, "link_to_itself", "a commitment cannot be linked to itself");
            } else if target.is_none() && !names.unread {
                self.faults.add(
                    &pointer,
                    "reference_unknown",
                    format!("there is no commitment {:?}", link.to),
                );
            }
            // A code and a key can name the same commitment.
            let target = target.flatten().unwrap_or(("", &link.to));
            targets.push(((link.kind, target.0.to_owned(), target.1.to_owned()), pointer));
        }
        self.faults.unique(targets, "link_duplicate", "this link is given twice");
    }
}
