//! People: the words and the rules.

use super::permit::Actor;
use super::role::{Right, Role, Scope};
use crate::kernel::{Error, Language, Ref, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest e-mail address, in bytes (RFC 5321, section 4.5.3.1.3, less the brackets).
const LONGEST_EMAIL: usize = 254;

/// An e-mail address in lower case: two spellings are one account. Only its form is checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "ana.pop@primarie.example")]
pub struct Email(String);

impl Email {
    /// Reads an address.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = Self::fold(text);
        let (local, domain) = folded.rsplit_once('@')?;
        let odd =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '\u{FFFD}');
        let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        let fits = folded.len() <= LONGEST_EMAIL
            && matches!(local.len(), 1..=64)
            && !local.contains('@')
            && !folded.contains(odd)
            && domain.split('.').all(label);
        fits.then_some(Self(folded))
    }

    /// What an address is compared by, whether it has the form of one or not.
    pub fn fold(text: &str) -> String {
        text.trim().to_lowercase()
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::parse(text).ok_or_else(|| format!("{text:?} is not an e-mail address"))
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Email {
    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": LONGEST_EMAIL })
    }
}

/// What an admin can change about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonState {
    /// The address to sign in with.
    pub email: Email,
    /// The name that colleagues see.
    #[schemars(length(min = 1, max = 200))]
    pub display_name: String,
    /// The language to write to them in.
    #[serde(default)]
    pub language: Option<Language>,
    /// Whether they are kept out.
    pub disabled: bool,
}

/// A role, and the member it is for, as people write it: `editor@IAS`, `admin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAt {
    /// The role.
    pub role: Role,
    /// The member's id or code; none for roles of the whole system.
    pub member: Option<Ref>,
}

impl RoleAt {
    /// A role that has a member where it needs one, and none where it does not.
    ///
    /// # Errors
    /// `Invalid` at `/member`.
    pub fn new(role: Role, member: Option<Ref>) -> Result<Self> {
        match (role.is_system_wide(), &member) {
            (true, Some(_)) => Err(Error::invalid(
                "/member",
                "member_not_expected",
                format!("the role {role} is held for the whole system; leave the member out"),
            )),
            (false, None) => Err(Error::invalid(
                "/member",
                "member_missing",
                format!("the role {role} is held for a member; name it by id or code"),
            )),
            _ => Ok(Self { role, member }),
        }
    }
}

impl FromStr for RoleAt {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (role, member) = match text.split_once('@') {
            Some((role, member)) => (role, Some(Ref::parse(member))),
            None => (text, None),
        };
        let role = Role::ALL.into_iter().find(|known| known.as_str() == role).ok_or_else(|| {
            let known = Role::ALL.map(Role::as_str).join(", ");
            format!("there is no role {role:?}; there are {known}")
        })?;
        Self::new(role, member).map_err(|_| match role.is_system_wide() {
            true => format!("the role {role} is held for the whole system: write {role} alone"),
            false => format!("the role {role} is held for a member: write {role}@CODE, such as {role}@IAS"),
        })
    }
}

impl fmt::Display for RoleAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "{}@{member}", self.role),
            None => self.role.fmt(f),
        }
    }
}

/// Who reads by a secret link what is due: nothing else is open to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarReader {
    /// The members for which the person reports.
    pub members: Vec<Uuid>,
    /// The language to write to the person in.
    pub language: Option<Language>,
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person left.
    Logout,
    /// The person chose another password.
    PasswordChanged,
    /// An admin gave the person another password.
    PasswordReset,
    /// The person is kept out.
    Disabled,
    /// A refresh token came a second time.
    RefreshReused,
}

/// Proof that somebody may change a person's account: an admin, or the person.
#[derive(Debug, Clone, Copy)]
pub struct MayChange {
    person_id: Uuid,
    by: Option<Uuid>,
}

impl MayChange {
    /// The actor's own account, with a token that reaches so far.
    ///
    /// # Errors
    /// `Forbidden` where it does not.
    pub fn own(actor: &Actor) -> Result<Self> {
        actor.reach(Scope::Account)?;
        match actor.person_id {
            Some(person_id) => Ok(Self { person_id, by: Some(person_id) }),
            None => Err(Error::Forbidden {
                code: "person_missing",
                detail: "the machine's operator has no account".to_owned(),
            }),
        }
    }

    /// Somebody's account, for whoever looks after people.
    ///
    /// # Errors
    /// `Forbidden` where the actor does not.
    pub fn of(person_id: Uuid, actor: &Actor) -> Result<Self> {
        actor.permit(Right::Administer, None)?;
        Ok(Self { person_id, by: actor.person_id })
    }

    /// Whose account.
    pub fn person_id(&self) -> Uuid {
        self.person_id
    }

    /// Who changes it; none where a command on the machine does.
    pub fn by(&self) -> Option<Uuid> {
        self.by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_account() {
        assert_eq!(Email::parse(" Ana.POP@Primarie.Example ").unwrap().as_str(), "ana.pop@primarie.example");
        assert_eq!(Email::parse("ȘTEFAN@primarie.example").unwrap().as_str(), "ștefan@primarie.example");
        assert!(Email::parse("admin@localhost").is_some());
        let long = format!("a@{}.example", "x".repeat(250));
        for wrong in ["", "ana", "@x", "ana@", "a b@x", "a@b@c", "a@x..y", "a@-x", "a\0@x", "<a@x>", &long] {
            assert_eq!(Email::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_role_is_written_with_its_member() {
        let editor: RoleAt = "editor@IAS".parse().unwrap();
        assert_eq!((editor.role, editor.to_string().as_str()), (Role::Editor, "editor@IAS"));
        assert_eq!("admin".parse::<RoleAt>().unwrap().member, None);
        assert!("editor".parse::<RoleAt>().unwrap_err().contains("editor@IAS"));
        assert!("admin@IAS".parse::<RoleAt>().unwrap_err().contains("write admin alone"));
        assert!("mayor@IAS".parse::<RoleAt>().unwrap_err().contains("editor, publisher"));
    }
}
