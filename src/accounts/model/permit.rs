//! Proofs that somebody may do something. The functions that write take them, and only the checks
//! here make them: what forgets to check does not compile.

use super::role::{Right, Role, Scope};
use crate::kernel::ask::{Expected, Representation};
use crate::kernel::{Error, Result, Sight, Times};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Deref;
use uuid::Uuid;

/// A role that a person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// For which member; none for roles of the whole system.
    pub member_id: Option<Uuid>,
}

/// Who asks, as the database knows them at this moment.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person; none for commands on the machine itself.
    pub person_id: Option<Uuid>,
    /// The name under which the public record knows the person; tells nothing about them.
    pub actor_id: Uuid,
    /// The roles held.
    pub grants: Vec<Grant>,
    /// How far the token reaches.
    pub scopes: BTreeSet<Scope>,
    /// The session that the token belongs to, if it comes from a sign-in.
    pub session_id: Option<Uuid>,
}

impl Actor {
    /// Whoever runs commands on the machine: may do everything, and is no person.
    pub fn operator() -> Self {
        Self {
            person_id: None,
            actor_id: Uuid::nil(),
            grants: vec![Grant { role: Role::Admin, member_id: None }],
            scopes: Scope::ALL.into(),
            session_id: None,
        }
    }

    /// Whether the actor holds a role, for a member or system-wide.
    pub fn holds(&self, role: Role, member_id: Option<Uuid>) -> bool {
        let member_id = if role.is_system_wide() { None } else { member_id };
        self.grants.iter().any(|grant| grant.role == role && grant.member_id == member_id)
    }

    /// Makes sure that the token reaches far enough.
    ///
    /// # Errors
    /// `Forbidden` where it does not.
    pub fn reach(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        Err(Error::Forbidden {
            code: "scope_missing",
            detail: format!("the token does not have the scope {:?}", scope.as_str()),
        })
    }

    /// The permit to do something to what belongs to a member (or to nobody).
    ///
    /// # Errors
    /// `Forbidden` where a role or the token's scope is missing.
    pub fn permit(&self, right: Right, member_id: Option<Uuid>) -> Result<Permit> {
        self.reach(right.scope())?;
        if self.person_id.is_none() {
            return Ok(Permit { actor_id: self.actor_id, role: Role::Admin, member_id: None });
        }
        let held = right.roles().iter().find(|role| self.holds(**role, member_id));
        let Some(role) = held else {
            let roles: Vec<_> = right.roles().iter().map(|role| role.as_str()).collect();
            let whose = match right.roles().iter().all(|role| role.is_system_wide()) {
                true => "",
                false => " for this member",
            };
            return Err(Error::Forbidden {
                code: "role_missing",
                detail: format!("it takes the role {}{whose}", roles.join(" or ")),
            });
        };
        let member_id = if role.is_system_wide() { None } else { member_id };
        Ok(Permit { actor_id: self.actor_id, role: *role, member_id })
    }

    /// The permit by the first of two rights that the actor has. Who has neither is told what the first
    /// takes.
    ///
    /// # Errors
    /// `Forbidden` where a role or the token's scope is missing for both.
    pub fn permit_either(&self, [first, second]: [Right; 2], member_id: Option<Uuid>) -> Result<Permit> {
        self.permit(first, member_id).or_else(|refused| self.permit(second, member_id).map_err(|_| refused))
    }

    /// The permit to do what any holder of a right may do, whichever member they hold it for.
    ///
    /// # Errors
    /// `Forbidden` where no role or the token's scope is missing.
    pub fn permit_anywhere(&self, right: Right) -> Result<Permit> {
        let held = self.grants.iter().find(|grant| right.roles().contains(&grant.role));
        self.permit(right, held.and_then(|grant| grant.member_id))
    }

    /// The members for which the actor holds a right, whatever the scope of the token.
    pub fn members(&self, right: Right) -> Vec<Uuid> {
        members_with(right, &self.grants)
    }

    /// What the actor can see.
    pub fn viewer(&self) -> Viewer {
        // Who may change a draft may see it.
        let seeing = [Scope::Read, Scope::Edit, Scope::Publish, Scope::Assess];
        if !seeing.iter().any(|scope| self.scopes.contains(scope)) {
            return Viewer::public();
        }
        if self.holds(Role::Admin, None) {
            return Viewer::of(Drafts::Everybodys);
        }
        Viewer::of(Drafts::Of(self.grants.iter().filter_map(|grant| grant.member_id).collect()))
    }
}

/// The members for which some of these roles give a right, each once.
pub fn members_with(right: Right, grants: &[Grant]) -> Vec<Uuid> {
    let held = grants.iter().filter(|grant| right.roles().contains(&grant.role));
    held.filter_map(|grant| grant.member_id).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whose drafts somebody can see.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Drafts {
    /// Those of these members.
    Of(BTreeSet<Uuid>),
    /// Everybody's.
    Everybodys,
}

impl Default for Drafts {
    /// Nobody's.
    fn default() -> Self {
        Self::Of(BTreeSet::new())
    }
}

/// Who reads, and at which times they look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewer {
    drafts: Drafts,
    times: Option<Times>,
}

impl Viewer {
    /// Anybody: sees what is public.
    pub fn public() -> Self {
        Self::default()
    }

    fn of(drafts: Drafts) -> Self {
        Self { drafts, times: None }
    }

    /// The same viewer, who looks at these times. The record of a day is public: nobody sees drafts
    /// in it.
    #[must_use]
    pub fn at(&self, times: Times) -> Self {
        let drafts = if times.as_of.is_some() { Drafts::default() } else { self.drafts.clone() };
        Self { drafts, times: Some(times) }
    }

    /// The same for queries.
    pub fn sight(&self) -> Sight {
        let members = match &self.drafts {
            Drafts::Of(members) => members.iter().map(Uuid::to_string).collect::<Vec<_>>().join(","),
            Drafts::Everybodys => "*".to_owned(),
        };
        let times = self.times.as_ref();
        Sight { members, day: times.map(Times::day), until: times.and_then(Times::until) }
    }

    /// Whether the viewer sees what belongs to a member and is public or not.
    pub fn sees(&self, member_id: Uuid, public: bool) -> bool {
        public
            || match &self.drafts {
                Drafts::Of(members) => members.contains(&member_id),
                Drafts::Everybodys => true,
            }
    }
}

/// How something appears to a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appearance {
    /// As it is.
    Visible,
    /// As withdrawn.
    Withdrawn,
    /// Not at all.
    Hidden,
}

impl Appearance {
    /// Makes sure that the viewer knows of the thing: what was withdrawn stays in history.
    ///
    /// # Errors
    /// `NotFound` where they do not.
    pub fn known(self, kind: &'static str, name: &impl ToString) -> Result<()> {
        match self {
            Self::Visible | Self::Withdrawn => Ok(()),
            Self::Hidden => Err(Error::not_found(kind, name.to_string())),
        }
    }

    /// A thing's representation as it appears.
    ///
    /// # Errors
    /// `NotFound` where it does not, `Gone` with it as its last state where it is withdrawn.
    pub fn of(
        self,
        shown: Representation,
        kind: &'static str,
        name: &impl ToString,
    ) -> Result<Representation> {
        match self {
            Self::Visible => Ok(shown),
            Self::Withdrawn => Err(shown.gone(kind, name)),
            Self::Hidden => Err(Error::not_found(kind, name.to_string())),
        }
    }
}

/// Proof that an actor may do something to what belongs to a member. Made by [`Actor::permit`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    actor_id: Uuid,
    role: Role,
    member_id: Option<Uuid>,
}

impl Permit {
    /// Who.
    pub fn actor_id(&self) -> Uuid {
        self.actor_id
    }

    /// By which role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Held for which member; none for roles of the whole system.
    pub fn member_id(&self) -> Option<Uuid> {
        self.member_id
    }
}

/// A row that counts its versions.
pub trait Versioned {
    /// Its id.
    fn id(&self) -> Uuid;
    /// Its version, from 1.
    fn version(&self) -> i64;
}

/// A row that nobody else can change until the transaction ends. Made by the `_lock_in_txn`
/// functions of stores.
#[derive(Debug)]
pub struct Locked<R>(R);

impl<R: Versioned> Locked<R> {
    /// What a store has just locked.
    pub fn new(row: R) -> Self {
        Self(row)
    }

    /// The row, and the proof that it may be changed: with a permit, and in the version that the
    /// change is meant for.
    ///
    /// # Errors
    /// `PreconditionMissing` where no version is said, `Stale` where it is another.
    pub fn edit(self, permit: &Permit, expected: Option<&Expected>) -> Result<(R, Editable<R>)> {
        let expected = expected.ok_or(Error::PreconditionMissing)?;
        self.step(permit, Some(expected))
    }

    /// The same for a change that says by itself what it is meant for, such as publishing what is
    /// adopted; a version that is said nevertheless is checked.
    ///
    /// # Errors
    /// `Stale` where another version is meant.
    pub fn step(self, permit: &Permit, expected: Option<&Expected>) -> Result<(R, Editable<R>)> {
        let (id, version) = (self.0.id(), self.0.version());
        if expected.is_some_and(|expected| !expected.is(version)) {
            return Err(Error::Stale { etag: None });
        }
        Ok((self.0, Editable { id, permit: permit.clone(), row: PhantomData }))
    }
}

impl<R> Deref for Locked<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.0
    }
}

/// Proof that a row is locked, that the actor may change it, and that the change is meant for the
/// version it is in.
#[derive(Debug)]
pub struct Editable<R> {
    id: Uuid,
    permit: Permit,
    row: PhantomData<fn() -> R>,
}

impl<R> Editable<R> {
    /// A row of tables that the transaction holds locked as a whole, as imports do.
    pub fn in_locked_table(id: Uuid, permit: &Permit) -> Self {
        Self { id, permit: permit.clone(), row: PhantomData }
    }

    /// Which row.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Who may change it.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IASI: Uuid = Uuid::from_u128(1);
    const TIMISOARA: Uuid = Uuid::from_u128(2);

    fn actor(grants: &[(Role, Option<Uuid>)]) -> Actor {
        let grants = grants.iter().map(|(role, member_id)| Grant { role: *role, member_id: *member_id });
        Actor { person_id: Some(Uuid::from_u128(9)), grants: grants.collect(), ..Actor::operator() }
    }

    #[test]
    fn a_role_reaches_no_further_than_its_member() {
        let editor = actor(&[(Role::Editor, Some(IASI))]);
        assert!(editor.permit(Right::Edit, Some(IASI)).is_ok());
        for (right, member) in [
            (Right::Edit, Some(TIMISOARA)),
            (Right::Edit, None),
            (Right::Publish, Some(IASI)),
            (Right::Assess, Some(IASI)),
            (Right::Administer, None),
            (Right::Audit, None),
        ] {
            let refused = editor.permit(right, member);
            assert!(matches!(refused, Err(Error::Forbidden { code: "role_missing", .. })), "{right:?}");
        }
    }

    #[test]
    fn an_admin_edits_no_plan_and_an_auditor_nothing() {
        let both = actor(&[(Role::Admin, None), (Role::Auditor, None)]);
        assert!(both.permit(Right::Administer, None).is_ok());
        assert!(both.permit(Right::Audit, None).is_ok());
        assert!(both.permit(Right::Edit, Some(IASI)).is_err());
        assert!(both.permit_anywhere(Right::Edit).is_err());
    }

    #[test]
    fn a_token_reaches_no_further_than_its_scopes() {
        let publisher = actor(&[(Role::Publisher, Some(IASI))]);
        let token = Actor { scopes: [Scope::Edit].into(), ..publisher };
        assert!(token.permit(Right::Edit, Some(IASI)).is_ok());
        let refused = token.permit(Right::Publish, Some(IASI));
        assert!(matches!(refused, Err(Error::Forbidden { code: "scope_missing", .. })));
        assert!(token.viewer().sees(IASI, false));
        let token = Actor { scopes: [Scope::Admin].into(), ..token };
        assert_eq!(token.viewer(), Viewer::public());
    }

    #[test]
    fn drafts_are_seen_by_those_with_a_role_there() {
        let assessor = actor(&[(Role::Assessor, Some(IASI))]).viewer();
        assert!(assessor.sees(IASI, false) && !assessor.sees(TIMISOARA, false));
        assert!(assessor.sees(TIMISOARA, true) && Viewer::public().sees(TIMISOARA, true));
        assert!(actor(&[(Role::Admin, None)]).viewer().sees(IASI, false));
        assert!(!actor(&[(Role::Auditor, None)]).viewer().sees(IASI, false));
    }

    #[test]
    fn a_change_is_meant_for_one_version() {
        struct Row;
        impl Versioned for Row {
            fn id(&self) -> Uuid {
                IASI
            }
            fn version(&self) -> i64 {
                3
            }
        }
        let permit = Actor::operator().permit(Right::Edit, Some(IASI)).unwrap();
        let edit = |expected: Option<Expected>| Locked::new(Row).edit(&permit, expected.as_ref()).map(|_| ());
        assert!(edit(Some(Expected::Any)).is_ok());
        assert!(edit(Some(Expected::Versions(vec![1, 3]))).is_ok());
        assert!(matches!(edit(Some(Expected::Versions(vec![2]))), Err(Error::Stale { .. })));
        assert!(matches!(edit(None), Err(Error::PreconditionMissing)));
        assert!(Locked::new(Row).step(&permit, None).is_ok());
    }
}
