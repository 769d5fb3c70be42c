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
use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

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
    /// SQL of a template.
    Kept(Arc<str>),
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
                Piece::Kept(sql) => out.push_sql(sql),
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
    /// Its fields.
    const PARTS: &'static [Field];
    /// Fields that have fields themselves.
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[];
    /// What is read only where it is asked for, by the names of fields: those of the field `below`.
    const ON_DEMAND: &'static [Field] = &[];
}

/// A field's name, and a subquery (without parentheses) for its value.
pub type Field = (&'static str, &'static str);

/// Nothing besides the row itself.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct Alone {}

impl Nested for Alone {
    const PARTS: &'static [Field] = &[];
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
    let is_asked = |name: &str| asked.iter().any(|asked| asked == name);
    let places = N::ON_DEMAND.iter().enumerate().filter(|(_, (name, _))| is_asked(name));
    let key = (TypeId::of::<N>(), places.fold(0, |asked, (place, _)| asked | 1_u64 << place));
    if let Some(template) = TEMPLATES.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return template.seen(sight);
    }
    let mut fields: Vec<_> = N::PARTS.iter().map(field).collect();
    fields.extend(N::GROUPS.iter().map(|(name, parts)| field(&(name, &object(parts.iter().map(field))))));
    if !N::ON_DEMAND.is_empty() {
        let below = object(N::ON_DEMAND.iter().filter(|(name, _)| is_asked(name)).map(field));
        fields.push(field(&("below", &below)));
    }
    let template = Template::of(&object(fields));
    let fragment = template.seen(sight);
    TEMPLATES.write().unwrap_or_else(PoisonError::into_inner).insert(key, template);
    fragment
}

fn field((name, query): &(&str, &str)) -> String {
    format!("'{name}', ({query})")
}

fn object(fields: impl IntoIterator<Item = String>) -> String {
    let fields: Vec<_> = fields.into_iter().collect();
    format!("json_build_object({})", fields.join(", "))
}

/// What [`nested_with`] made before: one for each type and choice of its parts on demand. Making them anew was 4 % of the
/// tracker's time for a commitment's page.
static TEMPLATES: LazyLock<RwLock<HashMap<(TypeId, u64), Template>>> = LazyLock::new(RwLock::default);

/// SQL, taken apart at its placeholders.
#[derive(Debug)]
struct Template {
    /// What stands before each placeholder.
    before: Vec<(Arc<str>, &'static str)>,
    rest: Arc<str>,
}

impl Template {
    fn of(sql: &str) -> Self {
        let (mut before, mut rest) = (Vec::new(), sql);
        while let Some((text, placeholder)) = first_placeholder(rest) {
            before.push((Arc::from(text), placeholder));
            rest = rest.get(text.len() + placeholder.len()..).unwrap_or_default();
        }
        Self { before, rest: Arc::from(rest) }
    }

    /// With what a viewer sees in the place of the placeholders.
    fn seen<ST>(&self, sight: &Sight) -> Fragment<ST> {
        let mut pieces = Vec::with_capacity(3 * self.before.len() + 1);
        for (text, placeholder) in &self.before {
            pieces.push(Piece::Kept(Arc::clone(text)));
            let (value, cast) = if *placeholder == VIEWER {
                (sight.members.clone(), "::text")
            } else {
                (sight.day.map_or_else(|| "infinity".to_owned(), |day| day.to_string()), "::text::date")
            };
            pieces.extend([Piece::Text(value), Piece::Sql(cast.into())]);
        }
        pieces.push(Piece::Kept(Arc::clone(&self.rest)));
        Fragment { pieces, sql_type: PhantomData }
    }
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
    Template::of(sql).seen(sight)
}

/// What stands before the first placeholder, and which it is.
fn first_placeholder(sql: &str) -> Option<(&str, &'static str)> {
    let found = [VIEWER, DAY].into_iter().filter_map(|name| Some((sql.split_once(name)?.0, name)));
    found.min_by_key(|(before, _)| before.len())
}
