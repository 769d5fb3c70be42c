//! Copies of checkpoints in places that the operator cannot rewrite.
//!
//! A tree shows that a record was not changed only to whoever has an earlier state of it. Somebody with the
//! database and the key could show one history to one reader and another to the next, or set everything
//! back: each by itself is in order. It is noticed where two signed checkpoints that do not continue one
//! another meet. So they are handed on as they are signed: to a folder (of another machine, or one that can
//! only be added to), an object store, another municipality's tracker.

use super::proofs::consistency_proof;
use crate::db::Writes;
use crate::kernel::{Error, Result};
use crate::ledger::model::note::Checkpoint;
use crate::ledger::model::witness::CheckpointShown;
use crate::ledger::store::tree::{self as store, CheckpointRow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long between two looks for what is new.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait after a failure, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long another host may take for one copy.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most that are copied in one go.
const BATCH: i64 = 100;

/// A place that keeps checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder: one file each, named after the size of the tree. What is there is never overwritten.
    Folder(PathBuf),
    /// An address. Where it ends with a slash, each is PUT below it under such a name; else it is POSTed there.
    Web(Url),
    /// Another tracker, which is shown each with the proof that it continues what was seen there.
    Tracker(Url),
}

impl Place {
    /// Reads what an operator wrote: a path, an address that begins with `http://` or `https://`, or such an
    /// address of another tracker with `tracker+` before it.
    ///
    /// # Errors
    /// In one line, where it is neither.
    pub fn read(text: &str) -> Result<Self, String> {
        let (address, place): (_, fn(Url) -> Self) = match text.strip_prefix("tracker+") {
            Some(address) => (address, Self::Tracker),
            None => (text, Self::Web),
        };
        if address.starts_with("http://") || address.starts_with("https://") {
            return address.parse().map(place).map_err(|error| format!("{text:?} is no address: {error}"));
        }
        match PathBuf::from(text) {
            path if path.as_os_str().is_empty() => Err("it is empty".to_owned()),
            path => Ok(Self::Folder(path)),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            // Never with what proves who we are.
            Self::Web(url) | Self::Tracker(url) => url.host_str().unwrap_or_default().to_owned(),
        }
    }
}

/// What hands checkpoints on to one place.
#[derive(Debug)]
pub struct Copies {
    place: Place,
    client: reqwest::Client,
    /// The size of the last tree that was copied; before the first, only the last checkpoint is.
    done: Option<i64>,
}

impl Copies {
    /// To a place.
    ///
    /// # Errors
    /// Where no connection can ever be made.
    pub fn new(place: Place) -> Result<Self, String> {
        // The choice for the whole process; somebody may have made it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(Self { place, client, done: None })
    }

    /// Copies as long as it is driven. What fails is logged once and tried again, less and less often.
    pub async fn run(mut self, writes: Writes) {
        let mut pause = PAUSE;
        loop {
            match self.round(&writes).await {
                Ok(_) => pause = PAUSE,
                Err(error) => {
                    if pause == PAUSE {
                        let place = self.place.name();
                        tracing::error!(%error, place, "checkpoints cannot be copied; it is tried again");
                    }
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Copies what is new; returns how many.
    ///
    /// # Errors
    /// Where the place or the database does not answer, or the place has another checkpoint of that size.
    pub async fn round(&mut self, writes: &Writes) -> Result<usize> {
        let found = {
            let conn = writes.get().await?;
            match self.done {
                Some(done) => store::checkpoint_list(&conn, done, BATCH).await?,
                None => store::checkpoint_last(&conn, None).await?.into_iter().collect(),
            }
        };
        for checkpoint in &found {
            self.copy(writes, checkpoint).await.map_err(Error::Internal)?;
            self.done = Some(checkpoint.size);
        }
        Ok(found.len())
    }

    async fn copy(&self, writes: &Writes, checkpoint: &CheckpointRow) -> Result<(), String> {
        // As long as any size: names sort as sizes do.
        let name = format!("{:019}.checkpoint", checkpoint.size);
        match &self.place {
            Place::Folder(folder) => copy_to_folder(folder, &name, checkpoint).await,
            Place::Web(url) if url.path().ends_with('/') => {
                let url = url.join(&name).map_err(|error| error.to_string())?;
                self.send(self.client.put(url), checkpoint).await
            }
            Place::Web(url) => self.send(self.client.post(url.clone()), checkpoint).await,
            Place::Tracker(url) => {
                let url = url.join("/api/v1/ledger/witnessed").map_err(|error| error.to_string())?;
                self.show(writes, url, checkpoint).await
            }
        }
    }

    /// Shows a checkpoint to another tracker. What it has seen already it is not shown again, unless it is of
    /// this very size: then it finds out whether it is the same.
    async fn show(&self, writes: &Writes, url: Url, checkpoint: &CheckpointRow) -> Result<(), String> {
        let origin = Checkpoint::read(&checkpoint.note).map(|read| read.origin).unwrap_or_default();
        let asked = self.client.get(url.clone()).query(&[("origin", origin.as_str()), ("latest", "true")]);
        let known = answer(asked).await?.pointer("/data/0/size").and_then(Value::as_i64);
        let mut shown =
            CheckpointShown { checkpoint: checkpoint.note.clone(), from: known, path: Vec::new() };
        if let Some(known) = known.filter(|known| *known != checkpoint.size) {
            let conn = writes.get().await.map_err(|error| error.to_string())?;
            if known > checkpoint.size {
                let last = store::checkpoint_last(&conn, None).await.map_err(|error| error.to_string())?;
                // Another replica was faster, and the next one is proved from there.
                return if last.is_some_and(|last| last.size >= known) {
                    Ok(())
                } else {
                    Err(format!("THIS LOG WAS SET BACK: {known} entries of it were seen there"))
                };
            }
            let unsigned = |size: i64| u64::try_from(size).map_err(|error| error.to_string());
            let proof = consistency_proof(&conn, unsigned(known)?, unsigned(checkpoint.size)?).await;
            let path = proof.map_err(|error| error.to_string())?.path;
            shown.path = path.iter().map(|hash| STANDARD.encode(hash)).collect();
        }
        answer(self.client.post(url).json(&shown)).await.map(drop)
    }

    async fn send(&self, request: reqwest::RequestBuilder, checkpoint: &CheckpointRow) -> Result<(), String> {
        let request =
            request.header("content-type", "text/plain; charset=utf-8").body(checkpoint.note.clone());
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        answer.map(drop).map_err(|error| error.without_url().to_string())
    }
}

/// What another tracker answers; where it refuses, why.
async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let told = |error: reqwest::Error| error.without_url().to_string();
    let response = request.send().await.map_err(told)?;
    let status = response.status();
    let body: Value = response.json().await.map_err(told)?;
    if status.is_success() {
        return Ok(body);
    }
    let detail = body.get("detail").and_then(Value::as_str).unwrap_or_default();
    Err(format!("{status}: {detail}"))
}

/// Writes a file that is complete as soon as it has its name, and never replaces one.
async fn copy_to_folder(folder: &Path, name: &str, checkpoint: &CheckpointRow) -> Result<(), String> {
    let (path, fresh) = (folder.join(name), folder.join(format!(".{name}.new")));
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    match tokio::fs::read_to_string(&path).await {
        Ok(there) if there == checkpoint.note => return Ok(()),
        Ok(_) => {
            return Err(format!(
                "{} IS ANOTHER CHECKPOINT of {} entries: this is not the log that was copied there",
                path.display(),
                checkpoint.size
            ));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    tokio::fs::write(&fresh, &checkpoint.note).await.map_err(failed)?;
    // A link, unlike a new name, is refused where a file is there meanwhile.
    match tokio::fs::hard_link(&fresh, &path).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    tokio::fs::remove_file(&fresh).await.map_err(failed)
}
