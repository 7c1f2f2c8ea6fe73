//! The source of macros (MS-OVBA), in older documents and in the container that newer ones keep it in.

use super::older::Document;
use super::older::sweep::sweep;
use crate::mail::parts::{Scribe, SectionKind};
use crate::mail::sealed::bytes::{index32, little16};
use encoding_rs::Encoding;

/// What a chunk unpacks to at most.
const CHUNK: usize = 4_096;
/// Modules that are read.
const MODULES: usize = 1_000;

/// A module as the project lists it.
struct Module {
    stream: String,
    /// Where the source begins in its stream; before it stands what a program makes of it.
    source: usize,
}

/// Reads the modules in a storage; whether there are any.
pub(super) fn read(document: &mut Document<'_>, storage: usize, scribe: &mut Scribe<'_>) -> bool {
    let named = document.container.entries.get(storage).is_some_and(|entry| entry.name.eq_ignore_ascii_case("VBA"));
    if !named {
        return false;
    }
    let Some(list) = document.take(storage, "dir", scribe) else { return false };
    let list = unpacked(&list, document.part, scribe);
    sweep(&list, &mut document.behind);
    let (modules, encoding) = modules(&list);
    for module in &modules {
        let Some(stream) = document.take(storage, &module.stream, scribe) else { continue };
        let source = unpacked(stream.get(module.source..).unwrap_or_default(), document.part, scribe);
        scribe.begin_section(document.part, SectionKind::Behind, 0, &module.stream);
        scribe.hide(true);
        scribe.add(&encoding.decode_without_bom_handling(&source).0);
        scribe.end();
        sweep(stream.get(..module.source).unwrap_or_default(), &mut document.behind);
    }
    true
}

/// The project's modules, and the charset of its words.
fn modules(list: &[u8]) -> (Vec<Module>, &'static Encoding) {
    let mut encoding = encoding_rs::WINDOWS_1252;
    let mut modules: Vec<Module> = Vec::new();
    let mut at = 0;
    while let (Some(kind), Some(length)) = (little16(list, at), index32(list, at + 2)) {
        // The version's length is said to be 4, and is 6.
        let length = if kind == 9 { 6 } else { length };
        let Some(body) = list.get(at + 6..).and_then(|rest| rest.get(..length)) else { break };
        match kind {
            3 => {
                let label = format!("windows-{}", little16(body, 0).unwrap_or(1252));
                encoding = Encoding::for_label(label.as_bytes()).unwrap_or(encoding);
            }
            0x1A if modules.len() < MODULES => {
                let stream = encoding.decode_without_bom_handling(body).0.into_owned();
                modules.push(Module { stream, source: 0 });
            }
            0x31 => {
                if let (Some(module), Some(source)) = (modules.last_mut(), index32(body, 0)) {
                    module.source = source;
                }
            }
            _ => {}
        }
        at += 6 + length;
    }
    (modules, encoding)
}

/// Unpacks a packed text: chunks, in which letters and copies of what came before stand behind bits that say which.
fn unpacked(packed: &[u8], part: u16, scribe: &mut Scribe<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    let Some(mut rest) = packed.strip_prefix(&[1]) else { return text };
    while let Some(header) = little16(rest, 0) {
        // Every chunk says so of itself.
        if header & 0x7000 != 0x3000 || !scribe.spend(part, CHUNK) {
            break;
        }
        let length = usize::from(header & 0x0FFF) + 1;
        let body = rest.get(2..).unwrap_or_default();
        let body = body.get(..length.min(body.len())).unwrap_or_default();
        if header & 0x8000 == 0 {
            text.extend_from_slice(body);
        } else {
            chunk(body, &mut text);
        }
        rest = rest.get(2 + body.len()..).unwrap_or_default();
    }
    text
}

fn chunk(body: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    let mut bytes = body;
    while let Some((flags, rest)) = bytes.split_first() {
        bytes = rest;
        for bit in 0..8 {
            let done = text.len() - start;
            if done >= CHUNK {
                return;
            }
            if flags >> bit & 1 == 0 {
                let Some((letter, rest)) = bytes.split_first() else { return };
                text.push(*letter);
                bytes = rest;
                continue;
            }
            let (Some(token), Some(rest)) = (little16(bytes, 0), bytes.get(2..)) else { return };
            bytes = rest;
            // The further the chunk has come, the more bits say how far back the copy begins.
            let far = usize::BITS - done.saturating_sub(1).leading_zeros();
            let bits = far.clamp(4, 12);
            let back = usize::from(token >> (16 - bits)) + 1;
            let length = usize::from(token & (0xFFFF >> bits)) + 3;
            let Some(from) = text.len().checked_sub(back).filter(|from| *from >= start) else { return };
            for at in from..from + length.min(CHUNK - done) {
                let Some(letter) = text.get(at).copied() else { return };
                text.push(letter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts::Limits;

    #[test]
    fn packed_source_is_unpacked() {
        let copies =
            b"\x01\x2F\xB0\x00#aaabcde\x82f\x00pagh\x69j\x018\x08akl\x000mnop\x06q\x02p\x04\x10rstuv\x10wxyz\x00<";
        let table: [(&str, &[u8], &str); 6] = [
            ("copies", copies, "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"),
            ("one letter, again and again", b"\x01\x03\xB0\x02a\x45\x00", &"a".repeat(73)),
            ("letters as they are", b"\x01\x04\x30words", "words"),
            ("a copy of nothing", b"\x01\x03\xB0\x01\x00\x00x", ""),
            ("the end is missing", b"\x01\x2F\xB0\x00#aa", "#aa"),
            ("something else", b"\x02\x03\xB0\x02a", ""),
        ];
        let limits = Limits::default();
        for (name, packed, text) in table {
            assert_eq!(unpacked(packed, 0, &mut Scribe::new(&limits)), text.as_bytes(), "{name}");
        }
    }
}
