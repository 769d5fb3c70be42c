//! Tables as lines of text: CSV and NDJSON.

use super::{Cell, Column, Fields, Holds, Table};
use crate::kernel::{Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The byte order mark, by which spreadsheet programs know UTF-8.
const BOM: &str = "\u{FEFF}";
/// What a formula begins with, and the mark itself.
const NEUTRALIZED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// Writes rows as lines.
#[derive(Debug, Clone)]
pub enum Lines {
    /// RFC 4180: CRLF, quotes where they are needed, a line of column names first.
    Csv {
        /// The columns.
        table: Arc<Table>,
        /// Whether a byte order mark comes first.
        bom: bool,
    },
    /// One JSON document a line.
    Ndjson(Option<Fields>),
}

impl Lines {
    /// What comes before the rows.
    ///
    /// # Errors
    /// Where it cannot be written; never so far.
    pub fn head(&self) -> Result<Vec<u8>> {
        let Self::Csv { table, bom } = self else { return Ok(Vec::new()) };
        let names = table.columns.iter().map(|column| column.name.as_str());
        let mut bytes = if *bom { BOM.as_bytes().to_vec() } else { Vec::new() };
        bytes.extend(written(|csv| csv.write_record(names))?);
        Ok(bytes)
    }

    /// The lines of some rows.
    ///
    /// # Errors
    /// Where one cannot be written; never so far.
    pub fn rows(&self, rows: Vec<Value>) -> Result<Vec<u8>> {
        match self {
            Self::Csv { table, .. } => written(|csv| {
                rows.iter().try_for_each(|row| {
                    let cells = table.cells(row).map(|(column, cell)| neutralized(column, cell));
                    csv.write_record(cells.map(|cell| cell.into_owned().into_bytes()))
                })
            }),
            Self::Ndjson(fields) => Ok(rows.into_iter().flat_map(|row| line(row, fields.as_ref())).collect()),
        }
    }
}

fn line(mut row: Value, fields: Option<&Fields>) -> Vec<u8> {
    if let Some(fields) = fields {
        fields.pick(&mut row);
    }
    format!("{row}\n").into_bytes()
}

fn written(
    write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> std::result::Result<(), csv::Error>,
) -> Result<Vec<u8>> {
    let internal = |error: String| Error::Internal(error);
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    write(&mut csv).map_err(|error| internal(error.to_string()))?;
    csv.into_inner().map_err(|error| internal(error.to_string()))
}

/// A cell that no spreadsheet program takes for a formula. Text that begins like one, or with an
/// apostrophe, has one apostrophe more in front: whoever takes one away from each text that begins with
/// one has what was there before.
fn neutralized<'a>(column: &Column, cell: Cell<'a>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Number(number) => number.to_string().into(),
        Cell::Boolean(told) => told.to_string().into(),
        Cell::Text(text) => {
            let is_text = column.many || !matches!(column.holds, Holds::Date | Holds::Instant);
            if is_text && text.starts_with(NEUTRALIZED) { format!("'{text}").into() } else { text }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn table(names: &[&str]) -> Arc<Table> {
        let column = |name: &&str| Column {
            path: vec![(*name).to_owned()],
            name: (*name).to_owned(),
            holds: Holds::Text,
            many: false,
            description: String::new(),
            words: Vec::new(),
        };
        let columns = names.iter().map(column).collect();
        let (name, path, description) = ("things".to_owned(), "/things".to_owned(), String::new());
        Arc::new(Table {
            name,
            path,
            description,
            is_list: true,
            is_public: true,
            columns,
            included: Vec::new(),
        })
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        let lines = Lines::Csv { table: table(&["a", "b"]), bom: true };
        let rows =
            vec![json!({"a": "=1+1", "b": -5}), json!({"a": "x\"y,\nz", "b": "-5"}), json!({"a": "'q"})];
        let text = String::from_utf8([lines.head().unwrap(), lines.rows(rows).unwrap()].concat()).unwrap();
        assert_eq!(text, "\u{FEFF}a,b\r\n'=1+1,-5\r\n\"x\"\"y,\nz\",'-5\r\n''q,\r\n");
    }

    proptest! {
        #[test]
        fn every_text_reads_back(first in "\\PC{0,8}|[=+@'\t\r\n\",|-]{0,4}", second in any::<String>()) {
            let lines = Lines::Csv { table: table(&["a", "b"]), bom: false };
            let bytes = lines.rows(vec![json!({"a": first, "b": second})]).unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
            let record = reader.records().next().unwrap().unwrap();
            let read: Vec<_> =
                record.iter().map(|text| text.strip_prefix('\'').unwrap_or(text).to_owned()).collect();
            prop_assert!(record.iter().all(|text| !text.starts_with(['=', '+', '-', '@', '\t', '\r'])));
            prop_assert_eq!(read, vec![first, second]);
        }
    }
}
