//! Which groups a commitment is in.

use super::{Dimension, Key};
use crate::assessments::model::{Absence, Stage, known_on, known_since};
use crate::commitments::model::OgpValue;
use crate::insight::model::facts::{CommitmentFacts, Days, period};
use crate::kernel::{LocalizedText, PartialDate, Times};
use crate::members::model::{MemberKind, MemberName, Sector};
use crate::milestones::model::{Progress, ProgressSaid, Schedule};
use crate::plans::model::PlanName;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// The plan that a commitment is part of.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanDated {
    /// The plan.
    #[serde(flatten)]
    pub name: PlanName,
    /// The year in which its cycle begins.
    pub cycle_year: Option<i16>,
    /// When it starts.
    pub starts: Option<PartialDate>,
    /// When it ends.
    pub ends: Option<PartialDate>,
}

/// An institution that leads a commitment.
#[derive(Debug, Clone, Deserialize)]
pub struct Lead {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: LocalizedText,
    /// Sector.
    pub sector: Sector,
}

/// A policy area that a commitment is about.
#[derive(Debug, Clone, Deserialize)]
pub struct AreaName {
    /// Code.
    pub code: String,
    /// Name.
    pub name: LocalizedText,
}

/// How somebody coded the completion of a commitment.
#[derive(Debug, Clone, Deserialize)]
pub struct CompletionSaid {
    /// Which assessment.
    pub id: Uuid,
    /// At which stage of the plan.
    pub stage: Stage,
    /// When it was assessed.
    pub assessed: Option<PartialDate>,
    /// The year of the report.
    pub report_year: Option<i16>,
    /// One of the scheme's words.
    pub value: Option<String>,
    /// Why there is none.
    pub absence: Option<Absence>,
}

impl CompletionSaid {
    /// What was said at the end counts before what was said on the way; of the same stage what was known last.
    fn place(&self) -> (u8, Option<NaiveDate>, Uuid) {
        let stage = match self.stage {
            Stage::Design => 0,
            Stage::MidTerm => 1,
            Stage::EndOfTerm | Stage::Results => 2,
        };
        (stage, known_since(self.assessed.as_ref(), self.report_year), self.id)
    }

    /// Words of OGP's scale come in its order, then why there is none, then other words of schemes.
    fn key(&self) -> Key {
        let scale = |word: &str| Progress::ALL.into_iter().find(|progress| progress.as_str() == word);
        match (self.value.as_deref(), self.absence) {
            (Some(value), _) => scale(value).map_or_else(
                || Key::Name(value.to_owned()),
                |progress| Key::Word(progress.ordinal().into(), progress.as_str()),
            ),
            (None, Some(absence)) => match word(&Absence::ALL, absence, Absence::as_str) {
                Key::Word(place, text) => Key::Word(Progress::ALL.len() + place, text),
                other => other,
            },
            (None, None) => Key::Unknown,
        }
    }
}

/// What decides which groups a commitment is in, besides how it stands.
#[derive(Debug, Clone, Deserialize)]
pub struct Belonging {
    /// Whose it is.
    pub member: MemberName,
    /// The intake with which that member joined.
    pub cohort: Option<i16>,
    /// In which plan.
    pub plan: PlanDated,
    /// What it is about.
    pub policy_areas: Vec<AreaName>,
    /// What it serves.
    pub ogp_values: Vec<OgpValue>,
    /// Who leads it.
    pub leads: Vec<Lead>,
    /// How others coded its completion.
    pub completions: Vec<CompletionSaid>,
}

impl Belonging {
    /// The period of its plan.
    pub fn period(&self) -> Days {
        period(self.plan.starts.as_ref(), self.plan.ends.as_ref())
    }

    /// All groups that a commitment is in, each once: a key for each dimension. Without any dimension all are in one.
    pub fn groups(&self, by: &[Dimension], facts: &CommitmentFacts, times: &Times) -> Vec<Vec<Key>> {
        let mut groups = match by {
            // The sector of the same institution.
            [Dimension::LeadInstitution, Dimension::Sector] => {
                self.of_leads(|lead| vec![lead.institution(), lead.sector()])
            }
            [Dimension::Sector, Dimension::LeadInstitution] => {
                self.of_leads(|lead| vec![lead.sector(), lead.institution()])
            }
            _ => product(by.iter().map(|dimension| self.keys(*dimension, facts, times))),
        };
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn of_leads(&self, keys: impl Fn(&Lead) -> Vec<Key>) -> Vec<Vec<Key>> {
        if self.leads.is_empty() {
            return vec![vec![Key::Unknown, Key::Unknown]];
        }
        self.leads.iter().map(keys).collect()
    }

    fn keys(&self, dimension: Dimension, facts: &CommitmentFacts, times: &Times) -> Vec<Key> {
        let year = |year: Option<i32>| vec![year.map_or(Key::Unknown, Key::Year)];
        match dimension {
            Dimension::Member => vec![Key::Name(self.member.code.clone())],
            Dimension::Kind => vec![word(&MemberKind::ALL, self.member.kind, MemberKind::as_str)],
            Dimension::Cohort => year(self.cohort.map(i32::from)),
            Dimension::ActionPlan => vec![Key::Name(self.plan.name.slug.clone())],
            Dimension::CycleYear => year(self.plan.cycle_year.map(i32::from)),
            Dimension::PolicyArea => known(self.policy_areas.iter().map(|area| Key::Name(area.code.clone()))),
            Dimension::OgpValue => {
                known(self.ogp_values.iter().map(|value| word(&OgpValue::ALL, *value, OgpValue::as_str)))
            }
            Dimension::LeadInstitution => known(self.leads.iter().map(Lead::institution)),
            Dimension::Sector => known(self.leads.iter().map(Lead::sector)),
            Dimension::Progress => vec![word(&ProgressSaid::ALL, facts.progress(), ProgressSaid::as_str)],
            Dimension::Schedule => {
                vec![word(&Schedule::ALL, facts.schedule(times.day()), Schedule::as_str)]
            }
            Dimension::Completion => vec![self.completion(times)],
        }
    }

    /// The coding of its completion that counts.
    fn completion(&self, times: &Times) -> Key {
        let is_known = |said: &&CompletionSaid| {
            times.on.is_none_or(|day| known_on(said.assessed.as_ref(), said.report_year, day))
        };
        let last = self.completions.iter().filter(is_known).max_by_key(|said| said.place());
        last.map_or(Key::Unknown, CompletionSaid::key)
    }
}

impl Lead {
    fn institution(&self) -> Key {
        Key::Name(self.slug.clone())
    }

    fn sector(&self) -> Key {
        word(&Sector::ALL, self.sector, Sector::as_str)
    }
}

impl Dimension {
    /// All groups of a dimension whose words are a closed list.
    pub(super) fn closed(self) -> Option<Vec<Key>> {
        match self {
            Self::Kind => Some(words(&MemberKind::ALL, MemberKind::as_str)),
            Self::OgpValue => Some(words(&OgpValue::ALL, OgpValue::as_str)),
            Self::Sector => Some(words(&Sector::ALL, Sector::as_str)),
            Self::Progress => Some(words(&ProgressSaid::ALL, ProgressSaid::as_str)),
            Self::Schedule => Some(words(&Schedule::ALL, Schedule::as_str)),
            _ => None,
        }
    }
}

/// A word of a closed list.
fn word<T: Copy + PartialEq>(all: &[T], value: T, text: impl Fn(T) -> &'static str) -> Key {
    let place = all.iter().position(|known| *known == value);
    Key::Word(place.unwrap_or(all.len()), text(value))
}

fn words<T: Copy + PartialEq>(all: &[T], text: impl Fn(T) -> &'static str) -> Vec<Key> {
    all.iter().map(|value| word(all, *value, &text)).collect()
}

/// These keys, or that none is known.
fn known(keys: impl Iterator<Item = Key>) -> Vec<Key> {
    let keys: Vec<_> = keys.collect();
    if keys.is_empty() { vec![Key::Unknown] } else { keys }
}

/// Each way to take one key of each list; of no list there is one.
pub(super) fn product(lists: impl Iterator<Item = Vec<Key>>) -> Vec<Vec<Key>> {
    lists.fold(vec![Vec::new()], |begun, keys| {
        let extended = |start: &Vec<Key>| {
            let start = start.clone();
            keys.iter().map(move |key| [start.as_slice(), std::slice::from_ref(key)].concat())
        };
        begun.iter().flat_map(extended).collect()
    })
}
