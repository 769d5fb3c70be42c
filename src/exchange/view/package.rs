//! The lists as a data package: Frictionless Data Package with table schemas.

use super::ABOUT;
use crate::http::format::Format;
use crate::http::table::{Column, Holds, Table};
use serde::Serialize;
use utoipa::ToSchema;

/// All lists as tables (Frictionless Data Package v1).
#[derive(Debug, Serialize, ToSchema)]
pub struct DataPackage {
    /// A name for programs.
    #[schema(example = "ogp-tracker")]
    name: String,
    /// A name for people.
    title: String,
    /// What the data is about.
    description: String,
    /// The address of this document.
    homepage: String,
    /// The lists.
    resources: Vec<DataResource>,
}

/// A list as a table (Frictionless Tabular Data Resource v1).
#[derive(Debug, Serialize, ToSchema)]
pub struct DataResource {
    /// A name for programs.
    #[schema(example = "commitments")]
    name: String,
    /// A name for people.
    title: String,
    /// What its rows are.
    description: String,
    /// Where it is, as CSV.
    path: String,
    /// Always `tabular-data-resource`.
    #[schema(example = "tabular-data-resource")]
    profile: String,
    /// Always `http`: it is read from where it is.
    #[schema(example = "http")]
    scheme: String,
    /// Always `csv`.
    #[schema(example = "csv")]
    format: String,
    /// Its media type.
    #[schema(example = "text/csv")]
    mediatype: String,
    /// Always `utf-8`.
    #[schema(example = "utf-8")]
    encoding: String,
    /// Its columns.
    schema: TableSchema,
}

/// The columns of a table (Frictionless Table Schema v1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TableSchema {
    /// The columns, in their order.
    fields: Vec<TableField>,
}

/// A column of a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableField {
    /// What the line of column names calls it.
    #[schema(example = "starts.date")]
    name: String,
    /// What it holds: `string`, `integer`, `number`, `boolean`, `date` or `datetime`.
    #[serde(rename = "type")]
    #[schema(example = "date")]
    kind: String,
    /// What it means.
    description: String,
    /// What else holds for every cell; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    constraints: Option<ConstraintsOfField>,
}

/// What holds for every cell of a column.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConstraintsOfField {
    /// The only words that it can hold.
    #[serde(rename = "enum")]
    words: Vec<String>,
}

impl DataPackage {
    /// Of these lists, on the server that is found at `base`.
    pub fn new(base: &str, tables: &[&Table]) -> Self {
        Self {
            name: "ogp-tracker".to_owned(),
            title: "Open Government Partnership commitments".to_owned(),
            description: ABOUT.to_owned(),
            homepage: format!("{base}/api/v1/datasets/datapackage.json"),
            resources: tables.iter().map(|table| DataResource::new(base, table)).collect(),
        }
    }
}

impl DataResource {
    fn new(base: &str, table: &Table) -> Self {
        Self {
            name: table.name.replace('_', "-"),
            title: table.subject(),
            description: table.description.clone(),
            path: format!("{base}{}?format=csv", table.path),
            profile: "tabular-data-resource".to_owned(),
            scheme: "http".to_owned(),
            format: Format::Csv.extension().to_owned(),
            mediatype: Format::Csv.essence().to_owned(),
            encoding: "utf-8".to_owned(),
            schema: TableSchema { fields: table.columns.iter().map(TableField::new).collect() },
        }
    }
}

impl TableField {
    fn new(column: &Column) -> Self {
        let kind = match column.holds {
            // What has several items is text, whatever the items are.
            _ if column.many => "string",
            Holds::Text | Holds::Json => "string",
            Holds::Integer => "integer",
            Holds::Number => "number",
            Holds::Boolean => "boolean",
            Holds::Date => "date",
            Holds::Instant => "datetime",
        };
        let words = column.words.clone();
        let limited = !words.is_empty() && !column.many;
        Self {
            name: column.name.clone(),
            kind: kind.to_owned(),
            description: column.description.clone(),
            constraints: limited.then_some(ConstraintsOfField { words }),
        }
    }
}
