//! What files may contain: known by what is in them, whatever they are called.

use crate::kernel::document::Fault;
use std::str;

/// How much of a file's beginning tells its type, in bytes.
const HEAD: usize = 64 * 1024;
/// How long a file's name may be, in characters.
const MAX_NAME: usize = 255;

/// A type of file that is taken. None of them can run a script where browsers show it: never HTML,
/// never SVG.
#[derive(Debug, PartialEq, Eq)]
pub struct FileType {
    /// Its media type.
    pub media_type: &'static str,
    /// How names of such files end.
    endings: &'static [&'static str],
    /// What else senders call it.
    aliases: &'static [&'static str],
    /// Whether it is told from others of its family by the name alone.
    text: bool,
}

const fn binary(media_type: &'static str, endings: &'static [&'static str]) -> FileType {
    FileType { media_type, endings, aliases: &[], text: false }
}

/// All types that are taken.
pub const FILE_TYPES: &[FileType] = &[
    binary("application/pdf", &["pdf"]),
    binary("image/png", &["png"]),
    FileType { aliases: &["image/jpg", "image/pjpeg"], ..binary("image/jpeg", &["jpg", "jpeg"]) },
    binary("image/gif", &["gif"]),
    binary("image/webp", &["webp"]),
    binary("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    binary("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    binary("application/vnd.oasis.opendocument.text", &["odt"]),
    binary("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    FileType {
        media_type: "text/csv",
        endings: &["csv"],
        aliases: &["text/plain", "application/csv", "application/vnd.ms-excel"],
        text: true,
    },
    FileType { media_type: "text/plain", endings: &["txt"], aliases: &[], text: true },
];

/// Looks at a file as it comes in.
#[derive(Debug, Default)]
pub struct Sniffer {
    head: Vec<u8>,
    /// The beginning of a character that the last piece cut.
    cut: Vec<u8>,
    not_text: bool,
}

impl Sniffer {
    /// Looks at the next piece.
    pub fn look(&mut self, piece: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(room));
        if self.not_text {
            return;
        }
        let mut text = std::mem::take(&mut self.cut);
        text.extend_from_slice(piece);
        let (valid, rest) = match str::from_utf8(&text) {
            Ok(valid) => (valid, &[][..]),
            Err(error) => {
                // A character that is not complete yet has no known length of error.
                self.not_text = error.error_len().is_some();
                let (valid, rest) = text.split_at(error.valid_up_to());
                (str::from_utf8(valid).unwrap_or_default(), rest)
            }
        };
        // Tabs, line ends and form feeds are part of texts; other control characters are not.
        let odd = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
        self.not_text |= valid.contains(odd);
        self.cut = rest.to_vec();
    }

    /// The type that a file of this name, declared as this type, is of.
    ///
    /// # Errors
    /// A fault where it is of no type that is taken, or is not what its name or sender says.
    pub fn verdict(&self, name: &str, declared: Option<&str>) -> Result<&'static FileType, Fault> {
        let fault = |code, detail: String| Err(Fault::new("/file", code, detail));
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
        let found: Vec<_> = self.types().collect();
        let Some(first) = found.first() else {
            let taken: Vec<_> = FILE_TYPES.iter().flat_map(|taken| taken.endings).copied().collect();
            let detail = format!("its content is of no type that is taken; taken are {}", taken.join(", "));
            return fault("file_type_refused", detail);
        };
        let Some(named) = found.iter().find(|found| found.endings.contains(&ending.as_str())) else {
            let (is, endings) = (first.media_type, first.endings.join(" or ."));
            return fault(
                "file_type_mismatch",
                format!("its content is {is}, but its name {name:?} does not end in .{endings}"),
            );
        };
        let declared = declared.filter(|declared| *declared != "application/octet-stream");
        match declared {
            Some(other) if other != named.media_type && !named.aliases.contains(&other) => {
                let is = named.media_type;
                fault("file_type_mismatch", format!("its content is {is}, but it was sent as {other}"))
            }
            _ => Ok(named),
        }
    }

    /// The types that the content can be of: one, or those of the family of texts.
    fn types(&self) -> impl Iterator<Item = &'static FileType> {
        let known = infer::get(&self.head).map(|kind| kind.mime_type());
        let known = known.filter(|known| FILE_TYPES.iter().any(|taken| taken.media_type == *known));
        let known = known.or_else(|| office(&self.head));
        let text = known.is_none() && self.is_text();
        FILE_TYPES.iter().filter(move |taken| known == Some(taken.media_type) || text && taken.text)
    }

    /// Whether it is text in UTF-8, and no markup: HTML, SVG and XML begin with `<`.
    fn is_text(&self) -> bool {
        let text = self.head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.head).trim_ascii_start();
        !self.not_text && self.cut.is_empty() && !text.is_empty() && !text.starts_with(b"<")
    }
}

/// Documents of Office Open XML: packages with a folder of their kind. Programs differ in the order in
/// which they pack, so every entry at the beginning is looked at.
fn office(head: &[u8]) -> Option<&'static str> {
    const ENTRY: &[u8] = b"PK\x03\x04";
    if !head.starts_with(ENTRY) {
        return None;
    }
    let entries = head.windows(ENTRY.len()).enumerate().filter(|(_, window)| *window == ENTRY);
    let names = entries.filter_map(|(at, _)| head.get(at + 30..));
    let kinds = [("word/", "docx"), ("xl/", "xlsx")];
    let ending = names
        .filter_map(|name| kinds.iter().find(|(folder, _)| name.starts_with(folder.as_bytes())))
        .map(|(_, ending)| *ending)
        .next()?;
    FILE_TYPES.iter().find(|taken| taken.endings.contains(&ending)).map(|taken| taken.media_type)
}

/// The name of a file without folders, as it can be shown and given back.
///
/// # Errors
/// A fault where nothing is left of it.
pub fn file_name(given: Option<&str>) -> Result<String, Fault> {
    let name = given.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    // Characters that turn the direction of writing make `fdp.exe` of `exe.pdf`.
    let odd = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = name.chars().filter(odd).collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() {
        return Err(Fault::new(
            "/file",
            "file_name_missing",
            "the file has no name; give it one (`filename`)",
        ));
    }
    if name.chars().count() > MAX_NAME {
        let detail = format!("its name has more than {MAX_NAME} characters");
        return Err(Fault::new("/file", "file_name_too_long", detail));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(content: &[u8], name: &str, declared: Option<&str>) -> Result<&'static str, &'static str> {
        let mut sniffer = Sniffer::default();
        // In small pieces: characters are cut.
        content.chunks(3).for_each(|piece| sniffer.look(piece));
        sniffer.verdict(name, declared).map(|kind| kind.media_type).map_err(|fault| fault.code)
    }

    #[test]
    fn content_name_and_declaration_agree() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let mut word = b"PK\x03\x04".to_vec();
        word.resize(30, 0);
        word.extend(b"docProps/app.xml\0\0PK\x03\x04");
        word.resize(word.len() + 26, 0);
        word.extend(b"word/document.xml");
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        let csv = "județ;număr\nTimiș;4\n".as_bytes();
        for (content, name, declared, expected) in [
            (&b"%PDF-1.7\n"[..], "a.pdf", Some("application/pdf"), Ok("application/pdf")),
            (b"%PDF-1.7\n", "A.PDF", None, Ok("application/pdf")),
            (png, "a.png", Some("application/octet-stream"), Ok("image/png")),
            (png, "a.pdf", Some("application/pdf"), Err("file_type_mismatch")),
            (png, "a.png", Some("application/pdf"), Err("file_type_mismatch")),
            (png, "a", None, Err("file_type_mismatch")),
            (&word, "a.docx", Some(docx), Ok(docx)),
            (&word, "a.xlsx", None, Err("file_type_mismatch")),
            (csv, "a.csv", Some("application/vnd.ms-excel"), Ok("text/csv")),
            (csv, "a.txt", Some("text/plain"), Ok("text/plain")),
            (csv, "a.html", Some("text/html"), Err("file_type_mismatch")),
            (b"a\0b", "a.txt", None, Err("file_type_refused")),
            (b"t\xeb\xebt", "a.txt", None, Err("file_type_refused")),
            (b"<svg onload='x()'/>", "a.svg", Some("image/svg+xml"), Err("file_type_refused")),
            (b" \n<?xml version='1.0'?><svg/>", "a.txt", None, Err("file_type_refused")),
            (b"\xEF\xBB\xBF<html>", "a.txt", Some("text/plain"), Err("file_type_refused")),
            (b"PK\x03\x04 an archive", "a.zip", None, Err("file_type_refused")),
            (b"MZ\x90\0", "a.pdf", None, Err("file_type_refused")),
            (b"", "a.txt", None, Err("file_type_refused")),
        ] {
            assert_eq!(verdict(content, name, declared), expected, "{name} {declared:?}");
        }
    }

    #[test]
    fn a_name_is_only_a_name() {
        for (given, expected) in [
            ("C:\\files\\raport.pdf", "raport.pdf"),
            ("../../etc/passwd.txt", "passwd.txt"),
            ("ra\u{202e}fdp.exe\r\n", "rafdp.exe"),
        ] {
            assert_eq!(file_name(Some(given)).unwrap(), expected);
        }
        assert_eq!(file_name(Some("..")).unwrap_err().code, "file_name_missing");
        assert!(file_name(None).is_err());
    }
}
