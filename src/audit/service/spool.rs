//! A report as it is written: into files without a name, so that its size does not matter and nothing is left behind.

use crate::audit::model::{Generation, Part, jws};
use crate::kernel::{Error, Result};
use crate::ledger::model::note::hex;
use crate::ledger::service::Signer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SubsecRound, Utc};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

/// How much of a file is read at once: a multiple of three, so that pieces of base64 stand one after the other.
const CHUNK: usize = 48 * 1024;

/// In which form a report is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document.
    Json,
    /// The same record by record, each a line.
    Lines,
}

/// A report, ready.
#[derive(Debug)]
pub struct Export {
    /// What to call it, without an ending.
    pub name: String,
    /// All of it, from the beginning.
    pub file: File,
    /// How many bytes it has.
    pub length: u64,
    /// What names what it says, whenever it was made: `sha256:` and the SHA-256 of all but the generation block.
    pub digest: String,
    /// The detached signature.
    pub signature: String,
}

/// A report on its way. The document is always written: it is what is signed.
#[derive(Debug)]
pub(super) struct Spool {
    document: BufWriter<File>,
    digest: Sha256,
    lines: Option<BufWriter<File>>,
    sections: usize,
    name: String,
    checkpoint: String,
}

impl Spool {
    /// An empty one.
    ///
    /// # Errors
    /// `Internal` where no file can be made in the system's folder for temporary files.
    pub(super) fn new(form: Form) -> Result<Self> {
        let lines = (form == Form::Lines).then(file).transpose()?;
        Ok(Self {
            document: file()?,
            digest: Sha256::new(),
            lines,
            sections: 0,
            name: String::new(),
            checkpoint: String::new(),
        })
    }

    /// Writes the next piece.
    ///
    /// # Errors
    /// `Internal` where it is no JSON, or the disk is full.
    pub(super) fn write(&mut self, part: &Part<'_>) -> Result<()> {
        let bytes = part.json()?;
        self.digest.update(&bytes);
        self.document.write_all(&bytes).map_err(broken)?;
        if let Some(lines) = &mut self.lines {
            lines.write_all(&part.lines(self.sections)?).map_err(broken)?;
        }
        if let Part::Frame(frame) = part {
            self.checkpoint.clone_from(&frame.checkpoint.note);
        }
        self.sections += usize::from(matches!(part, Part::Section(..)));
        Ok(())
    }

    /// What to call it.
    pub(super) fn name(&mut self, name: String) {
        self.name = name;
    }

    /// Signs what was written, and closes it with the generation block.
    ///
    /// # Errors
    /// `Internal` where it cannot be signed, or the disk is full.
    pub(super) fn sign(mut self, signer: &Signer, now: DateTime<Utc>) -> Result<Export> {
        let key = signer.key(&self.checkpoint)?;
        let digest = std::mem::take(&mut self.digest).chain_update(b"}").finalize();
        let generation = Generation {
            digest: format!("sha256:{}", hex(&digest)),
            generated_at: now.trunc_subsecs(6),
            key: key.to_string(),
            signature: None,
            software: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let end = Part::Generation(&generation).json()?;
        self.document.flush().map_err(broken)?;
        let header = jws::header(&hex(&key.id()));
        let written = self.document.get_ref();
        let signature = signer.sign(&key, |put| {
            put(header.as_bytes());
            put(b".");
            let mut from = written;
            from.rewind()?;
            encode(from.chain(end.as_slice()), put)
        })?;
        let signature = jws::detached(&header, &signature);
        let generation = Generation { signature: Some(signature.clone()), ..generation };
        let end = Part::Generation(&generation);
        let mut out = match self.lines.take() {
            Some(mut lines) => {
                lines.write_all(&end.lines(self.sections)?).map_err(broken)?;
                lines
            }
            None => {
                self.document.seek(io::SeekFrom::End(0)).map_err(broken)?;
                self.document.write_all(&end.json()?).map_err(broken)?;
                self.document
            }
        };
        let length = out.stream_position().map_err(broken)?;
        let mut file = out.into_inner().map_err(|error| broken(error.into_error()))?;
        file.rewind().map_err(broken)?;
        Ok(Export { name: self.name, file, length, digest: generation.digest, signature })
    }
}

fn file() -> Result<BufWriter<File>> {
    tempfile::tempfile().map(BufWriter::new).map_err(broken)
}

fn broken(error: io::Error) -> Error {
    Error::Internal(format!("a report cannot be written to a temporary file: {error}"))
}

/// Gives base64url of all that is read.
fn encode(mut from: impl Read, put: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut piece = Vec::with_capacity(CHUNK);
    loop {
        piece.clear();
        from.by_ref().take(CHUNK as u64).read_to_end(&mut piece)?;
        if piece.is_empty() {
            return Ok(());
        }
        put(URL_SAFE_NO_PAD.encode(&piece).as_bytes());
    }
}
