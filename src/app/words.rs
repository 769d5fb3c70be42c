//! What each value of a closed vocabulary means, in the OpenAPI document: utoipa tells the values
//! of an enum but not what their doc lines say; schemars does.

use crate::accounts::model::{Role, Scope};
use crate::assessments::model::{Absence, Assessor, Stage};
use crate::commitments::api::CommitmentPart;
use crate::commitments::model::{CodeBasis, Disposition, InstitutionRole, LinkKind, OgpValue, PartnerGroup};
use crate::commitments::view::LinkDirection;
use crate::evidence::model::{EvidenceKind, EvidenceRelation};
use crate::http::format::Format;
use crate::insight::model::{DeadlineBase, Dimension, Interval, WorkReason};
use crate::kernel::Precision;
use crate::ledger::model::entry::EntryFormat;
use crate::ledger::model::{Action, Kind, LedgerCheck};
use crate::members::api::MemberPart;
use crate::members::model::{MemberKind, Sector};
use crate::milestones::api::MilestonePart;
use crate::milestones::model::{Challenge, Progress, ProgressSaid, Reporter, Schedule};
use crate::plans::api::ActionPlanPart;
use crate::plans::model::{EventKind, EventStatus, PlanStatus};
use crate::search::model::{SearchField, SearchKind};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

/// Adds the meaning of every value to the description of its vocabulary.
pub(super) fn explain(document: &mut OpenApi) {
    explain_one::<Absence>(document);
    explain_one::<Action>(document);
    explain_one::<ActionPlanPart>(document);
    explain_one::<Assessor>(document);
    explain_one::<Challenge>(document);
    explain_one::<CodeBasis>(document);
    explain_one::<CommitmentPart>(document);
    explain_one::<DeadlineBase>(document);
    explain_one::<Dimension>(document);
    explain_one::<Disposition>(document);
    explain_one::<EntryFormat>(document);
    explain_one::<EventKind>(document);
    explain_one::<EventStatus>(document);
    explain_one::<EvidenceKind>(document);
    explain_one::<EvidenceRelation>(document);
    explain_one::<Format>(document);
    explain_one::<Interval>(document);
    explain_one::<InstitutionRole>(document);
    explain_one::<Kind>(document);
    explain_one::<LedgerCheck>(document);
    explain_one::<LinkDirection>(document);
    explain_one::<LinkKind>(document);
    explain_one::<MemberKind>(document);
    explain_one::<MemberPart>(document);
    explain_one::<MilestonePart>(document);
    explain_one::<OgpValue>(document);
    explain_one::<PartnerGroup>(document);
    explain_one::<PlanStatus>(document);
    explain_one::<Precision>(document);
    explain_one::<Progress>(document);
    explain_one::<ProgressSaid>(document);
    explain_one::<Reporter>(document);
    explain_one::<Role>(document);
    explain_one::<Schedule>(document);
    explain_one::<Scope>(document);
    explain_one::<SearchField>(document);
    explain_one::<SearchKind>(document);
    explain_one::<Sector>(document);
    explain_one::<Stage>(document);
    explain_one::<WorkReason>(document);
}

fn explain_one<T: JsonSchema + ToSchema>(document: &mut OpenApi) {
    let schemas = document.components.as_mut().map(|components| &mut components.schemas);
    let Some(RefOr::T(Schema::Object(object))) =
        schemas.and_then(|schemas| schemas.get_mut(T::name().as_ref()))
    else {
        return;
    };
    let described = SchemaGenerator::default().into_root_schema_for::<T>();
    let values = described.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let lines = values.filter_map(|value| {
        let (word, meaning) = (value.get("const")?.as_str()?, value.get("description")?.as_str()?);
        Some(format!("- `{word}`: {}", meaning.replace('\n', " ")))
    });
    let lines: Vec<_> = lines.collect();
    let description = object.description.take().unwrap_or_default();
    object.description = Some(format!("{description}\n\n{}", lines.join("\n")));
}
