//! Archives around bytes that a fuzzer makes: with lengths and checksums that are right, so that what lies behind them
//! is reached.

use super::{crc, pieces};
use std::io::Write as _;

/// A gzip file whose content is not packed.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::none());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

/// A ZIP file of one file, which is packed by this method.
pub fn zip_by_method(method: u16, packed: &[u8]) -> Vec<u8> {
    let mut fields = [20_u16, 0, method, 0, 0].map(u16::to_le_bytes).concat();
    fields.extend([0, packed.len() as u32, 0x1_0000].map(u32::to_le_bytes).concat());
    fields.extend([1, 0, 0, 0]);
    let entry = [b"PK\x03\x04", fields.as_slice(), b"a", packed].concat();
    let directory = [b"PK\x01\x02\x14\0", fields.as_slice(), &[0; 14], b"a"].concat();
    let places = [directory.len() as u32, entry.len() as u32].map(u32::to_le_bytes).concat();
    [entry, directory, b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec(), places, vec![0, 0]].concat()
}

/// A 7z file of packed bytes (the first piece) and a table of contents (the second).
pub fn seven_contents(content: &[u8]) -> Vec<u8> {
    let pieces = pieces(content);
    seven(pieces[0], pieces.get(1).copied().unwrap_or_default())
}

/// A 7z file of one file, which is packed by this coder.
pub fn seven_by(coder: &[u8], properties: &[u8], packed: &[u8]) -> Vec<u8> {
    let packed = &packed[..packed.len().min(0x3FFF)];
    let length = |length: usize| [0x80 | (length >> 8) as u8, length as u8];
    let mut table = [&[1, 4, 6, 0, 1, 9][..], &length(packed.len()), &[0, 7, 0x0B, 1, 0, 1]].concat();
    table.push(0x20 | coder.len() as u8);
    table.extend([coder, &[properties.len() as u8], properties, &[0x0C], &length(0x3FFF), &[0, 8, 0, 0]].concat());
    table.extend([5, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0, 0]);
    seven(packed, &table)
}

fn seven(packed: &[u8], table: &[u8]) -> Vec<u8> {
    let place = [&(packed.len() as u64).to_le_bytes()[..], &(table.len() as u64).to_le_bytes()].concat();
    let place = [&place[..], &crc(table).to_le_bytes()].concat();
    [b"7z\xBC\xAF\x27\x1C\0\x04", &crc(&place).to_le_bytes()[..], &place, packed, table].concat()
}

/// RAR 5: each odd piece is the head of a block, each even one what stands behind it.
pub fn rar5_blocks(content: &[u8]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\x01\0".to_vec();
    for pair in pieces(content).chunks(2) {
        block5(&mut out, pair[0]);
        out.extend(pair.get(1).copied().unwrap_or_default());
    }
    out
}

/// RAR 5: one file that is packed.
pub fn rar5_packed(packed: &[u8]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\x01\0".to_vec();
    block5(&mut out, &[1, 0, 0]);
    // A file with data; of 65,536 bytes, by the usual method, for Unix, called "a".
    let head = [&[2, 2][..], &number(packed.len()), &[0], &number(0x1_0000), &[0], &number(0x180), &[1, 1, b'a']];
    block5(&mut out, &head.concat());
    out.extend(packed);
    block5(&mut out, &[5, 0, 0]);
    out
}

fn block5(out: &mut Vec<u8>, head: &[u8]) {
    let sized = [number(head.len()), head.to_vec()].concat();
    out.extend(crc(&sized).to_le_bytes());
    out.extend(sized);
}

fn number(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7F {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// RAR 4: each odd piece is the head of a block (its kind, its flags, what it says), each even one what stands behind it.
pub fn rar4_blocks(content: &[u8]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\0".to_vec();
    for pair in pieces(content).chunks(2) {
        let (kind, rest) = pair[0].split_at(pair[0].len().min(3));
        block4(&mut out, kind, rest);
        out.extend(pair.get(1).copied().unwrap_or_default());
    }
    out
}

/// RAR 4: one file that is packed as this version packs.
pub fn rar4_packed(version: u8, packed: &[u8]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\0".to_vec();
    block4(&mut out, &[0x73, 0, 0], &[0; 6]);
    let lengths = [packed.len() as u32, 0x1_0000].map(u32::to_le_bytes).concat();
    let head = [&lengths[..], &[3, 0, 0, 0, 0, 0, 0, 0x21, 0x50, version, 0x33, 1, 0, 0, 0, 0, 0, b'a']].concat();
    block4(&mut out, &[0x74, 0, 0x80], &head);
    out.extend(packed);
    block4(&mut out, &[0x7B, 0, 0x40], &[]);
    out
}

fn block4(out: &mut Vec<u8>, kind: &[u8], rest: &[u8]) {
    let block = [kind, &(rest.len() as u16 + 7).to_le_bytes(), rest].concat();
    out.extend(&crc(&block).to_le_bytes()[..2]);
    out.extend(block);
}

/// An xz file of one block; the content is what is packed.
pub fn xz_block(packed: &[u8]) -> Vec<u8> {
    let flags = [0, 1];
    // One filter, LZMA2 with a dictionary of 64 KiB.
    let block = [2, 0, 0x21, 1, 8, 0, 0, 0];
    let head = [&b"\xFD7zXZ\0"[..], &flags, &crc(&flags).to_le_bytes()].concat();
    [&head[..], &block, &crc(&block).to_le_bytes(), packed].concat()
}

/// S/MIME compressed-data around the content.
pub fn compressed_mail(content: &[u8]) -> Vec<u8> {
    const COMPRESSED: &[u8] = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09";
    const DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
    const ZLIB: &[u8] = b"\x30\x0D\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x03\x08";
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    packer.write_all(content).unwrap();
    let inside = field(0xA0, &field(4, &packer.finish().unwrap()));
    let fields = [&[2, 1, 0][..], ZLIB, &field(0x30, &[DATA, &inside].concat())].concat();
    field(0x30, &[COMPRESSED, &field(0xA0, &field(0x30, &fields))].concat())
}

fn field(tag: u8, inside: &[u8]) -> Vec<u8> {
    let length = inside.len() as u32;
    [&[tag, 0x84], &length.to_be_bytes()[..], inside].concat()
}
