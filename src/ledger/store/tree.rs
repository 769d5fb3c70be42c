//! Rows of the tree: leaves, inner nodes, checkpoints. All of them are only ever appended.

use super::EntryRow;
use crate::db::schema::{ledger_checkpoints, ledger_entries, ledger_leaves, ledger_logs};
use crate::db::sql::Fragment;
use crate::db::types::words;
use crate::db::{Conn, Word};
use crate::kernel::{Error, Result};
use crate::ledger::model::entry::{EntryFormat, LoggedEntry, strand};
use crate::ledger::model::note::Checkpoint;
use crate::ledger::model::tree::{Hash, Node, Nodes};
use crate::ledger::model::{Kind, TREE_LOCK};
use chrono::{DateTime, Utc};
use diesel::dsl::AsSelect;
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Binary, Nullable, SmallInt};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A signed state of the tree, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = ledger_checkpoints, check_for_backend(Pg))]
pub struct CheckpointRow {
    /// How many entries the tree had.
    pub size: i64,
    /// Its root.
    pub root: Vec<u8>,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// The signed note.
    pub note: String,
}

/// The place of an entry in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = ledger_leaves, check_for_backend(Pg))]
pub struct SeatRow {
    /// Counted from 0.
    pub index: i64,
    /// The form of the document that was hashed.
    pub format: i16,
    /// The place of the entry before it in its strand, where its form names that.
    pub previous: Option<i64>,
    /// What it hangs together with: [`EntryRow::strand`].
    pub strand: Uuid,
}

/// An entry in its place.
#[derive(Debug, Clone)]
pub struct LeafRow {
    /// Its place.
    pub seat: SeatRow,
    /// The entry.
    pub entry: EntryRow,
}

impl SeatRow {
    /// A place of the present form.
    pub fn new(index: i64, previous: Option<i64>, strand: Uuid) -> Self {
        Self { index, format: EntryFormat::V2.number(), previous, strand }
    }
}

impl LeafRow {
    /// The entry as everybody sees it.
    ///
    /// # Errors
    /// `Internal` where what is stored is no JSON, or of a form that nobody knows.
    pub fn logged(&self) -> Result<LoggedEntry> {
        self.entry.logged(&self.seat)
    }
}

/// Which transactions run, by the numbers that entries have.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Running {
    /// All with a smaller number have ended.
    #[diesel(sql_type = BigInt)]
    pub oldest: i64,
    /// None with this number or a greater one has begun.
    #[diesel(sql_type = BigInt)]
    pub next: i64,
}

/// What grows the tree by some entries.
#[derive(Debug, Default)]
pub struct Growth {
    /// The leaves: place, entry, hash.
    pub leaves: Vec<(SeatRow, Uuid, Hash)>,
    /// The subtrees that are complete with them.
    pub nodes: Vec<(Node, Hash)>,
}

impl EntryRow {
    /// What it hangs together with: its plan; where it has none, its member; else nil.
    pub fn strand(&self) -> Uuid {
        strand(self.plan_id, self.member_id)
    }

    /// The entry as everybody sees it in its place.
    ///
    /// # Errors
    /// `Internal` where what is stored is no JSON, or of a form that nobody knows.
    pub fn logged(&self, seat: &SeatRow) -> Result<LoggedEntry> {
        let format = EntryFormat::of(seat.format)
            .ok_or_else(|| Error::Internal(format!("entry {} is of a form that nobody knows", self.id)))?;
        let read = |text: &str| {
            let broken = |error| Error::Internal(format!("entry {} is no JSON: {error}", self.id));
            serde_json::from_str(text).map_err(broken)
        };
        Ok(LoggedEntry {
            format,
            index: seat.index,
            previous: seat.previous,
            id: self.id,
            recorded_at: self.recorded_at,
            action: self.action.0,
            kind: self.kind.0,
            resource_id: self.resource_id,
            code: self.code.clone(),
            version: self.version,
            member_id: self.member_id,
            plan_id: self.plan_id,
            state: read(&self.state)?,
            difference: read(&self.difference)?,
            actor_id: self.actor_id,
            role: self.actor_role.clone(),
            role_member_id: self.actor_member_id,
            reason: self.reason.clone(),
            request_id: self.request_id,
        })
    }
}

/// Waits for another sequencer, and makes the next one wait until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn sequencers_wait_in_txn(conn: &Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(TREE_LOCK)
        .execute(&mut &*conn)
        .await?;
    Ok(())
}

/// Makes all reads of the transaction see the same instant.
///
/// # Errors
/// Where the database cannot answer.
pub async fn one_instant_in_txn(conn: &Conn) -> Result<()> {
    diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut &*conn)
        .await?;
    Ok(())
}

/// Which transactions run now.
///
/// # Errors
/// Where the database cannot answer.
pub async fn running(conn: &Conn) -> Result<Running> {
    let sql = "SELECT pg_snapshot_xmin(now)::text::bigint AS oldest, pg_snapshot_xmax(now)::text::bigint AS next \
               FROM pg_current_snapshot() AS now";
    Ok(diesel::sql_query(sql).get_result(&mut &*conn).await?)
}

/// Public entries of transactions from a number on that have no place yet, in the order of transactions.
///
/// # Errors
/// Where the database cannot answer.
pub async fn unnumbered_list(conn: &Conn, from: i64, limit: i64) -> Result<Vec<EntryRow>> {
    let numbered = ledger_leaves::table.filter(ledger_leaves::entry_id.eq(ledger_entries::id));
    Ok(ledger_entries::table
        .filter(ledger_entries::public)
        .filter(ledger_entries::transaction.ge(from))
        .filter(not(exists(numbered)))
        .order((ledger_entries::transaction, ledger_entries::id))
        .limit(limit)
        .select(EntryRow::as_select())
        .load(&mut &*conn)
        .await?)
}

/// The last place of each of these strands that has any.
///
/// # Errors
/// Where the database cannot answer.
pub async fn strand_ends(conn: &Conn, strands: &BTreeSet<Uuid>) -> Result<HashMap<Uuid, i64>> {
    #[derive(QueryableByName)]
    struct End {
        #[diesel(sql_type = sql_types::Uuid)]
        strand: Uuid,
        #[diesel(sql_type = Nullable<BigInt>)]
        index: Option<i64>,
    }
    // One step into the index for each strand.
    const ENDS: &str = "SELECT s.strand, (SELECT max(l.index) FROM ledger_leaves l WHERE l.strand = s.strand) AS index \
        FROM unnest($1) AS s (strand)";
    let strands: Vec<_> = strands.iter().copied().collect();
    let ends: Vec<End> =
        diesel::sql_query(ENDS).bind::<Array<sql_types::Uuid>, _>(strands).load(&mut &*conn).await?;
    Ok(ends.into_iter().filter_map(|end| Some((end.strand, end.index?))).collect())
}

/// Appends leaves, and the nodes that are complete with them.
///
/// # Errors
/// Where the database refuses them: another sequencer has given one of these places.
pub async fn tree_grow_in_txn(conn: &Conn, growth: &Growth) -> Result<()> {
    // A list for each column: a thousand rows of their own would take longer to read than to store.
    const LEAVES: &str = "INSERT INTO ledger_leaves (index, format, previous, strand, entry_id, leaf_hash) \
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)";
    const NODES: &str = "INSERT INTO ledger_nodes (level, index, hash) SELECT * FROM unnest($1, $2, $3)";
    let Growth { leaves, nodes } = growth;
    diesel::sql_query(LEAVES)
        .bind::<Array<BigInt>, _>(column(leaves, |(seat, ..)| seat.index))
        .bind::<Array<SmallInt>, _>(column(leaves, |(seat, ..)| seat.format))
        .bind::<Array<Nullable<BigInt>>, _>(column(leaves, |(seat, ..)| seat.previous))
        .bind::<Array<sql_types::Uuid>, _>(column(leaves, |(seat, ..)| seat.strand))
        .bind::<Array<sql_types::Uuid>, _>(column(leaves, |(_, entry, _)| *entry))
        .bind::<Array<Binary>, _>(column(leaves, |(.., hash)| hash.to_vec()))
        .execute(&mut &*conn)
        .await?;
    let places: Vec<_> = nodes.iter().map(|(node, _)| stored(node)).collect::<Result<_>>()?;
    diesel::sql_query(NODES)
        .bind::<Array<SmallInt>, _>(column(&places, |(level, _)| *level))
        .bind::<Array<BigInt>, _>(column(&places, |(_, index)| *index))
        .bind::<Array<Binary>, _>(column(nodes, |(_, hash)| hash.to_vec()))
        .execute(&mut &*conn)
        .await?;
    Ok(())
}

/// One value of each row.
fn column<R, V>(rows: &[R], value: impl Fn(&R) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

/// A node, as the columns have it.
fn stored(node: &Node) -> Result<(i16, i64)> {
    let level = i16::try_from(node.level).map_err(|error| Error::Internal(error.to_string()))?;
    let index = i64::try_from(node.index).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((level, index))
}

#[derive(Debug, QueryableByName)]
struct NodeRow {
    #[diesel(sql_type = SmallInt)]
    level: i16,
    #[diesel(sql_type = BigInt)]
    index: i64,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

/// Those of some nodes that are stored. Leaves are nodes, too.
///
/// # Errors
/// Where the database cannot answer.
pub async fn node_find(conn: &Conn, wanted: &[Node]) -> Result<Nodes> {
    const FIND: &str = "SELECT n.level, n.index, n.hash FROM unnest($1, $2) AS wanted (level, index) \
        JOIN ledger_nodes n ON n.level = wanted.level AND n.index = wanted.index \
        UNION ALL SELECT 0::smallint, l.index, l.leaf_hash FROM unnest($1, $2) AS wanted (level, index) \
        JOIN ledger_leaves l ON wanted.level = 0 AND l.index = wanted.index";
    let wanted: Vec<_> = wanted.iter().map(stored).collect::<Result<_>>()?;
    let (levels, indexes): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let rows: Vec<NodeRow> = diesel::sql_query(FIND)
        .bind::<Array<SmallInt>, _>(levels)
        .bind::<Array<BigInt>, _>(indexes)
        .load(&mut &*conn)
        .await?;
    rows.into_iter().map(|row| Ok((node(row.level, row.index)?, hash(row.hash)?))).collect()
}

fn node(level: i16, index: i64) -> Result<Node> {
    let level = u32::try_from(level).map_err(|error| Error::Internal(error.to_string()))?;
    let index = u64::try_from(index).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Node { level, index })
}

/// A hash, as a column keeps it; a constraint holds its length.
fn hash(bytes: Vec<u8>) -> Result<Hash> {
    Hash::try_from(bytes).map_err(|bytes| Error::Internal(format!("a hash of {} bytes", bytes.len())))
}

/// The hashes of the leaves from a place on, as they are stored.
///
/// # Errors
/// Where the database cannot answer.
pub async fn leaf_hash_list(conn: &Conn, from: i64, limit: i64) -> Result<Vec<(i64, Uuid, Hash)>> {
    let rows: Vec<(i64, Uuid, Vec<u8>)> = ledger_leaves::table
        .filter(ledger_leaves::index.ge(from))
        .order(ledger_leaves::index)
        .limit(limit)
        .select((ledger_leaves::index, ledger_leaves::entry_id, ledger_leaves::leaf_hash))
        .load(&mut &*conn)
        .await?;
    rows.into_iter().map(|(index, entry, bytes)| Ok((index, entry, hash(bytes)?))).collect()
}

/// The entries of the tree from a place on.
///
/// # Errors
/// Where the database cannot answer.
pub async fn leaf_list(conn: &Conn, from: i64, limit: i64) -> Result<Vec<LeafRow>> {
    let rows = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(ledger_leaves::index.ge(from))
        .order(ledger_leaves::index)
        .limit(limit)
        .select(leaf_columns())
        .load(&mut &*conn)
        .await?;
    Ok(leaves(rows))
}

/// The last place of an entry that was recorded before an instant, in a tree of `size` entries.
///
/// # Errors
/// Where the database cannot answer.
pub async fn leaf_last_before(conn: &Conn, until: DateTime<Utc>, size: i64) -> Result<Option<i64>> {
    // Backwards from the end: places follow recording times but for a few entries.
    let query = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(ledger_entries::recorded_at.lt(until))
        .filter(ledger_leaves::index.lt(size))
        .order(ledger_leaves::index.desc())
        .select(ledger_leaves::index);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// The entries of a strand in its order, up to the last that was recorded before an instant: also those in between
/// that were recorded later. None of them is beyond `size`.
///
/// # Errors
/// Where the database cannot answer.
pub async fn strand_list(conn: &Conn, strand: Uuid, until: DateTime<Utc>, size: i64) -> Result<Vec<LeafRow>> {
    let rows: Vec<(SeatRow, EntryRow)> = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(ledger_leaves::strand.eq(strand))
        .filter(ledger_leaves::index.lt(size))
        .order(ledger_leaves::index)
        .select(leaf_columns())
        .load(&mut &*conn)
        .await?;
    let mut leaves = leaves(rows);
    let end = leaves.iter().rposition(|row| row.entry.recorded_at < until);
    leaves.truncate(end.map_or(0, |last| last + 1));
    Ok(leaves)
}

/// What entries are about.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// Things of these kinds.
    Kinds(&'a [Kind]),
    /// These things.
    Things(&'a [Uuid]),
}

/// The entries about some things that were recorded before an instant, in their order. None of them is beyond `size`.
///
/// # Errors
/// Where the database cannot answer.
pub async fn leaf_list_of(
    conn: &Conn,
    wanted: Wanted<'_>,
    until: DateTime<Utc>,
    size: i64,
) -> Result<Vec<LeafRow>> {
    let query = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(ledger_entries::public)
        .filter(ledger_entries::recorded_at.lt(until))
        .filter(ledger_leaves::index.lt(size))
        .order(ledger_leaves::index)
        .select(leaf_columns())
        .into_boxed::<Pg>();
    let query = match wanted {
        Wanted::Kinds(kinds) => query.filter(ledger_entries::kind.eq_any(words(kinds))),
        Wanted::Things(ids) => query.filter(ledger_entries::resource_id.eq_any(ids)),
    };
    Ok(leaves(query.load(&mut &*conn).await?))
}

/// The columns of a [`LeafRow`].
fn leaf_columns() -> (AsSelect<SeatRow, Pg>, AsSelect<EntryRow, Pg>) {
    (SeatRow::as_select(), EntryRow::as_select())
}

fn leaves(rows: Vec<(SeatRow, EntryRow)>) -> Vec<LeafRow> {
    rows.into_iter().map(|(seat, entry)| LeafRow { seat, entry }).collect()
}

/// How an entry of the tree is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafName {
    /// By its place.
    Index(i64),
    /// By its id.
    Id(Uuid),
}

/// One entry of the tree.
///
/// # Errors
/// Where the database cannot answer.
pub async fn leaf_find(conn: &Conn, name: LeafName) -> Result<Option<LeafRow>> {
    let query = ledger_leaves::table.inner_join(ledger_entries::table).select(leaf_columns());
    let found: Option<(SeatRow, EntryRow)> = match name {
        LeafName::Index(index) => query.filter(ledger_leaves::index.eq(index)).first(&mut &*conn).await,
        LeafName::Id(id) => query.filter(ledger_leaves::entry_id.eq(id)).first(&mut &*conn).await,
    }
    .optional()?;
    Ok(found.map(|(seat, entry)| LeafRow { seat, entry }))
}

/// The entries about the keys that sign, in the order of the tree.
///
/// # Errors
/// Where the database cannot answer.
pub async fn log_key_list(conn: &Conn) -> Result<Vec<LeafRow>> {
    // The very words of the partial index.
    let keys = Fragment::<diesel::sql_types::Bool>::new("ledger_entries.kind = 'log_key'");
    let rows = ledger_leaves::table
        .inner_join(ledger_entries::table)
        .filter(keys)
        .order(ledger_leaves::index)
        .select(leaf_columns())
        .load(&mut &*conn)
        .await?;
    Ok(leaves(rows))
}

/// Appends a checkpoint.
///
/// # Errors
/// Where the database refuses it.
pub async fn checkpoint_append_in_txn(conn: &Conn, row: &CheckpointRow) -> Result<()> {
    diesel::insert_into(ledger_checkpoints::table).values(row).execute(&mut &*conn).await?;
    Ok(())
}

/// The last checkpoint; the last at or before an instant, where one is given.
///
/// # Errors
/// Where the database cannot answer.
pub async fn checkpoint_last(conn: &Conn, at: Option<DateTime<Utc>>) -> Result<Option<CheckpointRow>> {
    let mut query = ledger_checkpoints::table.select(CheckpointRow::as_select()).into_boxed::<Pg>();
    query = match at {
        Some(at) => query
            .filter(ledger_checkpoints::signed_at.le(at))
            .order((ledger_checkpoints::signed_at.desc(), ledger_checkpoints::size.desc())),
        None => query.order(ledger_checkpoints::size.desc()),
    };
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// Checkpoints of trees with more than `after` entries, the smallest first.
///
/// # Errors
/// Where the database cannot answer.
pub async fn checkpoint_list(conn: &Conn, after: i64, limit: i64) -> Result<Vec<CheckpointRow>> {
    Ok(ledger_checkpoints::table
        .filter(ledger_checkpoints::size.gt(after))
        .order(ledger_checkpoints::size)
        .limit(limit)
        .select(CheckpointRow::as_select())
        .load(&mut &*conn)
        .await?)
}

/// The last checkpoint of a tree with at most `size` entries.
///
/// # Errors
/// Where the database cannot answer.
pub async fn checkpoint_until(conn: &Conn, size: i64) -> Result<Option<CheckpointRow>> {
    Ok(ledger_checkpoints::table
        .filter(ledger_checkpoints::size.le(size))
        .order(ledger_checkpoints::size.desc())
        .select(CheckpointRow::as_select())
        .first(&mut &*conn)
        .await
        .optional()?)
}

/// The id of this log: another database has another.
///
/// # Errors
/// Where the database cannot answer.
pub async fn log_id(conn: &Conn) -> Result<Uuid> {
    Ok(ledger_logs::table.select(ledger_logs::id).first(&mut &*conn).await?)
}

impl CheckpointRow {
    /// A checkpoint with its signatures.
    ///
    /// # Errors
    /// `Internal` where it is larger than the database counts.
    pub fn new(checkpoint: &Checkpoint, signed_at: DateTime<Utc>, note: String) -> Result<Self> {
        let size = i64::try_from(checkpoint.size).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self { size, root: checkpoint.root.to_vec(), signed_at, note })
    }
}

/// Whether an entry is about a key that signs.
pub fn is_log_key(entry: &EntryRow) -> bool {
    entry.kind == Word(Kind::LogKey)
}
