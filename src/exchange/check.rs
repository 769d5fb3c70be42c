//! Rules that a schema cannot say: names are unique, references lead somewhere, dates are in
//! order, codings keep to their scheme. Pure: what the database knows is passed in.

mod names;

use super::document::{ActionPlanItem, CommitmentItem, EvidenceItem, MemberItem, ParticipantItem};
use super::parse::{At, Parsed};
use crate::assessments::model::{Coding, Indicator};
use crate::commitments::model::Disposition;
use crate::kernel::document::Fault;
use crate::kernel::{LocalizedText, PartialDate};
use crate::members::model::MemberKind;
use chrono::NaiveDate;
use names::Names;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;

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
    let mut checker = Checker { parsed, known, faults: Vec::new() };
    checker.policy_areas();
    checker.institutions();
    checker.schemes();
    checker.members();
    checker.plans();
    checker.commitments();
    checker.day("/compiled_on", parsed.compiled_on);
    for (index, note) in parsed.notes.iter().enumerate() {
        checker.named(&format!("/notes/{index}/text"), &note.text);
    }
    checker.faults
}

struct Checker<'a> {
    parsed: &'a Parsed,
    known: &'a Known,
    faults: Vec<Fault>,
}

impl<'a> Checker<'a> {
    fn fault(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault::new(pointer, code, detail));
    }

    /// Tells each name that was given before, with where.
    fn unique<K: Hash + Eq>(
        &mut self,
        names: impl IntoIterator<Item = (K, String)>,
        code: &'static str,
        what: &str,
    ) {
        let mut first: HashMap<K, String> = HashMap::new();
        for (name, pointer) in names {
            match first.get(&name) {
                Some(earlier) => self.fault(pointer, code, format!("{what}; it is at {earlier} already")),
                None => {
                    first.insert(name, pointer);
                }
            }
        }
    }

    fn named(&mut self, pointer: &str, text: &LocalizedText) {
        if text.is_empty() {
            self.fault(pointer, "text_missing", "at least one language is needed");
        }
    }

    fn policy_areas(&mut self) {
        let parsed = self.parsed;
        let codes =
            parsed.policy_areas.iter().map(|at| (&at.item.code, format!("/policy_areas/{}/code", at.index)));
        self.unique(codes, "policy_area_duplicate", "this code is given twice");
        for At { index, item } in &parsed.policy_areas {
            self.named(&format!("/policy_areas/{index}/name"), &item.name);
        }
    }

    fn institutions(&mut self) {
        let parsed = self.parsed;
        let slugs =
            parsed.institutions.iter().map(|at| (&at.item.slug, format!("/institutions/{}/slug", at.index)));
        self.unique(slugs, "institution_duplicate", "this slug is given twice");
        for At { index, item } in &parsed.institutions {
            self.named(&format!("/institutions/{index}/name"), &item.name);
        }
    }

    fn schemes(&mut self) {
        let parsed = self.parsed;
        let names = parsed.assessment_schemes.iter();
        let names = names
            .map(|at| ((&at.item.code, &at.item.version), format!("/assessment_schemes/{}/code", at.index)));
        self.unique(names, "scheme_duplicate", "this code and version are given twice");
        for At { index, item } in &parsed.assessment_schemes {
            let pointer = format!("/assessment_schemes/{index}");
            self.named(&format!("{pointer}/title"), &item.title);
            let codes = item.indicators.iter().enumerate();
            let codes =
                codes.map(|(at, indicator)| (&indicator.code, format!("{pointer}/indicators/{at}/code")));
            self.unique(codes, "indicator_duplicate", "this indicator is given twice");
        }
    }

    fn members(&mut self) {
        let parsed = self.parsed;
        let codes = parsed.members.iter().map(|at| (&at.item.code, format!("/members/{}/code", at.index)));
        self.unique(codes, "member_duplicate", "this code is given twice");
        for At { index, item } in &parsed.members {
            let pointer = format!("/members/{index}");
            self.named(&format!("{pointer}/name"), &item.name);
            self.national_member(&pointer, item);
            self.members_below(&pointer, item);
        }
    }

    fn national_member(&mut self, pointer: &str, item: &MemberItem) {
        let Some(code) = &item.national_member else { return };
        let pointer = format!("{pointer}/national_member");
        if item.kind == MemberKind::National {
            self.fault(pointer, "member_kind_wrong", "only a local member has a national member");
            return;
        }
        let in_document = self.parsed.members.iter().find(|at| at.item.code == *code).map(|at| at.item.kind);
        match in_document.or_else(|| self.known.members.get(code).copied()) {
            Some(MemberKind::National) => {}
            Some(MemberKind::Local) => {
                self.fault(pointer, "member_kind_wrong", format!("the member {code:?} is not national"));
            }
            None if self.parsed.declared("members", "code").has(code.as_str()) => {}
            None => self.fault(pointer, "reference_unknown", format!("there is no member {code:?}")),
        }
    }

    /// A member that others are linked to stays national.
    fn members_below(&mut self, pointer: &str, item: &MemberItem) {
        if item.kind == MemberKind::National {
            return;
        }
        let stays = |below: &&String| !self.parsed.members.iter().any(|at| at.item.code == **below);
        let below = self.known.members_below.get(&item.code).and_then(|below| below.iter().find(stays));
        if let Some(below) = below {
            let detail =
                format!("the member {below:?} in the database is linked to it as its national member");
            self.fault(format!("{pointer}/kind"), "member_kind_wrong", detail);
        }
    }

    fn plans(&mut self) {
        let parsed = self.parsed;
        let slugs =
            parsed.action_plans.iter().map(|at| (&at.item.slug, format!("/action_plans/{}/slug", at.index)));
        self.unique(slugs, "action_plan_duplicate", "this slug is given twice");
        let ids = parsed.action_plans.iter().filter_map(|at| {
            Some((at.item.ogp_plan_id.as_ref()?, format!("/action_plans/{}/ogp_plan_id", at.index)))
        });
        self.unique(ids, "action_plan_duplicate", "this OGP id is given twice");
        let members = self.parsed.declared("members", "code");
        for At { index, item } in &parsed.action_plans {
            let pointer = format!("/action_plans/{index}");
            if !members.has(item.member.as_str()) && !self.known.members.contains_key(&item.member) {
                let detail = format!("there is no member {:?}", item.member);
                self.fault(format!("{pointer}/member"), "reference_unknown", detail);
            }
            self.ogp_plan_id(&format!("{pointer}/ogp_plan_id"), *index, item);
            self.period(&pointer, ("starts", item.starts.as_ref()), ("ends", item.ends.as_ref()));
            for (field, date) in
                [("submitted", &item.submitted), ("approved", &item.approved), ("published", &item.published)]
            {
                self.date(&format!("{pointer}/{field}"), date.as_ref());
            }
            for (at, event) in item.events.iter().enumerate() {
                let pointer = format!("{pointer}/events/{at}");
                self.named(&format!("{pointer}/title"), &event.title);
                self.period(&pointer, ("starts", event.starts.as_ref()), ("ends", event.ends.as_ref()));
            }
            for (at, report) in item.reports.iter().enumerate() {
                self.date(&format!("{pointer}/reports/{at}/published"), report.published.as_ref());
            }
        }
    }

    /// The plan that has the id in the database must give it up before: plans are written in the
    /// order of the document.
    fn ogp_plan_id(&mut self, pointer: &str, index: usize, item: &ActionPlanItem) {
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
            self.fault(pointer, "action_plan_duplicate", detail);
        }
    }

    fn day(&mut self, pointer: impl Into<String>, day: Option<NaiveDate>) {
        if let Some(Err(error)) = day.map(|day| PartialDate::day(day).check()) {
            self.fault(pointer, "date_wrong", error.to_string());
        }
    }

    fn date(&mut self, pointer: &str, date: Option<&PartialDate>) {
        if let Some(Err(error)) = date.map(PartialDate::check) {
            self.fault(pointer, "date_wrong", error.to_string());
        }
    }

    fn period(
        &mut self,
        pointer: &str,
        (start_field, start): (&str, Option<&PartialDate>),
        (end_field, end): (&str, Option<&PartialDate>),
    ) {
        self.date(&format!("{pointer}/{start_field}"), start);
        self.date(&format!("{pointer}/{end_field}"), end);
        let (first, last) = (start.and_then(PartialDate::first_day), end.and_then(PartialDate::last_day));
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            let detail = format!("it ends ({last}) before it starts ({first})");
            self.fault(format!("{pointer}/{end_field}"), "dates_reversed", detail);
        }
    }

    fn disposition(&mut self, pointer: &str, disposition: Disposition, reason: &LocalizedText) {
        if disposition != Disposition::Active && reason.is_empty() {
            let detail = "withdrawn or carried over needs a reason";
            self.fault(format!("{pointer}/disposition_reason"), "reason_missing", detail);
        }
    }

    fn commitments(&mut self) {
        let parsed = self.parsed;
        let codes = parsed
            .commitments
            .iter()
            .filter_map(|at| Some((at.item.code.as_ref()?, format!("/commitments/{}/code", at.index))));
        self.unique(codes, "commitment_duplicate", "this code is given twice");
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
        self.unique(keys, "commitment_duplicate", "this key is given twice in the plan");
        let names = Names::of(parsed);
        for At { index, item } in &parsed.commitments {
            self.commitment(&format!("/commitments/{index}"), item, &names);
        }
    }

    fn commitment(&mut self, pointer: &str, item: &'a CommitmentItem, names: &Names<'a>) {
        let plan = item.action_plan.as_str();
        if !names.plans.has(plan) && !self.known.plans.contains_key(plan) {
            self.fault(
                format!("{pointer}/action_plan"),
                "reference_unknown",
                format!("there is no plan {plan:?}"),
            );
        }
        match commitment_key(item) {
            None => self.fault(pointer, "field_missing", "a commitment needs a `code` or a `key`"),
            Some(key) => {
                if let Some(code) = &item.code
                    && let Some((other_plan, other_key)) = self.known.commitment_codes.get(code)
                    && (other_plan.as_str(), other_key.as_str()) != (plan, key)
                {
                    let detail = format!(
                        "the commitment with the key {other_key:?} of the plan {other_plan:?} in the database has \
                         this code; give that key and plan if this is the same commitment"
                    );
                    self.fault(format!("{pointer}/code"), "commitment_duplicate", detail);
                }
            }
        }
        self.period(pointer, ("starts", item.starts.as_ref()), ("ends", item.ends.as_ref()));
        self.disposition(pointer, item.disposition, &item.disposition_reason);
        for (at, area) in item.policy_areas.iter().enumerate() {
            if !names.policy_areas.has(area.as_str()) && !self.known.policy_areas.contains(area) {
                let detail = format!("there is no policy area {area:?}");
                self.fault(format!("{pointer}/policy_areas/{at}"), "reference_unknown", detail);
            }
        }
        let repeated = "it is given twice";
        let areas = item.policy_areas.iter().enumerate();
        self.unique(
            areas.map(|(at, area)| (area, format!("{pointer}/policy_areas/{at}"))),
            "value_duplicate",
            repeated,
        );
        let values = item.ogp_values.iter().enumerate();
        self.unique(
            values.map(|(at, value)| (value, format!("{pointer}/ogp_values/{at}"))),
            "value_duplicate",
            repeated,
        );
        for (field, participants) in [("leads", &item.leads), ("supporters", &item.supporters)] {
            self.participants(&format!("{pointer}/{field}"), participants, names);
        }
        self.milestones(pointer, item);
        self.evidence(pointer, &item.evidence);
        let milestones = self.milestone_keys(item);
        self.progress_reports(pointer, item, &milestones);
        self.assessments(pointer, item, &milestones);
        self.links(pointer, item, names);
    }

    fn participants(&mut self, pointer: &str, participants: &[ParticipantItem], names: &Names<'_>) {
        for (at, participant) in participants.iter().enumerate() {
            let slug = &participant.institution;
            if !names.institutions.has(slug.as_str()) && !self.known.institutions.contains(slug) {
                let detail = format!("there is no institution {slug:?}");
                self.fault(format!("{pointer}/{at}/institution"), "reference_unknown", detail);
            }
        }
        let slugs = participants.iter().enumerate();
        let slugs =
            slugs.map(|(at, participant)| (&participant.institution, format!("{pointer}/{at}/institution")));
        self.unique(slugs, "participant_duplicate", "this institution is given twice in the same role");
    }

    fn milestones(&mut self, pointer: &str, item: &CommitmentItem) {
        let keys = item.milestones.iter().enumerate();
        let keys = keys.map(|(at, milestone)| (&milestone.key, format!("{pointer}/milestones/{at}/key")));
        self.unique(keys, "milestone_duplicate", "this key is given twice in the commitment");
        for (at, milestone) in item.milestones.iter().enumerate() {
            let pointer = format!("{pointer}/milestones/{at}");
            self.period(&pointer, ("starts", milestone.starts.as_ref()), ("due", milestone.due.as_ref()));
            let actual = (
                ("actual_start", milestone.actual_start.as_ref()),
                ("actual_end", milestone.actual_end.as_ref()),
            );
            self.period(&pointer, actual.0, actual.1);
            self.disposition(&pointer, milestone.disposition, &milestone.disposition_reason);
            for (at, event) in milestone.events.iter().enumerate() {
                let pointer = format!("{pointer}/events/{at}");
                self.period(&pointer, ("starts", event.starts.as_ref()), ("ends", event.ends.as_ref()));
            }
        }
    }

    fn evidence(&mut self, pointer: &str, evidence: &[EvidenceItem]) {
        let keys = evidence.iter().enumerate();
        let keys = keys.map(|(at, piece)| (&piece.key, format!("{pointer}/evidence/{at}/key")));
        self.unique(keys, "evidence_duplicate", "this key is given twice in the commitment");
        for (at, piece) in evidence.iter().enumerate() {
            self.named(&format!("{pointer}/evidence/{at}/title"), &piece.title);
            self.date(&format!("{pointer}/evidence/{at}/dated"), piece.dated.as_ref());
        }
    }

    /// The milestones that reports and assessments of the commitment may refer to.
    fn milestone_keys(&self, item: &CommitmentItem) -> BTreeSet<String> {
        let mut keys: BTreeSet<_> = item.milestones.iter().map(|milestone| milestone.key.clone()).collect();
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
                self.fault(format!("{pointer}/{at}/milestone"), "reference_unknown", detail);
            }
        }
        let named = named.enumerate().map(|(at, key)| (key, format!("{pointer}/{at}/milestone")));
        self.unique(named, "milestone_duplicate", "this milestone is given twice");
    }

    fn progress_reports(&mut self, pointer: &str, item: &CommitmentItem, milestones: &BTreeSet<String>) {
        let keys = item.progress_reports.iter().enumerate();
        let keys = keys.map(|(at, report)| (&report.key, format!("{pointer}/progress_reports/{at}/key")));
        self.unique(keys, "progress_report_duplicate", "this key is given twice in the commitment");
        for (at, report) in item.progress_reports.iter().enumerate() {
            let pointer = format!("{pointer}/progress_reports/{at}");
            self.date(&format!("{pointer}/reported"), report.reported.as_ref());
            if let Some(estimate) = &report.estimate {
                self.named(&format!("{pointer}/estimate/basis"), &estimate.basis);
                for (field, day) in [("on", estimate.on), ("from", estimate.from), ("to", estimate.to)] {
                    self.day(format!("{pointer}/estimate/{field}"), Some(day));
                }
                if !(estimate.from <= estimate.on && estimate.on <= estimate.to) {
                    let detail = "`on` must lie between `from` and `to`";
                    self.fault(format!("{pointer}/estimate"), "dates_reversed", detail);
                }
            }
            for (field, day) in
                [("period_start_on", report.period_start_on), ("period_end_on", report.period_end_on)]
            {
                self.day(format!("{pointer}/{field}"), day);
            }
            if let (Some(start), Some(end)) = (report.period_start_on, report.period_end_on)
                && start > end
            {
                self.fault(
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
        let keys = item.assessments.iter().enumerate();
        let keys = keys.map(|(at, assessment)| (&assessment.key, format!("{pointer}/assessments/{at}/key")));
        self.unique(keys, "assessment_duplicate", "this key is given twice in the commitment");
        for (at, assessment) in item.assessments.iter().enumerate() {
            let pointer = format!("{pointer}/assessments/{at}");
            self.named(&format!("{pointer}/report"), &assessment.report);
            self.date(&format!("{pointer}/assessed"), assessment.assessed.as_ref());
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
                Some(indicators) => {
                    self.codings(&format!("{pointer}/codings"), &assessment.codings, indicators);
                    for (at, coding) in assessment.milestones.iter().enumerate() {
                        self.codings(
                            &format!("{pointer}/milestones/{at}/codings"),
                            &coding.codings,
                            indicators,
                        );
                    }
                }
                // One that is in the document but could not be read has been told already.
                None if self.unread_scheme(&named) => {}
                None => {
                    let detail =
                        format!("there is no scheme {:?} in version {:?}", scheme.code, scheme.version);
                    self.fault(format!("{pointer}/scheme"), "reference_unknown", detail);
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

    fn codings(&mut self, pointer: &str, codings: &[Coding], indicators: &[Indicator]) {
        for (at, coding) in codings.iter().enumerate() {
            if let Err(detail) = coding.check(indicators) {
                self.fault(format!("{pointer}/{at}"), "coding_wrong", detail);
            }
        }
        let named = codings.iter().enumerate();
        let named = named.map(|(at, coding)| (&coding.indicator, format!("{pointer}/{at}/indicator")));
        self.unique(named, "coding_duplicate", "this indicator is coded twice");
    }

    fn links(&mut self, pointer: &str, item: &'a CommitmentItem, names: &Names<'a>) {
        let own = (item.action_plan.as_str(), commitment_key(item).unwrap_or_default());
        let mut targets = Vec::with_capacity(item.links.len());
        for (at, link) in item.links.iter().enumerate() {
            let target = names.target(&link.to, self.known);
            let pointer = format!("{pointer}/links/{at}/to");
            if item.code.as_ref() == Some(&link.to) || target == Some(Some(own)) {
                self.fault(&pointer, "link_to_itself", "a commitment cannot be linked to itself");
            } else if target.is_none() && !names.unread {
                self.fault(&pointer, "reference_unknown", format!("there is no commitment {:?}", link.to));
            }
            // A code and a key can name the same commitment.
            let target = target.flatten().unwrap_or(("", &link.to));
            targets.push(((link.kind, target.0.to_owned(), target.1.to_owned()), pointer));
        }
        self.unique(targets, "link_duplicate", "this link is given twice");
    }
}
