//! Single packed files (bzip2, xz, lzip, Zstandard), and the methods of ZIP beside the common one.

use super::inner_file;
use super::unpack::{self, MEMORY};
use crate::mail::parts::{FileKind, Scribe};
use lzma_rust2::{LzipReader, LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{self, ErrorKind, Read};

const BZIP2: &[u8] = b"BZh";
const XZ: &[u8] = b"\xFD7zXZ\0";
const LZIP: &[u8] = b"LZIP\x01";
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";

/// Whether a file is one.
pub(super) fn is(content: &[u8], kind: FileKind) -> bool {
    kind == FileKind::Archive && decoder(content).is_some()
}

/// Unpacks it.
pub(super) fn read(content: &[u8], part: u16, scribe: &mut Scribe<'_>) {
    let Some(mut decoder) = decoder(content) else { return };
    let unpacked = unpack::read_or_note(&mut decoder, part, scribe);
    inner_file(&unpacked, "", part, scribe);
}

fn decoder(content: &[u8]) -> Option<Box<dyn Read + '_>> {
    if content.starts_with(BZIP2) {
        Some(bzip2(content))
    } else if content.starts_with(XZ) {
        Some(xz(content))
    } else if content.starts_with(ZSTD) {
        Some(zstd(content))
    } else if let Some([size, ..]) = content.strip_prefix(LZIP) {
        let large = 1_u64 << (size & 0x1F) > MEMORY;
        Some(if large { Box::new(Refusal(ErrorKind::OutOfMemory)) } else { Box::new(LzipReader::new(content)) })
    } else {
        None
    }
}

/// Streams that follow one another are one file, as programs that unpack it have it.
pub(super) fn bzip2(packed: &[u8]) -> Box<dyn Read + '_> {
    Box::new(::bzip2::read::MultiBzDecoder::new(packed))
}

/// Streams that follow one another are one file here, too.
pub(super) fn xz(packed: &[u8]) -> Box<dyn Read + '_> {
    let most = u32::try_from((MEMORY >> 10) + 256).unwrap_or(u32::MAX);
    Box::new(XzReader::new_mem_limit(packed, true, most))
}

/// Deflate with a larger window, as Windows writes files of more than 2 GB.
pub(super) fn deflate64(packed: &[u8]) -> Box<dyn Read + '_> {
    Box::new(deflate64::Deflate64Decoder::with_buffer(packed))
}

/// Frames that follow one another are one file; those that hold nothing of it are passed over.
pub(super) fn zstd(packed: &[u8]) -> Box<dyn Read + '_> {
    Box::new(Frames { rest: packed, frame: None })
}

/// LZMA as it stands in a ZIP file (its specification, 5.8.8); `size`: of what was packed, where it is known.
pub(super) fn lzma<'a>(packed: &'a [u8], size: Option<u64>) -> Box<dyn Read + 'a> {
    let decoder = || {
        // The version of the packer, and how long the properties are: always 5.
        let (head, rest) = packed.split_at_checked(9)?;
        let properties = head.get(4..)?;
        let dictionary = u32::from_le_bytes(*properties.last_chunk()?);
        if u64::from(dictionary) > MEMORY {
            return Some(Box::new(Refusal(ErrorKind::OutOfMemory)) as Box<dyn Read + 'a>);
        }
        let reader = LzmaReader::new_with_props(rest, size.unwrap_or(u64::MAX), *properties.first()?, dictionary, None);
        Some(Box::new(reader.ok()?))
    };
    decoder().unwrap_or_else(|| Box::new(Refusal(ErrorKind::InvalidData)))
}

/// A decoder that does not begin.
struct Refusal(ErrorKind);

impl Read for Refusal {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

/// The frames of a Zstandard file.
struct Frames<'a> {
    rest: &'a [u8],
    frame: Option<StreamingDecoder<&'a [u8], FrameDecoder>>,
}

impl Read for Frames<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(to)?;
                if read > 0 || to.is_empty() {
                    return Ok(read);
                }
                self.rest = frame.get_ref();
                self.frame = None;
            }
            if self.rest.is_empty() {
                return Ok(0);
            }
            match StreamingDecoder::new_with_max_window_size(self.rest, MEMORY) {
                Ok(frame) => self.frame = Some(frame),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let next = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(8);
                    self.rest = self.rest.get(next..).unwrap_or_default();
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(ErrorKind::OutOfMemory.into()),
                Err(_) => return Err(ErrorKind::InvalidData.into()),
            }
        }
    }
}
