//! What fields are called, and how their values are told.

use super::tongue::Tongue;
use crate::ledger::model::Kind;

/// How a field is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// With what it said and says.
    Values,
    /// The same, of a date: with the days by which it moved.
    Moved,
    /// That it is different, and no more: long texts and lists.
    Only,
    /// Which institutions came and went.
    Parties,
    /// What evidence was attached to.
    Uses,
    /// Not at all: how the tracker keeps things, or told by another field.
    Never,
}

/// What a field is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    english: &'static str,
    /// With its article.
    romanian: &'static str,
    plural: bool,
    pub(super) show: Show,
}

const fn one(name: &'static str, english: &'static str, romanian: &'static str, show: Show) -> Field {
    Field { name, english, romanian, plural: false, show }
}

const fn many(name: &'static str, english: &'static str, romanian: &'static str, show: Show) -> Field {
    Field { name, english, romanian, plural: true, show }
}

/// Fields that mean the same wherever they are.
const EVERYWHERE: &[Field] = &[
    one("title", "title", "titlul", Show::Values),
    one("name", "name", "numele", Show::Values),
    one("code", "code", "codul", Show::Values),
    one("slug", "name in addresses", "numele din adrese", Show::Values),
    one("number", "number", "numărul", Show::Values),
    one("label", "label", "eticheta", Show::Values),
    one("kind", "kind", "tipul", Show::Values),
    one("language", "language", "limba", Show::Values),
    one("starts", "start", "începutul", Show::Moved),
    one("ends", "end", "sfârșitul", Show::Moved),
    one("due", "due date", "termenul", Show::Moved),
    one("period_text", "period as printed", "perioada așa cum apare în text", Show::Values),
    one("status", "status", "starea", Show::Values),
    one("disposition", "standing", "situația", Show::Values),
    one("disposition_reason", "reason for the standing", "motivul situației", Show::Values),
    one("position", "place in order", "poziția", Show::Values),
    one("weight", "weight", "ponderea", Show::Values),
    one("percent", "percentage", "procentul", Show::Values),
    one("progress", "progress", "progresul", Show::Values),
    one("stage", "stage", "etapa", Show::Values),
    one("description", "description", "descrierea", Show::Only),
    one("summary", "summary", "rezumatul", Show::Only),
    one("shows", "what it shows", "ce arată", Show::Only),
    one("text", "text", "textul", Show::Only),
    one("country", "country", "țara", Show::Values),
    one("url", "address", "adresa", Show::Values),
    one("version", "version", "versiunea", Show::Values),
    many("notes", "remarks", "observațiile", Show::Only),
    many("sources", "sources", "sursele", Show::Only),
    one("key", "key", "cheia", Show::Never),
    one("commitment_id", "commitment", "angajamentul", Show::Never),
    one("milestone_id", "milestone", "jalonul", Show::Never),
    one("plan_id", "action plan", "planul de acțiune", Show::Never),
    one("member_id", "member", "membrul", Show::Never),
    one("public_since", "public since", "public din", Show::Never),
];

const OF_PLANS: &[Field] = &[
    one("ogp_plan_id", "OGP's id", "identificatorul OGP", Show::Values),
    one("number", "number among the member's plans", "numărul dintre planurile membrului", Show::Values),
    one("cycle_year", "year of the cycle", "anul ciclului", Show::Values),
    one("submitted", "date of submission", "data depunerii", Show::Moved),
    one("approved", "date of approval", "data aprobării", Show::Moved),
    one("published", "date of publication", "data publicării", Show::Moved),
    many("documents", "documents", "documentele", Show::Only),
    many("themes", "themes", "temele", Show::Only),
    one(
        "commitments_declared",
        "declared number of commitments",
        "numărul declarat de angajamente",
        Show::Values,
    ),
    one("milestones_declared", "declared number of milestones", "numărul declarat de jaloane", Show::Values),
    many("figures", "published figures", "cifrele publicate", Show::Only),
    many("events", "events", "evenimentele", Show::Only),
    many("reports", "reports", "rapoartele", Show::Only),
];

const OF_COMMITMENTS: &[Field] = &[
    many("other_titles", "other titles", "celelalte titluri", Show::Only),
    one("problem", "problem", "problema", Show::Only),
    one("solution", "solution", "soluția", Show::Only),
    one("objective", "objective", "obiectivul", Show::Only),
    many("expected_results", "expected results", "rezultatele așteptate", Show::Only),
    one("theme", "theme", "tema", Show::Values),
    one("budget", "budget", "bugetul", Show::Values),
    many("policy_areas", "policy areas", "domeniile de politici", Show::Values),
    many("ogp_values", "OGP values", "valorile OGP", Show::Values),
    one("milestones_complete", "completeness of the milestones", "completitudinea jaloanelor", Show::Values),
    one("code_basis", "basis of the code", "temeiul codului", Show::Values),
    many("participants", "leads and supporters", "responsabilii și partenerii", Show::Parties),
];

const OF_MILESTONES: &[Field] = &[
    one("expected_output", "expected output", "rezultatul așteptat", Show::Only),
    one("responsible", "who is responsible", "responsabilul", Show::Values),
    one("starts", "planned start", "începutul planificat", Show::Moved),
    one("actual_start", "actual start", "începutul efectiv", Show::Moved),
    one("actual_end", "actual end", "sfârșitul efectiv", Show::Moved),
    many("events", "sessions", "sesiunile", Show::Only),
    many("reschedulings", "reschedulings", "reprogramările", Show::Never),
];

const OF_UPDATES: &[Field] = &[
    one("effective_on", "effective day", "ziua de referință", Show::Values),
    one("started_on", "actual start", "începutul efectiv", Show::Values),
    one("completed_on", "day of completion", "ziua finalizării", Show::Values),
    one("narrative", "narrative", "relatarea", Show::Only),
    one("challenge", "challenge", "dificultatea", Show::Values),
    one("challenge_text", "challenge in words", "dificultatea în cuvinte", Show::Only),
    one("supersedes", "corrected update", "raportarea corectată", Show::Never),
    one("reason", "reason", "motivul", Show::Never),
    many("evidence", "evidence", "dovezile", Show::Only),
];

const OF_EVIDENCE: &[Field] = &[
    many("uses", "what it is attached to", "elementele la care e atașată", Show::Uses),
    one("dated", "date", "data", Show::Moved),
    one("retrieved_on", "day of retrieval", "ziua consultării", Show::Values),
    one("relation", "relation", "relația", Show::Values),
    one("file_name", "file name", "numele fișierului", Show::Values),
    one("media_type", "media type", "tipul fișierului", Show::Values),
    one("size", "size", "dimensiunea", Show::Values),
    one("sha256", "SHA-256", "SHA-256", Show::Only),
];

const OF_REPORTS: &[Field] = &[
    one("reported_by", "who reported", "cine a raportat", Show::Values),
    one("reported", "date of the report", "data raportării", Show::Moved),
    one("estimated_on", "estimated day", "ziua estimată", Show::Values),
    one("estimated_from", "earliest day", "prima zi posibilă", Show::Values),
    one("estimated_to", "latest day", "ultima zi posibilă", Show::Values),
    one("estimate_basis", "basis of the estimate", "temeiul estimării", Show::Only),
    one("time_elapsed_percent", "time elapsed", "timpul scurs", Show::Values),
    one("period_start_on", "start of the period", "începutul perioadei", Show::Values),
    one("period_end_on", "end of the period", "sfârșitul perioadei", Show::Values),
    many("milestones", "percentages of milestones", "procentele jaloanelor", Show::Only),
];

const OF_ASSESSMENTS: &[Field] = &[
    one("scheme_id", "scheme", "schema", Show::Only),
    one("report", "report", "raportul", Show::Values),
    one("report_year", "year of the report", "anul raportului", Show::Values),
    one("assessed", "date of the assessment", "data evaluării", Show::Moved),
    many("codings", "codings", "codificările", Show::Only),
    many("milestones", "codings of milestones", "codificările jaloanelor", Show::Only),
    one("assessment_id", "assessment", "evaluarea", Show::Never),
];

const OF_MEMBERS: &[Field] = &[
    one("national_member_id", "national member", "membrul național", Show::Only),
    one("joined_year", "year of joining", "anul aderării", Show::Values),
    one("cohort", "cohort", "cohorta", Show::Values),
    one("commitment_prefix", "prefix of its codes", "prefixul codurilor", Show::Values),
    one("sector", "sector", "sectorul", Show::Values),
    one("is_class", "whether it is a class of bodies", "dacă este o clasă de instituții", Show::Values),
];

const OF_RULES: &[Field] = &[
    one("member_kind", "kind of members", "tipul membrilor", Show::Values),
    one("valid_from", "first day", "prima zi", Show::Values),
    one("update_interval_months", "months between updates", "lunile dintre actualizări", Show::Values),
    one(
        "forum_interval_months",
        "months between meetings of the forum",
        "lunile dintre reuniunile forumului",
        Show::Values,
    ),
    one("presentations_per_year", "presentations in a year", "prezentările pe an", Show::Values),
    many("deadlines", "deadlines", "termenele", Show::Only),
    many("indicators", "indicators", "indicatorii", Show::Only),
    one("assessor", "assessor", "evaluatorul", Show::Values),
    one("from_id", "first commitment", "primul angajament", Show::Never),
    one("to_id", "second commitment", "al doilea angajament", Show::Never),
];

fn of_kind(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::ActionPlan => OF_PLANS,
        Kind::Commitment => OF_COMMITMENTS,
        Kind::Milestone => OF_MILESTONES,
        Kind::ProgressUpdate => OF_UPDATES,
        Kind::Evidence => OF_EVIDENCE,
        Kind::ProgressReport => OF_REPORTS,
        Kind::Assessment | Kind::AssessmentAnswer => OF_ASSESSMENTS,
        Kind::Member | Kind::Institution => OF_MEMBERS,
        Kind::PolicyArea
        | Kind::AssessmentScheme
        | Kind::CommitmentLink
        | Kind::ReportingRules
        | Kind::LogKey => OF_RULES,
    }
}

/// What a field of a kind of things is called, if anybody thought of it.
pub(super) fn field(kind: Kind, name: &str) -> Option<Field> {
    of_kind(kind).iter().chain(EVERYWHERE).find(|field| field.name == name).copied()
}

impl Field {
    /// In English without an article, in Romanian with one.
    pub(super) fn called(self, tongue: Tongue) -> &'static str {
        tongue.pick(self.english, self.romanian)
    }

    /// The Romanian reflexive that goes with it.
    pub(super) fn is_plural(self) -> bool {
        self.plural
    }
}
