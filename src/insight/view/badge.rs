//! Progress as a small picture that other pages embed.

use super::progress::{ActionPlanProgress, MemberProgress};
use crate::http::Wanted;
use crate::kernel::{Language, LocalizedText};
use chrono::NaiveDate;

/// How wide the bar beside the name is, in pixels.
const BAR: f64 = 56.0;
/// How much room a letter takes, in pixels: text is stretched to it, whatever the font.
const LETTER: f64 = 6.6;
/// The longest name that is shown, in letters.
const MAX_NAME: usize = 48;

/// Progress as a picture (SVG) with a text that says the same to whoever does not see it.
#[derive(Debug)]
pub struct Badge<'a> {
    name: &'a str,
    percent: Option<f64>,
    day: NaiveDate,
    wanted: &'a Wanted,
}

impl<'a> Badge<'a> {
    /// Of a plan.
    pub fn of_plan(of: &'a ActionPlanProgress, wanted: &'a Wanted) -> Self {
        let name = of.action_plan.title.as_deref().unwrap_or(&of.action_plan.slug);
        Self { name, percent: of.rollup.average.percent, day: of.asked.day, wanted }
    }

    /// Of a member.
    pub fn of_member(of: &'a MemberProgress, wanted: &'a Wanted) -> Self {
        let name = of.member.name.as_deref().unwrap_or(&of.member.code);
        Self { name, percent: of.rollup.average.percent, day: of.asked.day, wanted }
    }

    /// The picture. Nothing in it is styled or loaded: it looks the same under any policy of the page.
    pub fn svg(&self) -> String {
        let (name, said, told) =
            (escaped(&shortened(self.name)), escaped(&self.said()), escaped(&self.told()));
        let text_width = shortened(self.name).chars().map(|_| LETTER).sum::<f64>();
        let (bar, width) = (text_width + 12.0, text_width + 12.0 + BAR);
        let (filled, middle) =
            (BAR * self.percent.unwrap_or_default().clamp(0.0, 100.0) / 100.0, bar + BAR / 2.0);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="20" viewBox="0 0 {width:.1} 20" role="img" aria-labelledby="title desc"><title id="title">{name}: {said}</title><desc id="desc">{told}</desc><rect width="{bar:.1}" height="20" fill="#333"/><rect x="{bar:.1}" width="{BAR:.1}" height="20" fill="#767676"/><rect x="{bar:.1}" width="{filled:.1}" height="20" fill="#1a6e3c"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="6" y="14" textLength="{text_width:.1}" lengthAdjust="spacingAndGlyphs">{name}</text><text x="{middle:.1}" y="14" text-anchor="middle">{said}</text></g></svg>
"##
        )
    }

    fn said(&self) -> String {
        self.percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.0}%"))
    }

    /// The same in a sentence.
    fn told(&self) -> String {
        let (name, day) = (self.name, self.day);
        let (english, romanian) = match self.percent {
            Some(percent) => (
                format!("{name}: {percent:.1}% of what was promised is reported done on {day}"),
                format!("{name}: {percent:.1}% din cele promise sunt raportate ca îndeplinite la {day}"),
            ),
            None => (
                format!("{name}: nothing is reported yet on {day}"),
                format!("{name}: încă nu s-a raportat nimic la {day}"),
            ),
        };
        let told = [(Some(Language::english()), english), (Language::parse("ro"), romanian)];
        let told: LocalizedText =
            told.into_iter().filter_map(|(language, text)| Some((language?, text))).collect();
        self.wanted.text(&told).unwrap_or_default()
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    name.chars().take(MAX_NAME - 1).collect::<String>() + "…"
}

/// Text as XML takes it (XML 1.0, section 2.2): without control characters, which it does not.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
