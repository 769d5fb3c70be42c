//! What values a body may have, in the OpenAPI document: utoipa tells the types, schemars the limits
//! that requests are really held against.

use crate::accounts::service::{
    ApiTokenCreate, GrantCreate, MePatch, PasswordChange, PersonCreate, PersonPatch, Refresh, SignIn,
};
use crate::assessments::model::{AssessmentAnswerInput, AssessmentInput};
use crate::commitments::model::{CommitmentInput, LinkInput};
use crate::evidence::model::{EvidenceGiven, EvidenceInput};
use crate::insight::model::ReportingRulesInput;
use crate::kernel::ask::Reason;
use crate::kernel::document::item_schema;
use crate::ledger::model::witness::CheckpointShown;
use crate::members::model::{InstitutionInput, MemberInput};
use crate::milestones::model::{MilestoneInput, ProgressUpdateInput, Reschedule};
use crate::milestones::service::{BulkChange, BulkReport};
use crate::plans::model::ActionPlanInput;
use schemars::JsonSchema;
use serde_json::{Map, Value};

/// The keywords that limit a value and mean the same in both descriptions.
const LIMITS: [&str; 7] = ["minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems"];

/// Adds the limits to the schemas of all bodies.
pub(super) fn add(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else {
        return;
    };
    limit::<MemberInput>(schemas, &["MemberCreate", "MemberPatch"]);
    limit::<InstitutionInput>(schemas, &["InstitutionCreate", "InstitutionPatch"]);
    limit::<ActionPlanInput>(schemas, &["ActionPlanCreate", "ActionPlanPatch"]);
    limit::<CommitmentInput>(schemas, &["CommitmentCreate", "CommitmentPatch"]);
    limit::<LinkInput>(schemas, &["LinkCreate", "LinkPatch"]);
    limit::<MilestoneInput>(schemas, &["MilestoneCreate", "MilestonePatch"]);
    limit::<AssessmentInput>(schemas, &["AssessmentCreate", "AssessmentPatch"]);
    limit::<AssessmentAnswerInput>(schemas, &["AssessmentAnswerInput"]);
    limit::<Reschedule>(schemas, &["Reschedule"]);
    limit::<ProgressUpdateInput>(schemas, &["ProgressUpdateInput", "BulkReportItem"]);
    limit::<BulkReport>(schemas, &["BulkReport"]);
    limit::<EvidenceInput>(schemas, &["EvidenceInput"]);
    limit::<EvidenceGiven>(schemas, &["EvidenceGiven"]);
    limit::<BulkChange>(schemas, &["BulkChange"]);
    limit::<ReportingRulesInput>(schemas, &["ReportingRulesCreate"]);
    limit::<CheckpointShown>(schemas, &["CheckpointShown"]);
    limit::<Reason>(schemas, &["Reason"]);
    limit::<SignIn>(schemas, &["SignIn"]);
    limit::<Refresh>(schemas, &["Refresh"]);
    limit::<MePatch>(schemas, &["MePatch"]);
    limit::<PasswordChange>(schemas, &["PasswordChange"]);
    limit::<ApiTokenCreate>(schemas, &["ApiTokenCreate"]);
    limit::<PersonCreate>(schemas, &["PersonCreate"]);
    limit::<PersonPatch>(schemas, &["PersonPatch"]);
    limit::<GrantCreate>(schemas, &["GrantCreate"]);
}

/// Limits the schemas under which a type is described, and those of the types it is made of.
fn limit<T: JsonSchema>(schemas: &mut Map<String, Value>, names: &[&str]) {
    let schema = item_schema::<T>();
    for name in names {
        if let Some(target) = schemas.get_mut(*name) {
            copy(&schema, target);
        }
    }
    for (name, schema) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        if let Some(target) = schemas.get_mut(name) {
            copy(schema, target);
        }
    }
}

fn copy(from: &Value, to: &mut Value) {
    let (Some(from), Some(to)) = (from.as_object(), to.as_object_mut()) else { return };
    for keyword in LIMITS {
        if let Some(value) = from.get(keyword) {
            to.insert(keyword.to_owned(), value.clone());
        }
    }
    if let (Some(from), Some(to)) = (from.get("items"), to.get_mut("items")) {
        copy(from, to);
    }
    let Some(properties) = to.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        if let Some(from) = from.get("properties").and_then(|properties| properties.get(name)) {
            copy(from, property);
        }
    }
}
