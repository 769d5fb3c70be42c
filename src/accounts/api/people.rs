//! Looking after people, for admins; the names behind changes, for auditors.

use crate::accounts::model::{Right, Role};
use crate::accounts::service::{Accounts, Gate, GrantCreate, PersonCreate, PersonPatch, Which, Who};
use crate::accounts::store::people::{PersonFilter, members_by_name, person_list};
use crate::accounts::view::{ActorName, PasswordMade, Person, RoleHeld};
use crate::db::Reads;
use crate::http::Routes;
use crate::http::problem::{
    BodyProblems, ConflictProblems, DatabaseProblems, ItemProblems, ListProblems, NameProblems,
    PlainProblems, ScopeProblems, VersionProblems,
};
use crate::http::query::{ListParameters, known};
use crate::http::reply::PageInfo;
use crate::http::{Asking, List, Nothing, Problem, Shown, Wanted, private};
use crate::kernel::Ref;
use crate::kernel::page::PageAsk;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_people).service(create_person).service(get_person).service(update_person);
    config.service(create_grant).service(delete_grant).service(reset_password).service(get_actor);
}

/// Filters of the list of people.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub(super) struct PersonQuery {
    /// Only people with one of these roles; repeat for any of several.
    #[serde(default)]
    role: Vec<Role>,
    /// Only people with a role at one of these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["IAS"]))]
    member: Vec<Ref>,
    /// Only people who are kept out, or only those who are not.
    disabled: Option<bool>,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonList {
    /// The people.
    data: Vec<Person>,
    /// Where the page stands.
    page: PageInfo,
}

/// List people
///
/// Everybody with an account, for admins. Sorted by `email` unless `sort` says otherwise; it can be
/// sorted by `email`, `display_name`, `created_at`.
#[utoipa::path(
    tag = "accounts",
    operation_id = "list_people",
    security(("bearer" = ["admin"])),
    params(PersonQuery, ListParameters),
    responses((status = 200, description = "A page of people.", body = PersonList), ScopeProblems, ListProblems)
)]
#[get("/people")]
async fn list_people(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    shown: Shown,
    asked: List<PersonQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let permit = gate.actor(&conn, shown.0.as_ref()).await?.permit(Right::Administer, None)?;
    let members = members_by_name(&conn, &asked.filter.member).await?;
    let filter = PersonFilter {
        roles: asked.filter.role.clone(),
        members: known("member", &asked.filter.member, members)?,
        disabled: asked.filter.disabled,
    };
    let pages = async move |ask: &PageAsk, _: &Wanted| {
        let page = person_list(&conn, &permit, &filter, ask).await?;
        Ok(page.map(|(row, roles)| Person::new(&row, &roles.grants)))
    };
    Ok(private::list(&request, &asked, pages, |data, page| PersonList { data, page }).await?)
}

/// Make an account
///
/// For admins. The person has no role yet; with a password they can sign in at once.
#[utoipa::path(
    tag = "accounts",
    operation_id = "create_person",
    security(("bearer" = ["admin"])),
    request_body = PersonCreate,
    responses(
        (
            status = 201, description = "The account.", body = Person,
            headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Names its version."))
        ),
        ScopeProblems, ConflictProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/people")]
async fn create_person(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    let person = accounts.create_person(&gate, &asking.ask).await?;
    Ok(private::changed(StatusCode::CREATED, person))
}

/// Read an account
///
/// One person, for admins, with their roles.
#[utoipa::path(
    tag = "accounts",
    operation_id = "get_person",
    security(("bearer" = ["admin"])),
    params(("person" = Uuid, Path, description = "Id.")),
    responses((status = 200, description = "The account.", body = Person), ScopeProblems, ItemProblems)
)]
#[get("/people/{person}")]
async fn get_person(
    request: HttpRequest,
    reads: web::Data<Reads>,
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    shown: Shown,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let id = super::id_or_none(&name);
    let person = accounts.person(&gate, &conn, shown.0.as_ref(), id).await;
    let person = person.map_err(|error| super::as_written(error, &name))?;
    Ok(private::item(&request, person))
}

/// Change an account
///
/// For admins, as a JSON merge patch (RFC 7396). `disabled: true` ends all sessions of the person at
/// once and keeps them out. The last admin cannot be kept out.
#[utoipa::path(
    tag = "accounts",
    operation_id = "update_person",
    security(("bearer" = ["admin"])),
    params(("person" = Uuid, Path, description = "Id."), crate::http::IfMatchParameters),
    request_body(content = PersonPatch, content_type = "application/merge-patch+json"),
    responses(
        (
            status = 200, description = "The account after the change.", body = Person,
            headers(("ETag" = String, description = "Names its version now."))
        ),
        ScopeProblems, NameProblems, VersionProblems, ConflictProblems, BodyProblems, PlainProblems,
        DatabaseProblems
    )
)]
#[patch("/people/{person}")]
async fn update_person(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let person = accounts.update_person(&gate, &asking.ask, super::id_or_none(&name)).await;
    let person = person.map_err(|error| super::as_written(error, &name))?;
    Ok(private::changed(StatusCode::OK, person))
}

/// Give a role
///
/// For admins: a role at a member, or `admin` or `auditor` for the whole system. It holds from the next
/// request on.
#[utoipa::path(
    tag = "accounts",
    operation_id = "create_grant",
    security(("bearer" = ["admin"])),
    params(("person" = Uuid, Path, description = "Id.")),
    request_body = GrantCreate,
    responses(
        (status = 201, description = "The role that the person holds now.", body = RoleHeld),
        ScopeProblems, NameProblems, ConflictProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/people/{person}/grants")]
async fn create_grant(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    let held = accounts.create_grant(&gate, &asking.ask, super::id_or_none(&name)).await;
    let held = held.map_err(|error| super::as_written(error, &name))?;
    Ok(private::told(StatusCode::CREATED, &held)?)
}

/// Take a role away
///
/// For admins. It is gone at the next request. The last admin cannot lose that role.
#[utoipa::path(
    tag = "accounts",
    operation_id = "delete_grant",
    security(("bearer" = ["admin"])),
    params(("person" = Uuid, Path, description = "Id."), ("grant" = Uuid, Path, description = "Id of the grant.")),
    responses(
        (status = 204, description = "Taken away."),
        ScopeProblems, NameProblems, ConflictProblems, PlainProblems, DatabaseProblems
    )
)]
#[delete("/people/{person}/grants/{grant}")]
async fn delete_grant(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    names: web::Path<(Ref, Ref)>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let (person, grant) = names.into_inner();
    let which = Which::Id(super::id_or_none(&grant));
    let who = Who::Request(&gate, &asking.ask);
    let removed = accounts.remove_grant(who, super::id_or_none(&person), &which).await;
    removed
        .map_err(|error| super::as_written(error, if person.id().is_none() { &person } else { &grant }))?;
    Ok(private::nothing())
}

/// Reset a password
///
/// For admins: makes up a password, which is shown in this answer and never again, and ends all
/// sessions of the person. They can change it with POST /api/v1/me/password.
#[utoipa::path(
    tag = "accounts",
    operation_id = "reset_password",
    security(("bearer" = ["admin"])),
    params(("person" = Uuid, Path, description = "Id.")),
    responses(
        (status = 200, description = "The new password.", body = PasswordMade),
        ScopeProblems, NameProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/people/{person}/reset-password")]
async fn reset_password(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    let who = Who::Request(&gate, &asking.ask);
    let password = accounts.reset_password(who, super::id_or_none(&name)).await;
    let password = password.map_err(|error| super::as_written(error, &name))?;
    Ok(private::told(StatusCode::OK, &PasswordMade::new(password.expose().to_owned()))?)
}

/// Read who stands behind a change
///
/// For auditors: the person behind a name of the public record.
#[utoipa::path(
    tag = "accounts",
    operation_id = "get_actor",
    security(("bearer" = ["audit"])),
    params(("actor" = Uuid, Path, description = "The name under which the public record knows the person.")),
    responses((status = 200, description = "The person.", body = ActorName), ScopeProblems, ItemProblems)
)]
#[get("/actors/{actor}")]
async fn get_actor(
    request: HttpRequest,
    reads: web::Data<Reads>,
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    shown: Shown,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let actor = accounts.actor_name(&gate, &conn, shown.0.as_ref(), super::id_or_none(&name)).await;
    let actor = actor.map_err(|error| super::as_written(error, &name))?;
    Ok(private::item(&request, actor))
}
