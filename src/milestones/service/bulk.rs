//! Many milestones at once: all of the changes, or none.

use super::refusals::Refusals;
use super::{MILESTONE, change, locked};
use crate::accounts::model::{Appearance, Right};
use crate::kernel::ask::{Ask, Expected, MergePatch, Representation};
use crate::kernel::document::Fault;
use crate::kernel::{Error, Result};
use crate::ledger::service::{Office, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most milestones that are changed at once.
pub const MAX_BULK: usize = 500;

/// Changes of several milestones.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkChange {
    /// Why, for all changes that do not say it themselves.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The changes, 1 to 500; each milestone once.
    #[schemars(length(min = 1, max = MAX_BULK))]
    #[schema(min_items = 1, max_items = 500)]
    pub milestones: Vec<BulkItem>,
}

/// A change of one of several milestones.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkItem {
    /// Which milestone.
    pub id: Uuid,
    /// Which version of it the change is meant for: `version` of what you read.
    #[schemars(range(min = 1))]
    #[schema(minimum = 1)]
    pub version: i64,
    /// A merge patch, as of a single milestone.
    #[schema(value_type = Object, example = json!({"label": "1.2"}))]
    pub patch: Map<String, Value>,
}

/// What a milestone is after the changes.
#[derive(Debug, Serialize)]
struct Changed {
    id: Uuid,
    version: i64,
}

/// Changes up to 500 milestones in one transaction. Every fault of every item is told at once, and
/// then nothing is changed.
///
/// # Errors
/// Where all items fail alike, as that failure (`Forbidden`, `NotFound`, `Stale`); else `Invalid`,
/// each fault with the place of its item.
pub async fn update_milestones(office: &Office, ask: &Ask) -> Result<Representation> {
    office
        .change(ask, async |work| {
            // Who edits nowhere is told so before anything about the content.
            work.actor.permit_anywhere(Right::Edit)?;
            let bulk = ask.body.read::<BulkChange>()?;
            let mut order: Vec<_> = bulk.milestones.iter().enumerate().collect();
            // In the order of their ids, so that two such requests cannot wait for each other.
            order.sort_by_key(|(_, item)| item.id);
            let (mut refusals, mut previous) = (Refusals::of(MILESTONE, bulk.milestones.len()), None);
            for (index, item) in order {
                let pointer = format!("/milestones/{index}");
                if previous.replace(item.id) == Some(item.id) {
                    let fault = Fault::new("/id", "milestone_duplicate", "this milestone is given twice");
                    refusals.faulty(pointer, vec![fault]);
                    continue;
                }
                let changed = change_one(work, item, bulk.reason.as_ref()).await;
                refusals.take(pointer, changed)?;
            }
            refusals.end()?;
            let ids: Vec<_> = bulk.milestones.iter().map(|item| item.id).collect();
            let versions = super::store::milestone_versions(work.conn, &ids).await?;
            let version_of =
                |id: Uuid| versions.iter().find(|(known, _)| *known == id).map(|(_, version)| *version);
            let changed = ids.iter().filter_map(|id| Some(Changed { id: *id, version: version_of(*id)? }));
            let body = serde_json::json!({ "data": changed.collect::<Vec<_>>() });
            Ok(Representation { etag: String::new(), ..Representation::of(1, &body, None)? })
        })
        .await
}

async fn change_one(work: &mut Work<'_>, item: &BulkItem, reason: Option<&String>) -> Result<()> {
    let (row, standing, withdrawn) = locked(work.conn, item.id).await?;
    if standing.appears(&work.actor.viewer(), withdrawn) != Appearance::Visible {
        return Err(Error::not_found(MILESTONE, item.id));
    }
    let permit = work.actor.permit(Right::Edit, Some(standing.member_id))?;
    let (row, editable) = row.edit(&permit, Some(&Expected::Versions(vec![item.version])))?;
    let patch = MergePatch::of(item.patch.clone());
    let changed = change(work, (&row, &editable, &standing), patch, reason).await;
    changed.map_err(|error| below("/patch", error))
}

fn below(pointer: &str, error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|fault| fault.below(pointer)).collect())
        }
        other => other,
    }
}
