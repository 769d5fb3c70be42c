//! Taking away more than one list: a plan as a workbook, and what open-data portals read.

mod datasets;
mod workbook;

use utoipa_actix_web::service_config::ServiceConfig;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(workbook::get_action_plan_workbook);
    config.service(datasets::get_dataset_catalogue).service(datasets::get_data_package);
}
