//! Taking away more than one list: a plan as a workbook, and what open-data portals read.

mod datasets;
mod workbook;

use crate::http::Routes;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(workbook::get_action_plan_workbook);
    config.service(datasets::get_dataset_catalogue).service(datasets::get_data_package);
}
