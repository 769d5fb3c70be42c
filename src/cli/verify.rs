//! `verify`: check a report, or that a log only grew, without trusting whoever made them.

use super::{Failure, Outcome, print};
use crate::audit::model::verify::{Check, FileSeen, Known, Outcome as Found, Verdict, verify};
use crate::ledger::model::note::{Checkpoint, LogKey, hex};
use crate::ledger::model::tree::{Hash, is_consistent};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a tracker may take to prove that its log only grew.
const PATIENCE: Duration = Duration::from_secs(30);

/// Options of `verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The report: a file, or - for standard input
    #[arg(required_unless_present = "consistency", conflicts_with = "consistency")]
    report: Option<PathBuf>,
    /// A key that you trust: a verifier key (name+id+key), or a file with one in each line; repeat for several
    #[arg(long = "key")]
    keys: Vec<String>,
    /// A folder with the files of the evidence, under any names
    #[arg(long, value_name = "DIR", conflicts_with = "consistency")]
    evidence: Option<PathBuf>,
    /// What the report must be about: an id, a plan's slug, a member's code, or everything
    #[arg(long, conflicts_with = "consistency")]
    about: Option<String>,
    /// The day whose record it must tell
    #[arg(long, value_name = "DATE", conflicts_with = "consistency")]
    as_of: Option<NaiveDate>,
    /// The day that it must be computed for
    #[arg(long, value_name = "DATE", conflicts_with = "consistency")]
    on: Option<NaiveDate>,
    /// It must have been made then or later (RFC 3339): an older report given for a new one is found
    #[arg(long, value_name = "INSTANT", conflicts_with = "consistency")]
    made_since: Option<DateTime<Utc>>,
    /// An earlier report about the same: all of its entries must be in this one
    #[arg(long, value_name = "REPORT", conflicts_with = "consistency")]
    continues: Option<PathBuf>,
    /// Instead of a report: two checkpoints, the older one first, between which the log must only have grown
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], requires = "url")]
    consistency: Option<Vec<PathBuf>>,
    /// The tracker that proves it
    #[arg(long, requires = "consistency")]
    url: Option<String>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) async fn run(&self) -> Outcome {
        let keys = self.keys.iter().map(|key| trusted(key)).collect::<Result<Vec<_>, _>>()?.concat();
        match (&self.consistency, &self.url) {
            (Some(checkpoints), Some(url)) => {
                let [old, new] = checkpoints.as_slice() else {
                    return Err("two checkpoints are needed".into());
                };
                self.grown(old, new, url, &keys).await
            }
            _ => self.report(keys),
        }
    }

    fn report(&self, keys: Vec<LogKey>) -> Outcome {
        let Some(path) = &self.report else { return Err("which report?".into()) };
        let known = Known {
            keys,
            about: self.about.clone(),
            as_of: self.as_of,
            on: self.on,
            made_since: self.made_since,
            earlier: self.continues.as_deref().map(read).transpose()?,
            evidence: self.evidence.as_deref().map(files).transpose()?,
        };
        let verdict = verify(&read(path)?, &known);
        print(&if self.json {
            format!("{}\n", serde_json::to_string_pretty(&verdict)?)
        } else {
            told(&verdict)
        })?;
        let failed = verdict.checks.iter().filter(|check| check.outcome == Found::Fails).count();
        if verdict.holds {
            Ok(())
        } else {
            Err(format!("the report does not hold: {failed} check(s) failed").into())
        }
    }

    async fn grown(&self, old: &Path, new: &Path, url: &str, keys: &[LogKey]) -> Outcome {
        let (old, new) = (signed(old, keys)?, signed(new, keys)?);
        if old.origin != new.origin {
            return Err(format!("they are of two logs, {} and {}", old.origin, new.origin).into());
        }
        if old.size > new.size {
            return Err(format!(
                "the older one has {} entries, the newer one {}: swap them",
                old.size, new.size
            )
            .into());
        }
        let holds = match old.size == new.size {
            true => old.root == new.root,
            false => {
                let path = proof(url, old.size, new.size).await?;
                is_consistent((old.size, &old.root), (new.size, &new.root), &path)
            }
        };
        if !holds {
            return Err(format!(
                "the log of {} entries does not continue the one of {}: somebody was told another history",
                new.size, old.size
            )
            .into());
        }
        let unpinned =
            if keys.is_empty() { "; nobody said with --key whose signatures they must have" } else { "" };
        print(&match self.json {
            true => format!("{}\n", serde_json::json!({ "holds": true, "from": old.size, "to": new.size })),
            false => format!(
                "holds: {} only grew, from {} to {} entries{unpinned}\n",
                old.origin, old.size, new.size
            ),
        })
    }
}

/// A key by itself, or the keys of a file.
fn trusted(key: &str) -> Result<Vec<LogKey>, Failure> {
    if let Some(key) = LogKey::read(key) {
        return Ok(vec![key]);
    }
    let wrong = |why: String| Failure::from(format!("--key {key}: {why}"));
    let text = fs::read_to_string(key)
        .map_err(|error| wrong(format!("it is neither a verifier key (name+id+key) nor a file: {error}")))?;
    let keys: Option<Vec<_>> =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| LogKey::read(line.trim())).collect();
    match keys {
        Some(keys) if !keys.is_empty() => Ok(keys),
        _ => Err(wrong("it has lines that are no verifier keys".to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = match path.as_os_str() == "-" {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
        false => fs::read(path).map(|read| bytes = read),
    };
    done.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(bytes)
}

/// All files of a folder and below, with their hashes.
fn files(folder: &Path) -> Result<Vec<FileSeen>, Failure> {
    let wrong =
        |path: &Path, error: io::Error| Failure::from(format!("{} cannot be read: {error}", path.display()));
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| wrong(&folder, error))? {
            let path = entry.map_err(|error| wrong(&folder, error))?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let sha256 = hash(&path).map_err(|error| wrong(&path, error))?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            found.push(FileSeen { name, sha256 });
        }
    }
    Ok(found)
}

/// The SHA-256 of a file, whatever its size.
fn hash(path: &Path) -> io::Result<String> {
    let (mut file, mut digest) = (io::BufReader::new(fs::File::open(path)?), Sha256::new());
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(piece);
        let read = piece.len();
        file.consume(read);
    }
}

/// A checkpoint of a file, signed by one of these keys where there are any.
fn signed(path: &Path, keys: &[LogKey]) -> Result<Checkpoint, Failure> {
    let note = String::from_utf8(read(path)?).map_err(|_| format!("{} is no text", path.display()))?;
    let checkpoint = Checkpoint::read(&note).ok_or_else(|| format!("{} is no checkpoint", path.display()))?;
    let is_trusted =
        keys.is_empty() || keys.iter().any(|key| key.name == checkpoint.origin && key.has_signed(&note));
    match is_trusted {
        true => Ok(checkpoint),
        false => Err(format!("{} is not signed by a key that is trusted", path.display()).into()),
    }
}

/// Has a tracker prove that its log only grew.
async fn proof(url: &str, from: u64, to: u64) -> Result<Vec<Hash>, Failure> {
    #[derive(Deserialize)]
    struct Proof {
        path: Vec<String>,
    }
    let address =
        format!("{}/api/v1/ledger/proofs/consistency?from={from}&to={to}", url.trim_end_matches('/'));
    // Another process-wide choice that may be made already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let wrong = |reason: String| Failure::from(format!("{address} gives no proof: {reason}"));
    let answer = client.get(&address).send().await.map_err(|error| wrong(error.to_string()))?;
    let answer = answer.error_for_status().map_err(|error| wrong(error.to_string()))?;
    let proof: Proof = answer.json().await.map_err(|error| wrong(error.to_string()))?;
    let hashes = proof.path.iter().map(|hash| STANDARD.decode(hash).ok()?.try_into().ok());
    hashes.collect::<Option<_>>().ok_or_else(|| wrong("it is no list of hashes".to_owned()))
}

/// What was found, for people.
fn told(verdict: &Verdict) -> String {
    let mut text = String::new();
    for Check { name, outcome, detail, wrong } in &verdict.checks {
        let word = match outcome {
            Found::Holds => "holds  ",
            Found::Fails => "FAILS  ",
            Found::Skipped => "skipped",
        };
        let _ = match detail.is_empty() || *outcome == Found::Fails {
            true => writeln!(text, "{word}  {name}"),
            false => writeln!(text, "{word}  {name}: {detail}"),
        };
        for fault in wrong {
            let _ = writeln!(text, "           {} {}", fault.at, fault.says);
        }
    }
    if let (Some(about), Some(asked)) = (&verdict.about, &verdict.asked) {
        let what = about.code.as_deref().unwrap_or("everything");
        let provisional = if verdict.provisional == Some(true) { ", provisional" } else { "" };
        let _ = writeln!(
            text,
            "about {what}: the record of {}, computed for {}{provisional}",
            asked.as_of, asked.day
        );
    }
    text
}
