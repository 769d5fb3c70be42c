//! Secrets that the tracker makes up: tokens for programs, passwords for people.

use crate::accounts::model::Passphrase;
use crate::kernel::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Letters and digits that nobody takes for one another; 32 of them, so that each is 5 random bits.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How many groups of four a made-up password has: together 100 random bits.
const GROUPS: usize = 5;

/// Random bytes of the operating system.
///
/// # Errors
/// `Internal` where it has none.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// A token of 256 random bits after a prefix, and the hash under which it is kept: a random token
/// needs no slow one.
///
/// # Errors
/// `Internal` where the operating system has no randomness.
pub(super) fn random_token(prefix: &str) -> Result<(String, [u8; 32])> {
    let token = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
    let hash = token_hash(&token);
    Ok((token, hash))
}

/// The hash under which a token is kept.
pub(super) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// A password that can be read out: five groups of four letters and digits.
///
/// # Errors
/// `Internal` where the operating system has no randomness.
pub fn random_password() -> Result<Passphrase> {
    let groups: Result<Vec<String>> = (0..GROUPS)
        .map(|_| {
            let letters =
                random::<4>()?.map(|byte| READABLE.get(usize::from(byte % 32)).copied().unwrap_or(b'a'));
            Ok(letters.map(char::from).iter().collect())
        })
        .collect();
    Ok(Passphrase::new(groups?.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn made_up_secrets_are_long_and_never_the_same() {
        let passwords: BTreeSet<_> =
            (0..50).map(|_| random_password().unwrap().expose().to_owned()).collect();
        assert_eq!(passwords.len(), 50);
        assert!(passwords.iter().all(|password| password.len() == 24), "{passwords:?}");
        let (token, hash) = random_token("ogp_").unwrap();
        assert_eq!((token.len(), hash), (47, token_hash(&token)));
    }
}
