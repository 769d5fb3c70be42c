//! Whether what a report shows is what its entries say: all of it is made again from them and compared.

use super::proofs::{ReportRead, SectionRead};
use super::{Check, TOLD, Wrong};
use crate::audit::model::computed::Whole;
use crate::audit::model::frame::{FORMAT, formulas};
use crate::audit::model::{Common, Context, Scope, Section};
use crate::ledger::model::Kind;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

impl ReportRead<'_> {
    /// Compares all that is shown and computed with what the entries say.
    pub(super) fn states(&self) -> Check {
        let context = Context::of(&self.common.entries, &self.asked);
        let mut wrong = self.fixed();
        let common = Common::of(self.common.entries.clone(), &self.asked);
        wrong.extend(compare("/common", &self.common.rest, &common));
        let (mut whole, mut shown) = (Whole::default(), 0);
        for (at, section) in self.plans() {
            let section = match section {
                Ok(section) => section,
                Err(fault) => {
                    wrong.push(fault);
                    continue;
                }
            };
            let member = self.belongs(&at, &section, &mut wrong);
            let SectionRead { id, entries, rest } = section;
            let Some((made, facts)) = Section::of(id, entries, &context, &self.asked) else {
                wrong.push(Wrong::new(at, "it has no entry about the plan itself"));
                continue;
            };
            shown += made.shown();
            wrong.extend(compare(&at, &rest, &made));
            let code = member.and_then(|member| context.member(member)).map(|name| name.code);
            whole.add(code.as_deref().unwrap_or_default(), facts.as_ref(), self.asked.day);
        }
        let computed = serde_json::to_value(whole.told()).unwrap_or_default();
        wrong.extend(differences("/computed", &self.computed, &computed));
        Check::of(
            "states",
            format!("{shown} states, all that is computed of them, and the findings follow from the entries"),
            wrong,
        )
    }

    /// What does not depend on entries.
    fn fixed(&self) -> Vec<Wrong> {
        let mut wrong = differences("/format", &self.format, &json!(FORMAT));
        wrong.extend(differences("/formulas", &self.formulas, &formulas()));
        if self.about.kind == Scope::ActionPlan && self.sections.len() != 1 {
            wrong.push(Wrong::new("/action_plans", "a report about a plan has one plan"));
        }
        if (self.about.kind == Scope::Everything) != self.about.id.is_none() {
            wrong.push(Wrong::new("/about", "its kind and its id do not go together"));
        }
        if self.about.kind == Scope::Member {
            let mut own = self.common.entries.iter().map(|proved| &proved.entry);
            let last =
                own.rfind(|entry| Some(entry.resource_id) == self.about.id && entry.kind == Kind::Member);
            if last.is_none_or(|entry| entry.code != self.about.code) {
                wrong.push(Wrong::new("/about", "no entry says that the member is called that"));
            }
        }
        wrong
    }

    /// Whether a plan belongs into the report; whose it is.
    fn belongs(&self, at: &str, section: &SectionRead, wrong: &mut Vec<Wrong>) -> Option<Uuid> {
        let mut own = section.entries.iter().map(|proved| &proved.entry);
        let last = own.rfind(|entry| entry.resource_id == section.id && entry.recorded_at < self.asked.until);
        let member = last.and_then(|entry| entry.member_id);
        let belongs = match self.about.kind {
            Scope::ActionPlan => {
                Some(section.id) == self.about.id && last.is_some_and(|entry| entry.code == self.about.code)
            }
            Scope::Member => member == self.about.id,
            Scope::Everything => true,
        };
        if !belongs {
            wrong.push(Wrong::new(at, "it is not what the report is about"));
        }
        member
    }
}

/// What stands in a report beside some entries, and what they make.
fn compare(at: &str, rest: &BTreeMap<String, Value>, made: &impl Serialize) -> Vec<Wrong> {
    let mut made = serde_json::to_value(made).unwrap_or_default();
    if let Some(fields) = made.as_object_mut() {
        fields.shift_remove("entries");
        // What says which plan it is was read beside the rest.
        if !rest.contains_key("id") {
            fields.shift_remove("id");
        }
    }
    let rest = Value::Object(rest.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
    differences(at, &rest, &made)
}

/// Where something is not what it should be, as deep as can be told.
fn differences(at: &str, is: &Value, should: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    collect(at, is, should, &mut wrong);
    wrong
}

fn collect(at: &str, is: &Value, should: &Value, wrong: &mut Vec<Wrong>) {
    if wrong.len() > TOLD || is == should {
        return;
    }
    match (is, should) {
        (Value::Object(is), Value::Object(should)) => {
            let names = is.keys().chain(should.keys().filter(|name| !is.contains_key(*name)));
            for name in names {
                let of =
                    |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                collect(&format!("{at}/{name}"), &of(is), &of(should), wrong);
            }
        }
        (Value::Array(is), Value::Array(should)) if is.len() == should.len() => {
            for (index, (is, should)) in is.iter().zip(should).enumerate() {
                collect(&format!("{at}/{index}"), is, should, wrong);
            }
        }
        // A number has one value, however it is held.
        (Value::Number(is), Value::Number(should)) if is.as_f64() == should.as_f64() => {}
        _ => wrong
            .push(Wrong::new(at, format!("it says {}, and the entries say {}", brief(is), brief(should)))),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string().chars().take(120).collect(),
    }
}
