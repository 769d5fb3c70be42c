//! Values of fields in words.

use super::tongue::Tongue;
use crate::kernel::{LocalizedText, PartialDate};
use chrono::NaiveDate;
use serde_json::Value;

/// Words of vocabularies whose own spelling is not what people say.
const VOCABULARY: [(&str, &str, &str); 40] = [
    ("not_started", "not started", "neînceput"),
    ("limited", "limited", "limitat"),
    ("substantial", "substantial", "substanțial"),
    ("complete", "complete", "finalizat"),
    ("active", "active", "activ"),
    ("withdrawn", "withdrawn", "retras"),
    ("carried_over", "carried over", "preluat într-un plan ulterior"),
    ("draft", "draft", "proiect"),
    ("in_consultation", "in consultation", "în consultare"),
    ("adopted", "adopted", "adoptat"),
    ("published", "published", "publicat"),
    ("closed", "closed", "încheiat"),
    ("funding_change", "a change of funding", "schimbarea finanțării"),
    ("lack_of_resources", "lack of resources", "lipsa resurselor"),
    ("priority_shift", "a shift of priorities", "schimbarea priorităților"),
    ("approval_delay", "a late approval", "aprobarea întârziată"),
    ("external_dependency", "a dependency on others", "dependența de alții"),
    ("other", "other", "altele"),
    ("national", "national", "național"),
    ("local", "local", "local"),
    ("access_to_information", "access to information", "acces la informații"),
    ("civic_participation", "civic participation", "participare civică"),
    ("public_accountability", "public accountability", "responsabilitate publică"),
    ("technology_and_innovation", "technology and innovation", "tehnologie și inovare"),
    ("continues", "continues", "continuă"),
    ("supports_national", "supports", "sprijină"),
    ("related", "is related to", "are legătură cu"),
    ("design", "design", "proiectare"),
    ("mid_term", "mid-term", "la jumătatea perioadei"),
    ("end_of_term", "end of term", "la sfârșitul perioadei"),
    ("open_data", "open data", "date deschise"),
    ("page", "read on OGP's page", "citit pe pagina OGP"),
    ("sequence", "concluded from the sequence", "dedus din secvență"),
    ("government", "government", "guvern"),
    ("document", "document", "document"),
    ("web_page", "web page", "pagină web"),
    ("report", "report", "raport"),
    ("news", "news", "știre"),
    ("image", "picture", "imagine"),
    ("video", "video", "videoclip"),
];

/// A value in words; none where it says nothing, or nothing that fits into a sentence.
pub(super) fn value(tongue: Tongue, field: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(yes) => {
            Some(tongue.pick(if *yes { "yes" } else { "no" }, if *yes { "da" } else { "nu" }).to_owned())
        }
        Value::Number(number) if field.ends_with("percent") => Some(format!("{number} %")),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text_in_words(tongue, text)),
        Value::Array(items) => {
            let words: Option<Vec<_>> = items.iter().map(|item| Some(word(tongue, item.as_str()?))).collect();
            words.filter(|words| !words.is_empty()).map(|words| words.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => None,
        Value::Object(_) => {
            if let Ok(date) = serde_json::from_value::<PartialDate>(value.clone()) {
                return Some(tongue.date(&date));
            }
            let text: LocalizedText = serde_json::from_value(value.clone()).ok()?;
            tongue.best(&text).map(|text| tongue.quote(&text))
        }
    }
}

/// A day, a word of a vocabulary, or else somebody's own words.
fn text_in_words(tongue: Tongue, text: &str) -> String {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return tongue.day(day);
    }
    known_word(tongue, text).map_or_else(|| tongue.quote(text), str::to_owned)
}

fn known_word(tongue: Tongue, word: &str) -> Option<&'static str> {
    let (_, english, romanian) = VOCABULARY.iter().find(|(known, _, _)| *known == word)?;
    Some(tongue.pick(english, romanian))
}

/// A word of a vocabulary.
pub(super) fn word(tongue: Tongue, word: &str) -> String {
    known_word(tongue, word).map_or_else(|| word.replace('_', " "), str::to_owned)
}

/// By how many days a date moved, where both name one.
pub(super) fn days_between(before: &Value, after: &Value) -> Option<i64> {
    let last = |value: &Value| serde_json::from_value::<PartialDate>(value.clone()).ok()?.last_day();
    Some((last(after)? - last(before)?).num_days())
}
