//! Due dates as a calendar (iCalendar, RFC 5545).

use crate::http::Wanted;
use crate::insight::model::{ReportingRules, begins_on, plan_update_due};
use crate::insight::store::{PlanDueSeen, StepSeen};
use crate::kernel::LocalizedText;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike};

/// What the calendar is called.
const NAME: &str = "ogp-tracker";
/// What made it.
const PRODUCT: &str = "-//ogp-tracker//Due dates//EN";

/// The calendar of what is due, as one day sees it.
#[derive(Debug)]
pub struct DueCalendar<'a> {
    /// The day.
    pub today: NaiveDate,
    /// Where the service is found: `https://tracker.example`.
    pub base: &'a str,
    /// In which language titles are.
    pub wanted: &'a Wanted,
}

impl DueCalendar<'_> {
    /// The last days that the due dates of milestones can mean which are not completed, and those on which the
    /// repositories of plans are to be updated next.
    pub fn of(&self, steps: &[StepSeen], plans: &[PlanDueSeen], rules: &[ReportingRules]) -> String {
        let steps = steps.iter().filter_map(|seen| self.step(seen));
        let plans = plans.iter().filter_map(|seen| self.plan(seen, rules));
        let mut calendar = Calendar::empty();
        for property in [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN")] {
            calendar.append_property(property);
        }
        calendar.name(NAME).extend(steps.chain(plans));
        calendar.to_string()
    }

    fn step(&self, seen: &StepSeen) -> Option<Event> {
        let (state, plan) = (&seen.row.state, &seen.of.commitment.plan);
        let day = seen.step().open_until()?;
        let label = state.label.iter().cloned();
        let summary: Vec<_> = label.chain(self.wanted.text(&state.title.0)).collect();
        let commitment = &seen.of.commitment.commitment;
        let period = state.due().and_then(|due| due.text.clone());
        let named = self.lines([&commitment.title, &plan.title, &plan.member.name]);
        let details: Vec<_> = period.into_iter().chain(named).collect();
        let path = format!("milestones/{}", seen.row.id);
        Some(self.event((&path, day), &summary.join(" "), &details))
    }

    fn plan(&self, seen: &PlanDueSeen, rules: &[ReportingRules]) -> Option<Event> {
        let (state, member) = (&seen.row.state, &seen.of.member);
        let begins = begins_on([state.starts.as_ref().map(|dated| &dated.0)]);
        let ends = state.ends.as_ref().and_then(|dated| dated.0.last_day());
        let day = plan_update_due(member.kind, (begins, ends), &seen.of.updates, rules, self.today)?;
        let title = self.wanted.text(&state.title.0).unwrap_or_else(|| state.slug.clone());
        let details: Vec<_> = self.lines([&member.name]).collect();
        let path = format!("action-plans/{}", seen.row.id);
        Some(self.event((&path, day), &format!("{title}: update due"), &details))
    }

    fn lines<'a>(
        &'a self,
        texts: impl IntoIterator<Item = &'a LocalizedText>,
    ) -> impl Iterator<Item = String> {
        texts.into_iter().filter_map(|text| self.wanted.text(text))
    }

    /// A whole day that keeps nobody busy, about the thing at a path.
    fn event(&self, (path, day): (&str, NaiveDate), summary: &str, details: &[String]) -> Event {
        let mut event = Event::with_uid(&format!("{}@ogp-tracker", path.replace('/', "-")));
        // The day, not the instant: the calendar stays the same as long as nothing changes.
        let stamp: DateTime<Utc> = self.today.and_time(NaiveTime::MIN).and_utc();
        event.timestamp(stamp).starts(day);
        if let Some(next) = day.succ_opt() {
            event.ends(next);
        }
        event.summary(&plain(summary)).description(&plain(&details.join("\n")));
        event.url(&format!("{}/api/v1/{path}", self.base)).add_property("TRANSP", "TRANSPARENT");
        event.done()
    }
}

/// A text without what a calendar cannot hold: of the control characters it knows only the line break.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|one| *one == '\n' || !one.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_line() {
        assert_eq!(plain("one\r\ntwo\rEND:VEVENT\u{7}\nthree"), "one\ntwoEND:VEVENT\nthree");
    }
}
