//! What stands beside the text of a page: links, alternative texts, comments, scripts.

use std::ops::Range;

use super::names::{is_block, lower};
use super::{ASIDES, Aside, Page, entity};
use crate::mail::parts::Place;

impl Page<'_, '_, '_> {
    pub(super) fn url(&mut self, range: Range<usize>) {
        let value = self.decoded.between(range.start, range.end).trim();
        if let Some(id) =
            value.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("cid:")).and_then(|_| value.get(4..))
        {
            if self.cids.len() < ASIDES && id.len() <= 1_000 {
                self.cids.push(id.to_owned());
            }
        } else if !value.starts_with("data:image/") {
            self.aside(Aside::Url, range);
        }
    }

    /// Keeps a stretch for the pieces behind the text.
    pub(super) fn aside(&mut self, aside: Aside, range: Range<usize>) {
        if self.decoded.between(range.start, range.end).trim().is_empty() {
            return;
        }
        if self.asides.len() >= ASIDES {
            self.scribe.limit(self.part, "more HTML attributes than the limit");
            return;
        }
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.asides.push((aside, offset(range.start)..offset(range.end)));
    }

    /// Writes what was kept, a line each.
    pub(super) fn write_asides(&mut self, place: Place, wanted: impl Fn(&Aside) -> bool) {
        self.scribe.begin(place, self.part);
        let asides = std::mem::take(&mut self.asides);
        for (aside, range) in asides.iter().filter(|(aside, _)| wanted(aside)) {
            let range = range.start as usize..range.end as usize;
            if self.scribe.full() {
                break;
            }
            if !self.scribe.at_start() {
                self.scribe.add("\n");
            }
            match aside {
                Aside::Url => entity::write_url(self.scribe, self.decoded, range),
                Aside::Shown => entity::write(self.scribe, self.decoded, range),
                Aside::Unseen => self.write_unseen(range),
            }
        }
        self.asides = asides;
        self.scribe.end();
    }

    /// A comment may hold tags that some client shows; they part no words here either.
    pub(super) fn write_unseen(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let rest = self.decoded.between(at, range.end);
            let tag = rest.find('<').unwrap_or(rest.len());
            entity::write(self.scribe, self.decoded, at..at + tag);
            at += tag;
            let rest = rest.get(tag..).unwrap_or_default();
            let named = rest.get(1..).is_some_and(|rest| {
                rest.starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!'))
            });
            if !named {
                self.scribe.copy(self.decoded, at..(at + 1).min(range.end));
                at += 1;
                continue;
            }
            let Some(end) = rest.find('>') else {
                entity::write(self.scribe, self.decoded, at..range.end);
                return;
            };
            let inside = lower(rest.get(1..rest.floor_char_boundary(end.min(24))).unwrap_or_default());
            let word = inside.trim_start_matches('/').split(|letter: char| !letter.is_ascii_alphanumeric());
            let word = word.into_iter().next().unwrap_or_default();
            if is_block(word) || word == "br" {
                self.scribe.add("\n");
            }
            at += end + 1;
        }
    }
}
