//! Checking a report with nothing but the report: no database, no network.
//!
//! Everything that a report shows is made again from the entries in it, and each entry is proved against the signed
//! checkpoint. What a report cannot prove alone: that this checkpoint is the one that others saw (keep checkpoints,
//! ask for consistency proofs), that a plan has no entry after the last one that is there, and that a report about
//! several plans has all of them: for that the signature is the publisher's word.

mod evidence;
mod pieces;
mod proofs;
mod states;

use super::frame::Generation;
use super::{About, Asked, jws};
use crate::ledger::model::note::LogKey;
use chrono::{DateTime, NaiveDate, Utc};
use pieces::Pieces;
use serde::Serialize;

pub use evidence::FileSeen;

/// How many faults of one check are told.
const TOLD: usize = 20;

/// What whoever checks knows besides the report.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Keys that are trusted: one of them must have signed the report, and one the checkpoint.
    pub keys: Vec<LogKey>,
    /// The id, slug or code that the report must be about.
    pub about: Option<String>,
    /// The day whose record it must tell, to its end.
    pub as_of: Option<NaiveDate>,
    /// The day that it must be computed for.
    pub on: Option<NaiveDate>,
    /// It must have been made then or later.
    pub made_since: Option<DateTime<Utc>>,
    /// An earlier report, whose entries must be in this one.
    pub earlier: Option<Vec<u8>>,
    /// Files that evidence must be found among.
    pub evidence: Option<Vec<FileSeen>>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It was not checked: nobody asked, or what it needs could not be read.
    Skipped,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Where in the report: a JSON pointer (RFC 6901), or a place in the file.
    pub at: String,
    /// What is wrong.
    pub says: String,
}

impl Wrong {
    fn new(at: impl Into<String>, says: impl Into<String>) -> Self {
        Self { at: at.into(), says: says.into() }
    }
}

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: `form`, `signature`, ...
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What holds, or why it was not checked, in words.
    pub detail: String,
    /// What is wrong; the first ones, where there is much.
    pub wrong: Vec<Wrong>,
}

impl Check {
    /// It holds where nothing is wrong.
    fn of(name: &'static str, detail: impl Into<String>, mut wrong: Vec<Wrong>) -> Self {
        let outcome = if wrong.is_empty() { Outcome::Holds } else { Outcome::Fails };
        let more = wrong.len().saturating_sub(TOLD);
        wrong.truncate(TOLD);
        if more > 0 {
            wrong.push(Wrong::new("", format!("and {more} more")));
        }
        Self { name, outcome, detail: detail.into(), wrong }
    }

    fn skipped(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Skipped, detail: detail.into(), wrong: Vec::new() }
    }
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Whether all that was checked holds.
    pub holds: bool,
    /// What the report is about; none where that cannot be read.
    pub about: Option<About>,
    /// Which times it is about.
    pub asked: Option<Asked>,
    /// When and by what it was made.
    pub generation: Option<Generation>,
    /// Whether it was made before the day that it tells of had ended.
    pub provisional: Option<bool>,
    /// What was checked, in order.
    pub checks: Vec<Check>,
}

impl Verdict {
    fn of(checks: Vec<Check>) -> Self {
        let holds = checks.iter().all(|check| check.outcome != Outcome::Fails);
        Self { holds, about: None, asked: None, generation: None, provisional: None, checks }
    }
}

/// Checks a report: the JSON document, or the same as lines.
pub fn verify(file: &[u8], known: &Known) -> Verdict {
    let document = match pieces::document(file) {
        Ok(document) => document,
        Err(wrong) => return Verdict::of(vec![Check::of("form", "", vec![wrong])]),
    };
    let pieces = match Pieces::read(&document) {
        Ok(pieces) => pieces,
        Err(wrong) => return Verdict::of(vec![Check::of("form", "", vec![wrong])]),
    };
    let written = pieces.written(&document);
    let mut checks = vec![
        Check::of("form", "it is JSON in its canonical form (RFC 8785), byte by byte", written.wrong.clone()),
        Check::of("schema", "it is what the schema of audit reports describes", pieces.against_schema()),
    ];
    let generation = pieces.generation();
    checks.push(digest(&written, generation.as_ref()));
    checks.push(signature(&written, generation.as_ref(), &known.keys));
    match pieces.report() {
        Ok(report) => {
            checks.push(report.question(known, generation.as_ref()));
            checks.push(report.checkpoint(&known.keys));
            checks.push(report.inclusion());
            checks.push(report.strands());
            checks.push(report.states());
            checks.push(report.continues(known.earlier.as_deref()));
            checks.push(report.evidence(known.evidence.as_deref()));
            let provisional = generation.as_ref().map(|made| made.generated_at < report.asked.until);
            let (about, asked) = (Some(report.about.clone()), Some(report.asked));
            Verdict { about, asked, generation, provisional, ..Verdict::of(checks) }
        }
        Err(wrong) => {
            checks.push(Check::of("entries", "", vec![wrong]));
            Verdict { generation, ..Verdict::of(checks) }
        }
    }
}

fn digest(written: &pieces::Written, generation: Option<&Generation>) -> Check {
    let Some(generation) = generation else {
        return Check::skipped("digest", "there is no generation block that can be read");
    };
    let wrong = (generation.digest != written.digest).then(|| {
        let says =
            format!("it says {}, and what stands before it makes {}", generation.digest, written.digest);
        Wrong::new("/generation/digest", says)
    });
    Check::of("digest", "the digest is that of all before the generation block", wrong.into_iter().collect())
}

fn signature(written: &pieces::Written, generation: Option<&Generation>, trusted: &[LogKey]) -> Check {
    const NAME: &str = "signature";
    let Some(generation) = generation else {
        return Check::skipped(NAME, "there is no generation block that can be read");
    };
    let wrong =
        |at: &str, says: String| Check::of(NAME, "", vec![Wrong::new(format!("/generation/{at}"), says)]);
    let Some(signature) = &generation.signature else {
        return wrong("signature", "there is none".to_owned());
    };
    let Some(key) = LogKey::read(&generation.key) else {
        return wrong("key", "it is no verifier key".to_owned());
    };
    if let Err(says) = jws::verify(signature, &written.signed, &key.key) {
        return wrong("signature", says);
    }
    if trusted.is_empty() {
        let detail = format!(
            "signed by {key}; nobody said with --key whether that is the right key: without it the report vouches for \
             itself alone"
        );
        return Check::of(NAME, detail, Vec::new());
    }
    match trusted.contains(&key) {
        true => Check::of(NAME, format!("signed by {key}, which is trusted"), Vec::new()),
        false => wrong("key", format!("it is signed by {key}, which is none of the keys that are trusted")),
    }
}
