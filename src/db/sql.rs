//! Pieces of SQL that diesel's query builder has no words for.

use crate::kernel::{Between, Sight};
use chrono::{DateTime, Utc};
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Json as JsonSql, Text};
use diesel::{QueryResult, sql_types};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::{Debug, Display, Write};
use std::marker::PhantomData;

/// An expression written in SQL, with bound texts. Unlike `diesel::dsl::sql` it is prepared once
/// and kept: the same text is the same statement. The text is always the code's own, never input.
#[derive(Debug, Clone)]
pub struct Fragment<ST> {
    pieces: Vec<Piece>,
    sql_type: PhantomData<ST>,
}

#[derive(Debug, Clone)]
enum Piece {
    Sql(Cow<'static, str>),
    Text(String),
}

impl<ST> Fragment<ST> {
    /// An expression of SQL alone.
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { pieces: vec![Piece::Sql(sql.into())], sql_type: PhantomData }
    }

    /// More SQL.
    pub fn push(&mut self, sql: impl Into<Cow<'static, str>>) {
        self.pieces.push(Piece::Sql(sql.into()));
    }

    /// A text parameter.
    pub fn bind(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece::Text(text.into()));
    }

    /// Another expression, whatever its type.
    pub fn append<T>(&mut self, other: Fragment<T>) {
        self.pieces.extend(other.pieces);
    }
}

impl<ST: TypedExpressionType> Expression for Fragment<ST> {
    type SqlType = ST;
}

impl<ST> QueryFragment<Pg> for Fragment<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
            }
        }
        Ok(())
    }
}

impl<ST> QueryId for Fragment<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<QS, ST> SelectableExpression<QS> for Fragment<ST> where Self: Expression {}
impl<QS, ST> AppearsOnTable<QS> for Fragment<ST> where Self: Expression {}
impl<ST, GB> ValidGrouping<GB> for Fragment<ST> {
    type IsAggregate = is_aggregate::Never;
}

/// A condition written in SQL.
pub type Condition = Fragment<sql_types::Bool>;

/// What is read together with each row, in the same statement and so at the same instant: every
/// part is a subquery about the row that makes one JSON value. The service or handler that shows
/// the row says what it needs; the store of each room has the subqueries.
pub trait Nested: DeserializeOwned + Debug + Send + 'static {
    /// Field name, and a subquery (without parentheses) for its value.
    const PARTS: &'static [(&'static str, &'static str)];
    /// The same of what is read only where it is asked for, by the name of its field.
    const ON_DEMAND: &'static [(&'static str, &'static str)] = &[];
}

/// Nothing besides the row itself.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct Alone {}

impl Nested for Alone {
    const PARTS: &'static [(&'static str, &'static str)] = &[];
}

/// Stands in SQL for what the reader may see, as [`seen_by`] and [`nested`] put it in.
pub const VIEWER: &str = ":viewer";
/// Stands in SQL for the last day whose effects count.
pub const DAY: &str = ":day";

/// The column that holds all parts of `N`, as a viewer sees them.
pub fn nested<N: Nested>(sight: &Sight) -> Fragment<JsonSql> {
    nested_with::<N>(&[], sight)
}

/// The same with those parts that are asked for.
pub fn nested_with<N: Nested>(asked: &[String], sight: &Sight) -> Fragment<JsonSql> {
    let mut sql = String::from("json_build_object(");
    let is_asked = |(name, _): &&(&str, _)| asked.iter().any(|asked| asked == name);
    for (index, (name, query)) in N::PARTS.iter().chain(N::ON_DEMAND.iter().filter(is_asked)).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{comma}'{name}', ({query})");
    }
    sql.push(')');
    seen(&sql, sight)
}

/// A condition on what a viewer sees.
pub fn seen_by(sql: &str, sight: &Sight) -> Condition {
    seen(sql, sight)
}

/// That something, which is SQL, is one of these ids, codes or words, which have no comma; none where
/// there are none.
pub fn is_any_of<T: Display>(what: &'static str, values: &[T], sql_type: &'static str) -> Option<Condition> {
    let values: Vec<_> = values.iter().map(T::to_string).collect();
    let mut sql = Condition::new(what);
    sql.push(" = ANY (string_to_array(");
    sql.bind(values.join(","));
    sql.push("::text, ',')::");
    sql.push(sql_type);
    sql.push("[])");
    (!values.is_empty()).then_some(sql)
}

/// That all of these hold.
pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    let mut sql = Condition::new("TRUE");
    for condition in conditions {
        sql.push(" AND (");
        sql.append(condition);
        sql.push(")");
    }
    sql
}

/// That a day, which is SQL, lies between others; what names no day lies nowhere.
pub fn is_between(day: &str, between: Between, sight: &Sight) -> Condition {
    let mut sql = Condition::new("(TRUE");
    for (operator, bound) in [(" > ", between.after), (" < ", between.before)] {
        if let Some(bound) = bound {
            sql.push(" AND ");
            sql.append(seen_by(day, sight));
            sql.push(operator);
            sql.bind(bound.to_string());
            sql.push("::text::date");
        }
    }
    sql.push(")");
    sql
}

/// That an instant, which is SQL, is this one or a later one.
pub fn is_since(instant: &'static str, since: DateTime<Utc>) -> Condition {
    let mut sql = Condition::new(instant);
    sql.push(" >= ");
    sql.bind(since.to_rfc3339());
    sql.push("::text::timestamptz");
    sql
}

/// SQL with what a viewer sees in the place of its placeholders.
pub fn seen<ST>(sql: &str, sight: &Sight) -> Fragment<ST> {
    let mut fragment = Fragment::new("");
    let mut rest = sql;
    while let Some((before, placeholder)) = first_placeholder(rest) {
        fragment.push(before.to_owned());
        if placeholder == VIEWER {
            fragment.bind(sight.members.as_str());
            fragment.push("::text");
        } else {
            fragment.bind(sight.day.map_or_else(|| "infinity".to_owned(), |day| day.to_string()));
            fragment.push("::text::date");
        }
        rest = rest.get(before.len() + placeholder.len()..).unwrap_or_default();
    }
    fragment.push(rest.to_owned());
    fragment
}

/// What stands before the first placeholder, and which it is.
fn first_placeholder(sql: &str) -> Option<(&str, &'static str)> {
    let found = [VIEWER, DAY].into_iter().filter_map(|name| Some((sql.split_once(name)?.0, name)));
    found.min_by_key(|(before, _)| before.len())
}
