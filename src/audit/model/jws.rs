//! Detached signatures of reports: JWS (RFC 7515, appendix F) by EdDSA (RFC 8037), so that any library for JWS can
//! check them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

/// The protected header of a signature by a key with this id, encoded.
pub fn header(key_id: &str) -> String {
    let header = json!({ "alg": "EdDSA", "kid": key_id });
    URL_SAFE_NO_PAD.encode(header.to_string())
}

/// The compact form without the payload.
pub fn detached(header: &str, signature: &Signature) -> String {
    format!("{header}..{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// What is signed: the header and the payload, both encoded.
pub fn signing_input(header: &str, payload: &[u8]) -> Vec<u8> {
    format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload)).into_bytes()
}

/// Whether a key has signed a payload. Errors say what is wrong with the signature.
///
/// # Errors
/// Where it is no such signature, or another payload or another key has it.
pub fn verify(jws: &str, payload: &[u8], key: &VerifyingKey) -> Result<(), String> {
    let Some((header, signature)) = jws.split_once("..") else {
        return Err("it is no detached JWS".to_owned());
    };
    let decoded = URL_SAFE_NO_PAD.decode(header).map_err(|_| "its header is no base64url")?;
    let said: Value = serde_json::from_slice(&decoded).map_err(|_| "its header is no JSON")?;
    if said.get("alg") != Some(&json!("EdDSA")) || said.get("crit").is_some() || said.get("b64").is_some() {
        return Err("its header asks for another kind of signature than EdDSA".to_owned());
    }
    let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "it is no base64url")?;
    let signature = Signature::from_slice(&bytes).map_err(|_| "it is no Ed25519 signature")?;
    // Strict: no second signature can be made from one without the key.
    key.verify_strict(&signing_input(header, payload), &signature)
        .map_err(|_| "it is not the signature of this document by this key".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    #[test]
    fn a_signature_holds_for_its_payload_and_key_alone() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let header = header("ce33c00c");
        let jws = detached(&header, &key.sign(&signing_input(&header, b"{}")));
        assert_eq!(verify(&jws, b"{}", &key.verifying_key()), Ok(()));
        assert!(verify(&jws, b"{ }", &key.verifying_key()).is_err());
        assert!(verify(&jws, b"{}", &SigningKey::from_bytes(&[8; 32]).verifying_key()).is_err());
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        assert!(verify(&format!("{none}.."), b"{}", &key.verifying_key()).is_err());
        assert!(verify(&jws.replace("..", "."), b"{}", &key.verifying_key()).is_err());
    }

    /// RFC 8037, appendix A.4.
    #[test]
    fn the_input_is_that_of_the_standard() {
        let input = signing_input("eyJhbGciOiJFZERTQSJ9", b"Example of Ed25519 signing");
        assert_eq!(input, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    }
}
