//! Giving and taking roles.

use super::people::{no_person, not_the_last_admin_in_txn};
use super::who::{Who, trace};
use super::{Accounts, Gate};
use crate::accounts::model::{Grant, MayChange, Right, Role, RoleAt};
use crate::accounts::store::people::{self as store, GrantRow};
use crate::accounts::view::RoleHeld;
use crate::db::{Conn, in_transaction};
use crate::kernel::ask::Ask;
use crate::kernel::{Error, Ref, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A role to be given.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCreate {
    /// The role.
    role: Role,
    /// The member it is for, by id or code; none for roles of the whole system.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schema(nullable = false, example = "IAS")]
    member: Option<String>,
}

/// Which grant is to be taken away.
#[derive(Debug, Clone)]
pub enum Which {
    /// The one with this id.
    Id(Uuid),
    /// The one that says this.
    Role(RoleAt),
}

impl Accounts {
    /// Gives a person the role that a request describes.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`, `Invalid`, `Conflict` (`grant_exists`).
    pub async fn create_grant(&self, gate: &Gate, ask: &Ask, person_id: Uuid) -> Result<RoleHeld> {
        {
            // Before the body is looked at.
            let conn = self.writes.get().await?;
            Who::Request(gate, ask).actor(&conn).await?.permit(Right::Administer, None)?;
        }
        let asked: GrantCreate = ask.body.read()?;
        let role = RoleAt::new(asked.role, asked.member.as_deref().map(Ref::parse))?;
        let held = self.add_grant(Who::Request(gate, ask), person_id, &role).await?;
        Ok(RoleHeld::from(&held))
    }

    /// Gives a person a role.
    ///
    /// # Errors
    /// Those of [`Self::create_grant`].
    pub async fn add_grant(&self, who: Who<'_>, person_id: Uuid, role: &RoleAt) -> Result<GrantRow> {
        let mut conn = self.writes.get().await?;
        let (proof, held) = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(person_id, &who.actor(conn).await?)?;
            store::person_lock_in_txn(conn, person_id).await?.ok_or_else(|| no_person(person_id))?;
            let id = self.add_grant_in_txn(conn, &proof, role).await?;
            let roles = store::person_find(conn, person_id).await?.map(|(_, roles)| roles.grants);
            let held = roles.into_iter().flatten().find(|grant| grant.id == id);
            let held = held.ok_or_else(|| Error::Internal("a role that was given is not held".to_owned()))?;
            Ok((proof, held))
        })
        .await?;
        trace(&proof, "role given");
        Ok(held)
    }

    /// Takes a role away from a person.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`, `Conflict` (`last_admin`).
    pub async fn remove_grant(&self, who: Who<'_>, person_id: Uuid, which: &Which) -> Result<()> {
        let mut conn = self.writes.get().await?;
        let proof = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(person_id, &who.actor(conn).await?)?;
            let found = store::person_lock_in_txn(conn, person_id).await?;
            let (row, roles) = found.ok_or_else(|| no_person(person_id))?;
            let grant = roles.grants.iter().find(|grant| which.is(grant));
            let grant = grant.ok_or_else(|| Error::not_found("grant", which))?;
            if grant.role == Role::Admin && row.disabled_at.is_none() {
                not_the_last_admin_in_txn(conn, person_id).await?;
            }
            store::grant_delete_in_txn(conn, &proof, grant.id).await?;
            Ok(proof)
        })
        .await?;
        trace(&proof, "role taken away");
        Ok(())
    }

    /// Gives a person a role; returns the grant's id.
    pub(super) async fn add_grant_in_txn(
        &self,
        conn: &mut Conn,
        proof: &MayChange,
        role: &RoleAt,
    ) -> Result<Uuid> {
        let names: Vec<_> = role.member.iter().cloned().collect();
        let found = store::members_by_name(conn, &names).await?;
        let member_id = match (&role.member, found.into_iter().next().flatten()) {
            (Some(name), None) => {
                let detail = format!("no member is called {:?}", name.to_string());
                return Err(Error::invalid("/member", "reference_unknown", detail));
            }
            (_, found) => found,
        };
        let id = self.ids.next();
        let grant = Grant { role: role.role, member_id };
        store::grant_insert_in_txn(conn, proof, id, grant, self.clock.now()).await?;
        Ok(id)
    }
}

impl Which {
    fn is(&self, grant: &GrantRow) -> bool {
        match self {
            Self::Id(id) => grant.id == *id,
            Self::Role(role) => {
                let at = match &role.member {
                    None => grant.member_id.is_none(),
                    Some(Ref::Id(id)) => grant.member_id == Some(*id),
                    Some(name) => grant.member_code == name.code(),
                };
                grant.role == role.role && at
            }
        }
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Role(role) => role.fmt(f),
        }
    }
}
