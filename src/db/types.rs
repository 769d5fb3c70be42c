//! How the kernel's types stand in columns.

use super::schema::types::PartialDateParts;
use crate::kernel::PartialDate;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql, WriteTuple};
use diesel::sql_types::{Bool, Date, Json as JsonSql, Jsonb, Nullable, Record, Text};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::io::Write;

/// A value kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = JsonSql)]
#[serde(transparent)]
pub struct Json<T: Debug>(pub T);

impl<T: Debug + DeserializeOwned> FromSql<Jsonb, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [1, json @ ..] => Ok(Self(serde_json::from_slice(json)?)),
            _ => Err("jsonb of an unknown version".into()),
        }
    }
}

impl<T: Debug + DeserializeOwned> FromSql<JsonSql, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(value.as_bytes())?))
    }
}

impl<T: Debug + Serialize> ToSql<Jsonb, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

/// A word of a fixed vocabulary, kept as the text that JSON shows.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct Word<T: Debug>(pub T);

impl<T: Debug + DeserializeOwned> FromSql<Text, Pg> for Word<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let text = std::str::from_utf8(value.as_bytes())?;
        let deserializer: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        Ok(Self(T::deserialize(deserializer)?))
    }
}

impl<T: Debug + Serialize> ToSql<Text, Pg> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        match serde_json::to_value(&self.0)? {
            serde_json::Value::String(word) => {
                out.write_all(word.as_bytes())?;
                Ok(IsNull::No)
            }
            other => Err(format!("{other} is not a word").into()),
        }
    }
}

/// The words of a vocabulary, as an array column takes them.
pub fn words<T: Serialize>(values: &[T]) -> Vec<String> {
    values
        .iter()
        .filter_map(|value| match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => Some(word),
            _ => None,
        })
        .collect()
}

/// A place in a list; schemas keep lists far below what would not fit.
pub fn place(index: usize) -> i16 {
    i16::try_from(index).unwrap_or(i16::MAX)
}

/// A partial date in its composite column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = PartialDateParts)]
#[serde(transparent)]
pub struct Dated(pub PartialDate);

type Parts = (Nullable<Date>, Nullable<Text>, Nullable<Text>, Nullable<Bool>);

impl FromSql<PartialDateParts, Pg> for Dated {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let (date, precision, text, ongoing): (_, Option<Word<_>>, _, Option<bool>) =
            FromSql::<Record<Parts>, Pg>::from_sql(value)?;
        Ok(Self(PartialDate {
            date,
            precision: precision.map(|word| word.0),
            text,
            ongoing: ongoing.unwrap_or_default(),
        }))
    }
}

impl ToSql<PartialDateParts, Pg> for Dated {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let parts = (self.0.date, self.0.precision.map(Word), self.0.text.clone(), Some(self.0.ongoing));
        WriteTuple::<Parts>::write_tuple(&parts, &mut out.reborrow())
    }
}
