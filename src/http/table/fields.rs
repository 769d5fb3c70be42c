//! Picking fields: `fields=code,due.date`.

use super::{Column, Table};
use crate::kernel::ParameterError;
use serde_json::Value;
use std::sync::Arc;

/// The fields that are wanted of each row.
#[derive(Debug, Clone)]
pub struct Fields(Vec<Vec<String>>);

impl Fields {
    /// Reads what was asked for: names with commas between, dots inside. Nothing asked is everything.
    ///
    /// # Errors
    /// Where a name leads to no column of the table.
    pub fn read(asked: &[&str], table: &Table) -> Result<Option<Self>, ParameterError> {
        let names: Vec<_> = asked.iter().flat_map(|names| names.split(',')).map(str::trim).collect();
        let unknown: Vec<_> = names.iter().copied().filter(|name| !table.has(name)).collect();
        match unknown.first() {
            None if names.is_empty() => Ok(None),
            // What is included was asked for by another name.
            None => {
                let included = table.included.iter().map(String::as_str);
                Ok(Some(Self(names.into_iter().chain(included).map(path).collect())))
            }
            Some(first) => {
                let shown: String = unknown.join(", ").chars().take(200).collect();
                let known = table.names_beside(first).join(", ");
                let detail = format!("there is no field {shown:?} here; there are: {known}");
                Err(ParameterError::new("fields", "field_unknown", detail))
            }
        }
    }

    /// Leaves out what is not wanted of a row.
    pub fn pick(&self, row: &mut Value) {
        let paths: Vec<_> = self.0.iter().map(Vec::as_slice).collect();
        pick(row, &paths);
    }

    /// The same table with the wanted columns only.
    pub fn columns(&self, table: &Table) -> Arc<Table> {
        let wanted = |column: &&Column| self.0.iter().any(|path| column.path.starts_with(path));
        let columns = table.columns.iter().filter(wanted).cloned().collect();
        Arc::new(Table { columns, ..table.clone() })
    }
}

impl Table {
    /// Every name that can be asked for: of columns, and of what they are nested in.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for column in &self.columns {
            let above = (1..=column.path.len()).filter_map(|depth| Some(column.path.get(..depth)?.join(".")));
            for name in above {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn has(&self, name: &str) -> bool {
        let path = path(name);
        self.columns.iter().any(|column| column.path.starts_with(&path))
    }

    /// The names that could have been meant: of the fields beside the first part that is unknown.
    fn names_beside(&self, name: &str) -> Vec<String> {
        let path = path(name);
        let known = (0..path.len()).rev().find_map(|depth| {
            let start = path.get(..depth)?;
            self.columns.iter().any(|column| column.path.starts_with(start)).then_some(depth)
        });
        let depth = known.unwrap_or_default();
        let beside = |column: &&Column| column.path.get(..depth) == path.get(..depth);
        let shown =
            |column: &Column| column.path.iter().take(depth + 1).cloned().collect::<Vec<_>>().join(".");
        let mut names: Vec<_> = self.columns.iter().filter(beside).map(shown).collect();
        names.dedup();
        names
    }
}

fn path(name: &str) -> Vec<String> {
    name.split('.').map(str::to_owned).collect()
}

fn pick(value: &mut Value, paths: &[&[String]]) {
    if paths.iter().any(|path| path.is_empty()) {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| pick(item, paths)),
        Value::Object(fields) => {
            let below = |name: &str| -> Vec<&[String]> {
                let split = paths.iter().filter_map(|path| path.split_first());
                split.filter(|(first, _)| *first == name).map(|(_, rest)| rest).collect()
            };
            fields.retain(|name, _| !below(name).is_empty());
            fields.iter_mut().for_each(|(name, value)| pick(value, &below(name)));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_left() {
        let mut row = json!({"code": "A", "due": {"date": "2020-01-01", "text": "x"}, "leads": [
            {"id": 1, "name": "X"}, {"id": 2, "name": null}
        ], "none": null, "title": "T"});
        let paths = ["code", "due.date", "leads.name", "none.date"].map(path).to_vec();
        Fields(paths).pick(&mut row);
        let left = json!({"code": "A", "due": {"date": "2020-01-01"}, "leads": [{"name": "X"}, {"name": null}],
            "none": null});
        assert_eq!(row, left);
    }
}
