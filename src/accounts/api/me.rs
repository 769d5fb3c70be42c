//! One's own account and tokens.

use crate::accounts::service::{Accounts, ApiTokenCreate, Gate, MePatch, PasswordChange};
use crate::accounts::view::{ApiToken, ApiTokenMade, CalendarLink, CalendarState, Me};
use crate::db::Reads;
use crate::http::Routes;
use crate::http::problem::{
    BodyProblems, DatabaseProblems, ListProblems, NameProblems, PlainProblems, ScopeProblems,
    ThrottleProblems, VersionProblems,
};
use crate::http::query::{ListParameters, NoFilter};
use crate::http::reply::PageInfo;
use crate::http::{Asking, List, Nothing, Problem, Shown, Wanted, private};
use crate::kernel::Ref;
use crate::kernel::page::PageAsk;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_me).service(update_me).service(update_my_password);
    config.service(list_my_tokens).service(create_my_token).service(delete_my_token);
    config.service(get_my_calendar).service(create_my_calendar).service(delete_my_calendar);
}

/// A page of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiTokenList {
    /// The tokens.
    data: Vec<ApiToken>,
    /// Where the page stands.
    page: PageInfo,
}

/// Read one's own account
///
/// The person whom the token belongs to, their roles, and how far the token reaches.
#[utoipa::path(
    tag = "accounts",
    operation_id = "get_me",
    security(("bearer" = ["read"])),
    responses((status = 200, description = "The account.", body = Me), ScopeProblems, ListProblems)
)]
#[get("/me")]
async fn get_me(
    request: HttpRequest,
    reads: web::Data<Reads>,
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    shown: Shown,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let me = accounts.me(&gate, &*reads.get().await?, shown.0.as_ref()).await?;
    Ok(private::item(&request, me))
}

/// Change one's own account
///
/// Display name and language, as a JSON merge patch (RFC 7396). The e-mail address and roles are
/// changed by admins.
#[utoipa::path(
    tag = "accounts",
    operation_id = "update_me",
    security(("bearer" = ["account"])),
    params(crate::http::IfMatchParameters),
    request_body(content = MePatch, content_type = "application/merge-patch+json"),
    responses(
        (
            status = 200, description = "The account after the change.", body = Me,
            headers(("ETag" = String, description = "Names its version now."))
        ),
        ScopeProblems, VersionProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[patch("/me")]
async fn update_me(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let me = accounts.update_me(&gate, &asking.ask).await?;
    Ok(private::changed(StatusCode::OK, me))
}

/// Change one's own password
///
/// Takes the present password and a new one, and ends all sessions at once, the present one too: sign
/// in again. Wrong tries count as failed sign-ins.
#[utoipa::path(
    tag = "accounts",
    operation_id = "update_my_password",
    security(("bearer" = ["account"])),
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed; all sessions have ended."),
        ScopeProblems, ThrottleProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/me/password")]
async fn update_my_password(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    accounts.change_password(&gate, &asking.ask).await?;
    Ok(private::nothing())
}

/// List one's own API tokens
///
/// Tokens for scripts, without their secrets; those that were revoked are left out. Sorted by
/// `created_at` unless `sort` says otherwise; it can be sorted by `created_at`, `expires_at`, `name`.
#[utoipa::path(
    tag = "accounts",
    operation_id = "list_my_tokens",
    security(("bearer" = ["account"])),
    params(ListParameters),
    responses((status = 200, description = "A page of tokens.", body = ApiTokenList), ScopeProblems, ListProblems)
)]
#[get("/me/tokens")]
async fn list_my_tokens(
    request: HttpRequest,
    reads: web::Data<Reads>,
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    shown: Shown,
    asked: List<NoFilter>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let pages = async move |ask: &PageAsk, _: &Wanted| {
        let page = accounts.list_tokens(&gate, &conn, shown.0.as_ref(), ask).await?;
        Ok(page.map(|(row, _)| ApiToken::from(row)))
    };
    Ok(private::list(&request, &asked, pages, |data, page| ApiTokenList { data, page }).await?)
}

/// Make an API token
///
/// A token for a script, with a name, scopes and an expiry. Its secret is shown in this answer and
/// never again. It acts for the person, and stops with them.
#[utoipa::path(
    tag = "accounts",
    operation_id = "create_my_token",
    security(("bearer" = ["account"])),
    request_body = ApiTokenCreate,
    responses(
        (status = 201, description = "The token, with its secret.", body = ApiTokenMade),
        ScopeProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/me/tokens")]
async fn create_my_token(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    let made = accounts.create_token(&gate, &asking.ask).await?;
    Ok(private::told(StatusCode::CREATED, &made)?)
}

/// Revoke an API token
///
/// It stops working at once.
#[utoipa::path(
    tag = "accounts",
    operation_id = "delete_my_token",
    security(("bearer" = ["account"])),
    params(("token" = Uuid, Path, description = "Id.")),
    responses((status = 204, description = "Revoked."), ScopeProblems, NameProblems, PlainProblems, DatabaseProblems)
)]
#[delete("/me/tokens/{token}")]
async fn delete_my_token(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let revoked = accounts.revoke_token(&gate, &asking.ask, super::id_or_none(&name)).await;
    revoked.map_err(|error| super::as_written(error, &name))?;
    Ok(private::nothing())
}

/// Read whether one has a calendar link
///
/// Tells since when there is one, and never the link itself: that is shown only when it is made.
#[utoipa::path(
    tag = "my-work",
    operation_id = "get_my_calendar",
    security(("bearer" = ["read"])),
    responses(
        (status = 200, description = "Since when there is a link.", body = CalendarState),
        ScopeProblems, ListProblems
    )
)]
#[get("/me/calendar")]
async fn get_my_calendar(
    request: HttpRequest,
    reads: web::Data<Reads>,
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    shown: Shown,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let state = accounts.calendar(&gate, &*reads.get().await?, shown.0.as_ref()).await?;
    Ok(private::item(&request, state))
}

/// Make or renew one's calendar link
///
/// A secret address for calendar programs, which sign in nowhere: whoever has it reads what is due for the members where
/// the person is editor or publisher, and nothing else. It is shown in this answer and never again. One that was made
/// before ends; so does this one when the account is disabled or gets another password.
#[utoipa::path(
    tag = "my-work",
    operation_id = "create_my_calendar",
    security(("bearer" = ["account"])),
    responses(
        (status = 201, description = "The link.", body = CalendarLink),
        ScopeProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/me/calendar")]
async fn create_my_calendar(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    super::without_key(&asking.ask)?;
    let link = accounts.create_calendar(&gate, &asking.ask).await?;
    Ok(private::told(StatusCode::CREATED, &link)?)
}

/// End one's calendar link
///
/// It stops working at once. Where there is none, nothing happens.
#[utoipa::path(
    tag = "my-work",
    operation_id = "delete_my_calendar",
    security(("bearer" = ["account"])),
    responses((status = 204, description = "There is no link now."), ScopeProblems, PlainProblems, DatabaseProblems)
)]
#[delete("/me/calendar")]
async fn delete_my_calendar(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    accounts.end_calendar(&gate, &asking.ask).await?;
    Ok(private::nothing())
}
