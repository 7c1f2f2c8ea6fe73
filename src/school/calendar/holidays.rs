//! Bank holidays of the United Kingdom, computed.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};

/// Whose bank holidays a school keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nation {
    /// England and Wales.
    #[default]
    EnglandWales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
    /// None: only what the settings list.
    None,
}

/// Days that were moved or added by proclamation: (usual day, day kept instead; the same: added), and where.
const PROCLAIMED: &[(Date, Date)] = &[
    (date(2011, 4, 29), date(2011, 4, 29)),
    (date(2012, 5, 28), date(2012, 6, 4)),
    (date(2012, 6, 5), date(2012, 6, 5)),
    (date(2020, 5, 4), date(2020, 5, 8)),
    (date(2022, 5, 30), date(2022, 6, 2)),
    (date(2022, 6, 3), date(2022, 6, 3)),
    (date(2022, 9, 19), date(2022, 9, 19)),
    (date(2023, 5, 8), date(2023, 5, 8)),
];

/// All bank holidays of a year, substitute days included.
#[must_use]
pub fn bank_holidays(nation: Nation, year: i16) -> Vec<Date> {
    let mut all = Vec::new();
    let scotland = nation == Nation::Scotland;
    let northern_ireland = nation == Nation::NorthernIreland;
    if nation == Nation::None {
        return all;
    }
    let fixed = |month, day| Date::new(year, month, day).ok();
    let nth =
        |month, nth| Date::new(year, month, 1).and_then(|first| first.nth_weekday_of_month(nth, Weekday::Monday)).ok();
    // Movable days and Mondays first: substitutes step over them.
    let easter = easter_sunday(year);
    all.extend(easter.and_then(|sunday| sunday.checked_sub(2.days()).ok()));
    if !scotland {
        all.extend(easter.and_then(|sunday| sunday.checked_add(1.day()).ok()));
    }
    all.extend(nth(5, 1));
    all.extend(nth(5, -1));
    all.extend(if scotland { nth(8, 1) } else { nth(8, -1) });
    let mut dated = vec![fixed(1, 1)];
    if scotland {
        dated.push(fixed(1, 2));
    }
    if northern_ireland {
        dated.extend([fixed(3, 17), fixed(7, 12)]);
    }
    if scotland {
        dated.push(fixed(11, 30));
    }
    dated.extend([fixed(12, 25), fixed(12, 26)]);
    add_with_substitutes(&mut all, dated.into_iter().flatten().collect());
    for (usual, kept) in PROCLAIMED {
        if usual.year() == year {
            all.retain(|day| day != usual);
            all.push(*kept);
        }
    }
    all.sort_unstable();
    all
}

/// A holiday at a weekend is kept on the next weekday that is none itself. Days that fall on a weekday keep it, so
/// that Boxing Day on a Monday moves Christmas Day to the Tuesday.
fn add_with_substitutes(all: &mut Vec<Date>, dated: Vec<Date>) {
    let (weekend, weekday): (Vec<Date>, Vec<Date>) = dated.into_iter().partition(|day| is_weekend(*day));
    all.extend(weekday);
    for day in weekend {
        let free = day.series(1.day()).skip(1).take(7).find(|next| !is_weekend(*next) && !all.contains(next));
        all.extend(free);
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).
#[must_use]
pub fn easter_sunday(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let (leap_century, century_rest) = (century / 4, century % 4);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - leap_century - correction + 15) % 30;
    let weekday = (32 + 2 * century_rest + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let day = moon + weekday - 7 * late + 114;
    Date::new(i16::try_from(year).ok()?, i8::try_from(day / 31).ok()?, i8::try_from(day % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(nation: Nation, year: i16) -> String {
        let days = bank_holidays(nation, year);
        days.iter().map(|day| day.strftime("%m-%d").to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn easter_falls_where_the_tables_say() {
        for (year, month, day) in [
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2038, 4, 25),
        ] {
            assert_eq!(easter_sunday(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn bank_holidays_are_those_the_government_published() {
        use Nation::{EnglandWales, NorthernIreland, Scotland};
        for (nation, year, days) in [
            (EnglandWales, 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
            (EnglandWales, 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
            (EnglandWales, 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
            (EnglandWales, 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
            (EnglandWales, 2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
            (EnglandWales, 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            (Scotland, 2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"),
            (Scotland, 2024, "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26"),
            (Scotland, 2025, "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26"),
            (NorthernIreland, 2024, "01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26"),
            (NorthernIreland, 2025, "01-01 03-17 04-18 04-21 05-05 05-26 07-14 08-25 12-25 12-26"),
            (Nation::None, 2025, ""),
        ] {
            assert_eq!(listed(nation, year), days, "{nation:?} {year}");
        }
    }
}
