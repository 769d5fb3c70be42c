//! What is due, for calendar programs.

use crate::accounts::model::Viewer;
use crate::accounts::service::calendar_reader;
use crate::db::Reads;
use crate::http::Routes;
use crate::http::{ItemProblems, Own, Problem, Surroundings, Wanted, reply};
use crate::insight::store::{self, WorkFilter};
use crate::insight::view::DueCalendar;
use crate::kernel::{Language, Times};
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures_util::try_join;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

/// The media type of calendars (RFC 5545, section 8.1).
const CALENDAR: &str = "text/calendar; charset=utf-8";

/// The operations of calendars.
pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_my_calendar_file);
}

/// What shows that one may read: `calendar_link` in the OpenAPI document.
#[derive(Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct Link {
    /// The token of the link.
    #[serde(default)]
    token: String,
}

/// Read one's calendar
///
/// What is due for the members where the person is editor or publisher, as iCalendar (RFC 5545): a whole day for the
/// last day that each due date can mean of milestones that are not completed, and one for the day by which each plan's
/// repository is to be updated next. Only published plans. Titles are in the person's language, or else in that of
/// `Accept-Language`. Calendar programs read it by a secret link, without any other credential; a link that is wrong or
/// has ended leads nowhere.
#[utoipa::path(
    tag = "my-work",
    operation_id = "get_my_calendar_file",
    responses(
        (
            status = 200, description = "The calendar.", body = String, content_type = "text/calendar",
            example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ogp-tracker//Due dates//EN\r\nEND:VCALENDAR\r\n"
        ),
        ItemProblems
    ),
    security(("calendar_link" = []))
)]
#[get("/me/calendar.ics")]
async fn get_my_calendar_file(
    request: HttpRequest,
    reads: web::Data<Reads>,
    surroundings: web::Data<Surroundings>,
    asked: Own<Link>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let reader = calendar_reader(&conn, &asked.0.token).await?;
    let today = surroundings.clock.today();
    let viewer = Viewer::public().at(Times::now(today));
    let filter = WorkFilter { members: reader.members, plans: Vec::new() };
    let (steps, plans, rules) = try_join!(
        store::work_steps(&conn, &viewer, &filter),
        store::work_plans(&conn, &viewer, &filter),
        store::reporting_rules_list(&conn, &viewer)
    )?;
    let wanted = Wanted::new(&request, reader.language.as_ref().map(Language::as_str));
    let base = {
        let found = request.connection_info();
        format!("{}://{}", found.scheme(), found.host())
    };
    let calendar = DueCalendar { today, base: &base, wanted: &wanted }.of(&steps, &plans, &rules);
    Ok(reply::text(&request, CALENDAR, calendar))
}
