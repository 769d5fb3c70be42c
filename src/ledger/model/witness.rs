//! States of other logs, as they are handed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A checkpoint of another log, with the proof that it continues the last one that was seen here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckpointShown {
    /// The signed note (C2SP tlog-checkpoint).
    #[schemars(length(min = 1, max = 10_000))]
    pub checkpoint: String,
    /// How many entries the last checkpoint has that was seen here; left out where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(range(min = 1))]
    pub from: Option<i64>,
    /// The hashes that prove it (RFC 9162, section 2.1.4), in base64.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 1, max = 100)))]
    pub path: Vec<String>,
}
