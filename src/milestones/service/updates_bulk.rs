//! A month's reporting: many updates at once, all of them, or none.

use super::refusals::Refusals;
use super::updates::{Held, Report, finish};
use super::{MAX_BULK, MILESTONE};
use crate::accounts::model::{Appearance, Right};
use crate::db::prepared::execute;
use crate::evidence::model::MAX_GIVEN_AT_ONCE;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Fault, read};
use crate::kernel::{Error, Result};
use crate::ledger::service::{Office, Work};
use crate::milestones::model::ProgressUpdateInput;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema as OpenApiSchema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Reports about several milestones.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkReport {
    /// Why, for all corrections that do not say it themselves.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The updates, 1 to 500, with up to 2,000 entries in `evidence` and `links` of all. Several of one
    /// milestone are taken in the order of the days of which they speak.
    #[schemars(length(min = 1, max = MAX_BULK))]
    #[schema(min_items = 1, max_items = 500, value_type = Vec<BulkReportItem>)]
    pub updates: Vec<Map<String, Value>>,
}

impl BulkReport {
    /// Before anything is looked up: that all updates together do not bring too much evidence.
    fn proves_within_limits(&self) -> Result<()> {
        let lists = self.updates.iter().flat_map(|update| [update.get("evidence"), update.get("links")]);
        let given: usize = lists.flatten().filter_map(Value::as_array).map(Vec::len).sum();
        if given <= MAX_GIVEN_AT_ONCE {
            return Ok(());
        }
        let detail =
            format!("all updates together have {given} pieces of evidence; the most are {MAX_GIVEN_AT_ONCE}");
        Err(Error::invalid("/updates", "evidence_too_many", detail))
    }
}

/// How an update that says by itself which milestone it speaks of is described: as any other, with
/// that milestone.
#[derive(Debug)]
pub struct BulkReportItem;

impl PartialSchema for BulkReportItem {
    fn schema() -> RefOr<OpenApiSchema> {
        let mut schema = ProgressUpdateInput::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            let milestone = ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                .description(Some("Which milestone it speaks of."))
                .build();
            object.properties.insert("milestone".to_owned(), RefOr::T(Schema::Object(milestone)));
            object.required.push("milestone".to_owned());
        }
        schema
    }
}

impl ToSchema for BulkReportItem {
    fn name() -> Cow<'static, str> {
        "BulkReportItem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<OpenApiSchema>)>) {
        ProgressUpdateInput::schemas(schemas);
    }
}

/// Which milestone an item speaks of, whatever else it says.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    milestone: Uuid,
}

/// An item whose milestone is known, as far as the rest could be read.
struct Item {
    index: usize,
    milestone: Uuid,
    input: Result<ProgressUpdateInput, Vec<Fault>>,
}

impl Item {
    fn read(
        index: usize,
        mut fields: Map<String, Value>,
        common: Option<&String>,
    ) -> Result<Self, Vec<Fault>> {
        let Named { milestone } = read(&Value::Object(fields.clone()))?;
        fields.remove("milestone");
        let mut input = read::<ProgressUpdateInput>(&Value::Object(fields));
        if let Ok(input) = &mut input
            && input.supersedes.is_some()
            && input.reason.is_none()
        {
            input.reason = common.cloned();
        }
        Ok(Self { index, milestone, input })
    }

    /// In the order of the milestones' ids, so that two such requests cannot wait for each other; for
    /// each milestone in the order of the days.
    fn place(&self) -> (Uuid, Option<NaiveDate>) {
        (self.milestone, self.input.as_ref().ok().map(|input| input.effective_on))
    }
}

fn pointer(index: usize) -> String {
    format!("/updates/{index}")
}

/// An update that was made.
#[derive(Debug, Serialize)]
struct Made {
    id: Uuid,
    milestone_id: Uuid,
}

/// Takes up to 500 updates in one transaction. Every fault of every item is told at once, and then
/// nothing is stored.
///
/// # Errors
/// Where all items fail alike, as that failure (`Forbidden`, `NotFound`); else `Invalid`, each fault
/// with the place of its item.
pub async fn create_updates(office: &Office, ask: &Ask) -> Result<Representation> {
    office
        .change(ask, async |work| {
            // Who edits nowhere is told so before anything about the content.
            work.actor.permit_anywhere(Right::Edit)?;
            let bulk = ask.body.read::<BulkReport>()?;
            bulk.proves_within_limits()?;
            let mut refusals = Refusals::of(MILESTONE, bulk.updates.len());
            let mut items = Vec::new();
            for (index, fields) in bulk.updates.into_iter().enumerate() {
                match Item::read(index, fields, bulk.reason.as_ref()) {
                    Ok(item) => items.push(item),
                    Err(faults) => refusals.faulty(pointer(index), faults),
                }
            }
            items.sort_by_key(Item::place);
            let mut stored = BTreeMap::new();
            for item in &items {
                let reported = report_one(work, item).await;
                if let Some(update) = refusals.take(pointer(item.index), reported)? {
                    stored.insert(item.index, (update, item.milestone));
                }
            }
            refusals.end()?;
            finish(work, &stored.values().map(|(update, _)| update).collect::<Vec<_>>()).await?;
            let made =
                stored.values().map(|(update, milestone)| Made { id: update.id, milestone_id: *milestone });
            let body = serde_json::json!({ "data": made.collect::<Vec<_>>() });
            Ok(Representation { etag: String::new(), ..Representation::of(1, &body, None)? })
        })
        .await
}

async fn report_one(work: &mut Work<'_>, item: &Item) -> Result<Report> {
    let held = Held::milestone(work.conn, item.milestone).await?;
    if held.appears(&work.actor.viewer()) != Appearance::Visible {
        return Err(Error::not_found(MILESTONE, item.milestone));
    }
    let permit = work.actor.permit(Right::Edit, Some(held.member_id()))?;
    let input = item.input.as_ref().map_err(|faults| Error::Invalid(faults.clone()))?;
    held.check(work, input).await.map_err(foreseen)?;
    let report = held.reported(work, permit, input);
    execute(work.conn, report.stores(work.now)).await?;
    Ok(report)
}

/// A conflict that was found before the database did: the transaction goes on, so it is one fault
/// among others.
fn foreseen(error: Error) -> Error {
    match error {
        Error::Conflict { code, detail, .. } => Error::invalid("", code, detail),
        other => other,
    }
}
