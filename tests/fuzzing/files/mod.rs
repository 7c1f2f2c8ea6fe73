//! Files around bytes that a fuzzer makes, so that it need not find out how to write a ZIP file, where streams stand in
//! an OLE container, or what a checksum is.

/// Archives and what packs a single file.
mod archives;
/// OLE containers.
mod containers;
/// Documents that are ZIP files.
mod office;
/// PDF.
mod pages;

/// Between two pieces of content of which each has a place of its own in the file.
pub const CUT: &[u8] = b"|#|";

/// How a file is made from the content.
type Wrap = fn(&[u8]) -> Vec<u8>;

/// How a file is made from pieces of the content.
pub type Pieces<'a> = Vec<&'a [u8]>;

/// The file of this number around `content`; the content itself for numbers beyond them. Inputs that are kept say their
/// number, so that none ever changes: a new one is added at the end.
pub fn wrapped(number: u8, content: &[u8]) -> Vec<u8> {
    const MORE: [Wrap; 36] = [
        |content| office::zip(std::iter::once(("a", content.to_vec()))),
        archives::gzip,
        // From here on number 16.
        |content| containers::of(&["/WordDocument", "/1Table", "/Data"], content),
        |content| containers::of(&["/Workbook", "/Ctls"], content),
        |content| containers::of(&["/PowerPoint Document", "/Current User", "/Pictures"], content),
        |content| containers::of(&["/\u{5}SummaryInformation", "/\u{5}DocumentSummaryInformation"], content),
        |content| containers::of(&["/ObjectPool/_1/\u{1}Ole10Native", "/ObjectPool/_1/CONTENTS", "/Quill"], content),
        |content| containers::of(&["/Macros/VBA/dir", "/Macros/VBA/Module1"], content),
        containers::macros,
        |content| containers::of(&["/EncryptionInfo", "/EncryptedPackage"], content),
        containers::message,
        containers::packed_rich_text,
        // From here on number 26.
        |content| office::binary_workbook("xl/workbook.bin", content),
        |content| office::binary_workbook("xl/worksheets/sheet1.bin", content),
        |content| office::binary_workbook("xl/sharedStrings.bin", content),
        |content| office::with_macros(&containers::macros(content)),
        |content| archives::zip_by_method(9, content),
        |content| archives::zip_by_method(12, content),
        |content| archives::zip_by_method(14, content),
        |content| archives::zip_by_method(93, content),
        |content| archives::zip_by_method(95, content),
        archives::seven_contents,
        // From here on number 36.
        archives::rar5_blocks,
        archives::rar4_blocks,
        archives::rar5_packed,
        |content| archives::rar4_packed(29, content),
        |content| archives::rar4_packed(20, content),
        |content| archives::rar4_packed(15, content),
        |content| archives::seven_by(b"\x03\x01\x01", b"\x5D\0\0\x01\0", content),
        |content| archives::seven_by(b"\x03\x04\x01", b"\x06\0\0\x01\0", content),
        |content| archives::seven_by(b"\x21", b"\x08", content),
        archives::xz_block,
        // From here on number 46.
        pages::drawn,
        pages::mapped,
        pages::objects,
        archives::compressed_mail,
    ];
    let Some(place) = usize::from(number).checked_sub(1) else { return content.to_vec() };
    match (office::around(place, content), MORE.get(place.saturating_sub(office::COUNT))) {
        (Some(file), _) => file,
        (None, Some(wrap)) => wrap(content),
        (None, None) => content.to_vec(),
    }
}

/// The pieces of a content.
fn pieces(content: &[u8]) -> Pieces<'_> {
    let (mut pieces, mut rest) = (Vec::new(), content);
    while let Some(at) = rest.windows(CUT.len()).position(|window| window == CUT) {
        pieces.push(&rest[..at]);
        rest = &rest[at + CUT.len()..];
    }
    pieces.push(rest);
    pieces
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}
