//! Roles, what they are for, and how far a token reaches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person is trusted with: for one member, or (the last two) for the whole system.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Edits a member's plans and reports progress.
    Editor,
    /// Edits, and also publishes, withdraws and deletes.
    Publisher,
    /// Writes assessments of a member's commitments, nothing else.
    Assessor,
    /// Looks after people, members and institutions; system-wide.
    Admin,
    /// Sees the names behind changes, and all exports; system-wide.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Editor, Self::Publisher, Self::Assessor, Self::Admin, Self::Auditor];

    /// Whether it is held for the whole system, not for one member.
    pub fn is_system_wide(self) -> bool {
        matches!(self, Self::Admin | Self::Auditor)
    }

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Publisher => "publisher",
            Self::Assessor => "assessor",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who reported something: a person by pseudonym, and on whose behalf.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportedBy {
    /// In which role.
    pub role: Role,
    /// The code of the member for which the role is held; null for roles of the whole system.
    #[schema(required, example = "ROTMR")]
    pub member: Option<String>,
    /// The pseudonym of the person in the public record.
    pub actor_id: Uuid,
}

/// How far a token reaches. A token never allows more than its person may do; a sign-in reaches
/// as far as the person, an API token only as far as its scopes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read what the person may see, drafts among it.
    Read,
    /// Edit plans and report progress.
    Edit,
    /// Publish, withdraw, delete.
    Publish,
    /// Write assessments.
    Assess,
    /// Look after people, members and institutions.
    Admin,
    /// See the names behind changes.
    Audit,
    /// Change the person's own account; only a sign-in has it.
    Account,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Edit, Self::Publish, Self::Assess, Self::Admin, Self::Audit, Self::Account];

    /// Those that an API token can have: a script never changes the account that it works for.
    pub const FOR_SCRIPTS: [Self; 6] =
        [Self::Read, Self::Edit, Self::Publish, Self::Assess, Self::Admin, Self::Audit];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Publish => "publish",
            Self::Assess => "assess",
            Self::Admin => "admin",
            Self::Audit => "audit",
            Self::Account => "account",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Edit something of a member.
    Edit,
    /// Publish, withdraw or delete something of a member.
    Publish,
    /// Write an assessment of a member's commitment.
    Assess,
    /// Look after people, members and institutions.
    Administer,
    /// See the names behind changes.
    Audit,
}

impl Right {
    /// The roles that have it, the usual one first.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Edit => &[Role::Editor, Role::Publisher],
            Self::Publish => &[Role::Publisher],
            Self::Assess => &[Role::Assessor],
            Self::Administer => &[Role::Admin],
            Self::Audit => &[Role::Auditor],
        }
    }

    /// The scope that a token needs for it.
    pub fn scope(self) -> Scope {
        match self {
            Self::Edit => Scope::Edit,
            Self::Publish => Scope::Publish,
            Self::Assess => Scope::Assess,
            Self::Administer => Scope::Admin,
            Self::Audit => Scope::Audit,
        }
    }
}
