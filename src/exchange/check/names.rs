//! Names that a document declares, also by items that could not be read: who refers to them is
//! not to blame.

use super::Known;
use crate::exchange::parse::Parsed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names that a list of the document declares.
pub(super) struct Declared<'a> {
    names: BTreeSet<&'a str>,
    /// The list could not be read: it may declare any name.
    unread: bool,
}

impl Declared<'_> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.unread || self.names.contains(name)
    }
}

impl Parsed {
    /// The items of a list as JSON.
    pub(super) fn items(&self, list: &str) -> impl Iterator<Item = &Value> {
        self.raw.get(list).and_then(Value::as_array).into_iter().flatten()
    }

    /// The names of the items of a list.
    pub(super) fn declared(&self, list: &str, field: &str) -> Declared<'_> {
        let names = self.items(list).filter_map(|item| item.get(field)?.as_str());
        Declared { names: names.collect(), unread: self.unread.contains(list) }
    }
}

/// What commitments refer to.
pub(super) struct Names<'a> {
    pub(super) plans: Declared<'a>,
    pub(super) institutions: Declared<'a>,
    pub(super) policy_areas: Declared<'a>,
    codes: BTreeMap<&'a str, Option<(&'a str, &'a str)>>,
    keys: BTreeSet<(&'a str, &'a str)>,
    /// The commitments could not be read: any may be there.
    pub(super) unread: bool,
}

impl<'a> Names<'a> {
    pub(super) fn of(parsed: &'a Parsed) -> Self {
        let commitments = || parsed.items("commitments");
        let code = |item: &'a Value| Some((item.get("code")?.as_str()?, key_of(item)));
        Self {
            plans: parsed.declared("action_plans", "slug"),
            institutions: parsed.declared("institutions", "slug"),
            policy_areas: parsed.declared("policy_areas", "code"),
            codes: commitments().filter_map(code).collect(),
            keys: commitments().filter_map(key_of).collect(),
            unread: parsed.unread.contains("commitments"),
        }
    }

    /// The plan and key of the commitment that a link names, if there is such a commitment; of one
    /// that could not be read they may be unknown.
    pub(super) fn target(&self, to: &'a str, known: &'a Known) -> Option<Option<(&'a str, &'a str)>> {
        match to.split_once('/') {
            Some(key) => {
                let stored = || known.commitment_keys.contains(&(key.0.to_owned(), key.1.to_owned()));
                (self.keys.contains(&key) || stored()).then_some(Some(key))
            }
            None => self.codes.get(to).copied().or_else(|| {
                let (plan, key) = known.commitment_codes.get(to)?;
                Some(Some((plan.as_str(), key.as_str())))
            }),
        }
    }
}

/// Plan and key of a commitment, as written.
fn key_of(item: &Value) -> Option<(&str, &str)> {
    let text = |field: &str| item.get(field).and_then(Value::as_str);
    Some((text("action_plan")?, text("key").or_else(|| text("code"))?))
}
