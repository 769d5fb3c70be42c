//! The public record as a tree: numbered, proved, signed, checked. What is verified here is verified without
//! any code of the tracker, as an auditor would.

mod copies;
mod keys;
mod numbering;
mod read;
mod tampering;
mod witness;

use crate::harness::TestApp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

type Hash = [u8; 32];

pub fn hash(text: &Value) -> Hash {
    STANDARD.decode(text.as_str().expect("a hash")).expect("base64").try_into().expect("32 bytes")
}

pub fn hashes(list: &Value) -> Vec<Hash> {
    list.as_array().expect("a path").iter().map(hash).collect()
}

pub fn sha256(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

/// RFC 9162, section 2.1.3.2, in its own words.
pub fn root_of(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Hash {
    let (mut index, mut last, mut root) = (index, size - 1, leaf);
    for beside in path {
        assert_ne!(last, 0, "the path is too long");
        if index % 2 == 1 || index == last {
            root = sha256(&[&[1], beside, &root]);
            while index % 2 == 0 && index != 0 {
                (index, last) = (index / 2, last / 2);
            }
        } else {
            root = sha256(&[&[1], &root, beside]);
        }
        (index, last) = (index / 2, last / 2);
    }
    assert_eq!(last, 0, "the path is too short");
    root
}

/// RFC 9162, section 2.1.4.2: the roots of both trees that a path makes.
pub fn roots_of(from: u64, old: Hash, to: u64, path: &[Hash]) -> (Hash, Hash) {
    let mut path = path.to_vec();
    if from == to {
        assert!(path.is_empty());
        return (old, old);
    }
    if from.is_power_of_two() {
        path.insert(0, old);
    }
    let (mut index, mut last) = (from - 1, to - 1);
    while index % 2 == 1 {
        (index, last) = (index / 2, last / 2);
    }
    let (mut first, mut second) = (path[0], path[0]);
    for beside in &path[1..] {
        assert_ne!(last, 0, "the path is too long");
        if index % 2 == 1 || index == last {
            first = sha256(&[&[1], beside, &first]);
            second = sha256(&[&[1], beside, &second]);
            while index % 2 == 0 && index != 0 {
                (index, last) = (index / 2, last / 2);
            }
        } else {
            second = sha256(&[&[1], &second, beside]);
        }
        (index, last) = (index / 2, last / 2);
    }
    assert_eq!(last, 0, "the path is too short");
    (first, second)
}

/// Size and root of a signed note, where the key of this verifier key has signed it.
pub fn opened(note: &str, verifier_key: &str) -> Option<(u64, Hash)> {
    let [name, id, key] = verifier_key.splitn(3, '+').collect::<Vec<_>>()[..] else {
        panic!("{verifier_key}")
    };
    let (body, signatures) = note.split_once("\n\n").expect("an empty line");
    let body = format!("{body}\n");
    let key = STANDARD.decode(key).expect("base64");
    let key_id = sha256(&[name.as_bytes(), b"\n", &key]);
    assert_eq!(id, format!("{:08x}", u32::from_be_bytes(key_id[..4].try_into().unwrap())));
    let public = VerifyingKey::from_bytes(key[1..].try_into().expect("32 bytes")).expect("a key");
    let signed = signatures.lines().any(|line| {
        let Some(signature) = line.strip_prefix(&format!("— {name} ")) else { return false };
        let signature = STANDARD.decode(signature).expect("base64");
        let bytes = Signature::from_slice(&signature[4..]).expect("a signature");
        signature[..4] == key_id[..4] && public.verify_strict(body.as_bytes(), &bytes).is_ok()
    });
    let lines: Vec<_> = body.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, name));
    signed.then(|| (lines[1].parse().expect("a size"), hash(&json!(lines[2]))))
}

impl TestApp {
    pub async fn log_entries(&self) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        let mut next = Value::Null;
        loop {
            let after = next.as_i64().map(|after| format!("&after={after}")).unwrap_or_default();
            let page = self.get(&format!("/api/v1/ledger/entries?limit=200{after}")).await.ok();
            entries.extend(page["data"].as_array().expect("data").iter().cloned());
            next = page["page"]["next"].clone();
            if next.is_null() {
                return entries;
            }
        }
    }

    /// The present checkpoint, after its signature was checked with the last key.
    pub async fn checkpoint(&self) -> (u64, Hash) {
        let keys = self.get("/api/v1/ledger/public-key").await.ok();
        let key = keys["data"].as_array().expect("keys").last().expect("a key")["verifier_key"].clone();
        opened(&self.note().await, key.as_str().expect("a key")).expect("a signature of the last key")
    }

    pub async fn note(&self) -> String {
        let answer = self.get("/api/v1/ledger/checkpoint").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
        String::from_utf8(answer.body).expect("UTF-8")
    }

    /// Has it proved that the log continues an earlier state.
    pub async fn continues(&self, old: (u64, Hash)) {
        let new = self.checkpoint().await;
        let address = format!("/api/v1/ledger/proofs/consistency?from={}&to={}", old.0, new.0);
        let proof = self.get(&address).await.ok();
        let roots = roots_of(old.0, old.1, new.0, &hashes(&proof["path"]));
        assert_eq!(roots, (old.1, new.1), "{address}");
    }

    /// Reads all entries, and holds each with its proof against the checkpoint. Returns how many there are.
    pub async fn verify_all(&self) -> usize {
        let ((size, root), entries) = (self.checkpoint().await, self.log_entries().await);
        assert_eq!(entries.len() as u64, size);
        for (index, entry) in (0..).zip(&entries) {
            assert_eq!(entry["index"], index);
            let canonical = serde_json_canonicalizer::to_vec(entry).expect("JSON");
            let leaf = sha256(&[&[0], &canonical]);
            let proof =
                self.get(&format!("/api/v1/ledger/proofs/inclusion?index={index}&size={size}")).await.ok();
            assert_eq!(hash(&proof["leaf_hash"]), leaf, "{entry:#}");
            assert_eq!(root_of(leaf, index, size, &hashes(&proof["path"])), root);
        }
        entries.len()
    }
}
