//! Signing in, going on, leaving, and the public keys.

use crate::accounts::service::{Accounts, Gate, PublicKey, Refresh, SignIn};
use crate::accounts::view::Tokens;
use crate::http::Routes;
use crate::http::problem::{
    BodyProblems, DatabaseProblems, PlainProblems, ScopeProblems, SignInProblems, ThrottleProblems,
};
use crate::http::reply::known_copy;
use crate::http::{Asking, Nothing, Problem, private};
use crate::kernel::text::fingerprint;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(create_token).service(refresh_token).service(log_out).service(log_out_everywhere);
}

pub(super) fn well_known(config: &mut Routes<'_, '_>) {
    config.service(get_jwks);
}

/// A set of public keys (RFC 7517, section 5).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Jwks {
    /// The keys.
    keys: Vec<PublicKey>,
}

/// Sign in
///
/// Gives an access token for 15 minutes, and a refresh token that gets the next ones. Why a sign-in
/// is refused is not told; after several failures it takes longer and longer until the next try.
#[utoipa::path(
    tag = "accounts",
    operation_id = "create_token",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in.", body = Tokens),
        SignInProblems, ThrottleProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/auth/token")]
async fn create_token(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let tokens = accounts.sign_in(&gate, &asking.ask).await?;
    Ok(private::told(StatusCode::OK, &tokens)?)
}

/// Get the next tokens
///
/// Each refresh token gets new tokens once; sign in again after 30 days at the latest. A refresh token
/// that comes a second time ends the session at once: somebody has a copy of it.
#[utoipa::path(
    tag = "accounts",
    operation_id = "refresh_token",
    request_body = Refresh,
    responses(
        (status = 200, description = "The next tokens.", body = Tokens),
        SignInProblems, BodyProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/auth/refresh")]
async fn refresh_token(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let tokens = accounts.refresh(&gate, &asking.ask).await?;
    Ok(private::told(StatusCode::OK, &tokens)?)
}

/// Sign out
///
/// Ends the session that the access token belongs to, with all its tokens, at once.
#[utoipa::path(
    tag = "accounts",
    operation_id = "delete_session",
    security(("bearer" = ["account"])),
    responses((status = 204, description = "Signed out."), ScopeProblems, PlainProblems, DatabaseProblems)
)]
#[post("/auth/logout")]
async fn log_out(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    accounts.log_out(&gate, &asking.ask, false).await?;
    Ok(private::nothing())
}

/// Sign out everywhere
///
/// Ends all sessions of the person at once. API tokens stay.
#[utoipa::path(
    tag = "accounts",
    operation_id = "delete_sessions",
    security(("bearer" = ["account"])),
    responses((status = 204, description = "Signed out everywhere."), ScopeProblems, PlainProblems, DatabaseProblems)
)]
#[post("/auth/logout-all")]
async fn log_out_everywhere(
    accounts: web::Data<Accounts>,
    gate: web::Data<Gate>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    accounts.log_out(&gate, &asking.ask, true).await?;
    Ok(private::nothing())
}

/// Read the public keys
///
/// The keys that verify access tokens (RFC 7517). A key that was replaced stays here until its last
/// token has expired.
#[utoipa::path(
    tag = "accounts",
    operation_id = "get_jwks",
    responses((status = 200, description = "The keys.", body = Jwks), PlainProblems)
)]
#[get("/.well-known/jwks.json")]
async fn get_jwks(request: HttpRequest, gate: web::Data<Gate>, _: Nothing) -> Result<HttpResponse, Problem> {
    let keys = Jwks { keys: gate.public_keys() };
    let etag = format!("\"{}\"", fingerprint(format!("{keys:?}")));
    let known = known_copy(request.headers(), &etag);
    let status = if known.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CACHE_CONTROL, "public, max-age=60, must-revalidate"))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::ETAG, known.unwrap_or(&etag)));
    Ok(if status == StatusCode::OK { response.json(keys) } else { response.finish() })
}
