//! Keyset pages in SQL: order, place after the cursor, and the keys that the next cursor needs.

use super::Json;
use super::sql::{Condition, Fragment, Nested};
use crate::kernel::page::{Cursor, Page, PageAsk};
use crate::kernel::{Error, Result};
use chrono::{DateTime, Datelike, NaiveDate};
use diesel::QueryResult;
use diesel::sql_types::{Array, Text, Untyped};
use futures_util::future::try_join;
use uuid::Uuid;

/// Something that a list can be sorted by.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    /// The name that callers use.
    pub name: &'static str,
    /// An SQL expression that is never null.
    pub sql: &'static str,
    /// Its SQL type, to read it back from a cursor's text.
    pub sql_type: &'static str,
}

impl SortKey {
    /// Whether the database can read the text as its type: a cursor's checksum is no secret, and a
    /// forged one is the caller's fault, not ours.
    fn reads(&self, text: &str) -> bool {
        match self.sql_type {
            "int" => text.parse::<i32>().is_ok(),
            "date" => {
                let day = text.parse::<NaiveDate>();
                text == "infinity" || day.is_ok_and(|day| (1..=9999).contains(&day.year()))
            }
            "timestamptz" => DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").is_ok(),
            _ => !text.contains('\0'),
        }
    }
}

/// What one list can be sorted by, and how it is where the caller does not say.
#[derive(Debug, Clone, Copy)]
pub struct Sorting {
    /// All keys.
    pub keys: &'static [SortKey],
    /// The default, as a caller would write it.
    pub default: &'static str,
    /// The id column, qualified: the unique tiebreak.
    pub id: &'static str,
}

/// A page that was asked for.
#[derive(Debug, Clone)]
pub struct PageRequest {
    order: Vec<(SortKey, Direction)>,
    id: &'static str,
    after: Option<Cursor>,
    limit: u16,
    total: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }

    fn beyond(self) -> &'static str {
        match self {
            Self::Ascending => ">",
            Self::Descending => "<",
        }
    }
}

impl PageRequest {
    /// Reads what is asked against what the list can be sorted by.
    ///
    /// # Errors
    /// `BadParameters` where a key is unknown, repeated, or the cursor does not fit the order.
    pub fn new(sorting: Sorting, ask: &PageAsk) -> Result<Self> {
        Self::of_found(sorting, None, ask)
    }

    /// The same of a list that may be searched: what was found can also be sorted by how well it
    /// answers, and is, best first, where the caller does not say.
    ///
    /// # Errors
    /// The same.
    pub fn of_found(sorting: Sorting, relevance: Option<SortKey>, ask: &PageAsk) -> Result<Self> {
        let keys: Vec<_> = sorting.keys.iter().copied().chain(relevance).collect();
        let best_first = relevance.map(|key| format!("-{},", key.name)).unwrap_or_default();
        let default = format!("{best_first}{}", sorting.default);
        let mut order: Vec<(SortKey, Direction)> = Vec::new();
        for word in ask.sort.as_deref().unwrap_or(&default).split(',') {
            let (name, direction) = match word.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (word, Direction::Ascending),
            };
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                let known: Vec<_> = keys.iter().map(|key| key.name).collect();
                return Err(Error::parameter(
                    "sort",
                    "parameter_invalid",
                    format!(
                        "cannot sort by {name:?}; known: {} (a leading `-` turns the order round)",
                        known.join(", ")
                    ),
                ));
            };
            if order.iter().any(|(earlier, _)| earlier.name == name) {
                return Err(Error::parameter(
                    "sort",
                    "parameter_invalid",
                    format!("{name:?} is given twice"),
                ));
            }
            order.push((*key, direction));
        }
        if ask.after.as_ref().is_some_and(|cursor| cursor.keys.len() != order.len()) {
            return Err(Error::parameter("cursor", "parameter_invalid", "it was made for another order"));
        }
        let fits = |cursor: &Cursor| order.iter().zip(&cursor.keys).all(|((key, _), value)| key.reads(value));
        if ask.after.as_ref().is_some_and(|cursor| !fits(cursor)) {
            return Err(Error::parameter("cursor", "parameter_invalid", "it holds what no row has"));
        }
        Ok(Self { order, id: sorting.id, after: ask.after.clone(), limit: ask.limit, total: ask.total })
    }

    /// For `LIMIT`: one more row than the page has tells whether there is a next one.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// For `ORDER BY`.
    pub fn order(&self) -> Fragment<Untyped> {
        let mut sql = Fragment::new("");
        for (key, direction) in &self.order {
            sql.push(format!("{} {}, ", key.sql, direction.sql()));
        }
        sql.push(format!("{} {}", self.id, self.last_direction().sql()));
        sql
    }

    /// For `WHERE`: only rows beyond the cursor.
    pub fn place(&self) -> Condition {
        let Some(cursor) = &self.after else { return Condition::new("TRUE") };
        let id = cursor.id.to_string();
        let mut sql = Condition::new("(");
        for beyond in 0..=self.order.len() {
            // Equal in all keys before this one, and beyond the cursor in this one.
            sql.push(if beyond == 0 { "(" } else { " OR (" });
            for ((key, _), value) in self.order.iter().zip(&cursor.keys).take(beyond) {
                compare(&mut sql, key.sql, "=", value, key.sql_type);
                sql.push(" AND ");
            }
            match self.order.get(beyond).zip(cursor.keys.get(beyond)) {
                Some(((key, direction), value)) => {
                    compare(&mut sql, key.sql, direction.beyond(), value, key.sql_type);
                }
                None => compare(&mut sql, self.id, self.last_direction().beyond(), &id, "uuid"),
            }
            sql.push(")");
        }
        sql.push(")");
        sql
    }

    /// For `SELECT`: the row's sort keys as text.
    pub fn keys(&self) -> Fragment<Array<Text>> {
        let keys: Vec<_> = self.order.iter().map(|(key, _)| format!("({})::text", key.sql)).collect();
        Fragment::new(format!("ARRAY[{}]::text[]", keys.join(", ")))
    }

    /// Loads the page: the rows, and beside them in the same round trip the count where it was
    /// asked for. Each fetched row comes with its keys; there are at most [`Self::fetch`].
    ///
    /// # Errors
    /// What the queries answer.
    pub async fn run<R, N: Nested>(
        &self,
        rows: impl Future<Output = QueryResult<Vec<(R, Json<N>, Vec<String>)>>>,
        count: impl Future<Output = QueryResult<i64>>,
        id: impl Fn(&R) -> Uuid,
    ) -> Result<Page<(R, N)>> {
        let (mut fetched, total) = if self.total {
            let (fetched, total) = try_join(rows, count).await?;
            (fetched, Some(total))
        } else {
            (rows.await?, None)
        };
        let more = fetched.len() > usize::from(self.limit);
        fetched.truncate(usize::from(self.limit));
        let next =
            fetched.last().filter(|_| more).map(|(row, _, keys)| Cursor { keys: keys.clone(), id: id(row) });
        Ok(Page { rows: fetched.into_iter().map(|(row, nested, _)| (row, nested.0)).collect(), next, total })
    }

    /// Whether it is sorted by this key before any other.
    pub fn is_sorted_by(&self, name: &str) -> bool {
        self.order.first().is_some_and(|(key, _)| key.name == name)
    }

    /// Equal keys follow the id in the direction of the last key.
    fn last_direction(&self) -> Direction {
        self.order.last().map_or(Direction::Ascending, |(_, direction)| *direction)
    }
}

fn compare(sql: &mut Condition, expression: &str, operator: &str, value: &str, sql_type: &str) {
    sql.push(format!("{expression} {operator} "));
    sql.bind(value);
    sql.push(format!("::text::{sql_type}"));
}
