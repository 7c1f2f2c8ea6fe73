//! Workbooks before 2007, whose records are encrypted with RC4 (MS-OFFCRYPTO 2.3.5 and 2.3.6).

use crate::mail::open::excel::records;
use crate::mail::sealed::bytes::{index32, little16};
use md5::{Digest, Md5};
use rc4::{KeyInit, Rc4, StreamCipher};
use ring::digest;

/// What a workbook's stream is.
pub(in crate::mail::open) enum Workbook {
    /// Not encrypted.
    Plain,
    /// Encrypted with the default password; the records in clear text.
    Opened(Vec<u8>),
    /// Encrypted with another, or hidden behind XOR, which is weak.
    Closed {
        /// Weak.
        weak: bool,
    },
}

/// Bytes of the stream that share a key.
const BLOCK: usize = 1_024;
/// Says how the workbook is encrypted.
const FILE_PASS: u16 = 0x2F;
/// Records that are never encrypted.
const CLEAR: [u16; 7] = [0x809, FILE_PASS, 0x194, 0x195, 0xE1, 0x196, 0x138];
/// The record of a sheet, which begins with its place in clear text.
const SHEET: u16 = 0x85;

/// Opens a workbook's stream with the default password.
pub(in crate::mail::open) fn workbook(stream: &[u8]) -> Workbook {
    let Some(pass) = file_pass(stream) else { return Workbook::Plain };
    match Keys::read(pass) {
        Some(keys) => Workbook::Opened(keys.clear(stream)),
        None => Workbook::Closed { weak: pass.len() < 6 || little16(pass, 0) == Some(0) },
    }
}

/// Whether the default password opens a workbook that begins so.
pub(super) fn opens(beginning: &[u8]) -> bool {
    file_pass(beginning).and_then(Keys::read).is_some()
}

fn file_pass(stream: &[u8]) -> Option<&[u8]> {
    let mut before = records(stream).take_while(|(kind, _, _)| *kind != 0x0A);
    before.find(|(kind, _, _)| *kind == FILE_PASS).map(|(_, _, body)| body)
}

/// The keys that the default password gives.
enum Keys {
    /// 40 bits.
    Old([u8; 5]),
    /// As many bytes as the workbook says.
    New { base: Vec<u8>, length: usize },
}

impl Keys {
    /// `None` where the default password is not the right one.
    fn read(pass: &[u8]) -> Option<Self> {
        let version = (little16(pass, 0)?, little16(pass, 2)?, little16(pass, 4)?);
        let (keys, verifier) = match version {
            (1, 1, 1) => (Self::old(pass.get(6..22)?), pass.get(22..54)?),
            (1, 2..=4, 2) => {
                let header = index32(pass, 10)?;
                let bits = index32(pass, 30)?;
                let verifier = pass.get(14..)?.get(header..)?;
                let salt = verifier.get(4..20)?;
                let base = [salt, &super::password()].concat();
                let base = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &base).as_ref().to_vec();
                // No length means 40 bits.
                let length = if bits == 0 { 5 } else { bits / 8 };
                let proof = [verifier.get(20..36)?, verifier.get(40..60)?].concat();
                let keys = Self::New { base, length: length.clamp(5, 16) };
                return keys.prove(&proof).then_some(keys);
            }
            _ => return None,
        };
        keys.prove(verifier).then_some(keys)
    }

    fn old(salt: &[u8]) -> Self {
        let password = Md5::digest(super::password());
        let mixed: Vec<u8> = [password.get(..5).unwrap_or_default(), salt].concat().repeat(16);
        let base = Md5::digest(&mixed);
        Self::Old(base.first_chunk().copied().unwrap_or_default())
    }

    /// Whether bytes and their hash, both encrypted, belong together.
    fn prove(&self, proof: &[u8]) -> bool {
        let mut clear = proof.to_vec();
        self.mix(0, &mut clear);
        let Some((bytes, hash)) = clear.split_at_checked(16) else { return false };
        match self {
            Self::Old(_) => Md5::digest(bytes).as_slice() == hash,
            Self::New { .. } => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref() == hash,
        }
    }

    /// Encrypts or decrypts bytes at the beginning of a block.
    fn mix(&self, block: usize, bytes: &mut [u8]) {
        let number = u32::try_from(block).unwrap_or(u32::MAX).to_le_bytes();
        let key = match self {
            Self::Old(base) => Md5::digest([&base[..], &number].concat()).to_vec(),
            Self::New { base, length } => {
                let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[base, &number[..]].concat());
                let mut key = hash.as_ref().get(..*length).unwrap_or_default().to_vec();
                if *length == 5 {
                    key.resize(16, 0);
                }
                key
            }
        };
        if let Ok(mut cipher) = Rc4::new_from_slice(&key) {
            cipher.apply_keystream(bytes);
        }
    }

    /// The stream with its records in clear text.
    fn clear(&self, stream: &[u8]) -> Vec<u8> {
        let mut clear = stream.to_vec();
        for (block, bytes) in clear.chunks_mut(BLOCK).enumerate() {
            self.mix(block, bytes);
        }
        // What was never encrypted is put back as it was: the beginning of each record, and the whole of some.
        for (kind, at, body) in records(stream) {
            let as_it_was = match kind {
                _ if CLEAR.contains(&kind) => 4 + body.len(),
                SHEET => 4 + body.len().min(4),
                _ => 4,
            };
            let places = at..at + as_it_was;
            if let (Some(clear), Some(was)) = (clear.get_mut(places.clone()), stream.get(places)) {
                clear.copy_from_slice(was);
            }
        }
        clear
    }
}
