//! Whether files are those that were shown as evidence.

use super::proofs::ReportRead;
use super::{Check, Wrong};
use serde_json::Value;
use std::collections::HashSet;

/// A file that somebody has.
#[derive(Debug, Clone)]
pub struct FileSeen {
    /// Its name.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

impl ReportRead<'_> {
    /// Looks for the files that are shown as evidence, by their hashes. What was withdrawn is not given out any more,
    /// and need not be there.
    pub(super) fn evidence(&self, files: Option<&[FileSeen]>) -> Check {
        const NAME: &str = "evidence";
        let Some(files) = files else {
            return Check::skipped(NAME, "no files were given (--evidence)");
        };
        let known: HashSet<_> = files.iter().map(|file| file.sha256.as_str()).collect();
        let (mut wrong, mut found) = (Vec::new(), 0);
        for (at, section) in self.plans() {
            let Ok(section) = section else { continue };
            let pieces = section.rest.get("evidence").and_then(Value::as_array);
            for (place, piece) in pieces.into_iter().flatten().enumerate() {
                let said = |name: &str| piece.get("state")?.get(name)?.as_str();
                let Some(sha256) = said("sha256") else { continue };
                if known.contains(sha256) {
                    found += 1;
                } else if piece.get("withdrawn").is_none_or(Value::is_null) {
                    let (name, id) =
                        (said("file_name").unwrap_or_default(), piece.get("id").and_then(Value::as_str));
                    let id = id.unwrap_or_default();
                    let is = |file: &&FileSeen| file.name == name || file.name.starts_with(id);
                    let says = match files.iter().find(is) {
                        Some(other) => {
                            format!("the file {} has another content (SHA-256 {})", other.name, other.sha256)
                        }
                        None => format!("no file has the content of {name:?} (SHA-256 {sha256})"),
                    };
                    wrong.push(Wrong::new(format!("{at}/evidence/{place}"), says));
                }
            }
        }
        Check::of(NAME, format!("{found} files are those that were shown as evidence"), wrong)
    }
}
