//! Writes the one growing text of a tree: pieces, the runs back to the bytes, gaps, all within the limits.

use std::ops::Range;

use super::charset::{Back, Decoded};
use super::{Cell, Encoding, FileKind, Gap, GapKind, Limits, Part, Piece, Place, Run, Section, SectionKind, Tree};
use crate::mail::open::Work;

/// Runs kept in one tree. A text of single bytes with an accent on every second letter would need more
/// memory for its runs than for itself; pieces beyond this have no runs and cannot be edited in place.
pub const RUNS: usize = 1 << 19;

/// The writer of a tree.
pub(in crate::mail) struct Scribe<'a> {
    /// What was written so far.
    pub tree: Tree,
    /// How far it goes.
    pub limits: &'a Limits,
    /// What opening may still take, while a file is opened; `None` while the message itself is taken apart.
    pub work: Option<Work<'a>>,
    runs_left: usize,
    tables: u16,
    open: Option<Open>,
}

/// The piece being written.
struct Open {
    place: Place,
    part: u16,
    start: usize,
    end_by: usize,
    cut: bool,
    runs: Option<Vec<Run>>,
    hidden: Vec<Range<u32>>,
    hidden_from: Option<u32>,
    section: Option<(SectionKind, u32, Option<u32>)>,
}

/// A file within a file.
fn inner_part(parent: u16, size: u64) -> Part {
    Part {
        parent,
        declared: "application/octet-stream".to_owned(),
        header: 0..0,
        body: 0..0,
        encoding: Encoding::Other,
        charset: String::new(),
        size,
        kind: FileKind::Other,
        attached: true,
        shown_inline: false,
        name: None,
        sealed: None,
        container: false,
        flowed: false,
        editable: false,
    }
}

/// An offset as the tree keeps it; messages are cut below 4 GiB before they are read.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A range as the tree keeps it.
pub(super) fn offsets(range: &Range<usize>) -> Range<u32> {
    offset(range.start)..offset(range.end)
}

impl<'a> Scribe<'a> {
    /// An empty tree.
    pub fn new(limits: &'a Limits) -> Self {
        // Room for a usual message, so that what is written is not moved again and again.
        let tree = Tree {
            text: String::with_capacity(8 << 10),
            pieces: Vec::with_capacity(16),
            headers: Vec::with_capacity(16),
            parts: Vec::with_capacity(4),
            ..Tree::default()
        };
        Self { tree, limits, work: None, runs_left: RUNS, tables: 0, open: None }
    }

    /// A tree of what is found in one file, which is its part 0. None of its text has a way back.
    pub fn of_file(limits: &'a Limits, work: Work<'a>) -> Self {
        let mut scribe = Self { work: Some(work), runs_left: 0, ..Self::new(limits) };
        scribe.tree.parts.push(inner_part(0, 0));
        scribe
    }

    /// Adds a file that was found in the file of another part, with its name. `None` beyond the limit of parts,
    /// which is a gap of the outer one.
    pub fn inner(&mut self, parent: u16, name: &str, size: u64) -> Option<u16> {
        if self.tree.parts.len() >= usize::from(self.limits.parts.max(1)) {
            self.limit(parent, "more files inside than the limit");
            return None;
        }
        let index = u16::try_from(self.tree.parts.len()).ok()?;
        self.tree.parts.push(inner_part(parent, size));
        self.begin_value(Place::FileName, index);
        self.add(name);
        let name = self.end();
        if let Some(part) = self.tree.parts.last_mut() {
            part.name = name;
        }
        Some(index)
    }

    /// Starts a piece of a file's text that stands in a section of the file. The section's name, where it has
    /// one, is written first, as a piece of its own.
    pub fn begin_section(&mut self, part: u16, kind: SectionKind, number: u32, name: &str) {
        self.end();
        let mut piece = None;
        if !name.is_empty() {
            self.begin_value(Place::Attachment, part);
            self.add(name);
            piece = self.end();
        }
        self.begin(Place::Attachment, part);
        if let Some(open) = &mut self.open {
            open.section = Some((kind, number, piece));
        }
    }

    /// Takes steps of work (bytes unpacked or looked at) off what a file may take. `false`, and a gap of the part,
    /// once there are none left: the reader stops there.
    pub fn spend(&mut self, part: u16, steps: usize) -> bool {
        let Some(work) = &mut self.work else { return true };
        let enough = work.spend(steps);
        if !enough {
            self.limit(part, "more to unpack and read than the limit");
        }
        enough
    }

    /// Where the next text goes.
    pub fn here(&self) -> u32 {
        offset(self.tree.text.len())
    }

    /// Starts a piece; a piece that is still open ends.
    pub fn begin(&mut self, place: Place, part: u16) {
        self.begin_within(place, part, usize::MAX);
    }

    /// Starts a piece of a header value or a file name, which have a limit of their own.
    pub fn begin_value(&mut self, place: Place, part: u16) {
        self.begin_within(place, part, self.limits.value as usize);
    }

    fn begin_within(&mut self, place: Place, part: u16, most: usize) {
        self.end();
        let start = self.tree.text.len();
        // One byte is kept for the line break behind the piece.
        let end_by = (self.limits.text as usize).saturating_sub(1).min(start.saturating_add(most));
        let (hidden, hidden_from) = (Vec::new(), None);
        let runs = self.work.is_none().then(Vec::new);
        self.open = Some(Open { place, part, start, end_by, cut: false, runs, hidden, hidden_from, section: None });
    }

    /// Ends the piece and gives its index; `None` where nothing was written.
    pub fn end(&mut self) -> Option<u32> {
        self.hide(false);
        let open = self.open.take()?;
        let end = self.tree.text.len();
        if open.cut {
            self.gap(GapKind::Limit, open.part, "text longer than the limit");
        }
        if end <= open.start {
            let next = offset(self.tree.pieces.len());
            let kept = self.tree.cells.partition_point(|cell| cell.piece < next);
            self.tree.cells.truncate(kept);
            return None;
        }
        self.tree.text.push('\n');
        let index = offset(self.tree.pieces.len());
        self.tree.pieces.push(Piece {
            place: open.place,
            part: open.part,
            text: offset(open.start)..offset(end),
            runs: open.runs.unwrap_or_default(),
            hidden: open.hidden,
        });
        if let Some((kind, number, name)) = open.section {
            self.tree.sections.push(Section { piece: index, kind, number, name });
        }
        Some(index)
    }

    /// Whether nothing stands in the open piece yet.
    pub fn at_start(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.start == self.tree.text.len())
    }

    /// Whether the text or the value is full, so that reading on is of no use.
    pub fn full(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.cut)
    }

    /// What follows is (not) seen by a reader.
    pub fn hide(&mut self, hidden: bool) {
        let here = self.here();
        let Some(open) = &mut self.open else { return };
        match (hidden, open.hidden_from) {
            (true, None) => open.hidden_from = Some(here),
            (false, Some(from)) => {
                open.hidden_from = None;
                if from < here {
                    open.hidden.push(from..here);
                }
            }
            _ => (),
        }
    }

    /// Copies a stretch of decoded text with its way back.
    pub fn copy(&mut self, from: &Decoded<'_>, range: Range<usize>) {
        let Some(text) = from.text.get(range.clone()) else { return };
        match &from.back {
            Back::Same(base) => self.copy_at(text, Some(base + range.start)),
            Back::None => self.copy_at(text, None),
            Back::Runs(runs) => self.copy_runs(from, runs, range),
        }
    }

    /// Writes `text`, which stands for a stretch of decoded text as a whole.
    pub fn put(&mut self, from: &Decoded<'_>, range: Range<usize>, text: &str) {
        let content = from.content(range);
        self.put_at(text, content);
    }

    /// Writes text that stands for nothing in the message.
    pub fn add(&mut self, text: &str) {
        self.fit(text);
    }

    /// Copies text that stands byte by byte at `at` of the content.
    pub fn copy_at(&mut self, text: &str, at: Option<usize>) {
        let start = self.here();
        let length = self.fit(text);
        if let Some(at) = at {
            self.run(Run {
                text: start..start + length,
                content: offset(at)..offset(at).saturating_add(length),
                even: true,
            });
        }
    }

    /// Writes text that stands as a whole for `content`.
    pub fn put_at(&mut self, text: &str, content: Option<Range<usize>>) {
        let start = self.here();
        let length = self.fit(text);
        if let Some(content) = content
            && length as usize == text.len()
        {
            self.run(Run { text: start..start + length, content: offsets(&content), even: false });
        }
    }

    /// Notes a cell of a table in the piece that is being written.
    pub fn cell(&mut self, table: u16, row: u32, column: u16, text: Range<u32>) -> bool {
        if self.tree.cells.len() >= self.limits.cells as usize {
            return false;
        }
        // In a file that is not well made a cell may end in another piece than it began in: its text stays, it is no cell.
        if self.open.as_ref().is_none_or(|open| offset(open.start) > text.start) {
            return true;
        }
        // The open piece gets the next index, unless it ends empty; then its cells go with it.
        let piece = offset(self.tree.pieces.len());
        self.tree.cells.push(Cell { piece, table, row, column, text });
        true
    }

    /// Makes room for so many cells, as far as the limit goes.
    pub fn expect_cells(&mut self, count: usize) {
        let left = (self.limits.cells as usize).saturating_sub(self.tree.cells.len());
        self.tree.cells.reserve(count.min(left));
    }

    /// Notes what was not read, once for each part and reason.
    pub fn gap(&mut self, kind: GapKind, part: u16, reason: &str) {
        let known = self.tree.gaps.iter().rev().take_while(|gap| gap.part == part);
        if known.into_iter().any(|gap| gap.kind == kind && gap.reason == reason) {
            return;
        }
        self.tree.gaps.push(Gap { kind, part, reason: reason.to_owned() });
    }

    /// The number of the next table of the message.
    pub fn next_table(&mut self) -> u16 {
        self.tables = self.tables.saturating_add(1);
        self.tables - 1
    }

    /// Notes that a part was not read to its end.
    pub fn limit(&mut self, part: u16, reason: &str) {
        self.gap(GapKind::Limit, part, reason);
    }

    /// Notes that a part cannot be read as it should.
    pub fn broken(&mut self, part: u16, reason: &str) {
        self.gap(GapKind::Broken, part, reason);
    }

    /// Appends what fits; gives the length written.
    fn fit(&mut self, text: &str) -> u32 {
        let Some(open) = &mut self.open else { return 0 };
        let room = open.end_by.saturating_sub(self.tree.text.len());
        let fitting = if text.len() <= room {
            text
        } else {
            open.cut = true;
            text.get(..text.floor_char_boundary(room)).unwrap_or_default()
        };
        self.tree.text.push_str(fitting);
        offset(fitting.len())
    }

    fn copy_runs(&mut self, from: &Decoded<'_>, runs: &[Run], range: Range<usize>) {
        let (start, end) = (offset(range.start), offset(range.end));
        let first = runs.partition_point(|run| run.text.end <= start);
        let mut done = range.start;
        for run in runs.iter().skip(first).take_while(|run| run.text.start < end) {
            let shared = run.text.start.max(start)..run.text.end.min(end);
            self.copy_at(from.between(done, shared.start as usize), None);
            let text = from.between(shared.start as usize, shared.end as usize);
            let ahead = (shared.start - run.text.start) as usize;
            if run.even {
                self.copy_at(text, Some(run.content.start as usize + ahead));
            } else if shared == run.text {
                self.put_at(text, Some(run.content.start as usize..run.content.end as usize));
            } else {
                self.copy_at(text, None);
            }
            done = shared.end as usize;
        }
        self.copy_at(from.between(done, range.end), None);
    }

    fn run(&mut self, run: Run) {
        let Some(Open { runs: Some(runs), .. }) = &mut self.open else { return };
        if run.text.is_empty() {
            return;
        }
        if let Some(last) = runs.last_mut() {
            if last.even && run.even && last.text.end == run.text.start && last.content.end == run.content.start {
                last.text.end = run.text.end;
                last.content.end = run.content.end;
                return;
            }
            // The way back must be one: what does not follow in the content has none.
            if run.content.start < last.content.end {
                return;
            }
        }
        if self.runs_left == 0 {
            if let Some(open) = &mut self.open {
                open.runs = None;
            }
            return;
        }
        self.runs_left -= 1;
        runs.push(run);
    }
}
