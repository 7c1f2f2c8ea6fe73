//! What is said of a picture beside the picture: description, author, comments, keywords.
//!
//! Only headers are walked and no picture is unpacked, since pictures are in nearly every message. What is damaged is
//! passed over, and a picture is no gap, unless it says more than is read.

/// Boxes of HEIC, AVIF, JPEG 2000 and JPEG XL.
mod heif;
/// IPTC, and the blocks of Photoshop around it.
mod iptc;
/// JPEG.
mod jpeg;
/// Which pictures are read for their letters, and what becomes of the letters.
pub(in crate::mail) mod letters;
/// PNG.
mod png;
/// Width and height.
mod size;
/// TIFF, and Exif, which is made like it.
mod tiff;
/// Bytes of a picture, those that are asked for.
mod view;
/// GIF and WebP.
mod web;
/// XMP.
mod xmp;

use crate::mail::parts::{Decoded, Scribe, SectionKind};
use rustc_hash::FxHashSet;

pub(in crate::mail) use view::View;

/// Bytes of one description; no person writes more.
const LONGEST: usize = 64 << 10;
/// Bytes of all descriptions of one picture.
const MOST: usize = 256 << 10;
/// Bytes of descriptions that are looked at in one picture, however often they are pointed to.
const LOOKED_AT: usize = 4 << 20;
/// What each look costs at least.
const LOOK: usize = 64;
/// Exif within Photoshop's blocks within Exif.
const DEPTH: usize = 4;

/// Writes what is said of a picture as a section of its part.
pub(in crate::mail) fn write(mut picture: View<'_>, part: u16, scribe: &mut Scribe<'_>) {
    let mut said = Said::default();
    read(&mut picture, &mut said);
    if said.cut {
        scribe.limit(part, "more said of a picture than the limit");
    }
    if said.text.is_empty() || !scribe.spend(part, said.text.len()) {
        return;
    }
    scribe.begin_section(part, SectionKind::Properties, 0, "");
    scribe.add(&said.text);
    scribe.end();
}

fn read(picture: &mut View<'_>, said: &mut Said) -> Option<()> {
    let start: [u8; 16] = *picture.get(0, 16)?.first_chunk()?;
    match &start {
        [0xFF, 0xD8, 0xFF, ..] => {
            jpeg::read(picture, said);
            Some(())
        }
        [0x89, b'P', b'N', b'G', ..] => png::read(picture, said),
        [b'G', b'I', b'F', b'8', ..] => web::gif(picture, said),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => web::webp(picture, said),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => tiff::read(picture, 0, said),
        [b'8', b'B', b'P', b'S', ..] => iptc::photoshop(picture, said),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [0, 0, 0, 12, b'j' | b'J', b'P' | b'X', ..] => {
            heif::read(picture, said)
        }
        _ => Some(()),
    }
}

/// What was found. The same words stand in several places of most pictures; they are kept once.
struct Said {
    text: String,
    known: FxHashSet<String>,
    /// Bytes that may still be looked at.
    left: usize,
    /// How far lists are within one another.
    depth: usize,
    /// There was more.
    cut: bool,
}

impl Default for Said {
    fn default() -> Self {
        Self { text: String::new(), known: FxHashSet::default(), left: LOOKED_AT, depth: 0, cut: false }
    }
}

impl Said {
    /// Whether so many bytes may be looked at.
    fn may(&mut self, bytes: usize) -> Option<()> {
        let left = self.left.checked_sub(bytes.saturating_add(LOOK));
        self.cut |= left.is_none();
        self.left = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// Adds text of any charset.
    fn bytes(&mut self, bytes: &[u8]) {
        // Some programs fill up what they leave empty.
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.cut |= end > LONGEST;
        let bytes = bytes.get(..end.min(LONGEST)).unwrap_or_default();
        if self.may(bytes.len()).is_some() {
            self.add(&Decoded::of(bytes, "").text);
        }
    }

    /// Adds text of two bytes a letter.
    fn wide(&mut self, bytes: &[u8], least_first: bool) {
        self.cut |= bytes.len() > LONGEST;
        if self.may(bytes.len().min(LONGEST)).is_none() {
            return;
        }
        let letters = bytes.chunks_exact(2).take(LONGEST / 2).filter_map(|pair| pair.first_chunk());
        let letters =
            letters.map(|pair| if least_first { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
        let text: String = char::decode_utf16(letters).map(|letter| letter.unwrap_or(' ')).collect();
        self.add(&text);
    }

    /// Adds text that has a letter in it.
    fn add(&mut self, text: &str) {
        let text = text.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace());
        if !text.contains(char::is_alphabetic) || self.known.contains(text) {
            return;
        }
        if self.text.len() + text.len() > MOST {
            self.cut = true;
            return;
        }
        self.known.insert(text.to_owned());
        self.text.extend(text.chars().map(|letter| if letter == '\0' { ' ' } else { letter }));
        self.text.push('\n');
    }
}

fn big16(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|bytes| usize::from(u16::from_be_bytes(*bytes)))
}

fn big32(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().and_then(|bytes| usize::try_from(u32::from_be_bytes(*bytes)).ok())
}
