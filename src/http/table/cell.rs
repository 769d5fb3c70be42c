//! What stands in a cell.

use super::{Column, Holds};
use serde_json::{Number, Value};
use std::borrow::Cow;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text; also days and instants, as JSON has them (RFC 3339).
    Text(Cow<'a, str>),
    /// A number.
    Number(&'a Number),
    /// True or false.
    Boolean(bool),
}

impl<'a> Cell<'a> {
    /// What a row has in a column.
    pub(super) fn of(row: &'a Value, column: &Column) -> Self {
        if column.many {
            let mut items = Vec::new();
            collect(row, &column.path, &mut items);
            return if items.is_empty() { Self::Empty } else { Self::Text(joined(&items).into()) };
        }
        let found = column.path.iter().try_fold(row, |value, name| value.get(name));
        match found {
            None | Some(Value::Null) => Self::Empty,
            Some(value) if column.holds == Holds::Json => Self::Text(value.to_string().into()),
            Some(Value::Number(number)) => Self::Number(number),
            Some(Value::Bool(told)) => Self::Boolean(*told),
            Some(value) => Self::Text(text(value)),
        }
    }
}

/// All values that a path leads to; `null` where an item of a list has none.
fn collect<'a>(value: &'a Value, path: &[String], items: &mut Vec<&'a Value>) {
    match (path.split_first(), value) {
        (Some((name, rest)), Value::Object(fields)) => match fields.get(name) {
            Some(Value::Array(list)) => list.iter().for_each(|item| collect_one(item, rest, items)),
            Some(value) => collect(value, rest, items),
            None => {}
        },
        (None, Value::Null) => {}
        (None, value) => items.push(value),
        _ => {}
    }
}

/// The value of one item of a list: exactly one, to keep columns in step.
fn collect_one<'a>(item: &'a Value, path: &[String], items: &mut Vec<&'a Value>) {
    items.push(path.iter().try_fold(item, |value, name| value.get(name)).unwrap_or(&Value::Null));
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

fn joined(items: &[&Value]) -> String {
    let escaped = |item: &&Value| text(item).replace('\\', "\\\\").replace('|', "\\|");
    items.iter().map(escaped).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cell(row: &Value, path: &str, many: bool) -> Option<String> {
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        let (name, holds) = (path.join("."), Holds::Text);
        let column = Column { path, name, holds, many, description: String::new(), words: Vec::new() };
        match Cell::of(row, &column) {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.into_owned()),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Boolean(told) => Some(told.to_string()),
        }
    }

    #[test]
    fn items_of_a_list_stay_in_step_and_can_be_told_apart() {
        let row = json!({"due": {"date": "2020-01-01"}, "none": null, "leads": [
            {"name": "A|B", "code": 1}, {"name": null}, {"name": "C\\"}
        ], "of": {"words": ["x", "y"]}, "empty": []});
        assert_eq!(cell(&row, "due.date", false).as_deref(), Some("2020-01-01"));
        assert_eq!(cell(&row, "none.date", false), None);
        assert_eq!(cell(&row, "leads.name", true).as_deref(), Some("A\\|B||C\\\\"));
        assert_eq!(cell(&row, "leads.code", true).as_deref(), Some("1||"));
        assert_eq!(cell(&row, "of.words", true).as_deref(), Some("x|y"));
        assert_eq!(cell(&row, "empty.name", true), None);
    }
}
