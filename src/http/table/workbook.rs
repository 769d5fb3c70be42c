//! Tables as sheets of a workbook. Rows go to a temporary file as they come, so that memory does not
//! grow with them.

use super::{Cell, Column, Holds, Table};
use crate::kernel::{Error, Result};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_xlsxwriter::{ColNum, DocProperties, Format, RowNum, Worksheet, XlsxError};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::sync::Arc;

/// The longest text that a cell takes, in UTF-16 units.
const MAX_TEXT: usize = 32_767;
/// What a text ends with of which the rest is left out.
const CUT: &str = "…";
/// The first year of which spreadsheet programs know the days.
const FIRST_YEAR: i32 = 1900;
/// The largest integer up to which all are exact in a cell.
const MAX_EXACT: i64 = 1 << 53;

/// A workbook that is being written, sheet after sheet.
pub struct Workbook {
    book: rust_xlsxwriter::Workbook,
    sheet: Option<Sheet>,
    heading: Format,
    date: Format,
    instant: Format,
}

/// The sheet that rows are added to.
struct Sheet {
    sheet: Worksheet,
    table: Arc<Table>,
    next: RowNum,
}

/// A workbook that is done: a temporary file, which goes with this value.
#[derive(Debug)]
pub struct WorkbookFile {
    /// The file, at its beginning.
    pub file: File,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

impl std::fmt::Debug for Workbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").finish_non_exhaustive()
    }
}

impl Workbook {
    /// An empty one. The day is the only time that is written in it: the same rows make the same bytes.
    pub fn new(day: NaiveDate) -> Self {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.set_properties(&DocProperties::new().set_creation_datetime(&day));
        Self {
            book,
            sheet: None,
            heading: Format::new().set_bold(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    /// Begins the next sheet, with the names of its columns in a first line that stays in sight.
    ///
    /// # Errors
    /// `Internal` where its temporary file cannot be made.
    pub fn begin(&mut self, table: Arc<Table>) -> Result<()> {
        self.end()?;
        let mut sheet = self.book.new_worksheet_with_constant_memory().map_err(internal)?;
        head(&mut sheet, &table, &self.heading).map_err(internal)?;
        self.sheet = Some(Sheet { sheet, table, next: 1 });
        Ok(())
    }

    /// Adds rows to the sheet.
    ///
    /// # Errors
    /// `BadParameters` for more rows than a sheet takes.
    pub fn rows(&mut self, rows: &[Value]) -> Result<()> {
        rows.iter().try_for_each(|row| self.row(row)).map_err(|error| match error {
            XlsxError::RowColumnLimitError => Error::parameter(
                "format",
                "parameter_invalid",
                "a sheet has no more than 1,048,576 rows: ask for less, or for csv",
            ),
            other => internal(other),
        })
    }

    fn row(&mut self, row: &Value) -> Result<(), XlsxError> {
        let Self { sheet: Some(Sheet { sheet, table, next }), date, instant, .. } = self else {
            return Ok(());
        };
        for (at, (column, cell)) in (0..).zip(table.cells(row)) {
            match cell {
                Cell::Empty => {}
                Cell::Boolean(told) => drop(sheet.write_boolean(*next, at, told)?),
                Cell::Number(number) => match exact(number) {
                    Some(number) => drop(sheet.write_number(*next, at, number)?),
                    None => drop(sheet.write_string(*next, at, number.to_string())?),
                },
                Cell::Text(text) => match time(column, &text) {
                    Some(Time::Day(day)) => {
                        sheet.write_datetime_with_format(*next, at, day, date)?;
                    }
                    Some(Time::Instant(at_time)) => {
                        sheet.write_datetime_with_format(*next, at, at_time.naive_utc(), instant)?;
                    }
                    None => drop(sheet.write_string(*next, at, shortened(&text))?),
                },
            }
        }
        *next += 1;
        Ok(())
    }

    /// Closes the sheet that rows were added to.
    fn end(&mut self) -> Result<()> {
        let Some(Sheet { mut sheet, table, next }) = self.sheet.take() else { return Ok(()) };
        let last = ColNum::try_from(table.columns.len().saturating_sub(1)).unwrap_or(ColNum::MAX);
        // A filter is over one row at least.
        sheet.autofilter(0, 0, (next - 1).max(1), last).map_err(internal)?;
        self.book.push_worksheet(sheet);
        Ok(())
    }

    /// The whole as a file. This works for a while: not for a thread that answers requests.
    ///
    /// # Errors
    /// `Internal` where the temporary file cannot be written.
    pub fn finish(mut self) -> Result<WorkbookFile> {
        self.end()?;
        let to = BufWriter::new(tempfile::tempfile().map_err(internal)?);
        let mut hashed = Hashed { to, size: 0, hash: Sha256::new() };
        self.book.save_to_writer(&mut hashed).map_err(internal)?;
        let mut file = hashed.to.into_inner().map_err(internal)?;
        file.seek(SeekFrom::Start(0)).map_err(internal)?;
        Ok(WorkbookFile { file, size: hashed.size, hash: hashed.hash.finalize().into() })
    }
}

/// Names a sheet and its columns.
fn head(sheet: &mut Worksheet, table: &Table, heading: &Format) -> Result<(), XlsxError> {
    sheet.set_name(&table.name)?.set_freeze_panes(1, 0)?;
    for (at, column) in (0..).zip(&table.columns) {
        sheet.set_column_width(at, width(column))?;
        sheet.write_string_with_format(0, at, &column.name, heading)?;
    }
    Ok(())
}

/// Counts and hashes what is written.
struct Hashed<W> {
    to: W,
    size: u64,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.size += written as u64;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

enum Time {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

/// The time that a text says in a column of times.
fn time(column: &Column, text: &str) -> Option<Time> {
    let (time, year) = match column.holds {
        _ if column.many => return None,
        Holds::Date => {
            let day: NaiveDate = text.parse().ok()?;
            (Time::Day(day), day.year())
        }
        Holds::Instant => {
            let instant: DateTime<Utc> = text.parse().ok()?;
            (Time::Instant(instant), instant.year())
        }
        _ => return None,
    };
    (year >= FIRST_YEAR).then_some(time)
}

/// A number as cells keep it, where they keep it exactly.
fn exact(number: &serde_json::Number) -> Option<f64> {
    let exact = number.as_i64().is_none_or(|number| (-MAX_EXACT..=MAX_EXACT).contains(&number));
    number.as_f64().filter(|_| exact)
}

/// What a cell takes of a text.
fn shortened(text: &str) -> String {
    if text.encode_utf16().count() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units < MAX_TEXT
    };
    text.chars().take_while(fits).collect::<String>() + CUT
}

/// How wide a column is, in letters.
fn width(column: &Column) -> f64 {
    match column.holds {
        _ if column.many => 30.0,
        Holds::Text | Holds::Json => 24.0,
        Holds::Instant => 19.0,
        Holds::Integer | Holds::Number | Holds::Boolean | Holds::Date => 12.0,
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a workbook cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_with_a_mark() {
        assert_eq!(shortened("ședință"), "ședință");
        assert_eq!(shortened(&"x".repeat(MAX_TEXT)).len(), MAX_TEXT);
        for letter in ["x", "ș", "😀"] {
            let cut = shortened(&letter.repeat(40_000));
            let units = cut.encode_utf16().count();
            assert!(units <= MAX_TEXT && units > MAX_TEXT - 2 && cut.ends_with(CUT), "{letter}: {units}");
        }
    }
}
