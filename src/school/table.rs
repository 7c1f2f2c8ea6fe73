//! Tables of ours: CSV files with named columns, as school information systems export them.

use crate::problem::Problem;

/// A column a reader wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Key in the settings.
    pub key: &'static str,
    /// Header the settings name; `None`: one of the usual ones.
    pub named: Option<&'a str>,
    /// Usual headers, compared without case, spaces and punctuation.
    pub usual: &'static [&'static str],
    /// The table is of no use without it.
    pub required: bool,
}

/// One row, its values in the order of the wanted columns.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line in the file.
    pub line: u32,
    record: &'a csv::StringRecord,
    places: &'a [Option<usize>],
}

impl Row<'_> {
    /// The value of a wanted column, trimmed; empty where there is none.
    #[must_use]
    pub fn value(&self, wanted: usize) -> &str {
        let place = self.places.get(wanted).copied().flatten();
        place.and_then(|place| self.record.get(place)).map_or("", str::trim)
    }
}

/// Reads a table and shows each row; mistakes of the table itself become problems.
pub fn read_table(
    bytes: &[u8],
    file: &str,
    wanted: &[Wanted<'_>],
    problems: &mut Vec<Problem>,
    mut each: impl FnMut(&Row<'_>, &mut Vec<Problem>),
) {
    let text = decode(bytes, file, problems);
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter(&text)).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) if !header.iter().all(|name| name.trim().is_empty()) => header.clone(),
        _ => {
            problems.push(Problem::new(file, Some(1), "the table is empty").right("a first line with column headers"));
            return;
        }
    };
    let Some(places) = find_columns(&header, file, wanted, problems) else { return };
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) => {}
            // The text was decoded before, so this is a row beyond what the reader can hold.
            Err(_) => {
                problems.push(Problem::new(file, None, "the table cannot be read to its end"));
                return;
            }
        }
        let line = record.position().map_or(0, |place| u32::try_from(place.line()).unwrap_or(u32::MAX));
        if record.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        if record.len() != header.len() {
            problems.push(
                Problem::new(file, Some(line), "the row has another number of values than the header")
                    .written(format!("{} values", record.len()))
                    .right(format!("{} values; a value with a comma in it stands in double quotes", header.len())),
            );
            continue;
        }
        each(&Row { line, record: &record, places: &places }, problems);
    }
}

fn decode(bytes: &[u8], file: &str, problems: &mut Vec<Problem>) -> String {
    let (text, _, broken) = encoding_rs::UTF_8.decode(bytes);
    if !broken {
        return text.into_owned();
    }
    problems.push(
        Problem::new(file, None, "the file is not UTF-8; it was read as Windows-1252")
            .right("export it as UTF-8, so that no name is read wrongly")
            .warning(),
    );
    encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()
}

/// The separator that stands most often in the first line.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|b| *b == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn find_columns(
    header: &csv::StringRecord,
    file: &str,
    wanted: &[Wanted<'_>],
    problems: &mut Vec<Problem>,
) -> Option<Vec<Option<usize>>> {
    let plain: Vec<String> = header.iter().map(plain_header).collect();
    let mut complete = true;
    let mut places = Vec::with_capacity(wanted.len());
    for column in wanted {
        let place = match column.named {
            Some(name) => plain.iter().position(|have| *have == plain_header(name)),
            None => column.usual.iter().find_map(|usual| plain.iter().position(|have| *have == plain_header(usual))),
        };
        if place.is_none() && (column.required || column.named.is_some()) {
            complete = false;
            let found: Vec<&str> = header.iter().map(str::trim).collect();
            let problem = Problem::new(file, Some(1), format!("there is no column for `{}`", column.key));
            problems.push(problem.written(found.join(", ")).right(column.named.map_or_else(
                || format!("a column called {}, or its name under `columns`", column.usual.join(" or ")),
                |name| format!("a column called {name}, as `columns` says"),
            )));
        }
        places.push(place);
    }
    complete.then_some(places)
}

fn plain_header(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The shape of a value that may be a person's: letters as `a`, digits as `9`, so that a message about it
/// shows the mistake and not the value.
#[must_use]
pub fn shape(value: &str) -> String {
    let shown = value.chars().take(40).map(|c| match c {
        c if c.is_ascii_digit() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphanumeric() => 'a',
        c if c.is_control() => ' ',
        c => c,
    });
    shown.collect()
}

/// The values of a cell that holds several, separated by `;`.
pub fn several(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim).filter(|entry| !entry.is_empty())
}

/// Whether a text looks like an address, well enough to be compared with one.
#[must_use]
pub fn looks_like_address(value: &str) -> bool {
    value.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@') && !value.contains(char::is_whitespace)
    })
}
