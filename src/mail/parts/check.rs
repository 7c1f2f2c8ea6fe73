//! Whether a tree that came from a worker may be used: the worker read a stranger's bytes and may be theirs.

use std::ops::Range;

use super::scribe::RUNS;
use super::{Cell, Field, Gap, Limits, Malformed, Part, Piece, Place, Section, Tree};

impl Tree {
    /// Checks a tree that a worker returned before anything uses it: offsets in bounds and on character
    /// boundaries, indexes that exist, lists sorted, sizes within `limits` and the message's length.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, message_len: u64, limits: &Limits) -> Result<(), Malformed> {
        demand(self.text.len() <= limits.text as usize, "text longer than the limit")?;
        demand(!self.parts.is_empty() && self.parts.len() <= usize::from(limits.parts.max(1)), "number of parts")?;
        demand(self.headers.len() <= limits.headers as usize, "number of header fields")?;
        demand(self.cells.len() <= limits.cells as usize, "number of cells")?;
        demand(self.gaps.len() <= self.parts.len() * 16, "number of gaps")?;
        self.check_pieces(message_len)?;
        self.check_headers(message_len)?;
        for (index, part) in self.parts.iter().enumerate() {
            self.check_part(index, part, message_len)?;
        }
        self.gaps.iter().try_for_each(|gap| self.check_gap(gap))?;
        self.check_sections()?;
        let waiting = self.unopened.windows(2).all(|pair| matches!(pair, [a, b] if a.part < b.part));
        let there = self.unopened.iter().all(|file| usize::from(file.part) < self.parts.len());
        demand(waiting && there, "files that are not opened")?;
        self.cells.iter().try_for_each(|cell| self.check_cell(cell))
    }

    /// Checks what a worker says it found in one file, the same way. Part 0 stands for the file itself. Nothing
    /// of it stands in the message as it is, so nothing of it can be edited.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check_fragment(&self, limits: &Limits, unpacked: u64) -> Result<(), Malformed> {
        self.check(unpacked, limits)?;
        demand(self.headers.is_empty() && self.unopened.is_empty(), "more than a file has")?;
        demand(self.pieces.iter().all(|piece| piece.runs.is_empty()), "a way back out of a file")?;
        let within = |part: &Part| part.header.is_empty() && part.body.is_empty() && !part.editable;
        demand(self.parts.iter().all(within), "part of a file")
    }

    fn check_sections(&self) -> Result<(), Malformed> {
        let in_order = self.sections.windows(2).all(|pair| matches!(pair, [a, b] if a.piece < b.piece));
        demand(in_order, "sections out of order")?;
        let there = |piece: u32| (piece as usize) < self.pieces.len();
        let right = |section: &Section| there(section.piece) && section.name.is_none_or(there);
        demand(self.sections.iter().all(right), "piece of a section")
    }

    fn check_pieces(&self, message_len: u64) -> Result<(), Malformed> {
        let mut end = 0;
        let mut runs = 0_usize;
        for piece in &self.pieces {
            demand(piece.text.start >= end && piece.text.start < piece.text.end, "pieces out of order")?;
            self.check_text(&piece.text, "piece")?;
            let behind = self.text.as_bytes().get(piece.text.end as usize);
            demand(behind == Some(&b'\n'), "piece without a line break behind it")?;
            demand(usize::from(piece.part) < self.parts.len(), "piece of a part that is not there")?;
            end = piece.text.end + 1;
            runs += piece.runs.len();
            self.check_runs(piece, message_len)?;
            let mut seen = piece.text.start;
            for hidden in &piece.hidden {
                demand(
                    hidden.start >= seen && hidden.start < hidden.end && hidden.end <= piece.text.end,
                    "hidden text out of order",
                )?;
                self.check_text(hidden, "hidden text")?;
                seen = hidden.end;
            }
        }
        demand(runs <= RUNS, "number of runs")
    }

    fn check_runs(&self, piece: &Piece, message_len: u64) -> Result<(), Malformed> {
        let (mut text, mut content) = (piece.text.start, 0);
        for run in &piece.runs {
            demand(
                run.text.start >= text && run.text.start < run.text.end && run.text.end <= piece.text.end,
                "runs out of order",
            )?;
            demand(
                run.content.start >= content && run.content.start <= run.content.end,
                "content of runs out of order",
            )?;
            demand(u64::from(run.content.end) <= message_len, "run beyond the message")?;
            demand(!run.even || run.text.len() == run.content.len(), "even run of uneven length")?;
            self.check_text(&run.text, "run")?;
            (text, content) = (run.text.end, run.content.end);
        }
        Ok(())
    }

    fn check_headers(&self, message_len: u64) -> Result<(), Malformed> {
        let mut end = 0;
        for Field { name, raw, piece } in &self.headers {
            let named = !name.is_empty()
                && name.len() <= 256
                && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
            demand(named, "name of a header field")?;
            demand(
                raw.start >= end && raw.start <= raw.end && u64::from(raw.end) <= message_len,
                "place of a header field",
            )?;
            end = raw.end;
            if let Some(index) = piece {
                let found = self.pieces.get(*index as usize);
                let right =
                    found.is_some_and(|piece| piece.part == 0 && matches!(piece.place, Place::Subject | Place::Header));
                demand(right, "piece of a header field")?;
            }
        }
        Ok(())
    }

    fn check_part(&self, index: usize, part: &Part, message_len: u64) -> Result<(), Malformed> {
        demand(usize::from(part.parent) < index || index == 0 && part.parent == 0, "parent of a part")?;
        let inside = |range: &Range<u32>| range.start <= range.end && u64::from(range.end) <= message_len;
        demand(inside(&part.header) && inside(&part.body), "place of a part")?;
        demand(part.declared.len() <= 128 && part.charset.len() <= 64, "type or charset of a part")?;
        demand(part.declared.is_ascii() && part.charset.is_ascii(), "type or charset of a part")?;
        demand(part.size <= message_len, "size of a part")?;
        let Some(name) = part.name else { return Ok(()) };
        let piece = self.pieces.get(name as usize);
        demand(
            piece.is_some_and(|piece| piece.place == Place::FileName && usize::from(piece.part) == index),
            "name of a part",
        )
    }

    fn check_gap(&self, gap: &Gap) -> Result<(), Malformed> {
        demand(usize::from(gap.part) < self.parts.len(), "part of a gap")?;
        let phrase = gap.reason.len() <= 200 && gap.reason.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        demand(phrase, "reason of a gap")
    }

    fn check_cell(&self, cell: &Cell) -> Result<(), Malformed> {
        let Some(piece) = self.pieces.get(cell.piece as usize) else { return Err(Malformed("piece of a cell")) };
        let inside =
            cell.text.start >= piece.text.start && cell.text.start <= cell.text.end && cell.text.end <= piece.text.end;
        demand(inside, "place of a cell")?;
        self.check_text(&cell.text, "cell")
    }

    fn check_text(&self, range: &Range<u32>, what: &'static str) -> Result<(), Malformed> {
        demand(self.text.get(range.start as usize..range.end as usize).is_some(), what)
    }
}

fn demand(holds: bool, what: &'static str) -> Result<(), Malformed> {
    if holds { Ok(()) } else { Err(Malformed(what)) }
}
