//! Lists as tables: which columns each has, and what stands in them.
//!
//! The columns are those of the schema that the OpenAPI document shows of a row, so they are the same
//! for every row and whatever the data. What is nested has a dotted name (`due.date`). A list in a row
//! has its items in one cell, joined by `|` (a `|` or `\` in an item has a `\` before it); the columns of
//! a list of objects (`leads.name`) keep their items in step, and an item without a value is empty there.
//! A list in such a list, and whatever has no fixed fields (`translations`), is JSON.

mod cell;
mod fields;
mod lines;
mod workbook;

use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

pub use cell::Cell;
pub use fields::Fields;
pub use lines::Lines;
pub use workbook::{Workbook, WorkbookFile};

/// The list of what a search finds.
const SEARCH: &str = "search_results";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// An instant, in UTC.
    Instant,
    /// Something without fixed fields, as JSON.
    Json,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The names of the fields that lead to it.
    path: Vec<String>,
    /// Those names, with dots between.
    pub name: String,
    /// What it holds; where it is in a list, each of its items.
    pub holds: Holds,
    /// Whether it is in a list, so that a cell can have several items.
    pub many: bool,
    /// What it means.
    pub description: String,
    /// The only words that it can hold; none where it can hold others.
    pub words: Vec<String>,
}

/// The columns of what one operation answers with.
#[derive(Debug, Clone)]
pub struct Table {
    /// What it holds, in snake_case: `action_plans`.
    pub name: String,
    /// The address of the operation, with names of path parameters in braces.
    pub path: String,
    /// What its rows are, in a sentence.
    pub description: String,
    /// Whether it is a list.
    pub is_list: bool,
    /// Whether everybody may read it.
    pub is_public: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What `include` nests in a row on demand: no columns.
    pub included: Vec<String>,
}

/// The tables of all operations, by address.
#[derive(Debug, Default)]
pub struct Tables(HashMap<String, Arc<Table>>);

impl Tables {
    /// Reads them from the OpenAPI document: those of every read that takes `fields`.
    pub fn new(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        let tables = paths.filter_map(|(path, item)| Table::new(document, path, item.get("get")?));
        Self(tables.map(|table| (table.path.clone(), Arc::new(table))).collect())
    }

    /// The table of what an address answers with.
    pub fn of(&self, path: &str) -> Option<&Arc<Table>> {
        self.0.get(path)
    }

    /// All public lists whose address needs no name, by name; what a search finds is in the others.
    pub fn datasets(&self) -> Vec<&Table> {
        let found = |table: &Table| table.name == SEARCH;
        let whole =
            |table: &&Table| table.is_list && table.is_public && !table.path.contains('{') && !found(table);
        let mut found: Vec<_> = self.0.values().map(Arc::as_ref).filter(whole).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }
}

impl Table {
    fn new(document: &Value, path: &str, operation: &Value) -> Option<Self> {
        let parameters = operation.get("parameters")?.as_array()?;
        let takes = |name: &str| parameters.iter().any(|one| one.get("name").is_some_and(|own| own == name));
        if !takes("fields") {
            return None;
        }
        let answer = operation.pointer("/responses/200/content/application~1json/schema")?;
        let schemas = Schemas(document.pointer("/components/schemas")?);
        let is_list = takes("cursor");
        // What comes as a table is the rows, whether they have pages or not.
        let row = if takes("bom") { schemas.row(answer)? } else { answer };
        let mut columns = Vec::new();
        schemas.columns(row, &Place::default(), &mut columns);
        let include = parameters.iter().find(|one| one.get("name").is_some_and(|name| name == "include"));
        let included = include.and_then(|include| schemas.words(include.pointer("/schema/items")?));
        let included = included.unwrap_or_default();
        columns.retain(|column| !column.path.first().is_some_and(|first| included.contains(first)));
        let id = operation.get("operationId")?.as_str()?;
        Some(Self {
            name: id.trim_start_matches("list_").trim_start_matches("get_").to_owned(),
            path: path.to_owned(),
            description: sentence(operation.get("description")?.as_str()?),
            is_public: operation.get("security").and_then(Value::as_array).is_none_or(Vec::is_empty),
            is_list,
            columns,
            included,
        })
    }

    /// What it holds, for people: `Action plans`.
    pub fn subject(&self) -> String {
        let words = self.name.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// The cells of a row.
    pub fn cells<'a>(&'a self, row: &'a Value) -> impl Iterator<Item = (&'a Column, Cell<'a>)> {
        self.columns.iter().map(move |column| (column, Cell::of(row, column)))
    }
}

/// A row, as its JSON says it.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn row(of: &impl Serialize) -> crate::kernel::Result<Value> {
    serde_json::to_value(of).map_err(|error| crate::kernel::Error::Internal(error.to_string()))
}

/// Where in a row a schema stands.
#[derive(Debug, Clone, Default)]
struct Place<'a> {
    path: Vec<String>,
    many: bool,
    /// The named schemas that lead there: one that leads to itself has no end of columns.
    through: Vec<&'a str>,
    description: &'a str,
}

/// The schemas that the document names.
#[derive(Debug, Clone, Copy)]
struct Schemas<'a>(&'a Value);

impl<'a> Schemas<'a> {
    /// The schema of the rows of a list.
    fn row(self, list: &'a Value) -> Option<&'a Value> {
        let (list, _) = self.resolve(list);
        list.pointer("/properties/data/items")
    }

    /// The schema itself, where another stands for it: a reference, or it beside `null`.
    fn resolve(self, schema: &'a Value) -> (&'a Value, Option<&'a str>) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) {
            return (self.0.get(name).unwrap_or(&Value::Null), Some(name));
        }
        let branches = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let is_null = |branch: &&Value| branch.get("type").is_some_and(|kind| kind == "null");
        let mut branches = branches.into_iter().flatten().filter(|branch| !is_null(branch));
        match (branches.next(), branches.next()) {
            (Some(only), None) => self.resolve(only),
            _ => (schema, None),
        }
    }

    /// The only words that a schema allows.
    fn words(self, schema: &'a Value) -> Option<Vec<String>> {
        let (found, _) = self.resolve(schema);
        let words = found.get("enum")?.as_array()?;
        Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Adds the columns of a schema.
    fn columns(self, schema: &'a Value, place: &Place<'a>, columns: &mut Vec<Column>) {
        let (found, name) = self.resolve(schema);
        let mut place = place.clone();
        if let Some(description) = [schema, found].into_iter().find_map(description) {
            place.description = if place.description.is_empty() { description } else { place.description };
        }
        if let Some(name) = name {
            if place.through.contains(&name) {
                return columns.push(Column::new(&place, Holds::Json, found));
            }
            place.through.push(name);
        }
        let parts = found.get("allOf").and_then(Value::as_array);
        let fields = found.get("properties").and_then(Value::as_object);
        match (parts, fields, found.get("items")) {
            (None, None, Some(_)) if place.many => columns.push(Column::new(&place, Holds::Json, found)),
            (None, None, Some(items)) => self.columns(items, &Place { many: true, ..place }, columns),
            (None, None, None) => columns.push(Column::new(&place, holds(found), found)),
            _ => {
                parts.into_iter().flatten().for_each(|part| self.columns(part, &place, columns));
                fields.into_iter().flatten().for_each(|(field, of)| self.field(field, of, &place, columns));
            }
        }
    }

    fn field(self, name: &str, schema: &'a Value, place: &Place<'a>, columns: &mut Vec<Column>) {
        let mut place = Place { description: "", ..place.clone() };
        place.path.push(name.to_owned());
        self.columns(schema, &place, columns);
    }
}

/// The first sentence of a text.
fn sentence(text: &str) -> String {
    text.split_once(". ").map_or_else(|| text.to_owned(), |(first, _)| format!("{first}."))
}

fn description(schema: &Value) -> Option<&str> {
    schema.get("description")?.as_str()
}

/// What a schema without parts holds.
fn holds(schema: &Value) -> Holds {
    let kinds = match schema.get("type") {
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(only)) => vec![only.as_str()],
        _ => Vec::new(),
    };
    let mut kinds = kinds.into_iter().filter(|kind| *kind != "null");
    let format = schema.get("format").and_then(Value::as_str);
    match (kinds.next(), kinds.next(), format) {
        (Some("string"), None, Some("date")) => Holds::Date,
        (Some("string"), None, Some("date-time")) => Holds::Instant,
        (Some("string"), None, _) => Holds::Text,
        (Some("integer"), None, _) => Holds::Integer,
        (Some("number"), None, _) => Holds::Number,
        (Some("boolean"), None, _) => Holds::Boolean,
        _ => Holds::Json,
    }
}

impl Column {
    fn new(place: &Place<'_>, holds: Holds, schema: &Value) -> Self {
        let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        Self {
            path: place.path.clone(),
            name: place.path.join("."),
            holds,
            many: place.many,
            description: place.description.to_owned(),
            words: words.filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}
