//! OLE containers around bytes that a fuzzer makes.

#[path = "../../harness/container.rs"]
mod container;

use super::pieces;
use container::container;

/// A container with the pieces of the content under these names, as far as there are pieces.
pub fn of(names: &[&str], content: &[u8]) -> Vec<u8> {
    let streams: Vec<(&str, &[u8])> = names.iter().copied().zip(pieces(content)).collect();
    container(&streams)
}

/// A project's list of modules and the source of one, both packed here.
pub fn macros(content: &[u8]) -> Vec<u8> {
    let names = ["/Macros/VBA/dir", "/Macros/VBA/Module1"];
    let sources: Vec<Vec<u8>> = pieces(content).into_iter().map(packed).collect();
    let streams: Vec<(&str, &[u8])> = names.into_iter().zip(sources.iter().map(Vec::as_slice)).collect();
    container(&streams)
}

/// A text packed as the source of macros is, nothing of it copied.
fn packed(text: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in text.chunks(3_500) {
        let body: Vec<u8> = chunk.chunks(8).flat_map(|letters| [&[0], letters].concat()).collect();
        out.extend((0xB000 | (body.len() as u16 - 1)).to_le_bytes());
        out.extend(body);
    }
    out
}

/// A message of Outlook.
pub fn message(content: &[u8]) -> Vec<u8> {
    const NAMES: [&str; 12] = [
        "/__properties_version1.0",
        "/__substg1.0_0037001F",
        "/__substg1.0_1000001E",
        "/__substg1.0_10130102",
        "/__substg1.0_10090102",
        "/__substg1.0_007D001F",
        "/__substg1.0_8001001F",
        "/__recip_version1.0_#00000000/__substg1.0_3001001F",
        "/__attach_version1.0_#00000000/__substg1.0_37010102",
        "/__attach_version1.0_#00000000/__properties_version1.0",
        "/__nameid_version1.0/__substg1.0_00030102",
        "/__nameid_version1.0/__substg1.0_00040102",
    ];
    of(&NAMES, content)
}

/// A message of Outlook whose text is the content, packed as Outlook packs it.
pub fn packed_rich_text(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u32;
    let text = [&(length + 12).to_le_bytes()[..], &(length * 8).to_le_bytes(), b"LZFu\0\0\0\0", content].concat();
    container(&[("/__properties_version1.0", &[0; 32]), ("/__substg1.0_10090102", &text)])
}
