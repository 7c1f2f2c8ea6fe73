//! The record of the bypass: on a day when exeat was down, a person let mail pass unchecked for some minutes
//! (`deploy/bypass.sh`). That script writes it, as root; here it is only read.

use crate::private::Private;
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most bytes read of a record; at 60 minutes a bypass, more than anybody writes in years.
const MOST: u64 = 1 << 20;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// From now on mail passes unchecked.
    Begun,
    /// Mail is checked again.
    Ended,
}

impl What {
    /// The word in the store's record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Begun => "bypass_begun",
            Self::Ended => "bypass_ended",
        }
    }
}

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Until when it was to last.
    pub until: Timestamp,
    /// Who did it.
    pub who: Private<String>,
    /// Why it was begun, or how it ended.
    pub reason: Private<String>,
}

/// Where the record is: beside the state folder, as root's own, since the state folder belongs to exeat.
#[must_use]
pub fn record_beside(state: &Path) -> PathBuf {
    let mut folder = state.as_os_str().to_owned();
    folder.push("-bypass");
    PathBuf::from(folder).join("record")
}

/// Reads the record, oldest first; empty where there never was a bypass. A line that is not understood (cut by a
/// full disk) is left out.
///
/// # Errors
/// There is one, and it cannot be read.
pub fn read(record: &Path) -> io::Result<Vec<Entry>> {
    let mut text = Vec::new();
    match File::open(record) {
        Ok(file) => file.take(MOST).read_to_end(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&text).lines().filter_map(entry).collect())
}

/// `TIME begun|ended UNTIL WHO REASON`, with tabs between.
fn entry(line: &str) -> Option<Entry> {
    let mut fields = line.splitn(5, '\t');
    let mut next = || fields.next();
    let (at, what, until, who, reason) = (next()?, next()?, next()?, next()?, next()?);
    let what = match what {
        "begun" => What::Begun,
        "ended" => What::Ended,
        _ => return None,
    };
    let clean = |text: &str| Private::new(text.chars().filter(|c| !c.is_control()).collect::<String>());
    Some(Entry { at: at.parse().ok()?, what, until: until.parse().ok()?, who: clean(who), reason: clean(reason) })
}

/// The bypass that was begun and has not ended. One whose time is over and that did not end is in force all the same.
#[must_use]
pub fn in_force(entries: &[Entry]) -> Option<&Entry> {
    entries.last().filter(|entry| entry.what == What::Begun)
}

/// The line shown wherever somebody looks while a bypass is in force. Without names and reasons.
#[must_use]
pub fn banner(entry: &Entry, now: Timestamp) -> String {
    let until = entry.until.strftime("%Y-%m-%d %H:%M UTC");
    if entry.until < now {
        return format!(
            "BYPASS OVERDUE: mail leaves UNCHECKED and was to be checked again at {until}; as root: bypass.sh --end"
        );
    }
    format!("BYPASS IN FORCE until {until}: mail leaves UNCHECKED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_record_is_read_and_only_that() {
        let folder = tempfile::tempdir().unwrap();
        let record = record_beside(&folder.path().join("exeat"));
        assert!(record.ends_with("exeat-bypass/record"));
        assert_eq!(read(&record).unwrap(), []);
        std::fs::create_dir(record.parent().unwrap()).unwrap();
        let begun = "2026-11-22T09:00:00Z\tbegun\t2026-11-22T09:30:00Z\tjo\tthe disk\tis full\x1b[2J\n";
        let ended = "2026-11-22T09:10:00Z\tended\t2026-11-22T09:30:00Z\tjo\tby hand\n";
        let now = "2026-11-22T09:20:00Z".parse().unwrap();
        let later = "2026-11-22T09:40:00Z".parse().unwrap();
        let table: [(String, usize, Option<&str>); 6] = [
            (begun.to_owned(), 1, Some("until 2026-11-22 09:30 UTC")),
            (format!("{begun}{ended}"), 2, None),
            (format!("{begun}{ended}{begun}"), 3, Some("UNCHECKED")),
            (format!("{begun}2026-11-22T09:1"), 1, Some("UNCHECKED")),
            ("2026-11-22T09:00:00Z\tpaused\t2026-11-22T09:30:00Z\tjo\tx\n".to_owned(), 0, None),
            (String::new(), 0, None),
        ];
        for (text, count, shown) in table {
            std::fs::write(&record, &text).unwrap();
            let entries = read(&record).unwrap();
            assert_eq!(entries.len(), count, "{text}");
            let banner = in_force(&entries).map(|entry| super::banner(entry, now));
            assert_eq!(banner.is_some(), shown.is_some(), "{text}");
            assert!(banner.unwrap_or_default().contains(shown.unwrap_or_default()), "{text}");
        }
        std::fs::write(&record, begun).unwrap();
        let entries = read(&record).unwrap();
        assert_eq!(entries[0].reason.expose(), "the disk\tis full[2J".replace('\t', "").as_str());
        assert!(super::banner(&entries[0], later).contains("OVERDUE"));
        assert!(!super::banner(&entries[0], now).contains("disk"));
    }
}
