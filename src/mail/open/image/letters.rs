//! Which pictures are read for their letters, and what becomes of the letters.

use super::{View, size};
use crate::mail::open::{FileLimits, Work};
use crate::mail::parts::{Limits, Scribe, SectionKind, Tree};

/// A picture less wide or less high than this has no letters that anybody reads.
const LEAST: (u64, u64) = (100, 50);

/// What is read of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PictureLimits {
    /// Width times height.
    pub pixels: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// A picture, as far as it is to be read for letters.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Picture {
    /// It is to be read.
    Read(Vec<u8>),
    /// There is nothing to read: too small for letters, or a drawing whose words are text.
    Nothing,
    /// More pixels or bytes than the limit.
    TooLarge,
    /// A kind that is not read, such as HEIC.
    Unsupported,
    /// Its header does not say how large it is.
    Broken,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Read(_) => "Read(private)",
            Self::Nothing => "Nothing",
            Self::TooLarge => "TooLarge",
            Self::Unsupported => "Unsupported",
            Self::Broken => "Broken",
        })
    }
}

/// Looks at the header of a picture and says whether it is to be read.
#[must_use]
pub fn picture(content: &[u8], limits: &PictureLimits) -> Picture {
    if content.is_empty() {
        return Picture::Broken;
    }
    if crate::mail::kind::of_binary(content).is_none() {
        return Picture::Nothing;
    }
    if content.len() as u64 > limits.bytes {
        return Picture::TooLarge;
    }
    if !is_read(content) {
        return Picture::Unsupported;
    }
    match size::of(&mut View::whole(content)) {
        None | Some((0, _) | (_, 0)) => Picture::Broken,
        Some((width, height)) if width < LEAST.0 || height < LEAST.1 => Picture::Nothing,
        Some((width, height)) if width.saturating_mul(height) > limits.pixels => Picture::TooLarge,
        Some(_) => Picture::Read(content.to_vec()),
    }
}

/// The kinds that Tesseract reads as Debian builds it.
fn is_read(content: &[u8]) -> bool {
    let starts: [&[u8]; 6] = [b"\xFF\xD8\xFF", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*"];
    let web = content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP");
    web || starts.iter().any(|start| content.starts_with(start))
}

/// The letters found in a picture, as what is found in a file: a fragment that is grafted onto the picture's part.
#[must_use]
pub fn letters(found: &str, limits: &Limits) -> Tree {
    let mut scribe = Scribe::of_file(limits, Work::new(&[], &FileLimits::default()));
    let found: String =
        found.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect();
    let found = found.trim();
    if !found.is_empty() {
        scribe.begin_section(0, SectionKind::Letters, 0, "");
        scribe.add(found);
        scribe.end();
    }
    scribe.tree
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_picture_is_read_or_the_reason_is_known() {
        let limits = PictureLimits { pixels: 1_000_000, bytes: 100 };
        let read = png(1000, 1000);
        let long = [png(200, 200), vec![0; 100]].concat();
        let phone = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        for (content, expected) in [
            (read.clone(), Picture::Read(read)),
            (png(99, 500), Picture::Nothing),
            (png(500, 49), Picture::Nothing),
            (png(1001, 1000), Picture::TooLarge),
            (png(u32::MAX, u32::MAX), Picture::TooLarge),
            (png(0, 500), Picture::Broken),
            (png(500, 500)[..18].to_vec(), Picture::Broken),
            (long, Picture::TooLarge),
            (phone.to_vec(), Picture::Unsupported),
            (Vec::new(), Picture::Broken),
            (b"<svg><text>words</text></svg>".to_vec(), Picture::Nothing),
        ] {
            assert_eq!(picture(&content, &limits), expected);
        }
    }

    #[test]
    fn letters_stand_in_a_section_of_their_own() {
        let tree = letters("two words\nand\ta line\n\u{c}", &Limits::default());
        assert_eq!(tree.text, "two words\nand a line\n");
        assert_eq!(tree.section(0).map(|section| section.kind), Some(SectionKind::Letters));
        assert_eq!(tree.check_fragment(&Limits::default(), 0), Ok(()));
        assert_eq!(letters(" \n\u{c}", &Limits::default()).pieces.len(), 0);
    }
}
