//! `user`: people and their roles.

use super::store::Store;
use super::{Failure, Outcome, auth, print};
use crate::accounts::model::{Email, Passphrase, RoleAt};
use crate::accounts::service::{Accounts, PersonCreate, Which, Who, random_password};
use crate::accounts::store::people::{PersonRow, Roles, person_all, sign_in_find};
use crate::accounts::view::Person;
use crate::config::{AuthConfig, DatabaseConfig};
use crate::kernel::Language;
use clap::{Args, Subcommand};
use std::io::Read;
use uuid::Uuid;

/// The longest password that is read, in bytes.
const MAX_PASSWORD: u64 = 4_096;

/// Options of `user`.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account
    #[command(
        after_help = "Roles: editor, publisher, assessor at a member (editor@IAS); admin, auditor for the whole system.

Examples:
  ogp-tracker user add ana.pop@primarie.example --name 'Ana Pop' --role editor@IAS --role publisher@IAS
  ogp-tracker user add admin@primarie.example --name Admin --role admin --password-stdin < password.txt"
    )]
    Add(Add),
    /// List everybody, with their roles
    #[command(after_help = "Examples:
  ogp-tracker user list
  ogp-tracker user list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep somebody out: their sessions end at once
    #[command(after_help = "Examples:
  ogp-tracker user disable ana.pop@primarie.example")]
    Disable {
        /// The e-mail address
        email: Email,
    },
    /// Let somebody in again
    #[command(after_help = "Examples:
  ogp-tracker user enable ana.pop@primarie.example")]
    Enable {
        /// The e-mail address
        email: Email,
    },
    /// Give somebody another password: their sessions end at once
    #[command(after_help = "Examples:
  ogp-tracker user reset-password ana.pop@primarie.example
  ogp-tracker user reset-password ana.pop@primarie.example --password-stdin < password.txt")]
    ResetPassword {
        /// The e-mail address
        email: Email,
        #[command(flatten)]
        password: GivenPassword,
    },
    /// Give somebody a role
    #[command(after_help = "Examples:
  ogp-tracker user grant ana.pop@primarie.example editor@IAS
  ogp-tracker user grant ana.pop@primarie.example auditor")]
    Grant {
        /// The e-mail address
        email: Email,
        /// The role, with its member: editor@IAS, admin
        role: RoleAt,
    },
    /// Take a role away from somebody
    #[command(after_help = "Examples:
  ogp-tracker user revoke ana.pop@primarie.example editor@IAS")]
    Revoke {
        /// The e-mail address
        email: Email,
        /// The role, with its member: editor@IAS, admin
        role: RoleAt,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// The e-mail address to sign in with
    email: Email,
    /// The name that colleagues see
    #[arg(long, value_parser = display_name)]
    name: String,
    /// The language to write to them in: ro, en, pt-BR
    #[arg(long, value_name = "TAG", value_parser = language)]
    language: Option<Language>,
    /// A role, with its member: editor@IAS, admin; repeat for several
    #[arg(long, value_name = "ROLE")]
    role: Vec<RoleAt>,
    #[command(flatten)]
    password: GivenPassword,
}

#[derive(Debug, Args)]
struct GivenPassword {
    /// Read the password from standard input; without it one is made up and printed once
    #[arg(long)]
    password_stdin: bool,
}

fn display_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    if (1..=200).contains(&name.chars().count()) {
        Ok(name.to_owned())
    } else {
        Err("it takes 1 to 200 characters".to_owned())
    }
}

fn language(tag: &str) -> Result<Language, String> {
    Language::parse(tag).ok_or_else(|| format!("{tag:?} is not a language tag such as ro or pt-BR"))
}

impl GivenPassword {
    /// The password, and what to print about it.
    fn read(&self) -> Result<(Passphrase, String), Failure> {
        if !self.password_stdin {
            let password = random_password()?;
            let told = format!("password (told this once): {}\n", password.expose());
            return Ok((password, told));
        }
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(MAX_PASSWORD)
            .read_to_string(&mut text)
            .map_err(|error| format!("cannot read the password from standard input: {error}"))?;
        // The end of the line is not part of it.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok((Passphrase::new(text.strip_suffix('\r').unwrap_or(text)), String::new()))
    }
}

impl User {
    pub(super) async fn run(&self, config: &AuthConfig, database: &DatabaseConfig) -> Outcome {
        let hasher = auth::hasher(config)?;
        let store = Store::open_migrated(database).await?;
        let accounts = auth::accounts(store.writes(), hasher);
        match &self.command {
            UserCommand::Add(add) => add.run(&accounts).await,
            UserCommand::List { json } => list(&accounts, *json).await,
            UserCommand::Disable { email } => {
                let id = find(&accounts, email).await?;
                accounts.set_disabled(Who::Operator, id, true).await.map_err(auth::told)?;
                print(&format!("{email} is kept out\n"))
            }
            UserCommand::Enable { email } => {
                let id = find(&accounts, email).await?;
                accounts.set_disabled(Who::Operator, id, false).await.map_err(auth::told)?;
                print(&format!("{email} is let in again\n"))
            }
            UserCommand::ResetPassword { email, password } => {
                let id = find(&accounts, email).await?;
                let (password, told) = password.read()?;
                accounts.set_password(Who::Operator, id, &password).await.map_err(auth::told)?;
                print(&format!("{email} has another password\n{told}"))
            }
            UserCommand::Grant { email, role } => {
                let id = find(&accounts, email).await?;
                accounts.add_grant(Who::Operator, id, role).await.map_err(auth::told)?;
                print(&format!("{email} is {role}\n"))
            }
            UserCommand::Revoke { email, role } => {
                let id = find(&accounts, email).await?;
                let which = Which::Role(role.clone());
                accounts.remove_grant(Who::Operator, id, &which).await.map_err(auth::told)?;
                print(&format!("{email} is {role} no more\n"))
            }
        }
    }
}

impl Add {
    async fn run(&self, accounts: &Accounts) -> Outcome {
        let (password, told) = self.password.read()?;
        let person = PersonCreate {
            email: self.email.clone(),
            display_name: self.name.clone(),
            language: self.language.clone(),
            password: Some(password),
        };
        accounts.add_person(Who::Operator, &person, &self.role).await.map_err(auth::told)?;
        print(&format!("{} has an account\n{told}", self.email))
    }
}

async fn find(accounts: &Accounts, email: &Email) -> Result<Uuid, Failure> {
    let conn = accounts.writes.get().await?;
    let found = sign_in_find(&conn, email.as_str()).await?;
    found
        .map(|person| person.id)
        .ok_or_else(|| Failure::from(format!("nobody has the e-mail address {email}")))
}

async fn list(accounts: &Accounts, json: bool) -> Outcome {
    let everybody = person_all(&*accounts.writes.get().await?).await?;
    if json {
        let people: Vec<_> = everybody.iter().map(|(row, roles)| Person::new(row, &roles.grants)).collect();
        return print(&format!("{}\n", serde_json::to_string_pretty(&people)?));
    }
    print(&everybody.iter().map(line).collect::<String>())
}

fn line((row, roles): &(PersonRow, Roles)) -> String {
    let roles: Vec<_> = roles
        .grants
        .iter()
        .map(|grant| match &grant.member_code {
            Some(code) => format!("{}@{code}", grant.role),
            None => grant.role.to_string(),
        })
        .collect();
    let disabled = if row.disabled_at.is_some() { "  (kept out)" } else { "" };
    let name = row.display_name.replace(char::is_control, "\u{FFFD}");
    format!("{}  {name}  [{}]{disabled}\n", row.email, roles.join(", "))
}
