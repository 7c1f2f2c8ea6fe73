//! What was found in an opened file joins the message it stands in.

use std::ops::Range;

use super::scribe::offset;
use super::{Cell, Gap, GapKind, Limits, Part, Piece, Section, Tree};
use crate::mail::open;

impl Tree {
    /// Adds what was found in the file of a part: a fragment that [`Tree::check_fragment`] let pass, made with no
    /// more text, cells and parts than this tree may still have.
    pub fn graft(&mut self, part: u16, fragment: Tree) {
        self.opened(part);
        let shift = Shift {
            text: offset(self.text.len()),
            piece: offset(self.pieces.len()),
            table: self.cells.last().map_or(0, |cell| cell.table.saturating_add(1)),
            // The fragment's part 0 is the file itself, which is here already.
            parts: u16::try_from(self.parts.len()).unwrap_or(u16::MAX).saturating_sub(1),
            part,
        };
        // Some files tell only to who opens them that they are sealed, or that they open for everybody.
        let sealed = fragment.parts.first().and_then(|file| file.sealed);
        let before = self.parts.get_mut(usize::from(part)).and_then(|part| std::mem::replace(&mut part.sealed, sealed));
        if before.is_some() && sealed.is_none() {
            self.gaps.retain(|gap| gap.part != part || !matches!(gap.kind, GapKind::Protected | GapKind::Weak));
        }
        self.text.push_str(&fragment.text);
        self.pieces.extend(fragment.pieces.into_iter().map(|piece| shift.piece(piece)));
        self.cells.extend(fragment.cells.iter().map(|cell| shift.cell(cell)));
        self.sections.extend(fragment.sections.into_iter().map(|section| shift.section(section)));
        self.parts.extend(fragment.parts.into_iter().skip(1).map(|part| shift.inner(part)));
        self.gaps.extend(fragment.gaps.into_iter().map(|gap| Gap { part: shift.part(gap.part), ..gap }));
    }

    /// What a file that is opened next may still add to this tree.
    #[must_use]
    pub fn left(&self, limits: &Limits) -> Limits {
        let less = |limit: u32, used: usize| limit.saturating_sub(offset(used));
        let parts = usize::from(limits.parts).saturating_sub(self.parts.len());
        Limits {
            parts: u16::try_from(parts).unwrap_or(u16::MAX),
            text: less(limits.text, self.text.len()),
            cells: less(limits.cells, self.cells.len()),
            ..limits.clone()
        }
    }

    /// Notes why the file of a part was not opened after all.
    pub fn not_opened(&mut self, part: u16, kind: GapKind, reason: &str) {
        self.opened(part);
        self.gaps.push(Gap { kind, part, reason: reason.to_owned() });
    }

    /// The gap that stood for a file that waited.
    fn opened(&mut self, part: u16) {
        let Some(kind) = self.parts.get(usize::from(part)).map(|part| part.kind) else { return };
        let reason = open::not_opened(kind);
        self.gaps.retain(|gap| gap.part != part || gap.kind != GapKind::Unsupported || gap.reason != reason);
    }
}

/// How far the indexes of a fragment move.
struct Shift {
    text: u32,
    piece: u32,
    table: u16,
    parts: u16,
    part: u16,
}

impl Shift {
    fn part(&self, part: u16) -> u16 {
        if part == 0 { self.part } else { part.saturating_add(self.parts) }
    }

    fn text(&self, range: &Range<u32>) -> Range<u32> {
        range.start.saturating_add(self.text)..range.end.saturating_add(self.text)
    }

    fn piece(&self, piece: Piece) -> Piece {
        let hidden = piece.hidden.iter().map(|range| self.text(range)).collect();
        Piece { part: self.part(piece.part), text: self.text(&piece.text), hidden, ..piece }
    }

    fn cell(&self, cell: &Cell) -> Cell {
        Cell {
            piece: cell.piece.saturating_add(self.piece),
            table: cell.table.saturating_add(self.table),
            text: self.text(&cell.text),
            row: cell.row,
            column: cell.column,
        }
    }

    fn section(&self, section: Section) -> Section {
        let name = section.name.map(|name| name.saturating_add(self.piece));
        Section { piece: section.piece.saturating_add(self.piece), name, ..section }
    }

    fn inner(&self, part: Part) -> Part {
        let name = part.name.map(|name| name.saturating_add(self.piece));
        Part { parent: self.part(part.parent), name, ..part }
    }
}
