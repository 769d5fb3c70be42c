//! What a password may be.

use super::Email;
use crate::kernel::document::Fault;
use passwords::analyzer::is_common_password;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use utoipa::ToSchema;

/// The shortest password that is taken, in characters (Unicode scalar values).
const SHORTEST: usize = 12;
/// The longest password that is taken, in characters.
const LONGEST: usize = 128;
/// The longest text that is looked at where a password is expected, in characters.
const LONGEST_READ: u32 = 1_000;

/// A password or another secret in a request. Its `Debug` shows nothing.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password, example = "seven slow green trams")]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for hashing and for whoever is told it once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

impl<'de> Deserialize<'de> for Passphrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Passphrase {
    fn schema_name() -> Cow<'static, str> {
        "Passphrase".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": LONGEST_READ })
    }
}

/// Everything that is wrong with a new password: too short, too long, or one that guessers try
/// first. No rules about its characters: they make passwords worse (NIST SP 800-63B, 3.1.1.2).
pub fn check_password(password: &Passphrase, email: &Email, pointer: &str) -> Vec<Fault> {
    let text = password.expose();
    let fault = |code, detail: String| vec![Fault::new(pointer, code, detail)];
    match text.chars().count() {
        count @ ..SHORTEST => fault(
            "password_too_short",
            format!("the password has {count} characters; it takes at least {SHORTEST}"),
        ),
        count if count > LONGEST => fault(
            "password_too_long",
            format!("the password has {count} characters; at most {LONGEST} are taken"),
        ),
        _ if is_common(text, email) => fault(
            "password_common",
            "this password is among the first that are guessed; several unusual words are better".to_owned(),
        ),
        _ => Vec::new(),
    }
}

/// Whether it is on the list of common passwords, or hardly more than one that is. Most common
/// passwords are too short to be taken; people make them longer by repeating them or by hanging
/// digits on them, and guessers know that.
fn is_common(text: &str, email: &Email) -> bool {
    let folded = text.to_lowercase();
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    let own = [email.as_str(), email.local_part()];
    let on_lists = |word: &str| own.contains(&word) || is_common_password(word);
    let repeats = |word: &str| {
        let unit = shortest_period(word);
        unit.len() < word.len() && (unit.chars().count() < 4 || on_lists(unit))
    };
    is_common_password(text) || [&folded, core].into_iter().any(|word| on_lists(word) || repeats(word))
}

/// The shortest text that gives the whole when it is repeated; the whole where there is none.
fn shortest_period(text: &str) -> &str {
    let fits = |length: &usize| {
        let (unit, _) = text.split_at_checked(*length)?;
        (text.len().is_multiple_of(*length) && unit.repeat(text.len() / length) == text).then_some(unit)
    };
    (1..=text.len() / 2).find_map(|length| fits(&length)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        let email = Email::parse("ana.pop@primarie.example").unwrap();
        check_password(&Passphrase::new(text), &email, "/password").first().map(|fault| fault.code)
    }

    #[test]
    fn length_counts_characters_and_any_character_is_one() {
        assert_eq!(code("elevenchars"), Some("password_too_short"));
        assert_eq!(code("țânțar șapte"), None);
        assert_eq!(code("🚋🌻🦊🧭🪁🍇🚲🏔🎻🪴🧵🦉"), None);
        assert_eq!(code(&"verde tramvai ".repeat(9)[..126]), None);
        assert_eq!(code(&format!("{}x", "1a9z7q5b".repeat(16))), Some("password_too_long"));
        assert_eq!(code("correct horse battery staple"), None);
        assert_eq!(code("        a b c d e"), None);
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for common in [
            "123456789012",
            "passwordpassword",
            "Password1234!",
            "qwertyuiop123",
            "aaaaaaaaaaaaaaaa",
            "000000000000",
            "romania2026!!!!",
            "ana.pop@primarie.example",
            "!!!Ana.Pop!!2026",
            "abababababab",
        ] {
            assert_eq!(code(common), Some("password_common"), "{common}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Passphrase::new("seven slow green trams")), "Passphrase");
    }
}
