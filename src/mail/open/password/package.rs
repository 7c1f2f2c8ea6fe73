//! Documents since 2007 that stand encrypted in a container: "agile" and "standard" encryption (MS-OFFCRYPTO 2.3.4).

use crate::mail::open::xml::{self, Element, Sink};
use crate::mail::parts::Scribe;
use crate::mail::sealed::bytes::{index32, little16};
use aes::cipher::{BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine as _;
use ring::digest::{self, Algorithm};

/// What the default password makes of a document.
pub(super) enum Opened {
    /// It opens.
    Clear(Vec<u8>),
    /// It takes more work to know than there may be.
    Doubtful,
    /// It does not open.
    Closed,
}

/// Rounds of hashing in "standard" encryption.
const ROUNDS: usize = 50_000;
/// Bytes of a document that are encrypted as one.
const SEGMENT: usize = 4_096;

/// Opens a document with the default password.
pub(super) fn opened(info: &[u8], content: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Opened {
    let opened = match (little16(info, 0), little16(info, 2)) {
        (Some(4), Some(4)) => agile(info.get(8..).unwrap_or_default(), content, part, scribe),
        (Some(2..=4), Some(2)) => standard(info, content, part, scribe),
        _ => None,
    };
    opened.unwrap_or(Opened::Closed)
}

/// `None` where it does not open.
fn standard(info: &[u8], content: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Option<Opened> {
    const SHA1: &Algorithm = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    let length = index32(info, 28)? / 8;
    let verifier = info.get(12..)?.get(index32(info, 8)?..)?;
    let salt = verifier.get(4..20)?;
    if !scribe.spend(part, ROUNDS * 64) {
        return Some(Opened::Doubtful);
    }
    let hash = hashed(SHA1, salt, ROUNDS);
    let hash = digest::digest(SHA1, &[&hash[..], &[0; 4]].concat());
    let half = |fill: u8| {
        let mut mixed = [fill; 64];
        for (byte, other) in mixed.iter_mut().zip(hash.as_ref()) {
            *byte ^= other;
        }
        digest::digest(SHA1, &mixed)
    };
    let key = [half(0x36).as_ref(), half(0x5C).as_ref()].concat();
    let cipher = Cipher::new(key.get(..length)?)?;
    let bytes = cipher.clear(verifier.get(20..36)?, None);
    let proof = cipher.clear(verifier.get(40..72)?, None);
    if digest::digest(SHA1, &bytes).as_ref() != proof.get(..20)? {
        return None;
    }
    let mut clear = cipher.clear(content.get(8..)?, None);
    clear.truncate(index32(content, 0)?);
    Some(Opened::Clear(clear))
}

/// What an "agile" document says of its encryption: of the document, and of the key under the password.
#[derive(Default)]
struct Said {
    data: Option<Method>,
    key: Option<Method>,
    rounds: usize,
    proof: Vec<u8>,
    proof_hash: Vec<u8>,
    key_value: Vec<u8>,
}

struct Method {
    salt: Vec<u8>,
    hash: &'static Algorithm,
    key: usize,
}

fn method(element: &Element<'_>) -> Option<Method> {
    let hash = match element.get("hashAlgorithm")?.as_ref() {
        "SHA1" | "SHA-1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "SHA256" | "SHA-256" => &digest::SHA256,
        "SHA384" | "SHA-384" => &digest::SHA384,
        "SHA512" | "SHA-512" => &digest::SHA512,
        _ => return None,
    };
    let known = element.get("cipherAlgorithm")? == "AES" && element.get("cipherChaining")? == "ChainingModeCBC";
    let key = element.get("keyBits")?.parse::<usize>().ok()? / 8;
    known.then_some(Method { salt: bytes(element, "saltValue")?, hash, key })
}

fn bytes(element: &Element<'_>, name: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(element.get(name)?.trim()).ok()
}

impl Sink for Said {
    fn start(&mut self, element: &Element<'_>, _: &mut Scribe<'_>) {
        match element.name {
            "keyData" => self.data = method(element),
            // There may be others, for those who have a certificate's key.
            "encryptedKey" if element.get("spinCount").is_some() => {
                self.key = method(element);
                self.rounds = element.get("spinCount").and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
                self.proof = bytes(element, "encryptedVerifierHashInput").unwrap_or_default();
                self.proof_hash = bytes(element, "encryptedVerifierHashValue").unwrap_or_default();
                self.key_value = bytes(element, "encryptedKeyValue").unwrap_or_default();
            }
            _ => {}
        }
    }

    fn end(&mut self, _: &str, _: &mut Scribe<'_>) {}

    fn text(&mut self, _: &str, _: &mut Scribe<'_>) {}

    fn aside(&mut self, _: &str) {}
}

/// `None` where it does not open.
fn agile(info: &[u8], content: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Option<Opened> {
    let mut said = Said::default();
    xml::read(info, part, scribe, &mut said);
    let (data, key) = (said.data?, said.key?);
    if !scribe.spend(part, said.rounds.saturating_mul(64)) {
        return Some(Opened::Doubtful);
    }
    let hash = hashed(key.hash, &key.salt, said.rounds);
    let under = |purpose: [u8; 8], bytes: &[u8]| {
        let mut derived = digest::digest(key.hash, &[&hash[..], &purpose].concat()).as_ref().to_vec();
        derived.resize(key.key.min(32), 0x36);
        Some(Cipher::new(&derived)?.clear(bytes, Some(&key.salt)))
    };
    let proof = under([0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79], &said.proof)?;
    let proof_hash = under([0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E], &said.proof_hash)?;
    let proof = digest::digest(key.hash, proof.get(..key.salt.len().min(proof.len()))?);
    if proof.as_ref() != proof_hash.get(..proof.as_ref().len())? {
        return None;
    }
    let opener = under([0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6], &said.key_value)?;
    let cipher = Cipher::new(opener.get(..data.key)?)?;
    let mut clear = Vec::with_capacity(content.len());
    for (number, segment) in (0_u32..).zip(content.get(8..)?.chunks(SEGMENT)) {
        let start = digest::digest(data.hash, &[&data.salt[..], &number.to_le_bytes()].concat());
        clear.extend(cipher.clear(segment, Some(start.as_ref())));
    }
    clear.truncate(index32(content, 0)?);
    Some(Opened::Clear(clear))
}

/// The password, hashed as often as is asked.
fn hashed(algorithm: &'static Algorithm, salt: &[u8], rounds: usize) -> Vec<u8> {
    let mut hash = digest::digest(algorithm, &[salt, &super::password()].concat());
    for number in (0..=u32::MAX).take(rounds) {
        let mut context = digest::Context::new(algorithm);
        context.update(&number.to_le_bytes());
        context.update(hash.as_ref());
        hash = context.finish();
    }
    hash.as_ref().to_vec()
}

/// AES with a key of any length.
enum Cipher {
    Short(Box<Aes128>),
    Middle(Box<Aes192>),
    Long(Box<Aes256>),
}

impl Cipher {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(|cipher| Self::Short(Box::new(cipher))),
            24 => Aes192::new_from_slice(key).ok().map(|cipher| Self::Middle(Box::new(cipher))),
            32 => Aes256::new_from_slice(key).ok().map(|cipher| Self::Long(Box::new(cipher))),
            _ => None,
        }
    }

    /// Decrypts whole blocks; each is mixed with the one before it where `start` says what the first is mixed with.
    fn clear(&self, bytes: &[u8], start: Option<&[u8]>) -> Vec<u8> {
        let mut clear = Vec::with_capacity(bytes.len());
        let mut before: Option<[u8; 16]> = start.map(|start| {
            let mut first = [0x36; 16];
            first.iter_mut().zip(start).for_each(|(first, start)| *first = *start);
            first
        });
        for block in bytes.as_chunks::<16>().0 {
            let mut open = aes::Block::from(*block);
            match self {
                Self::Short(cipher) => cipher.decrypt_block(&mut open),
                Self::Middle(cipher) => cipher.decrypt_block(&mut open),
                Self::Long(cipher) => cipher.decrypt_block(&mut open),
            }
            if let Some(before) = &mut before {
                open.iter_mut().zip(before.iter()).for_each(|(open, before)| *open ^= before);
                *before = *block;
            }
            clear.extend_from_slice(&open);
        }
        clear
    }
}
