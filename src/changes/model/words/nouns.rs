//! What kinds of things are called.

use super::tongue::Tongue;
use crate::ledger::model::{Action, Kind};

/// A noun in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noun {
    english: (&'static str, &'static str),
    /// Singular and plural, and the singular with its article.
    romanian: (&'static str, &'static str, &'static str),
}

impl Noun {
    pub(super) fn of(kind: Kind) -> Self {
        let (english, romanian) = match kind {
            Kind::Member => (("member", "members"), ("membru", "membri", "membrul")),
            Kind::Institution => {
                (("institution", "institutions"), ("instituție", "instituții", "instituția"))
            }
            Kind::PolicyArea => (
                ("policy area", "policy areas"),
                ("domeniu de politici", "domenii de politici", "domeniul de politici"),
            ),
            Kind::AssessmentScheme => (
                ("assessment scheme", "assessment schemes"),
                ("schemă de evaluare", "scheme de evaluare", "schema de evaluare"),
            ),
            Kind::ActionPlan => (
                ("action plan", "action plans"),
                ("plan de acțiune", "planuri de acțiune", "planul de acțiune"),
            ),
            Kind::Commitment => {
                (("commitment", "commitments"), ("angajament", "angajamente", "angajamentul"))
            }
            Kind::CommitmentLink => (("link", "links"), ("legătură", "legături", "legătura")),
            Kind::Milestone => (("milestone", "milestones"), ("jalon", "jaloane", "jalonul")),
            Kind::ProgressUpdate => (
                ("progress update", "progress updates"),
                ("raportare de progres", "raportări de progres", "raportarea de progres"),
            ),
            Kind::Evidence => (("piece of evidence", "pieces of evidence"), ("dovadă", "dovezi", "dovada")),
            Kind::ProgressReport => (
                ("published percentage", "published percentages"),
                ("procent publicat", "procente publicate", "procentul publicat"),
            ),
            Kind::Assessment => (("assessment", "assessments"), ("evaluare", "evaluări", "evaluarea")),
            Kind::AssessmentAnswer => (
                ("answer to an assessment", "answers to assessments"),
                ("răspuns la o evaluare", "răspunsuri la evaluări", "răspunsul la o evaluare"),
            ),
            Kind::ReportingRules => (
                ("set of reporting rules", "sets of reporting rules"),
                (
                    "set de reguli de raportare",
                    "seturi de reguli de raportare",
                    "setul de reguli de raportare",
                ),
            ),
            Kind::LogKey => (
                ("key of the record", "keys of the record"),
                ("cheie a registrului", "chei ale registrului", "cheia registrului"),
            ),
        };
        Self { english, romanian }
    }

    /// As the subject of a sentence.
    pub(super) fn subject(self, tongue: Tongue) -> &'static str {
        tongue.pick(self.english.0, self.romanian.2)
    }

    /// In singular and plural, for counting.
    pub(super) fn counted(self, tongue: Tongue) -> (&'static str, &'static str) {
        (tongue.pick(self.english.0, self.romanian.0), tongue.pick(self.english.1, self.romanian.1))
    }
}

/// What happened: after a subject in English, before it in Romanian.
pub(super) fn verb(action: Action, tongue: Tongue) -> &'static str {
    let (english, romanian) = match action {
        Action::Created => ("added", "s-a adăugat"),
        Action::Changed => ("changed", "s-a modificat"),
        Action::Published => ("published", "s-a publicat"),
        Action::Withdrawn => ("withdrawn", "s-a retras"),
        Action::Deleted => ("deleted", "s-a șters"),
    };
    tongue.pick(english, romanian)
}

/// What happened to several things, before their list.
pub(super) fn heading(action: Action, tongue: Tongue) -> &'static str {
    let (english, romanian) = match action {
        Action::Created => ("Added", "Adăugări"),
        Action::Changed => ("Changed", "Modificări"),
        Action::Published => ("Published", "Publicări"),
        Action::Withdrawn => ("Withdrawn", "Retrageri"),
        Action::Deleted => ("Deleted", "Ștergeri"),
    };
    tongue.pick(english, romanian)
}
