//! The first people: somebody must be able to let the others in.

use super::people::PersonCreate;
use super::who::Who;
use super::{Accounts, random_password};
use crate::accounts::model::{Email, Passphrase, Role, RoleAt, check_password};
use crate::accounts::store::people as store;
use crate::kernel::{Error, Ref, Result};

/// What the first admin of an own database is called, unless somebody says otherwise.
const ADMIN: &str = "admin@localhost";
/// Members of the demo data whose staff can be tried out: what the addresses say, code, and name.
const DEMO_MEMBERS: [(&str, &str, &str); 3] =
    [("ias", "IAS", "Iași"), ("rotmr", "ROTMR", "Timișoara"), ("rou", "ROU", "Romania")];
/// The roles that can be tried out.
const DEMO_ROLES: [(Role, &str); 3] =
    [(Role::Editor, "Editor"), (Role::Publisher, "Publisher"), (Role::Assessor, "Assessor")];

/// Who was made, and the password where it was made up and must be told.
#[derive(Debug, Clone)]
pub struct Made {
    /// The addresses.
    pub emails: Vec<String>,
    /// The password, where nobody gave it.
    pub password: Option<Passphrase>,
}

impl Accounts {
    /// Makes the first admin, where nobody has that role; with what is given, or where `made_up` is
    /// allowed with what is not given made up.
    ///
    /// # Errors
    /// `Invalid` where what is given cannot be used, or only one of address and password is.
    pub async fn ensure_admin(
        &self,
        email: Option<&str>,
        password: Option<&str>,
        made_up: bool,
    ) -> Result<Option<Made>> {
        let somebody = store::admin_count_besides(&*self.writes.get().await?, None).await? > 0;
        if somebody || (email.is_none() && password.is_none() && !made_up) {
            return Ok(None);
        }
        if !made_up && (email.is_none() || password.is_none()) {
            let detail = "OGP_ADMIN_EMAIL and OGP_ADMIN_PASSWORD go together: set both, or neither";
            return Err(Error::invalid("", "admin_incomplete", detail));
        }
        let refused = |reason: String| Error::invalid("", "admin_refused", reason);
        let email: Email =
            email.unwrap_or(ADMIN).parse().map_err(|reason| refused(format!("OGP_ADMIN_EMAIL: {reason}")))?;
        let chosen = match password {
            Some(given) => Passphrase::new(given),
            None => random_password()?,
        };
        if let Some(fault) = check_password(&chosen, &email, "").first() {
            return Err(refused(format!("OGP_ADMIN_PASSWORD cannot be used: {}", fault.detail)));
        }
        let person = PersonCreate {
            email: email.clone(),
            display_name: "Administrator".to_owned(),
            language: None,
            password: Some(chosen.clone()),
        };
        let role = RoleAt::new(Role::Admin, None)?;
        match self.add_person(Who::Operator, &person, &[role]).await {
            Ok(_) => {}
            Err(Error::Conflict { code: "person_email_taken", .. }) => {
                // Another replica was faster; or the person is there without the role, which is not
                // for an address in the environment to give.
                if store::admin_count_besides(&*self.writes.get().await?, None).await? == 0 {
                    tracing::warn!(%email, "nobody is an admin: `ogp-tracker user grant` makes somebody one");
                }
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        let emails = vec![email.to_string()];
        Ok(Some(Made { emails, password: password.is_none().then_some(chosen) }))
    }

    /// Makes the accounts that come with the demo data: for each of its members an editor, a
    /// publisher and an assessor, all with one password.
    ///
    /// # Errors
    /// `Invalid` where the password cannot be used.
    pub async fn add_demo_people(&self, password: Option<&str>) -> Result<Made> {
        let chosen = match password {
            Some(given) => Passphrase::new(given),
            None => random_password()?,
        };
        // One password is one hash: nine would take nine times as long and keep nothing more secret.
        let hash = self.hasher.hash(&chosen).await?;
        let mut emails = Vec::new();
        for (name, code, shown) in DEMO_MEMBERS {
            for (role, title) in DEMO_ROLES {
                let address = format!("{role}.{name}@demo.invalid");
                let email: Email = address.parse().map_err(Error::Internal)?;
                if let Some(fault) = check_password(&chosen, &email, "").first() {
                    let detail = format!("OGP_DEMO_PASSWORD cannot be used: {}", fault.detail);
                    return Err(Error::invalid("", "demo_password_refused", detail));
                }
                let display_name = format!("{title} of {shown} (demo)");
                let person = PersonCreate { email, display_name, language: None, password: None };
                let role = RoleAt::new(role, Some(Ref::parse(code)))?;
                self.add_hashed(Who::Operator, &person, Some(&hash), &[role]).await?;
                emails.push(address);
            }
        }
        Ok(Made { emails, password: password.is_none().then_some(chosen) })
    }
}
