//! Whole lists as files: the pages of a list, one after another, as lines of text or rows of a sheet.
//!
//! Each page is read when the one before it has been taken, so memory does not grow with the list, and a
//! slow reader holds nothing in the database. The price: no snapshot holds all pages together. Like whoever
//! pages through JSON, a reader gets whatever was there throughout exactly once; the record of a day that is
//! past (`as_of`) does not change, and neither does its download.

use super::format::Format;
use super::query::{List, table};
use super::reply::{Audience, Pages, Sending, next_link, pieces};
use super::table::{Lines, Table, Workbook, WorkbookFile, row};
use super::{Item, Wanted, reply};
use crate::kernel::ask::Representation;
use crate::kernel::page::{Cursor, Page, PageAsk, WALK_LIMIT};
use crate::kernel::text::fingerprint;
use crate::kernel::{Error, Result, Times};
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// A list on its way: what has been read of it, and how to go on.
struct Walk<P> {
    pages: P,
    wanted: Wanted,
    ask: PageAsk,
    next: Option<Cursor>,
}

impl<P> Walk<P> {
    /// The next rows; nothing after the last.
    async fn rows<T: Serialize>(&mut self) -> Result<Option<Vec<Value>>>
    where
        P: Pages<T>,
    {
        let Some(place) = self.next.take() else { return Ok(None) };
        self.ask.after = Some(place);
        let page = (self.pages)(&self.ask, &self.wanted).await?;
        self.next = page.next;
        page.rows.iter().map(row).collect::<Result<_>>().map(Some)
    }
}

/// A list in another form than JSON, of which the first page has been read.
pub(super) async fn answer<T: Serialize + 'static, F>(
    request: &HttpRequest,
    asked: &List<F>,
    audience: Audience,
    pages: impl Pages<T>,
    first: Page<T>,
) -> Result<HttpResponse> {
    let own = table(request)?;
    let table = asked.fields.as_ref().map_or_else(|| Arc::clone(&own), |fields| fields.columns(&own));
    let rows: Vec<_> = first.rows.iter().map(row).collect::<Result<_>>()?;
    let (next, beyond) = if asked.is_whole() { (first.next, None) } else { (None, first.next) };
    let sending = Sending {
        media_type: asked.format.media_type(),
        audience,
        negotiated: true,
        link: beyond.map(|cursor| next_link(request, &cursor.encode(asked.scope()))),
        file_name: Some(file_name(&asked.times, asked.format, &table)),
    };
    let walk = Walk { pages, wanted: asked.wanted.clone(), ask: asked.ask()?, next };
    let lines = match asked.format {
        Format::Xlsx => return workbook(request, asked, sending, table, rows, walk).await,
        Format::Csv => Lines::Csv { table, bom: asked.bom() },
        Format::Ndjson | Format::Json => Lines::Ndjson(asked.fields.clone()),
    };
    let begun = [lines.head()?, lines.rows(rows)?].concat();
    if walk.next.is_none() {
        return Ok(sending.whole(request, Representation::of_bytes(begun, asked.wanted.used())));
    }
    let rest = stream::try_unfold((walk, lines), |(mut walk, lines)| async move {
        let Some(rows) = walk.rows::<T>().await? else { return Ok(None) };
        Ok(Some((Bytes::from(lines.rows(rows)?), (walk, lines))))
    });
    let body = stream::once(async { Ok(Bytes::from(begun)) }).chain(rest);
    // The head of the answer is gone by then: all that can be done is to break off.
    let body = body.inspect_err(|error: &Error| tracing::error!(%error, "a download broke off"));
    Ok(sending.begin(asked.wanted.used()).streaming(body))
}

async fn workbook<T: Serialize, F, P: Pages<T>>(
    request: &HttpRequest,
    asked: &List<F>,
    sending: Sending,
    table: Arc<Table>,
    rows: Vec<Value>,
    mut walk: Walk<P>,
) -> Result<HttpResponse> {
    let mut book = Workbook::new(asked.times.as_of.unwrap_or(asked.times.today));
    book.begin(table)?;
    book.rows(&rows)?;
    while let Some(rows) = walk.rows::<T>().await? {
        book.rows(&rows)?;
    }
    let languages = walk.wanted.used();
    send_workbook(request, sending, languages, book).await
}

/// A workbook with a sheet for each of several lists.
#[derive(Debug)]
pub struct Sheets<'a> {
    book: Workbook,
    asked: &'a Item,
}

impl<'a> Sheets<'a> {
    /// None yet, for what is asked.
    pub fn new(asked: &'a Item) -> Self {
        Self { book: Workbook::new(asked.times.today), asked }
    }

    /// Adds a sheet with one row.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn one(&mut self, table: Arc<Table>, row: Value) -> Result<()> {
        self.book.begin(table)?;
        self.book.rows(&[row])
    }

    /// Adds a sheet with all rows of a list.
    ///
    /// # Errors
    /// What reading the pages answers, and where they cannot be written.
    pub async fn list<T: Serialize>(&mut self, table: Arc<Table>, pages: impl Pages<T>) -> Result<()> {
        self.book.begin(table)?;
        let mut ask = PageAsk { limit: WALK_LIMIT, ..PageAsk::default() };
        loop {
            let page = pages(&ask, &self.asked.wanted).await?;
            self.book.rows(&page.rows.iter().map(row).collect::<Result<Vec<_>>>()?)?;
            match page.next {
                Some(next) => ask.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// The answer: the workbook, called after what it is of, and the day.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub async fn send(self, request: &HttpRequest, name: &str) -> Result<HttpResponse> {
        let sending = Sending {
            media_type: Format::Xlsx.media_type(),
            audience: Audience::of(self.asked.credential.as_ref()),
            negotiated: false,
            link: None,
            file_name: Some(format!("{name}-{}.xlsx", self.asked.times.today)),
        };
        send_workbook(request, sending, self.asked.wanted.used(), self.book).await
    }
}

/// A workbook, as a file whose bytes have an entity tag.
async fn send_workbook(
    request: &HttpRequest,
    sending: Sending,
    languages: Option<String>,
    book: Workbook,
) -> Result<HttpResponse> {
    let made = web::block(move || book.finish()).await;
    let WorkbookFile { file, size, hash } = made.map_err(|error| Error::Internal(error.to_string()))??;
    let etag = format!("\"{}\"", fingerprint(hash));
    if let Some(known) = reply::known_copy(request.headers(), &etag) {
        return Ok(sending.unchanged(languages, known));
    }
    let mut response = sending.begin(languages);
    response.insert_header((header::ETAG, etag));
    Ok(response.body(SizedStream::new(size, pieces(file))))
}

/// What the file is called: the list, and the day whose record it shows.
fn file_name(times: &Times, format: Format, table: &Table) -> String {
    let day = times.as_of.unwrap_or(times.today);
    format!("{}-{day}.{}", table.name.replace('_', "-"), format.extension())
}

/// Rows that are all there, in another form than JSON.
pub(super) async fn rows(
    request: &HttpRequest,
    asked: &Item,
    (format, bom): (Format, bool),
    rows: Vec<Value>,
) -> Result<HttpResponse> {
    let own = table(request)?;
    let table = asked.fields.as_ref().map_or_else(|| Arc::clone(&own), |fields| fields.columns(&own));
    let sending = Sending {
        media_type: format.media_type(),
        audience: Audience::of(asked.credential.as_ref()),
        negotiated: true,
        link: None,
        file_name: Some(file_name(&asked.times, format, &table)),
    };
    let languages = asked.wanted.used();
    let lines = match format {
        Format::Xlsx => {
            let mut book = Workbook::new(asked.times.as_of.unwrap_or(asked.times.today));
            book.begin(table)?;
            book.rows(&rows)?;
            return send_workbook(request, sending, languages, book).await;
        }
        Format::Csv => Lines::Csv { table, bom },
        Format::Ndjson | Format::Json => Lines::Ndjson(asked.fields.clone()),
    };
    Ok(sending
        .whole(request, Representation::of_bytes([lines.head()?, lines.rows(rows)?].concat(), languages)))
}
