//! The languages in which changes are told, and how each says numbers and days.

use crate::kernel::{Language, LocalizedText, PartialDate, Precision};
use chrono::{Datelike, NaiveDate};

/// The longest text that is quoted in a sentence, in characters.
const QUOTED: usize = 160;

const MONTHS: [(&str, &str); 12] = [
    ("January", "ianuarie"),
    ("February", "februarie"),
    ("March", "martie"),
    ("April", "aprilie"),
    ("May", "mai"),
    ("June", "iunie"),
    ("July", "iulie"),
    ("August", "august"),
    ("September", "septembrie"),
    ("October", "octombrie"),
    ("November", "noiembrie"),
    ("December", "decembrie"),
];
const QUARTERS: [&str; 4] = ["I", "II", "III", "IV"];

/// A language in which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Romanian,
}

/// The same text in every language in which changes are told.
pub(super) fn in_all(say: impl Fn(Tongue) -> String) -> LocalizedText {
    let texts = Tongue::ALL.into_iter().filter_map(|tongue| Some((tongue.language()?, say(tongue))));
    texts.collect()
}

impl Tongue {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Romanian];

    fn language(self) -> Option<Language> {
        Language::parse(self.pick("en", "ro"))
    }

    /// One of two texts.
    pub(super) fn pick<'a>(self, english: &'a str, romanian: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Romanian => romanian,
        }
    }

    /// A text in quotation marks, shortened where it is long.
    pub(super) fn quote(self, text: &str) -> String {
        let text = text.trim();
        let mut quoted: String = text.chars().take(QUOTED).collect();
        if quoted.len() < text.len() {
            quoted.push('…');
        }
        match self {
            Self::English => format!("“{quoted}”"),
            Self::Romanian => format!("„{quoted}”"),
        }
    }

    /// The text in this language, or else in whichever it is.
    pub(super) fn best(self, text: &LocalizedText) -> Option<String> {
        let wanted: Vec<_> = self.language().into_iter().collect();
        text.best(&wanted).map(|(_, best)| best.to_owned())
    }

    /// So many of something; the noun in singular and plural.
    pub(super) fn count(self, number: u64, (one, many): (&str, &str)) -> String {
        match (self, number) {
            (_, 1) => format!("1 {one}"),
            // From twenty on Romanian puts a word between, but for what ends like one to nineteen.
            (Self::Romanian, _) if !(1..20).contains(&(number % 100)) => format!("{number} de {many}"),
            _ => format!("{number} {many}"),
        }
    }

    /// A day.
    pub(super) fn day(self, day: NaiveDate) -> String {
        format!("{} {}", day.day(), self.month(day))
    }

    fn month(self, day: NaiveDate) -> String {
        let index = usize::try_from(day.month0()).unwrap_or_default();
        let (english, romanian) = MONTHS.get(index).copied().unwrap_or_default();
        format!("{} {}", self.pick(english, romanian), day.year())
    }

    /// A date, as exactly as it is known; in the words of its source where it names no day.
    pub(super) fn date(self, date: &PartialDate) -> String {
        let exact = date.date.zip(date.precision).map(|(day, precision)| match precision {
            Precision::Day => self.day(day),
            Precision::Month => self.month(day),
            Precision::Quarter => self.quarter(day),
            Precision::Year => day.year().to_string(),
        });
        let said = exact.or_else(|| date.text.as_deref().map(|text| self.quote(text)));
        let ongoing = self.pick("ongoing", "continuu");
        match said {
            Some(said) if date.ongoing => format!("{said} ({ongoing})"),
            Some(said) => said,
            None => ongoing.to_owned(),
        }
    }

    fn quarter(self, day: NaiveDate) -> String {
        let index = usize::try_from(day.month0() / 3).unwrap_or_default();
        match self {
            Self::English => format!("Q{} {}", index + 1, day.year()),
            Self::Romanian => {
                format!("trimestrul {} {}", QUARTERS.get(index).copied().unwrap_or_default(), day.year())
            }
        }
    }

    /// By how many days something moved: later where there are more than none.
    pub(super) fn moved(self, days: i64) -> String {
        let count = self.count(days.unsigned_abs(), (self.pick("day", "zi"), self.pick("days", "zile")));
        match (self, days > 0) {
            (Self::English, true) => format!("{count} later"),
            (Self::English, false) => format!("{count} earlier"),
            (Self::Romanian, true) => format!("cu {count} mai târziu"),
            (Self::Romanian, false) => format!("cu {count} mai devreme"),
        }
    }
}

/// The same text with a capital letter at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::Tongue::{English, Romanian};
    use super::*;

    #[test]
    fn dates_are_told_as_exactly_as_they_are_known() {
        let day: NaiveDate = "2023-05-03".parse().unwrap();
        let known = |precision| PartialDate { precision: Some(precision), ..PartialDate::day(day) };
        for (precision, english, romanian) in [
            (Precision::Day, "3 May 2023", "3 mai 2023"),
            (Precision::Month, "May 2023", "mai 2023"),
            (Precision::Quarter, "Q2 2023", "trimestrul II 2023"),
            (Precision::Year, "2023", "2023"),
        ] {
            let date = known(precision);
            assert_eq!((English.date(&date), Romanian.date(&date)), (english.into(), romanian.into()));
        }
        let words =
            PartialDate { date: None, precision: None, text: Some("permanent".into()), ongoing: true };
        assert_eq!(Romanian.date(&words), "„permanent” (continuu)");
        assert_eq!(English.date(&PartialDate { text: None, ..words }), "ongoing");
    }

    #[test]
    fn romanian_counts_with_de_from_twenty_on() {
        let days = |number| Romanian.count(number, ("zi", "zile"));
        let told: Vec<_> = [1, 2, 19, 20, 100, 101, 119, 184].into_iter().map(days).collect();
        assert_eq!(
            told,
            ["1 zi", "2 zile", "19 zile", "20 de zile", "100 de zile", "101 zile", "119 zile", "184 de zile"]
        );
        assert_eq!(
            (English.moved(-1), English.moved(184)),
            ("1 day earlier".into(), "184 days later".into())
        );
    }

    #[test]
    fn long_texts_are_shortened_between_letters() {
        let quoted = Romanian.quote(&"ș".repeat(500));
        assert_eq!(quoted.chars().count(), QUOTED + 3);
        assert!(quoted.ends_with("ș…”"));
    }
}
