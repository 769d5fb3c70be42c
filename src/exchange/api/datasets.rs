//! What open-data portals read.

use crate::exchange::view::{DataPackage, catalogue};
use crate::http::table::Tables;
use crate::http::{ListProblems, Nothing, Problem, reply};
use actix_web::{HttpRequest, HttpResponse, get, web};

/// The media type of JSON-LD.
const JSON_LD: &str = "application/ld+json";

/// Read the catalogue of data sets
///
/// All public lists as data sets with their files, for open-data portals to harvest: DCAT-AP 3, in JSON-LD.
#[utoipa::path(
    tag = "datasets",
    operation_id = "get_dataset_catalogue",
    responses((status = 200, description = "The catalogue.", body = Value, content_type = "application/ld+json"), ListProblems)
)]
#[get("/datasets")]
pub(super) async fn get_dataset_catalogue(
    request: HttpRequest,
    tables: web::Data<Tables>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let catalogue = catalogue(&reply::base(&request), &tables.datasets());
    Ok(reply::public_bytes(&request, JSON_LD, catalogue.to_string().into_bytes()))
}

/// Read the data package
///
/// All public lists as tables, with what each column holds and means, for programs that take tables: a
/// Frictionless data package whose files are the lists as CSV.
#[utoipa::path(
    tag = "datasets",
    operation_id = "get_data_package",
    responses((status = 200, description = "The data package.", body = DataPackage), ListProblems)
)]
#[get("/datasets/datapackage.json")]
pub(super) async fn get_data_package(
    request: HttpRequest,
    tables: web::Data<Tables>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    Ok(reply::public(&request, &DataPackage::new(&reply::base(&request), &tables.datasets()))?)
}
