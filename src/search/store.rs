//! Queries of what can be found, and of what words mean.

use super::model::{Meaning, SearchField, SearchKind, SearchText, WordRead};
use crate::accounts::model::Viewer;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::search_documents;
use crate::db::search::{Needle, finding};
use crate::db::sql::{Condition, Fragment, Nested, all, is_any_of, nested, seen, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Error, Language, LocalizedText, Result, Sight};
use crate::plans::store::visible_plan;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Json as JsonSql;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

/// What search results can be sorted by.
const SEARCH_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "kind", sql: "search_documents.kind", sql_type: "text" },
        // What has no code comes last.
        SortKey { name: "code", sql: "coalesce(search_documents.code, '~')", sql_type: "text" },
    ],
    default: "kind,code",
    id: "search_documents.resource_id",
};
/// How well a document answers.
const RELEVANCE: SortKey = SortKey {
    name: "relevance",
    sql: "(SELECT search_relevance(search_documents.words, a.exact, a.near, a.far) FROM search_asked a)",
    sql_type: "int",
};
/// Of how many things that answer the best are told. To weigh one takes about as long as to read it.
pub const RANKED: u16 = 1_000;
/// A sample of the documents by which words are known that many things have, always the same: to read the index for one
/// of them takes long for each thing that has it. Small tables have none.
macro_rules! sampled {
    () => {
        "search_documents d TABLESAMPLE SYSTEM (0.2) REPEATABLE (0)"
    };
}

/// Subquery of `search_documents`: how well it answers.
pub const RELEVANCE_OF_DOCUMENT: &str = RELEVANCE.sql;

/// Which documents a viewer sees, by the alias under which a query has them. What was withdrawn has none.
macro_rules! visible_document {
    ($alias:literal) => {
        concat!(
            "(",
            $alias,
            ".plan_id IS NULL OR ",
            $alias,
            ".plan_id IN (SELECT p.id FROM action_plans p WHERE ",
            visible_plan!("p"),
            "))"
        )
    };
}
/// Words that say nothing alone; of English ones the database has a list.
const IDLE: &str = "{a,al,ai,ale,asupra,ca,care,ce,cu,de,despre,din,dintr,dintre,din,dar,e,ei,el,este,fi,fie,i,in,intr,\
    intre,la,lor,mai,nr,o,or,pe,pentru,pana,prin,printr,privind,s,sa,sau,se,si,sub,sunt,t,un,unei,unor,unui}";

/// Subquery of `search_documents`: the plan that it is or is below, with its member, as `PlanWithMember`.
pub const PLAN_OF_DOCUMENT: &str = "SELECT json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, \
    'member', json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name)) \
    FROM action_plans p JOIN members m ON m.id = p.member_id WHERE p.id = search_documents.plan_id";
/// Subquery of `search_documents`: the commitment that a milestone is part of, as `CommitmentName`.
pub const COMMITMENT_OF_DOCUMENT: &str = "SELECT json_build_object('id', c.id, 'code', c.code, 'title', c.title) \
    FROM milestones s JOIN commitments c ON c.id = s.commitment_id WHERE s.id = search_documents.resource_id";

/// What can be found, with all that is said of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = search_documents, check_for_backend(Pg))]
pub struct DocumentRow {
    /// Id of the thing.
    #[diesel(column_name = resource_id)]
    pub id: Uuid,
    /// What it is.
    pub kind: Word<SearchKind>,
    /// What it is called in addresses, where it is.
    pub code: Option<String>,
    /// Its texts, the most telling first.
    pub texts: Json<Vec<DocumentText>>,
}

/// A text of a thing.
#[derive(Debug, Clone, Deserialize)]
pub struct DocumentText {
    /// Which part of the thing it is.
    pub field: SearchField,
    /// Its language; empty for what is in none, such as a code.
    pub language: String,
    /// The text.
    pub text: String,
}

impl DocumentRow {
    /// What it is called, in all its languages.
    pub fn title(&self) -> LocalizedText {
        let titles = self.texts.0.iter().filter(|text| text.field.is_title());
        titles.filter_map(|text| Some((Language::parse(&text.language)?, text.text.clone()))).collect()
    }
}

/// Where to search; each list narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct SearchFilter {
    /// Things of any of these kinds.
    pub kinds: Vec<SearchKind>,
    /// Any of these members and what is in their plans.
    pub members: Vec<Uuid>,
    /// Any of these plans and what is below them.
    pub plans: Vec<Uuid>,
}

/// What is searched for in the list of one kind of things, as its query takes it.
///
/// # Errors
/// `BadParameters` where the record of another day is asked for, and where the database cannot answer.
pub async fn needle(
    conn: &Conn,
    viewer: &Viewer,
    kind: SearchKind,
    asked: Option<&SearchText>,
) -> Result<Option<Needle>> {
    let meaning = search_meaning(conn, viewer, &[kind], asked).await?;
    Ok(meaning.as_ref().map(needle_of))
}

fn needle_of(meaning: &Meaning) -> Needle {
    Needle { every: meaning.every(), exact: meaning.exact(), near: meaning.near(), far: meaning.far() }
}

/// What a search means: other forms of its words, and what was meant by words that nothing has.
///
/// # Errors
/// `BadParameters` where the record of another day is asked for, and where the database cannot answer.
pub async fn search_meaning(
    conn: &Conn,
    viewer: &Viewer,
    kinds: &[SearchKind],
    asked: Option<&SearchText>,
) -> Result<Option<Meaning>> {
    let Some(asked) = asked else { return Ok(None) };
    let sight = viewer.sight();
    if sight.until.is_some() {
        let detail = "the record of another day cannot be searched; leave out `q` or `as_of`";
        return Err(Error::parameter("q", "parameter_invalid", detail));
    }
    let query = diesel::select(words_read(asked, kinds, &sight)?);
    let Json(read) = query.get_result::<Json<Vec<WordRead>>>(&mut &*conn).await?;
    Ok(Some(Meaning::of(read)))
}

/// A subquery for the words of a search, as a list of [`WordRead`].
fn words_read(asked: &SearchText, kinds: &[SearchKind], sight: &Sight) -> Result<Fragment<JsonSql>> {
    let json = |error: serde_json::Error| Error::Internal(error.to_string());
    let mut sql = Fragment::new(
        "(WITH asked AS MATERIALIZED (\
            SELECT w.place, w.written, search_fold(w.written) AS word, w.place = count(*) OVER () AS last \
            FROM jsonb_array_elements_text(",
    );
    sql.bind(serde_json::to_string(asked.words()).map_err(json)?);
    sql.push(
        "::text::jsonb) WITH ORDINALITY w(written, place)\
        ), read AS MATERIALIZED (\
            SELECT a.place, a.word, a.last, \
                ts_lexize('english_stem', a.word) = '{}' OR a.word = ANY (",
    );
    sql.bind(IDLE);
    sql.push(
        "::text::text[]) AS idle, \
                ARRAY(SELECT s.language || s.word FROM search_words s \
                    WHERE s.stems && (search_stems('r', a.written) || search_stems('e', a.written)) AND s.word <> a.word \
                    ORDER BY s.word, s.language LIMIT 100) AS near, \
                ARRAY['r' || a.word, 'e' || a.word, 'o' || a.word] AS itself \
            FROM asked a\
        ), kinds AS (SELECT ",
    );
    sql.bind(serde_json::to_string(kinds).map_err(json)?);
    sql.append(seen::<JsonSql>(
        concat!(
            "::text::jsonb AS wanted), known AS MATERIALIZED (\
                SELECT r.*, r.idle OR EXISTS (SELECT FROM ",
            sampled!(),
            ", kinds k WHERE d.words @@ search_any(r.itself, r.last) AND k.wanted ? d.kind AND ",
            visible_document!("d"),
            ") OR EXISTS (SELECT FROM search_documents d, kinds k \
                    WHERE d.words @@ coalesce(search_any(r.itself, r.last) || search_any(r.near, false), search_any(r.itself, r.last)) \
                    AND k.wanted ? d.kind AND ",
            visible_document!("d"),
            ") AS known FROM read r\
            ) SELECT coalesce(json_agg(json_build_object('word', k.word, 'last', k.last, 'idle', k.idle, \
                'near', k.near, 'far', CASE WHEN k.known THEN '{}' ELSE ARRAY(\
                    SELECT s.language || s.word FROM search_alike(k.word) s \
                    WHERE (EXISTS (SELECT FROM search_documents d, kinds \
                        WHERE d.words @@ search_any(ARRAY[s.language || s.word], false) \
                        AND kinds.wanted ? d.kind AND ",
            visible_document!("d"),
            // Asked one by one, through the index.
            ") IS TRUE)) END) ORDER BY k.place), '[]') FROM known k)"
        ),
        sight,
    ));
    Ok(sql)
}

/// That a document answers, through the index.
const ANSWERS: &str = "search_documents.words @@ (SELECT a.every FROM search_asked a)";

/// That a document is one of those that are weighed: of [`RANKED`] things that answer and are where one looks. Where
/// one looks everywhere, for what many have, they are found by reading one thing after another: soon, however many
/// there are.
fn is_candidate(narrowed: &impl Fn() -> Condition, everywhere: bool, sight: &Sight) -> Condition {
    let found = |sql: &mut Condition, answers: &str| {
        sql.push(format!("(SELECT search_documents.resource_id FROM search_documents WHERE {answers} AND "));
        sql.append(narrowed());
        sql.push(format!(" LIMIT {RANKED})"));
    };
    let mut sql = Condition::new("search_documents.resource_id IN ");
    if !everywhere {
        found(&mut sql, ANSWERS);
        return sql;
    }
    // A tenth of the sample, and ten of it at least.
    sql.append(seen_by(
        concat!(
            "(WITH search_common AS MATERIALIZED (SELECT count(*) >= 10 AND 10 * count(*) FILTER (WHERE d.words @@ a.every AND ",
            visible_document!("d"),
            ") >= count(*) AS common FROM ",
            sampled!(),
            ", search_asked a) SELECT f.resource_id FROM ("
        ),
        sight,
    ));
    // As a function, which has no index.
    let without_index = "ts_match_vq(search_documents.words, (SELECT a.every FROM search_asked a))";
    found(&mut sql, &format!("(SELECT common FROM search_common) AND {without_index}"));
    sql.push(" UNION ALL ");
    found(&mut sql, &format!("NOT (SELECT common FROM search_common) AND {ANSWERS}"));
    sql.push(") f)");
    sql
}

/// That a document is one of these members, or in one of their plans; everything where none is named.
fn is_below_members(members: &[Uuid]) -> Option<Condition> {
    let mut sql = is_any_of("search_documents.resource_id", members, "uuid")?;
    sql.push(" OR search_documents.plan_id IN (SELECT p.id FROM action_plans p WHERE ");
    sql.append(is_any_of("p.member_id", members, "uuid")?);
    sql.push(")");
    Some(sql)
}

/// A page of what answers a search; of everything where nothing is searched for. Where the best are asked for, they
/// are the best of [`RANKED`] things that answer.
///
/// # Errors
/// Where the database cannot answer.
pub async fn search_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &SearchFilter,
    meaning: Option<&Meaning>,
    ask: &PageAsk,
) -> Result<Page<(DocumentRow, N)>> {
    let needle = meaning.map(needle_of).unwrap_or_default();
    let page = PageRequest::of_found(SEARCH_SORTING, meaning.map(|_| RELEVANCE), ask)?;
    let sight = viewer.sight();
    let narrowed = || {
        let mut where_it_is = vec![seen_by(visible_document!("search_documents"), &sight)];
        where_it_is.extend(is_any_of("search_documents.kind", &words(&filter.kinds), "text"));
        where_it_is.extend(is_below_members(&filter.members));
        where_it_is.extend(is_any_of("search_documents.plan_id", &filter.plans, "uuid"));
        all(where_it_is)
    };
    let everywhere = filter.kinds.is_empty() && filter.members.is_empty() && filter.plans.is_empty();
    let filtered = || {
        let mut query = search_documents::table.filter(narrowed()).into_boxed::<Pg>();
        if meaning.is_some() {
            query = query.filter(Condition::new(ANSWERS));
        }
        query
    };
    let rows = match meaning {
        Some(_) if page.is_sorted_by(RELEVANCE.name) => {
            search_documents::table.filter(is_candidate(&narrowed, everywhere, &sight)).into_boxed::<Pg>()
        }
        _ => filtered(),
    };
    let rows = rows.filter(page.place()).order(page.order()).limit(page.fetch()).select((
        DocumentRow::as_select(),
        nested::<N>(&sight),
        page.keys(),
    ));
    let count = filtered().count();
    // The parts of a row ask what is searched for even where that is nothing.
    let (rows, count) = (finding(Some(&needle), rows), finding(Some(&needle), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &DocumentRow| row.id).await
}
