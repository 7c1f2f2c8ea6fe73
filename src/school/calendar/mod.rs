//! When the school is open: hours, bank holidays, terms, closures.

/// Bank holidays of the United Kingdom, computed.
pub mod holidays;

pub use holidays::{Nation, bank_holidays};

use crate::problem::Problem;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The calendar as it is written in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Time zone, by its IANA name.
    pub zone: String,
    /// Whose bank holidays are kept.
    pub bank_holidays: Nation,
    /// Days added to the bank holidays.
    pub extra_holidays: Vec<String>,
    /// Bank holidays on which the school is open.
    pub kept_open: Vec<String>,
    /// Opening hours by weekday, `07:00-19:00`; several stretches separated by `,`; `closed` or no entry: closed.
    pub hours: BTreeMap<String, String>,
    /// Terms. Empty: the whole year.
    pub terms: Vec<Span>,
    /// Between the terms the school counts as closed.
    pub closed_between_terms: bool,
    /// Full closures: the school is closed, whatever else is written.
    pub closures: Vec<Span>,
    /// Days on which staff work without pupils, in term or not.
    pub inset_days: Vec<String>,
}

/// A stretch of days, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
}

impl Default for Settings {
    fn default() -> Self {
        let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        Self {
            zone: "Europe/London".to_owned(),
            bank_holidays: Nation::EnglandWales,
            extra_holidays: Vec::new(),
            kept_open: Vec::new(),
            hours: weekdays.into_iter().map(|day| (day.to_owned(), "07:00-19:00".to_owned())).collect(),
            terms: Vec::new(),
            closed_between_terms: true,
            closures: Vec::new(),
            inset_days: Vec::new(),
        }
    }
}

/// The school's calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    nation: Nation,
    extra: FxHashSet<Date>,
    kept_open: FxHashSet<Date>,
    hours: [Vec<Stretch>; 7],
    terms: Vec<(Date, Date)>,
    closures: Vec<(Date, Date)>,
    inset: FxHashSet<Date>,
}

/// Opening and closing time of a day; `None` as the end is midnight.
type Stretch = (Time, Option<Time>);

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How many days ahead an opening is looked for.
const AHEAD: usize = 400;

impl Default for Calendar {
    fn default() -> Self {
        Self::read(&Settings::default(), "").0
    }
}

impl Calendar {
    /// Reads the settings; all mistakes are told at once.
    #[must_use]
    pub fn read(settings: &Settings, file: &str) -> (Self, Vec<Problem>) {
        let mut reader = Reader { file, problems: Vec::new() };
        let zone = TimeZone::get(&settings.zone).unwrap_or_else(|_| {
            reader.wrong("there is no such time zone", &settings.zone, "a name such as Europe/London");
            TimeZone::UTC
        });
        let mut hours: [Vec<Stretch>; 7] = Default::default();
        for (day, written) in &settings.hours {
            let place = DAYS.iter().position(|name| *name == day.to_lowercase());
            let Some(stretches) = place.and_then(|place| hours.get_mut(place)) else {
                reader.wrong("there is no such day", day, "monday, tuesday, ... sunday");
                continue;
            };
            *stretches = reader.hours(written);
        }
        if hours.iter().all(Vec::is_empty) {
            reader.wrong(
                "the school is never open",
                "",
                "`hours` for at least one weekday, e.g. monday = \"07:00-19:00\"",
            );
        }
        let calendar = Self {
            zone,
            nation: settings.bank_holidays,
            extra: reader.dates(&settings.extra_holidays),
            kept_open: reader.dates(&settings.kept_open),
            hours,
            terms: if settings.closed_between_terms { reader.spans(&settings.terms) } else { Vec::new() },
            closures: reader.spans(&settings.closures),
            inset: reader.dates(&settings.inset_days),
        };
        if !settings.closed_between_terms {
            reader.spans(&settings.terms);
        }
        (calendar, reader.problems)
    }

    /// The school's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the school is open.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let today = at.to_zoned(self.zone.clone()).date();
        self.openings(today).any(|(open, close)| open <= at && at < close)
    }

    /// When the school opens next; the given time itself while it is open. `None`: not within the next year.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            return Some(at);
        }
        let today = at.to_zoned(self.zone.clone()).date();
        let days = today.series(1.day()).take(AHEAD);
        days.flat_map(|day| self.openings(day)).map(|(open, _)| open).find(|open| *open > at)
    }

    /// The stretches of a day, as moments. A time that the change of the clock skips is moved forward by the skipped
    /// hour; of a time that comes twice the first is taken.
    fn openings(&self, day: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let place = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        let hours = self.hours.get(place).map_or(&[][..], Vec::as_slice);
        let hours = if self.is_working_day(day) { hours } else { &[] };
        hours.iter().filter_map(move |(open, close)| {
            let moment = |day: Date, time| self.zone.to_timestamp(day.to_datetime(time)).ok();
            let close = match close {
                Some(close) => moment(day, *close),
                None => moment(day.tomorrow().ok()?, Time::midnight()),
            };
            Some((moment(day, *open)?, close?)).filter(|(open, close)| open < close)
        })
    }

    fn is_working_day(&self, day: Date) -> bool {
        let within = |spans: &[(Date, Date)]| spans.iter().any(|(from, to)| *from <= day && day <= *to);
        if within(&self.closures) || self.extra.contains(&day) {
            return false;
        }
        if self.inset.contains(&day) {
            return true;
        }
        let holiday = bank_holidays(self.nation, day.year()).contains(&day) && !self.kept_open.contains(&day);
        !holiday && (self.terms.is_empty() || within(&self.terms))
    }

    /// Whether a day of the week ever opens; for the texts of notices.
    #[must_use]
    pub fn opens_on(&self, weekday: Weekday) -> bool {
        let place = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0);
        self.hours.get(place).is_some_and(|hours| !hours.is_empty())
    }
}

struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, what: &str, written: &str, right: &str) {
        self.problems.push(Problem::new(self.file, None, what).written(written).right(right));
    }

    fn date(&mut self, written: &str) -> Option<Date> {
        let date = written.trim().parse().ok();
        if date.is_none() {
            self.wrong("this is no date", written, "YYYY-MM-DD");
        }
        date
    }

    fn dates(&mut self, written: &[String]) -> FxHashSet<Date> {
        written.iter().filter_map(|day| self.date(day)).collect()
    }

    fn spans(&mut self, written: &[Span]) -> Vec<(Date, Date)> {
        let mut all = Vec::new();
        for span in written {
            let (Some(from), Some(to)) = (self.date(&span.from), self.date(&span.to)) else { continue };
            if from > to {
                self.wrong("the last day stands before the first", &format!("{from} to {to}"), "`from` before `to`");
            } else {
                all.push((from, to));
            }
        }
        all
    }

    fn hours(&mut self, written: &str) -> Vec<Stretch> {
        if written.trim().is_empty() || written.trim().eq_ignore_ascii_case("closed") {
            return Vec::new();
        }
        let mut all: Vec<Stretch> = Vec::new();
        for stretch in written.split(',') {
            let read = stretch.split_once('-').and_then(|(open, close)| {
                let (open, close) = (open.trim(), close.trim());
                let close = if close == "24:00" { None } else { Some(clock_time(close)?) };
                Some((clock_time(open)?, close)).filter(|(open, close)| close.is_none_or(|close| *open < close))
            });
            let follows =
                |stretch: &Stretch| all.last().is_none_or(|(_, close)| close.is_some_and(|close| close <= stretch.0));
            match read.filter(follows) {
                Some(stretch) => all.push(stretch),
                None => {
                    self.wrong("these are no opening hours", written, "07:00-19:00, the earlier time first, or closed");
                }
            }
        }
        all
    }
}

fn clock_time(written: &str) -> Option<Time> {
    let (hour, minute) = written.split_once(':')?;
    let two = |number: &str| (number.len() <= 2).then(|| number.parse::<i8>().ok()).flatten();
    Time::new(two(hour)?, two(minute).filter(|_| minute.len() == 2)?, 0, 0).ok()
}

#[cfg(test)]
mod tests;
