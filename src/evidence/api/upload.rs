//! Taking a link or a file. A file goes to where files are kept as it comes; who may not upload is
//! told so before anything of it is read.

use super::show_evidence;
use crate::accounts::model::Actor;
use crate::accounts::service::Gate;
use crate::db::{Conn, Reads};
use crate::evidence::model::{EvidenceInput, EvidenceKind, Sniffer, StoredFile, file_name};
use crate::evidence::service::{self, Upload};
use crate::files::{Files, Received};
use crate::http::reply;
use crate::http::{
    ChangeParameters, CreateProblems, IdempotencyParameters, Problem, Streaming, Surroundings,
};
use crate::kernel::document::{Fault, escape, read_json};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::service::Office;
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// The longest part besides the file, and the largest body of a link, in bytes.
const MAX_PART: usize = 64 * 1024;
/// The most parts that are looked at.
const MAX_PARTS: usize = 20;
/// What a body has around its file, at most, in bytes.
const AROUND: u64 = (MAX_PART * MAX_PARTS) as u64;
/// The type of bodies that bring a link.
const JSON: &str = "application/json";
/// The type of bodies that bring a file.
const MULTIPART: &str = "multipart/form-data";

/// The parts of an upload. Put `file` last: then what stands before it is checked before it is sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes parts that are read one by one")]
pub struct EvidenceUpload {
    /// The file: PDF, PNG, JPEG, GIF, WebP, DOCX, XLSX, ODT, ODS, CSV, or text in UTF-8; its content, its
    /// name and its declared type must agree.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Whose it is, by code or id.
    #[schema(min_length = 1, max_length = 120, example = "ROTMR")]
    member: String,
    /// Its title: a text in the language of `language`, or a JSON object of texts by language.
    #[schema(
        min_length = 1,
        max_length = 20_000,
        example = "{\"ro\": \"Raport de progres\", \"en\": \"Progress report\"}"
    )]
    title: String,
    /// What kind of document it is.
    kind: EvidenceKind,
    /// The language it is in (BCP 47).
    #[schema(
        max_length = 35,
        pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
        example = "ro",
        nullable = false
    )]
    language: Option<String>,
    /// What it shows: as `title`.
    #[schema(min_length = 1, max_length = 20_000, nullable = false)]
    shows: Option<String>,
    /// When somebody got it (`YYYY-MM-DD`).
    #[schema(format = Date, nullable = false)]
    retrieved_on: Option<String>,
}

/// Create evidence
///
/// A link, as JSON, or an uploaded file, as form data. Editors, publishers and assessors of the member
/// can (assessors with the scope `assess`). It is seen by the member's staff only until it is attached to
/// something public; what is not used within a day is deleted. The same content is stored once.
#[utoipa::path(
    tag = "evidence",
    operation_id = "create_evidence",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content(
        (EvidenceInput = "application/json"),
        (EvidenceUpload = "multipart/form-data")
    )),
    responses((status = 201, description = "The evidence, as made.", body = super::EvidencePage), CreateProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/evidence")]
#[expect(clippy::too_many_arguments, reason = "each is a piece of the application that an upload needs")]
pub(super) async fn create_evidence(
    request: HttpRequest,
    payload: web::Payload,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    office: web::Data<Office>,
    files: web::Data<Files>,
    around: web::Data<Surroundings>,
    mut asking: Streaming,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let actor = gate.actor(&conn, asking.ask.credential.as_ref()).await?;
    service::may_upload(&conn, &actor, None).await?;
    if asking.ask.body.media_type.as_deref() != Some(MULTIPART) {
        if asking.ask.body.media_type.as_deref() != Some(JSON) {
            return Err(Error::MediaType("application/json or multipart/form-data").into());
        }
        let bytes = payload.to_bytes_limited(MAX_PART).await.map_err(|_| Error::TooLarge)?;
        let bytes = bytes.map_err(|error| interrupted(&error))?;
        asking.identify(&bytes);
        asking.ask.body.bytes = bytes.to_vec();
        let asked = &asking.item;
        let show = async |conn: &Conn, id, viewer: &_| show_evidence(conn, id, viewer, asked).await;
        return Ok(reply::created(service::create_link(&office, &asking.ask, show).await?));
    }
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| length > files.most() + AROUND)
    {
        return Err(Error::TooLarge.into());
    }
    let mut form = Form::new(&conn, &actor, &files, around.clock.now());
    let read = form.read(Multipart::new(request.headers(), payload)).await;
    let (upload, received) = form.upload();
    let answer = match read {
        Ok(()) => {
            asking.identify(&told_apart(&upload));
            let asked = &asking.item;
            let show = async |conn: &Conn, id, viewer: &_| show_evidence(conn, id, viewer, asked).await;
            service::create_file(&office, &asking.ask, &upload, received.as_ref(), show).await
        }
        Err(error) => Err(error),
    };
    if let Some(received) = received {
        received.discard().await;
    }
    Ok(reply::created(answer?))
}

/// What tells an upload from others: all that is said of it, and the hash of its file.
fn told_apart(upload: &Upload) -> Vec<u8> {
    let file = upload.file.as_ref().map(|file| format!("{} {}", file.sha256, file.name)).unwrap_or_default();
    Sha256::new()
        .chain_update(upload.said.to_string())
        .chain_update([0])
        .chain_update(file)
        .finalize()
        .to_vec()
}

/// Form data as it comes.
struct Form<'a> {
    conn: &'a Conn,
    actor: &'a Actor,
    files: &'a Files,
    now: DateTime<Utc>,
    said: Map<String, Value>,
    faults: Vec<Fault>,
    file: Option<Arrived>,
}

/// A file that has come in, and what was found out about it.
struct Arrived {
    received: Received,
    name: Result<String, Fault>,
    declared: Option<String>,
    sniffer: Sniffer,
}

impl<'a> Form<'a> {
    fn new(conn: &'a Conn, actor: &'a Actor, files: &'a Files, now: DateTime<Utc>) -> Self {
        Self { conn, actor, files, now, said: Map::new(), faults: Vec::new(), file: None }
    }

    async fn read(&mut self, mut form: Multipart) -> Result<()> {
        let mut count = 0;
        while let Some(field) = form.try_next().await.map_err(broken)? {
            count += 1;
            if count > MAX_PARTS {
                return Err(Error::invalid(
                    "",
                    "form_too_long",
                    format!("more than {MAX_PARTS} parts are not taken"),
                ));
            }
            match field.name().unwrap_or_default().to_owned() {
                name if name == "file" => self.take_file(field).await?,
                name => self.take_part(&name, field).await?,
            }
        }
        Ok(())
    }

    async fn take_part(&mut self, name: &str, mut field: Field) -> Result<()> {
        let mut bytes = Vec::new();
        while let Some(piece) = field.try_next().await.map_err(broken)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MAX_PART {
                return Err(Error::TooLarge);
            }
        }
        let pointer = format!("/{}", escape(name));
        let Ok(text) = String::from_utf8(bytes) else {
            self.faults.push(Fault::new(pointer, "encoding_wrong", "the text is not UTF-8"));
            return Ok(());
        };
        if text.contains('\0') {
            self.faults.push(Fault::new(pointer, "text_has_nul", "the text has a NUL character; remove it"));
            return Ok(());
        }
        if name == "member" {
            service::may_upload(self.conn, self.actor, Some(&Ref::parse(&text))).await?;
        }
        if self.said.insert(name.to_owned(), Value::String(text)).is_some() {
            self.faults.push(Fault::new(pointer, "field_repeated", "the part is given twice"));
        }
        Ok(())
    }

    async fn take_file(&mut self, mut field: Field) -> Result<()> {
        if self.file.is_some() {
            return Err(Error::invalid("/file", "field_repeated", "one file at a time is taken"));
        }
        let name = file_name(field.content_disposition().and_then(|given| given.get_filename()));
        let declared = field.content_type().map(|declared| declared.essence_str().to_lowercase());
        let mut receiving = self.files.receive(self.now).await?;
        let mut sniffer = Sniffer::default();
        loop {
            let taken = match field.try_next().await.map_err(broken) {
                Ok(None) => break,
                Ok(Some(piece)) => {
                    sniffer.look(&piece);
                    receiving.write(&piece).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                receiving.abort().await;
                return Err(error);
            }
        }
        self.file = Some(Arrived { received: receiving.finish().await?, name, declared, sniffer });
        Ok(())
    }

    /// What came, and the file apart from what is wrong with it.
    fn upload(mut self) -> (Upload, Option<Received>) {
        for field in ["title", "shows"] {
            self.localize(field);
        }
        let Some(Arrived { received, name, declared, sniffer }) = self.file else {
            self.faults.push(Fault::new("/file", "field_missing", "the part \"file\" is missing"));
            return (Upload { said: Value::Object(self.said), file: Err(self.faults) }, None);
        };
        let known = name.and_then(|name| {
            let media_type = sniffer.verdict(&name, declared.as_deref())?.media_type;
            let size = i64::try_from(received.size).unwrap_or(i64::MAX);
            Ok(StoredFile { sha256: received.sha256.clone(), size, name, media_type })
        });
        let file = match known {
            Ok(file) if self.faults.is_empty() => Ok(file),
            other => {
                self.faults.extend(other.err());
                Err(self.faults)
            }
        };
        (Upload { said: Value::Object(self.said), file }, Some(received))
    }

    /// A text by language, also where only one was given and the language beside it.
    fn localize(&mut self, field: &str) {
        let Some(Value::String(text)) = self.said.get(field) else { return };
        let texts = if text.trim_start().starts_with('{') {
            read_json(text.as_bytes()).ok().map(|(texts, _)| texts)
        } else {
            let language = self.said.get("language").and_then(Value::as_str);
            language.map(|language| json!({ language: text }))
        };
        match texts {
            Some(texts) => {
                self.said.insert(field.to_owned(), texts);
            }
            None => {
                let detail = "give a JSON object of texts by language, or one text and its `language`";
                self.faults.push(Fault::new(format!("/{field}"), "language_missing", detail));
                self.said.insert(field.to_owned(), json!({ "en": "?" }));
            }
        }
    }
}

/// Form data that cannot be read.
fn broken(error: MultipartError) -> Error {
    match error {
        MultipartError::Payload(error) => interrupted(&error.into()),
        other => {
            Error::Malformed { code: "form_broken", detail: format!("the form data is broken: {other}") }
        }
    }
}

/// A body that did not come to its end.
fn interrupted(error: &actix_web::Error) -> Error {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Error::TooLarge,
        _ => Error::Malformed {
            code: "body_interrupted",
            detail: format!("the body did not come to its end: {error}"),
        },
    }
}
