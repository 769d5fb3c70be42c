//! Commitments by their names.

use super::{CommitmentRow, VISIBLE};
use crate::accounts::model::Viewer;
use crate::db::as_of::as_of;
use crate::db::schema::commitments;
use crate::db::sql::{Fragment, Nested, nested, seen_by};
use crate::db::{Conn, Json, Several};
use crate::kernel::{Ref, Result, Sight};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use std::marker::PhantomData;
use std::rc::Rc;
use uuid::Uuid;

/// One commitment, by id or code.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    name: &Ref,
) -> Result<Option<(CommitmentRow, N)>> {
    commitment_seen(conn, &viewer.sight(), name).await
}

async fn commitment_seen<N: Nested>(
    conn: &Conn,
    sight: &Sight,
    name: &Ref,
) -> Result<Option<(CommitmentRow, N)>> {
    let mut query = commitments::table.into_boxed::<Pg>();
    let mut plans = Fragment::new("SELECT c.plan_id FROM commitments c WHERE ");
    query = match name {
        Ref::Id(id) => {
            plans.push("c.id = ");
            plans.bind(id.to_string());
            plans.push("::text::uuid");
            query.filter(commitments::id.eq(*id))
        }
        Ref::Name(code) => {
            plans.push("c.code = ");
            plans.bind(code.to_uppercase());
            query.filter(commitments::code.eq(code.to_uppercase()))
        }
    };
    let query = query.select((CommitmentRow::as_select(), nested::<N>(sight)));
    let found = as_of(sight, query).below_those(plans).get_result::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

/// Commitments as they are now, by id or code, with what `N` says: for several readers at once.
#[derive(Debug)]
pub struct CommitmentsNow<N>(PhantomData<N>);

impl<N: Nested + Clone> Several for CommitmentsNow<N> {
    type Name = Ref;
    type Thing = (CommitmentRow, N);

    async fn read(conn: &Conn, sight: &Sight, names: &[Ref]) -> Result<Vec<Option<Self::Thing>>> {
        if let [name] = names {
            return Ok(vec![commitment_seen(conn, sight, name).await?]);
        }
        let query = commitments::table
            .filter(named_any(names))
            .select((CommitmentRow::as_select(), nested::<N>(sight)));
        let found: Vec<(CommitmentRow, Json<N>)> = as_of(sight, query).load(&mut &*conn).await?;
        let found: Vec<_> = found.into_iter().map(|(row, nested)| Rc::new((row, nested.0))).collect();
        let is_named = |row: &CommitmentRow, name: &Ref| match name {
            Ref::Id(id) => row.id == *id,
            Ref::Name(_) => row.state.code == name.code(),
        };
        let of_name = |name| found.iter().find(|thing| is_named(&thing.0, name)).cloned();
        let things: Vec<_> = names.iter().map(of_name).collect();
        // One that is asked for by its id and by its code is there once, and copied.
        drop(found);
        Ok(things.into_iter().map(|thing| thing.map(Rc::unwrap_or_clone)).collect())
    }
}

/// That commitments have one of these ids or codes.
fn named_any(names: &[Ref]) -> Box<dyn BoxableExpression<commitments::table, Pg, SqlType = Bool>> {
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let codes: Vec<_> = names.iter().filter_map(Ref::code).collect();
    Box::new(commitments::id.eq_any(ids).or(commitments::code.eq_any(codes).assume_not_null()))
}

/// The ids of commitments by id or code, in the order asked; `None` for those that a viewer does not
/// see.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_ids(conn: &Conn, viewer: &Viewer, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sight = viewer.sight();
    let query = commitments::table
        .filter(seen_by(VISIBLE, &sight))
        .filter(named_any(names))
        .select((commitments::id, commitments::code));
    let found: Vec<(Uuid, Option<String>)> = as_of(&sight, query).load(&mut &*conn).await?;
    let found: Vec<_> = found.into_iter().map(|(id, code)| (id, code.unwrap_or_default())).collect();
    Ok(Ref::pick_all(names, &found, Ref::code))
}
