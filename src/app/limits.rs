//! What values a body may have, in the OpenAPI document: utoipa tells the types, schemars the limits
//! that requests are really held against.

use crate::accounts::service::{
    ApiTokenCreate, GrantCreate, MePatch, PasswordChange, PersonCreate, PersonPatch, Refresh, SignIn,
};
use crate::assessments::model::{AssessmentAnswerInput, AssessmentInput, AssessmentSchemeInput};
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
const LIMITS: [&str; 8] =
    ["format", "minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems"];
/// The keywords below which parts of a value are described.
const PARTS: [&str; 3] = ["items", "additionalProperties", "propertyNames"];

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
    limit::<AssessmentSchemeInput>(schemas, &["AssessmentSchemeCreate"]);
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
    let limited = item_schema::<T>();
    let definitions = limited.get("$defs").cloned().unwrap_or_default();
    let whole = names.iter().map(|name| (*name, &limited));
    let parts = definitions.as_object().into_iter().flatten().map(|(name, part)| (name.as_str(), part));
    for (name, from) in whole.chain(parts) {
        if let Some(schema) = schemas.get_mut(name) {
            copy(from, &definitions, schema);
        }
    }
}

fn copy(from: &Value, definitions: &Value, to: &mut Value) {
    let (Some(from), Some(to)) = (defined(from, definitions).as_object(), to.as_object_mut()) else { return };
    // What is described elsewhere is limited there.
    if to.contains_key("$ref") {
        return;
    }
    for keyword in LIMITS {
        // Both name formats of numbers, each in its own words.
        if let Some(value) = from.get(keyword).filter(|_| keyword != "format" || !to.contains_key("format")) {
            to.insert(keyword.to_owned(), value.clone());
        }
    }
    for part in PARTS {
        if let (Some(from), Some(to)) = (from.get(part), to.get_mut(part)) {
            copy(from, definitions, to);
        }
    }
    let Some(properties) = to.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        if let Some(from) = from.get("properties").and_then(|properties| properties.get(name)) {
            copy(from, definitions, property);
        }
    }
}

/// What a schema stands for: where it is defined, and without the null that it may be instead.
fn defined<'a>(schema: &'a Value, definitions: &'a Value) -> &'a Value {
    let branches = schema.get("anyOf").and_then(Value::as_array);
    let branch =
        branches.and_then(|all| all.iter().find(|one| one.get("type").is_none_or(|kind| kind != "null")));
    let schema = branch.unwrap_or(schema);
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix("#/$defs/"));
    name.and_then(|name| definitions.get(name)).unwrap_or(schema)
}
