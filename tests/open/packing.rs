//! Archives and packed files in the making, beyond the common ZIP.

use sevenz_rust2::encoder_options::{AesEncoderOptions, Lzma2Options};
use sevenz_rust2::{ArchiveEntry, ArchiveWriter, EncoderConfiguration, EncoderMethod, Password, SourceReader};
use std::io::{Cursor, Write as _};

/// Files of an archive, by name.
pub type Files<'a> = &'a [(&'a str, &'a [u8])];

/// How a 7z file is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Seven {
    /// Each file by itself.
    Each(EncoderMethod),
    /// All files together.
    Solid,
    /// Each file by itself, encrypted; its names in clear.
    Encrypted,
    /// Names and all.
    Closed,
    /// The second file encrypted, the others not.
    Mixed,
}

/// A 7z file.
pub fn seven(files: Files<'_>, how: Seven) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let aes: EncoderConfiguration = AesEncoderOptions::new(Password::new("a secret")).into();
    let lzma = || EncoderConfiguration::from(Lzma2Options::from_level(3));
    writer.set_encrypt_header(how == Seven::Closed);
    match how {
        Seven::Each(method) => writer.set_content_methods(vec![method.into()]),
        Seven::Encrypted | Seven::Closed => writer.set_content_methods(vec![aes.clone(), lzma()]),
        Seven::Solid | Seven::Mixed => writer.set_content_methods(vec![lzma()]),
    };
    if how == Seven::Solid {
        let entries = files.iter().map(|(name, _)| ArchiveEntry::new_file(name)).collect();
        let contents = files.iter().map(|(_, content)| SourceReader::new(*content)).collect();
        writer.push_archive_entries(entries, contents).unwrap();
        return writer.finish().unwrap().into_inner();
    }
    for (index, (name, content)) in files.iter().enumerate() {
        if how == Seven::Mixed {
            let methods = if index == 1 { vec![aes.clone(), lzma()] } else { vec![lzma()] };
            writer.set_content_methods(methods);
        }
        let entry = if name.ends_with('/') { ArchiveEntry::new_directory(name) } else { ArchiveEntry::new_file(name) };
        writer.push_archive_entry(entry, Some(*content)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A 7z file with one file in it, packed by this coder, as it says. Its table of contents is not packed.
pub fn seven_of(coder: &[u8], properties: &[u8], packed: &[u8], name: &str) -> Vec<u8> {
    let byte = |length: usize| u8::try_from(length).unwrap();
    // What is packed: from where on, how many, how long.
    let mut table = vec![1, 4, 6, 0, 1, 9, byte(packed.len()), 0];
    // One folder of one coder with properties, and how long it is unpacked.
    table.extend([7, 0x0B, 1, 0, 1, 0x20 | byte(coder.len())]);
    table.extend([coder, &[byte(properties.len())], properties, &[0x0C, 100, 0, 8, 0, 0]].concat());
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    table.extend([&[5, 1, 0x11, byte(name.len() + 1), 0][..], &name, &[0, 0]].concat());
    seven_with(packed, &table)
}

/// A 7z file of one file that goes through so many LZMA decoders, each with a dictionary of so many bytes.
pub fn seven_chain(coders: u8, dictionary: u32, packed: &[u8]) -> Vec<u8> {
    let mut table = vec![1, 4, 6, 0, 1, 9, u8::try_from(packed.len()).unwrap(), 0, 7, 0x0B, 1, 0, coders];
    for _ in 0..coders {
        table.extend([&[0x23, 3, 1, 1, 5, 0x5D][..], &dictionary.to_le_bytes()].concat());
    }
    // What goes into each but the first comes out of the one before.
    table.extend((1..coders).flat_map(|number| [number, number - 1]));
    table.extend(
        [&[0x0C][..], &vec![100; usize::from(coders)], &[0, 8, 0, 0, 5, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0, 0]].concat(),
    );
    seven_with(packed, &table)
}

/// A 7z file whose table of contents is packed and said to unpack to so many bytes.
pub fn seven_contents_of(length: u64) -> Vec<u8> {
    let mut table = vec![0x17, 6, 0, 1, 9, 20, 0, 7, 0x0B, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5D, 0, 0, 1, 0, 0x0C, 0xFF];
    table.extend([&length.to_le_bytes()[..], &[0, 0]].concat());
    seven_with(&[0; 20], &table)
}

fn seven_with(packed: &[u8], table: &[u8]) -> Vec<u8> {
    let place =
        [&(packed.len() as u64).to_le_bytes()[..], &(table.len() as u64).to_le_bytes(), &crc(table).to_le_bytes()]
            .concat();
    [b"7z\xBC\xAF\x27\x1C\0\x04", &crc(&place).to_le_bytes()[..], &place, packed, table].concat()
}

pub fn crc(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

/// What a file in a RAR archive is, beside its name and content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Clear,
    Encrypted,
    /// It goes on in another archive.
    Continued,
    /// It asks for the largest dictionary there is.
    Large,
}

/// A RAR 5 archive of files that are stored as they are.
pub fn rar5(files: &[(&str, &[u8], Kept)]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\x01\0".to_vec();
    block5(&mut out, &[1, 0, 0]);
    for (name, content, kept) in files {
        // Kind, flags (there is an extra area, there are data, they go on elsewhere).
        let encrypted = *kept == Kept::Encrypted;
        let mut head = vec![2, 2 | u8::from(encrypted) | if *kept == Kept::Continued { 0x10 } else { 0 }];
        let extra: &[u8] = if encrypted { &[&[48, 1, 0, 1, 15][..], &[7; 44]].concat() } else { &[] };
        if encrypted {
            vint(&mut head, extra.len() as u64);
        }
        vint(&mut head, content.len() as u64);
        head.push(4);
        vint(&mut head, content.len() as u64);
        head.push(0);
        head.extend(crc(content).to_le_bytes());
        vint(&mut head, if *kept == Kept::Large { 0x80 | 15 << 10 } else { 0 });
        head.push(1);
        vint(&mut head, name.len() as u64);
        head.extend(name.bytes());
        head.extend(extra);
        block5(&mut out, &head);
        out.extend(*content);
    }
    block5(&mut out, &[5, 0, 0]);
    out
}

fn block5(out: &mut Vec<u8>, head: &[u8]) {
    let mut sized = Vec::new();
    vint(&mut sized, head.len() as u64);
    sized.extend(head);
    out.extend(crc(&sized).to_le_bytes());
    out.extend(sized);
}

fn vint(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7F {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// A RAR 4 archive of files that are stored as they are.
pub fn rar4(files: &[(&str, &[u8], Kept)]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\0".to_vec();
    block4(&mut out, 0x73, 0, &[0; 6]);
    for (name, content, kept) in files {
        let flags = match kept {
            Kept::Encrypted => 4,
            Kept::Continued => 2,
            Kept::Clear | Kept::Large => 0,
        };
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut head = [length, length].concat();
        head.push(3);
        head.extend(crc(content).to_le_bytes());
        head.extend([0, 0, 0x21, 0x50, 20, 0x30]);
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0; 4]);
        head.extend(name.bytes());
        block4(&mut out, 0x74, 0x8000 | flags, &head);
        out.extend(*content);
    }
    block4(&mut out, 0x7B, 0x4000, &[]);
    out
}

fn block4(out: &mut Vec<u8>, kind: u8, flags: u16, rest: &[u8]) {
    let mut block = vec![kind];
    block.extend(flags.to_le_bytes());
    block.extend(u16::try_from(rest.len() + 7).unwrap().to_le_bytes());
    block.extend(rest);
    out.extend(&crc(&block).to_le_bytes()[..2]);
    out.extend(block);
}

/// A RAR archive as the crate that reads them writes it.
pub fn rar(files: Files<'_>, version: rars::ArchiveVersion, change: fn(rars::Builder) -> rars::Builder) -> Vec<u8> {
    change(rar_builder(files, version)).to_bytes().unwrap()
}

pub fn rar_builder(files: Files<'_>, version: rars::ArchiveVersion) -> rars::Builder {
    let mut builder = rars::Builder::new(version);
    for (name, content) in files {
        builder.add_bytes(name.as_bytes().to_vec(), content.to_vec(), None, None).unwrap();
    }
    builder
}

/// A ZIP file with one file, packed by somebody else.
pub fn zip_of(method: u16, flags: u16, packed: &[u8], content: &[u8]) -> Vec<u8> {
    let name = b"letter.txt";
    let mut fields = Vec::new();
    for number in [20, flags, method, 0, 0] {
        fields.extend(u16::to_le_bytes(number));
    }
    for number in [crc(content), u32::try_from(packed.len()).unwrap(), u32::try_from(content.len()).unwrap()] {
        fields.extend(number.to_le_bytes());
    }
    fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    fields.extend([0, 0]);
    let mut out = [b"PK\x03\x04", &fields[..], name, packed].concat();
    let start = u32::try_from(out.len()).unwrap();
    out.extend([b"PK\x01\x02\x14\0", &fields[..], &[0; 14], name].concat());
    let length = u32::try_from(out.len()).unwrap() - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend([length, start].map(u32::to_le_bytes).concat());
    out.extend([0, 0]);
    out
}

pub fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut packer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

pub fn xz(content: &[u8]) -> Vec<u8> {
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

pub fn lzip(content: &[u8]) -> Vec<u8> {
    let mut packer = lzma_rust2::LzipWriter::new(Vec::new(), lzma_rust2::LzipOptions::with_preset(1));
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

/// LZMA as ZIP files have it, with its end marked.
pub fn lzma(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut packer = lzma_rust2::LzmaWriter::new_no_header(Vec::new(), &options, true).unwrap();
    packer.write_all(content).unwrap();
    let properties = packer.props();
    let stream = packer.finish().unwrap();
    [&[9, 20, 5, 0, properties][..], &options.dict_size.to_le_bytes(), &stream].concat()
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}
