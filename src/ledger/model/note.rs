//! Checkpoints of the record, as others know them: a tlog-checkpoint (C2SP) says how many entries a log
//! has and the root of their tree; a signed note (C2SP) is such a text with Ed25519 signatures below it.
//! Whoever keeps a checkpoint can have it proved later that the log only grew since.

use super::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// The kind of signature that the name of a key and its signatures say: Ed25519.
const ED25519: u8 = 1;
/// What a line with a signature begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// The state of a log: what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The note with a signature of each of these keys, all of them under the log's name.
    pub fn sign<'a>(&self, keys: impl IntoIterator<Item = &'a SigningKey>) -> String {
        let body = self.body();
        let mut note = format!("{body}\n");
        for key in keys {
            let verifier = LogKey::new(&self.origin, key.verifying_key());
            let mut signature = verifier.id().to_vec();
            signature.extend(key.sign(body.as_bytes()).to_bytes());
            note.push_str(&format!("{SIGNATURE}{} {}\n", self.origin, STANDARD.encode(signature)));
        }
        note
    }

    /// Reads a note, whoever has signed it. None where it is no checkpoint.
    pub fn read(note: &str) -> Option<Self> {
        let (body, _) = split(note)?;
        let mut lines = body.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        // One state has one text: a size with zeros before it, or more lines, would be another.
        (read.body() == body).then_some(read)
    }
}

/// The text that is signed, and the lines with signatures.
fn split(note: &str) -> Option<(&str, &str)> {
    let at = note.rfind("\n\n")?;
    note.split_at_checked(at + 1).and_then(|(body, rest)| Some((body, rest.strip_prefix('\n')?)))
}

/// A key that signs checkpoints of a log: the public half, with the log's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The name of the log.
    pub name: String,
    /// The key.
    pub key: VerifyingKey,
}

impl LogKey {
    /// Of a log.
    pub fn new(name: &str, key: VerifyingKey) -> Self {
        Self { name: name.to_owned(), key }
    }

    /// What its signatures begin with.
    pub fn id(&self) -> [u8; 4] {
        let digest: Hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        let [first, second, third, fourth, ..] = digest;
        [first, second, third, fourth]
    }

    /// Reads what `Display` writes. None where it is no Ed25519 key, or the two do not go together.
    pub fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let key = match STANDARD.decode(key).ok()?.as_slice() {
            [ED25519, key @ ..] => VerifyingKey::from_bytes(key.try_into().ok()?).ok()?,
            _ => return None,
        };
        let read = Self::new(name, key);
        (is_log_name(name) && hex(&read.id()) == id).then_some(read)
    }

    /// Whether it has signed a note.
    pub fn has_signed(&self, note: &str) -> bool {
        let Some((body, signatures)) = split(note) else { return false };
        signatures.lines().filter_map(|line| self.signature(line)).any(|signature| {
            // Strict: no second signature can be made from one without the key.
            self.key.verify_strict(body.as_bytes(), &signature).is_ok()
        })
    }

    /// The signature of a line, where it says that it is of this key.
    fn signature(&self, line: &str) -> Option<Signature> {
        let (name, signature) = line.strip_prefix(SIGNATURE)?.rsplit_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        (name == self.name && *id == self.id()).then(|| Signature::from_slice(signature).ok())?
    }

    /// The key alone, as other tools read it (RFC 8410).
    pub fn pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }
}

/// The verifier key of the signed-note form: name, id and key.
impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(key))
    }
}

/// Whether a log can have this name: no spaces, no control characters, no plus sign.
pub fn is_log_name(name: &str) -> bool {
    let fits = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
    !name.is_empty() && name.len() <= 200 && name.chars().all(fits)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation of Go's `sumdb/note`, whose form C2SP describes.
    #[test]
    fn a_key_of_another_implementation_is_read_and_its_signature_holds() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = LogKey::read(text).expect("a key");
        assert_eq!(key.to_string(), text);
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\
                    \n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert!(key.has_signed(note));
        assert!(!key.has_signed(&note.replace("answer", "Answer")));
    }

    fn signed() -> (Checkpoint, LogKey, String) {
        let signing = SigningKey::from_bytes(&[3; 32]);
        let checkpoint = Checkpoint { origin: "example.org/log".to_owned(), size: 12, root: [9; 32] };
        let note = checkpoint.sign([&signing, &SigningKey::from_bytes(&[4; 32])]);
        (checkpoint, LogKey::new("example.org/log", signing.verifying_key()), note)
    }

    #[test]
    fn a_checkpoint_reads_back_and_each_of_its_keys_has_signed_it() {
        let (checkpoint, key, note) = signed();
        assert_eq!(Checkpoint::read(&note), Some(checkpoint));
        assert!(key.has_signed(&note));
        assert!(
            LogKey::new("example.org/log", SigningKey::from_bytes(&[4; 32]).verifying_key())
                .has_signed(&note)
        );
        assert!(
            !LogKey::new("example.org/log", SigningKey::from_bytes(&[5; 32]).verifying_key())
                .has_signed(&note)
        );
        assert!(!LogKey::new("example.org/other", key.key).has_signed(&note));
    }

    #[test]
    fn a_note_with_any_other_byte_in_its_text_is_not_signed() {
        let (_, key, note) = signed();
        let end = note.find("\n\n").expect("an empty line");
        for at in 0..end {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(other) = String::from_utf8(bytes) else { continue };
            assert!(!key.has_signed(&other), "{other:?}");
        }
    }

    #[test]
    fn what_says_the_same_in_another_way_is_no_checkpoint() {
        let (_, _, note) = signed();
        assert_eq!(Checkpoint::read(&note.replace("\n12\n", "\n012\n")), None);
        assert_eq!(Checkpoint::read(&note.replace("\n12\n", "\n+12\n")), None);
        assert_eq!(Checkpoint::read(&note.replace("=\n\n", "=\nmore\n\n")), None);
        assert_eq!(Checkpoint::read("example.org/log\n12\n"), None);
    }

    #[test]
    fn a_log_name_has_no_spaces_and_no_plus() {
        assert!(is_log_name("ogp.example.org/ledger"));
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert!(!is_log_name(name), "{name:?}");
        }
    }
}
