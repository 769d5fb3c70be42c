//! Whether the entries of a report are in the log, and whether any of a plan's is missing between the first and the
//! last.

use super::pieces::read;
use super::{Check, Known, Wrong};
use crate::audit::model::frame::{Generation, ReportCheckpoint};
use crate::audit::model::{About, Asked, Proved, Scope};
use crate::ledger::model::Kind;
use crate::ledger::model::entry::{EntryFormat, LoggedEntry};
use crate::ledger::model::note::{Checkpoint, LogKey};
use crate::ledger::model::tree::{Hash, is_included};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a report says. Its plans are read one by one.
#[derive(Debug)]
pub(super) struct ReportRead<'a> {
    pub(super) about: About,
    pub(super) asked: Asked,
    pub(super) checkpoint: ReportCheckpoint,
    pub(super) common: CommonRead,
    pub(super) computed: Value,
    pub(super) format: Value,
    pub(super) formulas: Value,
    pub(super) sections: Vec<&'a RawValue>,
}

/// What the plans have in common: its entries, and all else as it stands there.
#[derive(Debug, Deserialize)]
pub(super) struct CommonRead {
    pub(super) entries: Vec<Proved>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

/// A plan: its entries, and all else as it stands there.
#[derive(Debug, Deserialize)]
pub(super) struct SectionRead {
    pub(super) id: Uuid,
    pub(super) entries: Vec<Proved>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

impl ReportRead<'_> {
    /// The plans, each with where it stands.
    pub(super) fn plans(&self) -> impl Iterator<Item = (String, Result<SectionRead, Wrong>)> {
        self.sections.iter().enumerate().map(|(index, piece)| {
            let at = format!("/action_plans/{index}");
            let section = read(&at, piece);
            (at, section)
        })
    }

    /// Whether it answers the question that whoever checks has in mind.
    pub(super) fn question(&self, known: &Known, generation: Option<&Generation>) -> Check {
        let mut wrong = Vec::new();
        let (about, asked) = (&self.about, &self.asked);
        if let Some(wanted) = &known.about {
            let is_it = about.id.is_some_and(|id| id.to_string() == wanted.to_lowercase())
                || about.code.as_ref().is_some_and(|code| code.eq_ignore_ascii_case(wanted))
                || (about.kind == Scope::Everything && wanted == "everything");
            if !is_it {
                let is = about.code.as_deref().unwrap_or("everything");
                wrong.push(Wrong::new("/about", format!("it is about {is}, not about {wanted}")));
            }
        }
        if let Some(day) = known.as_of.filter(|day| *day != asked.as_of) {
            wrong.push(Wrong::new(
                "/asked/as_of",
                format!("it tells the record of {}, not of {day}", asked.as_of),
            ));
        }
        if let Some(day) = known.on.filter(|day| *day != asked.day) {
            wrong.push(Wrong::new("/asked/day", format!("it is computed for {}, not for {day}", asked.day)));
        }
        if Asked::new(asked.as_of, asked.on) != *asked {
            wrong.push(Wrong::new("/asked", "its days do not go together"));
        }
        let made = generation.map(|generation| generation.generated_at);
        if let Some(since) = known.made_since.filter(|since| made.is_none_or(|made| made < *since)) {
            let says =
                format!("it was made before {}: an older report was given for a new one", since.to_rfc3339());
            wrong.push(Wrong::new("/generation/generated_at", says));
        }
        let detail = match made.is_some_and(|made| made < asked.until) {
            true => {
                "it is about what was asked for; it is provisional: made before the day that it tells of had ended"
            }
            false => "it is about what was asked for, and made after the day that it tells of",
        };
        Check::of("question", detail, wrong)
    }

    /// The keys of the log that the report has entries about, with their places.
    fn log_keys(&self) -> Vec<(i64, LogKey)> {
        let keys = self.common.entries.iter().map(|proved| &proved.entry);
        keys.filter(|entry| entry.kind == Kind::LogKey)
            .filter_map(|entry| {
                Some((entry.index, LogKey::read(entry.state.get("verifier_key")?.as_str()?)?))
            })
            .collect()
    }

    /// Whether the checkpoint is signed by the key that was the log's then, and by a trusted one.
    pub(super) fn checkpoint(&self, trusted: &[LogKey]) -> Check {
        const NAME: &str = "checkpoint";
        let ReportCheckpoint { note, size } = &self.checkpoint;
        let wrong = |says: String| Check::of(NAME, "", vec![Wrong::new("/checkpoint/note", says)]);
        let Some(told) = Checkpoint::read(note) else {
            return wrong("it is no checkpoint".to_owned());
        };
        if u64::try_from(*size) != Ok(told.size) {
            return wrong(format!("it is of {} entries, not of {size}", told.size));
        }
        let keys = self.log_keys();
        let Some((_, key)) = keys.iter().rfind(|(index, _)| index < size) else {
            return wrong("the report has no entry about the key that signs the log".to_owned());
        };
        if key.name != told.origin || !key.has_signed(note) {
            return wrong(format!("it is not signed by {key}, which was the log's key then"));
        }
        if !trusted.is_empty() && !trusted.contains(key) {
            return wrong(format!("it is signed by {key}, which is none of the keys that are trusted"));
        }
        let detail = format!("{} with {size} entries, signed by {key}", told.origin);
        Check::of(NAME, detail, Vec::new())
    }

    /// Whether each entry is in the tree of the checkpoint.
    pub(super) fn inclusion(&self) -> Check {
        const NAME: &str = "inclusion";
        let Some(checkpoint) = Checkpoint::read(&self.checkpoint.note) else {
            return Check::skipped(NAME, "there is no checkpoint to prove it against");
        };
        let mut wrong = unproved("/common", &self.common.entries, &checkpoint);
        let mut count = self.common.entries.len();
        for (at, section) in self.plans() {
            match section {
                Ok(section) => {
                    count += section.entries.len();
                    wrong.extend(unproved(&at, &section.entries, &checkpoint));
                }
                Err(fault) => wrong.push(fault),
            }
        }
        Check::of(NAME, format!("{count} entries are in the tree of the checkpoint"), wrong)
    }

    /// Whether entries hang together.
    pub(super) fn strands(&self) -> Check {
        let members: Vec<_> = self.common.entries.iter().map(|proved| &proved.entry).collect();
        let mut wrong = disorder("/common", &self.common.entries);
        let mut ids: Vec<_> = members
            .iter()
            .filter(|entry| entry.kind == Kind::Member)
            .map(|entry| entry.resource_id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            wrong.extend(gaps("/common", members.iter().copied(), *id));
        }
        for (at, section) in self.plans() {
            let Ok(section) = section else { continue };
            wrong.extend(disorder(&at, &section.entries));
            wrong.extend(gaps(&at, section.entries.iter().map(|proved| &proved.entry), section.id));
        }
        let detail = format!(
            "of {} plan(s) and {} member(s) no entry is missing from the first to the last",
            self.sections.len(),
            ids.len()
        );
        Check::of("strands", detail, wrong)
    }

    /// Whether it has all entries of an earlier report.
    pub(super) fn continues(&self, earlier: Option<&[u8]>) -> Check {
        const NAME: &str = "continues";
        let Some(earlier) = earlier else {
            return Check::skipped(NAME, "no earlier report was given (--continues)");
        };
        let read = super::pieces::document(earlier).and_then(|document| {
            let report = super::Pieces::read(&document)?.report()?;
            Ok((report.about.clone(), report.places()))
        });
        let (about, before) = match read {
            Ok(read) => read,
            Err(fault) => return Check::of(NAME, "", vec![Wrong::new("the earlier report", fault.says)]),
        };
        if about.id != self.about.id {
            return Check::of(
                NAME,
                "",
                vec![Wrong::new("/about", "the earlier report is about something else")],
            );
        }
        let now = self.places();
        let lost = before.iter().filter(|(index, leaf)| now.get(index) != Some(leaf));
        let wrong = lost.map(|(index, _)| {
            Wrong::new(
                format!("entry {index}"),
                "the earlier report has it, and this one has not, or another one there",
            )
        });
        Check::of(NAME, format!("it has all {} entries of the earlier report", before.len()), wrong.collect())
    }

    /// The leaf of each entry of a plan, by its place.
    fn places(&self) -> BTreeMap<i64, Option<Hash>> {
        let sections = self.plans().filter_map(|(_, section)| section.ok());
        let entries = sections.flat_map(|section| section.entries);
        entries.map(|proved| (proved.entry.index, proved.entry.leaf_hash().ok())).collect()
    }
}

/// Entries that are not where they say in the tree.
fn unproved(at: &str, entries: &[Proved], checkpoint: &Checkpoint) -> Vec<Wrong> {
    let proved = |proved: &Proved| -> Option<bool> {
        let path = proved.inclusion.iter().map(|hash| STANDARD.decode(hash).ok()?.try_into().ok());
        let path = path.collect::<Option<Vec<Hash>>>()?;
        let index = u64::try_from(proved.entry.index).ok().filter(|index| *index < checkpoint.size)?;
        let leaf = proved.entry.leaf_hash().ok()?;
        Some(is_included(&leaf, index, checkpoint.size, &path, &checkpoint.root))
    };
    let unproved = entries.iter().enumerate().filter(|(_, entry)| proved(entry) != Some(true));
    unproved
        .map(|(place, Proved { entry, .. })| {
            let says = format!(
                "entry {} ({}) is not in the log as it stands here: it was altered, or its proof was",
                entry.index, entry.id
            );
            Wrong::new(format!("{at}/entries/{place}"), says)
        })
        .collect()
}

/// Entries that do not stand in the order of the log, each once.
fn disorder(at: &str, entries: &[Proved]) -> Vec<Wrong> {
    let pairs = entries.iter().zip(entries.iter().skip(1)).enumerate();
    let after = pairs.filter(|(_, (one, next))| one.entry.index >= next.entry.index);
    after
        .map(|(place, (one, next))| {
            let says = format!("entry {} stands after entry {}", next.entry.index, one.entry.index);
            Wrong::new(format!("{at}/entries/{}", place + 1), says)
        })
        .collect()
}

/// Where an entry of a strand names another one before it than the one that is there.
fn gaps<'e>(at: &str, entries: impl Iterator<Item = &'e LoggedEntry>, strand: Uuid) -> Vec<Wrong> {
    let (mut wrong, mut before) = (Vec::new(), None);
    for (place, entry) in entries.enumerate().filter(|(_, entry)| entry.strand() == strand) {
        // Those of the first form do not say.
        if entry.format > EntryFormat::V1 && entry.previous != before {
            let named = entry.previous.map_or("none".to_owned(), |index| index.to_string());
            let there = before.map_or("none".to_owned(), |index| index.to_string());
            let says =
                format!("entry {}: before it comes entry {named}, and here entry {there} does", entry.index);
            wrong.push(Wrong::new(format!("{at}/entries/{place}"), says));
        }
        before = Some(entry.index);
    }
    wrong
}
