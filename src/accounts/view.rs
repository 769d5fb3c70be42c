//! What people see of accounts.

use super::model::{Actor, Role, Scope};
use super::store::people::{GrantRow, PersonRow};
use super::store::tokens::ApiTokenRow;
use crate::kernel::Result;
use crate::kernel::ask::Representation;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a sign-in gives (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Goes into `Authorization: Bearer`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token is good.
    #[schema(example = 900)]
    expires_in: i64,
    /// Gets the next tokens, once.
    #[schema(example = "ogpr_Zk3v0d1sSxw7cEXq1b8Yb1m5Y5o0yq1l0yYF2m9i8nQ")]
    refresh_token: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens that were just made.
    pub fn new(access_token: String, expires_in: i64, refresh_token: String) -> Self {
        Self { access_token, token_type: "Bearer", expires_in, refresh_token }
    }
}

/// A member, by its code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberCode {
    /// Id.
    id: Uuid,
    /// OGP's code.
    #[schema(example = "IAS")]
    code: String,
}

/// A role that a person holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleHeld {
    /// Id of the grant, to take it away.
    id: Uuid,
    /// The role.
    role: Role,
    /// The member it is for; null for roles of the whole system.
    #[schema(required)]
    member: Option<MemberCode>,
    /// Since when.
    granted_at: DateTime<Utc>,
}

impl From<&GrantRow> for RoleHeld {
    fn from(row: &GrantRow) -> Self {
        let member = row.member_id.zip(row.member_code.clone()).map(|(id, code)| MemberCode { id, code });
        Self { id: row.id, role: row.role, member, granted_at: row.created_at }
    }
}

/// A person with an account, as admins see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// Id.
    id: Uuid,
    /// The name under which the public record knows the person; tells nothing about them.
    actor_id: Uuid,
    /// The address to sign in with.
    #[schema(example = "ana.pop@primarie.example")]
    email: String,
    /// The name that colleagues see.
    #[schema(example = "Ana Pop")]
    display_name: String,
    /// The language to write to them in (BCP 47).
    #[schema(required, example = "ro")]
    language: Option<String>,
    /// Whether they are kept out.
    disabled: bool,
    /// Since when they are kept out.
    #[schema(required)]
    disabled_at: Option<DateTime<Utc>>,
    /// The roles, those of the whole system first.
    roles: Vec<RoleHeld>,
    /// Counts the changes of the account, from 1.
    version: i64,
    /// Since when the account exists.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl Person {
    /// A row, shown.
    pub fn new(row: &PersonRow, roles: &[GrantRow]) -> Self {
        Self {
            id: row.id,
            actor_id: row.actor_id,
            email: row.email.clone(),
            display_name: row.display_name.clone(),
            language: row.language.clone(),
            disabled: row.disabled_at.is_some(),
            disabled_at: row.disabled_at,
            roles: roles.iter().map(RoleHeld::from).collect(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// What an admin gets to see.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn represent(&self) -> Result<Representation> {
        Representation::of(self.version, self, None)
    }
}

/// One's own account, and how far the token reaches that asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// Id.
    id: Uuid,
    /// The name under which the public record knows the person; tells nothing about them.
    actor_id: Uuid,
    /// The address to sign in with; an admin can change it.
    #[schema(example = "ana.pop@primarie.example")]
    email: String,
    /// The name that colleagues see.
    #[schema(example = "Ana Pop")]
    display_name: String,
    /// The language to write to the person in (BCP 47).
    #[schema(required, example = "ro")]
    language: Option<String>,
    /// The roles, those of the whole system first.
    roles: Vec<RoleHeld>,
    /// How far the token reaches that asked.
    scopes: Vec<Scope>,
    /// Counts the changes of the account, from 1.
    version: i64,
}

impl Me {
    /// What the person gets to see.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn represent(row: &PersonRow, roles: &[GrantRow], actor: &Actor) -> Result<Representation> {
        let me = Self {
            id: row.id,
            actor_id: row.actor_id,
            email: row.email.clone(),
            display_name: row.display_name.clone(),
            language: row.language.clone(),
            roles: roles.iter().map(RoleHeld::from).collect(),
            scopes: actor.scopes.iter().copied().collect(),
            version: row.version,
        };
        Representation::of(me.version, &me, None)
    }
}

/// A token for scripts, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiToken {
    /// Id.
    id: Uuid,
    /// What its maker calls it.
    #[schema(example = "Nightly progress import")]
    name: String,
    /// How far it reaches.
    scopes: Vec<Scope>,
    /// Since when.
    created_at: DateTime<Utc>,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    #[schema(required)]
    last_used_at: Option<DateTime<Utc>>,
}

impl From<ApiTokenRow> for ApiToken {
    fn from(row: ApiTokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            scopes: row.scopes.into_iter().map(|scope| scope.0).collect(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A token for scripts that was just made, with its secret.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenMade {
    #[serde(flatten)]
    token: ApiToken,
    /// Goes into `Authorization: Bearer`. Shown this once.
    #[schema(example = "ogp_Zk3v0d1sSxw7cEXq1b8Yb1m5Y5o0yq1l0yYF2m9i8nQ")]
    secret: String,
}

impl fmt::Debug for ApiTokenMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiTokenMade").field("token", &self.token).finish_non_exhaustive()
    }
}

impl ApiTokenMade {
    /// A token and its secret.
    pub fn new(token: ApiToken, secret: String) -> Self {
        Self { token, secret }
    }
}

/// Whether somebody has a calendar link.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarState {
    /// Since when there is a link; null where there is none.
    #[schema(required)]
    created_at: Option<DateTime<Utc>>,
}

impl CalendarState {
    /// Of a link that was made then, or of none.
    pub fn new(created_at: Option<DateTime<Utc>>) -> Self {
        Self { created_at }
    }

    /// What the person gets to see.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn represent(&self) -> Result<Representation> {
        // It counts no versions.
        Representation::of(1, self, None)
    }
}

/// A calendar link that was just made.
#[derive(Serialize, ToSchema)]
pub struct CalendarLink {
    /// Where calendar programs find the calendar, without any other credential. Shown this once.
    #[schema(example = "/api/v1/me/calendar.ics?token=ogpc_Zk3v0d1sSxw7cEXq1b8Yb1m5Y5o0yq1l0yYF2m9i8nQ")]
    url: String,
    /// Since when it works.
    created_at: DateTime<Utc>,
}

impl fmt::Debug for CalendarLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CalendarLink").field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

impl CalendarLink {
    /// Of a token.
    pub fn new(token: &str, created_at: DateTime<Utc>) -> Self {
        Self { url: format!("/api/v1/me/calendar.ics?token={token}"), created_at }
    }
}

/// A password that was made up for a person.
#[derive(Serialize, ToSchema)]
pub struct PasswordMade {
    /// The password. Shown this once.
    #[schema(example = "k7mx-2fpq-wd9h-c4ta-6rne")]
    password: String,
}

impl fmt::Debug for PasswordMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordMade").finish_non_exhaustive()
    }
}

impl PasswordMade {
    /// A password.
    pub fn new(password: String) -> Self {
        Self { password }
    }
}

/// The person behind a name of the public record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorName {
    /// The name under which the public record knows the person.
    actor_id: Uuid,
    /// The person's id.
    id: Uuid,
    /// The name that colleagues see.
    #[schema(example = "Ana Pop")]
    display_name: String,
    /// The address that they sign in with.
    #[schema(example = "ana.pop@primarie.example")]
    email: String,
    #[serde(skip)]
    version: i64,
}

impl From<PersonRow> for ActorName {
    fn from(row: PersonRow) -> Self {
        Self {
            actor_id: row.actor_id,
            id: row.id,
            display_name: row.display_name,
            email: row.email,
            version: row.version,
        }
    }
}

impl ActorName {
    /// What an auditor gets to see.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn represent(&self) -> Result<Representation> {
        Representation::of(self.version, self, None)
    }
}
