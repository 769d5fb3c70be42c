//! What the database says, in the kernel's words.

use super::connect::describe;
use crate::kernel::Error;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::bb8::RunError;

/// Conflicts that a caller can cause, by the name of the constraint that notices them.
const CONFLICTS: &[(&str, &str, &str)] = &[
    ("people_email_key", "person_email_taken", "another person has this e-mail address"),
    ("grants_person_id_role_member_id_key", "grant_exists", "the person holds this role already"),
    ("members_code_key", "member_code_taken", "another member has this code"),
    ("institutions_slug_key", "institution_slug_taken", "another institution has this slug"),
    ("action_plans_slug_key", "action_plan_slug_taken", "another action plan has this slug"),
    ("action_plans_ogp_plan_id_key", "action_plan_ogp_id_taken", "another action plan has this OGP id"),
    ("commitments_code_key", "commitment_code_taken", "another commitment has this code"),
    ("commitment_links_from_id_to_id_kind_key", "link_exists", "the two are linked like that already"),
    (
        "milestones_commitment_id_key_key",
        "milestone_key_taken",
        "another milestone of the commitment has this key",
    ),
    (
        "assessment_schemes_code_version_key",
        "assessment_scheme_exists",
        "there is a scheme of this code in this version; new words are a new version",
    ),
    (
        "assessments_commitment_id_key_key",
        "assessment_key_taken",
        "another assessment of the commitment has this key",
    ),
    (
        "commitment_links_to_id_fkey",
        "commitment_in_use",
        "another commitment is linked to it; delete that link first",
    ),
    ("evidence_commitment_id_fkey", "commitment_in_use", "evidence belongs to it; withdraw the plan instead"),
    (
        "progress_reports_commitment_id_fkey",
        "commitment_in_use",
        "progress reports belong to it; withdraw the plan instead",
    ),
    ("progress_report_milestones_milestone_id_fkey", "milestone_in_use", "a progress report speaks of it"),
    ("assessment_milestones_milestone_id_fkey", "milestone_in_use", "an assessment codes it"),
    ("progress_updates_milestone_id_fkey", "milestone_in_use", "updates speak of it"),
    (
        "progress_updates_supersedes_key",
        "update_superseded",
        "it is superseded already; correct the update that supersedes it",
    ),
    (
        "reporting_rules_member_kind_valid_from_key",
        "reporting_rules_exist",
        "another set of this kind holds from the same day on",
    ),
    (
        "evidence_uses_progress_update_id_evidence_id_key",
        "evidence_attached",
        "it is attached to the update already",
    ),
    (
        "evidence_uses_milestone_id_evidence_id_key",
        "evidence_attached",
        "it is attached to the milestone already",
    ),
    (
        "evidence_uses_assessment_id_evidence_id_key",
        "evidence_attached",
        "it is attached to the assessment already",
    ),
    ("evidence_uses_evidence_id_fkey", "evidence_in_use", "it is attached to something; withdraw it instead"),
    ("evidence_uses_milestone_id_fkey", "milestone_in_use", "evidence is attached to it"),
    ("evidence_uses_progress_update_id_fkey", "progress_update_in_use", "evidence is attached to it"),
    ("evidence_uses_assessment_id_fkey", "assessment_in_use", "evidence is attached to it"),
    ("assessment_answers_assessment_id_fkey", "assessment_in_use", "it has answers"),
    ("commitments_plan_id_key_key", "commitment_key_taken", "another commitment of the plan has this key"),
];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, information) => {
                let constraint = information.constraint_name();
                if let Some((_, code, detail)) =
                    CONFLICTS.iter().find(|(name, _, _)| Some(*name) == constraint)
                {
                    return Self::conflict(code, *detail);
                }
                let message = information.message();
                match kind {
                    DatabaseErrorKind::ClosedConnection => Self::Unavailable(message.to_owned()),
                    // The database gave one of two transactions up that waited for each other.
                    _ if message == "deadlock detected" => Self::Unavailable(message.to_owned()),
                    // The only cancellations are those of statement_timeout and of a stopping server.
                    _ if message.starts_with("canceling statement")
                        || message.starts_with("terminating connection")
                        || message.contains("connection closed")
                        || message.contains("is shutting down")
                        || message.contains("is starting up") =>
                    {
                        Self::Unavailable(message.to_owned())
                    }
                    _ => Self::Internal(match constraint {
                        Some(name) => format!("{message} (constraint {name})"),
                        None => message.to_owned(),
                    }),
                }
            }
            _ => Self::Internal(describe(&error)),
        }
    }
}

/// Opening a connection failed.
pub(super) fn from_connection(error: diesel::ConnectionError) -> Error {
    Error::Unavailable(describe(&error))
}

/// The pool has no connection.
pub(super) fn from_pool(error: RunError) -> Error {
    Error::Unavailable(describe(&error))
}
