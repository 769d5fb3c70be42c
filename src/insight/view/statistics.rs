//! Numbers, as charts take them: a row for each group on each day.

use crate::http::Wanted;
use crate::insight::model::{self, CommitmentHistory, Dimension, Interval, Key, Measures, Point};
use crate::kernel::{Language, LocalizedText, Times};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Words of closed lists, as charts show them.
const LABELS: [(&str, &str, &str); 26] = [
    ("national", "National", "Național"),
    ("local", "Local", "Local"),
    ("not_reported", "Not reported", "Neraportat"),
    ("not_started", "Not started", "Neînceput"),
    ("limited", "Limited", "Limitat"),
    ("substantial", "Substantial", "Substanțial"),
    ("complete", "Complete", "Finalizat"),
    ("undated", "Undated", "Fără termen"),
    ("ongoing", "Ongoing", "Fără sfârșit"),
    ("upcoming", "Upcoming", "Urmează"),
    ("due_soon", "Due soon", "Cu termen apropiat"),
    ("overdue", "Overdue", "Întârziat"),
    ("completed_on_time", "Completed on time", "Finalizat la timp"),
    ("completed_late", "Completed late", "Finalizat cu întârziere"),
    ("access_to_information", "Access to information", "Acces la informații"),
    ("civic_participation", "Civic participation", "Participare civică"),
    ("public_accountability", "Public accountability", "Responsabilitate publică"),
    ("technology_and_innovation", "Technology and innovation", "Tehnologie și inovare"),
    ("government", "Government", "Autorități publice"),
    ("civil_society", "Civil society", "Societate civilă"),
    ("private", "Private sector", "Sectorul privat"),
    ("academia", "Academia", "Mediul academic"),
    ("other", "Other", "Altele"),
    ("not_reviewed", "Not reviewed", "Neevaluat"),
    ("no_data", "No data", "Fără date"),
    ("not_applicable", "Not applicable", "Nu se aplică"),
];

/// What the commitments of a group share in one dimension.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsGroup {
    /// The code, slug, word or year that they share, as filters of lists take it; null where none is known.
    #[schema(required, example = "ROTMR")]
    pub key: Option<String>,
    /// The id of the member, plan or institution; null for everything else.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// What it is called, in the language of the answer; null where nobody said.
    #[schema(required, example = "Timișoara, Romania")]
    pub name: Option<String>,
}

/// All commitments that were asked about on a day, each once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsTotal {
    /// The day that it is told of (UTC).
    pub day: NaiveDate,
    /// What is measured.
    #[serde(flatten)]
    pub measures: Measures,
}

/// Which group, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsPlace {
    /// The day that it is told of (UTC).
    pub day: NaiveDate,
    /// The group by the first `group_by`; null where nothing was grouped.
    #[schema(required)]
    pub group: Option<StatisticsGroup>,
    /// The group by the second `group_by`; null where there is none.
    #[schema(required)]
    pub subgroup: Option<StatisticsGroup>,
}

/// A group on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsRow {
    // Parts of their own come first in tables.
    /// Which group, and when.
    #[serde(flatten)]
    pub place: StatisticsPlace,
    /// What is measured.
    #[serde(flatten)]
    pub measures: Measures,
}

/// Commitments counted by groups.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Statistics {
    /// The day whose public record is told, to its end; null for all that is known now.
    #[schema(required)]
    pub as_of: Option<NaiveDate>,
    /// What `group` and `subgroup` are of.
    pub group_by: Vec<Dimension>,
    /// How far the days of the series are apart; null where one day is told of.
    #[schema(required)]
    pub interval: Option<Interval>,
    /// Whether a commitment can be in several groups, as it can have several policy areas: then groups together are
    /// more than the total.
    pub overlapping: bool,
    /// Everything together on each day.
    pub totals: Vec<StatisticsTotal>,
    /// A row for each group on each day, by day and then in the order of the groups: words of closed lists in their
    /// own order, others by alphabet, what nobody knows last. Each day has the same groups. Of words that are a
    /// closed list (kind, progress, schedule, OGP value, sector) all are there.
    pub data: Vec<StatisticsRow>,
}

/// What the things are called by which commitments were grouped.
#[derive(Debug)]
struct Names<'a> {
    known: HashMap<(Dimension, &'a str), (Option<Uuid>, &'a LocalizedText)>,
    wanted: &'a Wanted,
}

impl<'a> Names<'a> {
    fn of(commitments: &'a [CommitmentHistory], by: &[Dimension], wanted: &'a Wanted) -> Self {
        let mut known = HashMap::new();
        for (belongs, dimension) in
            commitments.iter().flat_map(|one| by.iter().map(move |dimension| (&one.belongs, *dimension)))
        {
            let mut add = |key: &'a str, id, name| known.insert((dimension, key), (id, name));
            let (member, plan) = (&belongs.member, &belongs.plan.name);
            match dimension {
                Dimension::Member => drop(add(&member.code, Some(member.id), &member.name)),
                Dimension::ActionPlan => drop(add(&plan.slug, Some(plan.id), &plan.title)),
                Dimension::PolicyArea => belongs.policy_areas.iter().for_each(|area| {
                    add(&area.code, None, &area.name);
                }),
                Dimension::LeadInstitution => belongs.leads.iter().for_each(|lead| {
                    add(&lead.slug, Some(lead.id), &lead.name);
                }),
                _ => {}
            }
        }
        Self { known, wanted }
    }

    fn group(&self, dimension: Dimension, key: &Key) -> StatisticsGroup {
        let Some(text) = key.text() else { return StatisticsGroup { key: None, id: None, name: None } };
        let known = self.known.get(&(dimension, text.as_str()));
        let name = known.and_then(|(_, name)| self.wanted.text(name)).or_else(|| self.label(key, &text));
        StatisticsGroup { id: known.and_then(|(id, _)| *id), name, key: Some(text) }
    }

    /// What has no name of its own: words and years.
    fn label(&self, key: &Key, text: &str) -> Option<String> {
        match key {
            Key::Word(_, word) => {
                let (_, english, romanian) = LABELS.iter().find(|(known, _, _)| known == word)?;
                let told = [(Some(Language::english()), english), (Language::parse("ro"), romanian)];
                let told =
                    told.into_iter().filter_map(|(language, text)| Some((language?, (*text).to_owned())));
                self.wanted.text(&told.collect())
            }
            Key::Year(_) => Some(text.to_owned()),
            Key::Name(_) => Some(text.replace('_', " ")),
            Key::Unknown => None,
        }
    }

    fn row(&self, by: &[Dimension], day: NaiveDate, group: &model::Group) -> StatisticsRow {
        let mut named = by.iter().zip(&group.keys).map(|(dimension, key)| self.group(*dimension, key));
        let place = StatisticsPlace { day, group: named.next(), subgroup: named.next() };
        StatisticsRow { place, measures: group.measures }
    }
}

impl Statistics {
    /// Of what was counted of these commitments at these times, in the language wanted.
    pub fn new(
        commitments: &[CommitmentHistory],
        points: &[Point],
        by: &[Dimension],
        (times, interval): (&Times, Option<Interval>),
        wanted: &Wanted,
    ) -> Self {
        let names = Names::of(commitments, by, wanted);
        let total = |point: &Point| StatisticsTotal { day: point.day, measures: point.total };
        let rows = points
            .iter()
            .flat_map(|point| point.groups.iter().map(move |group| (point.day, group)))
            .map(|(day, group)| names.row(by, day, group));
        Self {
            as_of: times.as_of,
            group_by: by.to_vec(),
            interval,
            overlapping: by.iter().any(|dimension| dimension.overlaps()),
            totals: points.iter().map(total).collect(),
            data: rows.collect(),
        }
    }
}
