//! Tiny files of every form that counts as encrypted, and of what only looks so.

use base64::Engine as _;
use exeat::mail::parts::Sealed;

pub fn tlv(tag: u8, inner: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match inner.len() {
        0..=127 => out.push(inner.len() as u8),
        128..=255 => out.extend([0x81, inner.len() as u8]),
        _ => out.extend([0x82, (inner.len() >> 8) as u8, inner.len() as u8]),
    }
    out.extend(inner);
    out
}

pub fn indefinite(tag: u8, inner: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], inner, &[0, 0]].concat()
}

pub const SIGNED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
pub const ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03";
pub const AUTH_ENVELOPED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17";
pub const COMPRESSED: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09";
pub const DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";

pub fn content_info(object: &[u8], body: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, object), tlv(0xA0, body)].concat())
}

pub fn envelope_fields() -> Vec<u8> {
    let recipients = tlv(0x31, &tlv(0x30, &[7; 40]));
    let secret =
        [tlv(6, DATA), tlv(0x30, &tlv(6, b"\x60\x86\x48\x01\x65\x03\x04\x01\x2A")), tlv(0x80, &[9; 200])].concat();
    [tlv(2, &[0]), recipients, tlv(0x30, &secret)].concat()
}

pub fn enveloped(object: &[u8]) -> Vec<u8> {
    content_info(object, &tlv(0x30, &envelope_fields()))
}

pub fn enveloped_indefinite() -> Vec<u8> {
    let body = indefinite(0x30, &envelope_fields());
    indefinite(0x30, &[tlv(6, ENVELOPED), indefinite(0xA0, &body)].concat())
}

pub fn signed(octets: &[u8]) -> Vec<u8> {
    let inner = [tlv(6, DATA), tlv(0xA0, octets)].concat();
    content_info(SIGNED, &tlv(0x30, &[tlv(2, &[1]), tlv(0x31, &[]), tlv(0x30, &inner), tlv(0x31, &[])].concat()))
}

/// A packet in the new format.
pub fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[0xC0 | tag, 0xFF], &(body.len() as u32).to_be_bytes()[..], body].concat()
}

pub fn session() -> Vec<u8> {
    packet(1, &[&[3], &[1; 20][..]].concat())
}

pub fn secret() -> Vec<u8> {
    packet(18, &[&[1], &[0xA5; 300][..]].concat())
}

pub fn armour(label: &str, head: &str, packets: &[u8]) -> String {
    let digits = base64::engine::general_purpose::STANDARD.encode(packets);
    let lines: Vec<&str> = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PGP {label}-----\n{head}\n{}\n=AbCd\n-----END PGP {label}-----\n", lines.join("\n"))
}

pub struct Zipped {
    name: &'static str,
    flags: u16,
    method: u16,
    extra: Vec<u8>,
    pub data: &'static [u8],
}

const AES_EXTRA: [u8; 11] = [1, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 8, 0];

pub fn entry(name: &'static str, flags: u16, method: u16) -> Zipped {
    let extra = if method == 99 { AES_EXTRA.to_vec() } else { Vec::new() };
    Zipped { name, flags, method, extra, data: if name.ends_with('/') { b"" } else { b"0123456789" } }
}

/// A ZIP file; `gap` stands between the entries and the directory.
pub fn zip(entries: &[Zipped], gap: &[u8]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = out.len() as u32;
        let mut fields = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0] {
            fields.extend(number.to_le_bytes());
        }
        for number in [0, entry.data.len() as u32, entry.data.len() as u32] {
            fields.extend(number.to_le_bytes());
        }
        fields.extend((entry.name.len() as u16).to_le_bytes());
        fields.extend((entry.extra.len() as u16).to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(entry.name.bytes().chain(entry.extra.iter().copied()).chain(entry.data.iter().copied()));
        central.extend(b"PK\x01\x02\x14\x00");
        central.extend(&fields);
        central.extend([0; 10]);
        central.extend(at.to_le_bytes());
        central.extend(entry.name.bytes().chain(entry.extra.iter().copied()));
    }
    out.extend(gap);
    let start = out.len() as u32;
    out.extend(&central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((central.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A storage or stream in the making: its name, the place of the storage it stands in, whether it is a stream.
type Placed<'a> = (&'a str, usize, bool);

/// The places of a directory: the root, and streams with the storages that their paths go through.
fn placed<'a>(streams: &[(&'a str, &[u8])]) -> Vec<Placed<'a>> {
    let mut places: Vec<Placed<'a>> = vec![("Root Entry", 0, false)];
    for (path, _) in streams {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut storage = 0;
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            let known = places.iter().position(|place| *place == (folder, storage, false));
            storage = known.unwrap_or_else(|| {
                places.push((folder, storage, false));
                places.len() - 1
            });
        }
        places.push((name, storage, true));
    }
    places
}

/// An OLE container with these streams of one sector each (large ones, so that they have sectors). A path's folders are
/// storages.
pub fn ole(streams: &[(&str, &[u8])], class: [u8; 16]) -> Vec<u8> {
    let places = placed(streams);
    let mut out = vec![0; 512];
    out[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    out[30] = 9;
    out[48..52].copy_from_slice(&1_u32.to_le_bytes());
    out[76..80].copy_from_slice(&0_u32.to_le_bytes());
    let mut table = vec![0xFF; 512];
    let directory_sectors = places.len().div_ceil(4);
    for sector in 1..directory_sectors {
        table[sector * 4..sector * 4 + 4].copy_from_slice(&(sector as u32 + 1).to_le_bytes());
    }
    out.extend(table);
    let mut sector = 1 + directory_sectors as u32;
    for (index, (name, storage, stream)) in places.iter().enumerate() {
        let mut entry = [0; 128];
        for (at, unit) in name.encode_utf16().enumerate() {
            entry[at * 2..at * 2 + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry[64..66].copy_from_slice(&(name.encode_utf16().count() as u16 * 2 + 2).to_le_bytes());
        entry[66] = if *stream { 2 } else { 1 + 4 * u8::from(index == 0) };
        // Nothing to the left; to the right what stands next in the same storage; below a storage its first.
        let first_from = |from: usize, storage: usize| {
            let beside = |(place, other): (usize, &Placed<'_>)| (place > 0 && other.1 == storage).then_some(place);
            let found = places.iter().enumerate().skip(from).find_map(beside);
            found.map_or(u32::MAX, |place| place as u32)
        };
        let right = if index == 0 { u32::MAX } else { first_from(index + 1, *storage) };
        let below = if *stream { u32::MAX } else { first_from(1, index) };
        entry[68..80].copy_from_slice(&[u32::MAX, right, below].map(u32::to_le_bytes).concat());
        if index == 0 {
            entry[80..96].copy_from_slice(&class);
        }
        let (start, size) = if *stream { (sector, 8_192_u64) } else { (0xFFFF_FFFE, 0) };
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..128].copy_from_slice(&size.to_le_bytes());
        sector += u32::from(*stream);
        out.extend(entry);
    }
    out.resize(512 * (2 + directory_sectors), 0);
    for (_, bytes) in streams {
        let end = out.len() + 512;
        out.extend(*bytes);
        out.resize(end, 0);
    }
    out
}

pub fn seven_zip(header: &[u8]) -> Vec<u8> {
    let mut out = b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0".to_vec();
    out.extend(4_u64.to_le_bytes());
    out.extend((header.len().saturating_sub(4) as u64).to_le_bytes());
    out.extend([0; 4]);
    out.extend(header);
    out
}

pub fn rar5(blocks: &[&[u8]]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\x01\0".to_vec();
    for block in blocks {
        out.extend([0; 4]);
        out.push(block.len() as u8);
        out.extend(*block);
    }
    out
}

pub fn rar4(blocks: &[(u8, u16)]) -> Vec<u8> {
    let mut out = b"Rar!\x1A\x07\0".to_vec();
    for (kind, flags) in blocks {
        out.extend([0, 0, *kind]);
        out.extend(flags.to_le_bytes());
        let size: u16 = if *kind == 0x74 { 32 } else { 13 };
        out.extend(size.to_le_bytes());
        out.extend(vec![0; usize::from(size) - 7]);
    }
    out
}

/// CMS compressed-data with this inside.
pub fn compressed(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zlib_writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib_writer.write_all(text).unwrap();
    let content = zlib_writer.finish().unwrap();
    let zlib = tlv(0x30, &tlv(6, b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x03\x08"));
    let inner = tlv(0x30, &[tlv(6, DATA), tlv(0xA0, &tlv(4, &content))].concat());
    content_info(COMPRESSED, &tlv(0x30, &[tlv(2, &[0]), zlib, inner].concat()))
}

/// One file: its row in the list of forms, what it is, and what protects it.
pub struct Form {
    pub row: &'static str,
    pub name: &'static str,
    pub content: Vec<u8>,
    pub sealed: Option<Sealed>,
}

impl Form {
    /// Whether it protects; of a PDF file only who opens it can say so.
    pub fn protects(&self) -> bool {
        self.sealed.is_some() || self.name == "a password for the reader"
    }
}

/// All of them. Each row has files that count and files that only look so.
pub fn forms() -> Vec<Form> {
    let rows: [(&'static str, Vec<Made>); 9] = [
        ("S/MIME", smime()),
        ("PGP", pgp()),
        ("rights-managed", rights_managed()),
        ("Office", office()),
        ("legacy Office", legacy_office()),
        ("ZIP", zips()),
        ("7z", seven_zips()),
        ("RAR", rars()),
        ("PDF", pdfs()),
    ];
    let form = |row| move |(name, content, sealed)| Form { row, name, content, sealed };
    rows.into_iter().flat_map(|(row, made)| made.into_iter().map(form(row))).collect()
}

type Made = (&'static str, Vec<u8>, Option<Sealed>);

fn pem(body: &[u8]) -> Vec<u8> {
    let digits = base64::engine::general_purpose::STANDARD.encode(body);
    format!("-----BEGIN PKCS7-----\n{digits}\n-----END PKCS7-----\n").into_bytes()
}

fn smime() -> Vec<Made> {
    let mut appended = enveloped(ENVELOPED);
    appended.extend(b"Dear all");
    vec![
        ("enveloped", enveloped(ENVELOPED), Some(Sealed::Smime)),
        ("auth-enveloped", enveloped(AUTH_ENVELOPED), Some(Sealed::Smime)),
        ("indefinite lengths", enveloped_indefinite(), Some(Sealed::Smime)),
        ("enveloped as PEM", pem(&enveloped(ENVELOPED)), Some(Sealed::Smime)),
        ("signed as PEM", pem(&signed(&tlv(4, b"hello"))), None),
        ("signed", signed(&tlv(4, b"hello")), None),
        ("signed in pieces", signed(&indefinite(0x24, &[tlv(4, b"hel"), tlv(4, b"lo")].concat())), None),
        ("enveloped by name, compressed by fields", enveloped(COMPRESSED), None),
        ("compressed", compressed(b"Content-Type: text/plain\r\n\r\nDear all\r\n"), None),
        ("text behind the envelope", appended, None),
        ("an envelope cut short", enveloped(ENVELOPED)[..100].to_vec(), None),
        ("an identifier and text", content_info(ENVELOPED, b"Dear all, here is the list of names"), None),
    ]
}

fn pgp() -> Vec<Made> {
    let whole = [session(), secret()].concat();
    let mut trailing = whole.clone();
    trailing.extend(b"Dear all");
    let partial = [session(), [&[0xD2, 0xE9, 1][..], &[7; 511], &[10], &[7; 10]].concat()].concat();
    let old = [vec![0x85, 0, 11, 3], vec![1; 10], vec![0xA7, 1], vec![5; 90]].concat();
    let aead = [packet(3, &[6, 9, 0, 2]), packet(20, &[&[1], &[0xA5; 90][..]].concat())].concat();
    let literal = packet(11, b"b\0\0\0\0\0Dear all");
    let text = |text: String| text.into_bytes();
    vec![
        ("packets", whole.clone(), Some(Sealed::Pgp)),
        ("by password", [packet(3, &[4, 9, 0, 2]), secret()].concat(), Some(Sealed::Pgp)),
        ("with authentication", aead, Some(Sealed::Pgp)),
        ("in parts", partial, Some(Sealed::Pgp)),
        ("in the old format", old, Some(Sealed::Pgp)),
        ("in armour", text(armour("MESSAGE", "Version: 1\n", &whole)), Some(Sealed::Pgp)),
        ("with a comment", text(armour("MESSAGE", "Comment: for Jane\n", &whole)), None),
        ("literal data in armour", text(armour("MESSAGE", "", &literal)), None),
        ("session key, then literal data", [session(), literal].concat(), None),
        (
            "words in the place of the checksum",
            text(armour("MESSAGE", "", &whole).replace("=AbCd", "= Jane Smith has a place")),
            None,
        ),
        ("no session key", secret(), None),
        ("text behind the packets", trailing, None),
        ("armour, then text", text(armour("MESSAGE", "", &whole) + "Dear all"), None),
        ("signed text", b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDear all\n".to_vec(), None),
    ]
}

const TRANSFORM: &str = "\u{6}DataSpaces/TransformInfo/DRMEncryptedTransform/\u{6}Primary";

fn rights_managed() -> Vec<Made> {
    vec![
        ("message", [&b"\x76\xE8\x04\x60\xC4\x11\xE3\x86"[..], &[7; 100]].concat(), Some(Sealed::RightsManaged)),
        (
            "rights-managed document",
            ole(&[("EncryptedPackage", b""), (TRANSFORM, b"")], [0; 16]),
            Some(Sealed::RightsManaged),
        ),
        (
            "the name of its transform elsewhere",
            ole(&[("EncryptedPackage", b""), ("DRMEncryptedTransform/Primary", b"")], [0; 16]),
            None,
        ),
        ("a web page called message", b"<html>message.html</html>".to_vec(), None),
        ("its first bytes alone", b"\x76\xE8\x04\x60\xC4\x11\xE3\x86".to_vec(), None),
    ]
}

/// What the description of "agile" encryption begins with.
pub const AGILE: &[u8] = &[4, 0, 4, 0, 0x40, 0, 0, 0];

fn office() -> Vec<Made> {
    let entries = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"].map(|name| entry(name, 0, 8));
    let mut protected = entry("xl/worksheets/sheet1.xml", 0, 0);
    protected.data = b"<worksheet><sheetProtection sheet=\"1\"/></worksheet>";
    let mut reserved = entry("xl/workbook.xml", 0, 0);
    reserved.data = b"<workbook><fileSharing readOnlyRecommended=\"1\" hashValue=\"x\"/></workbook>";
    let [types, relations, workbook] = entries;
    let again = || entry("[Content_Types].xml", 0, 8);
    vec![
        (
            "encrypted package",
            ole(&[("EncryptionInfo", AGILE), ("EncryptedPackage", b"")], [0; 16]),
            Some(Sealed::Office),
        ),
        (
            "a package in a document",
            ole(&[("ObjectPool/_1/EncryptionInfo", AGILE), ("ObjectPool/_1/EncryptedPackage", b"")], [0; 16]),
            None,
        ),
        (
            "half of a package in a document",
            ole(&[("EncryptionInfo", AGILE), ("ObjectPool/_1/EncryptedPackage", b"")], [0; 16]),
            None,
        ),
        (
            "a message with a package in it",
            ole(&[("__properties_version1.0", b""), ("a/EncryptionInfo", AGILE), ("a/EncryptedPackage", b"")], [0; 16]),
            None,
        ),
        (
            "a message that has a package beside its words",
            ole(&[("__properties_version1.0", b""), ("EncryptionInfo", AGILE), ("EncryptedPackage", b"")], [0; 16]),
            None,
        ),
        ("storages of those names", ole(&[("EncryptionInfo/a", AGILE), ("EncryptedPackage/a", b"")], [0; 16]), None),
        ("nothing that says how", ole(&[("EncryptionInfo", b""), ("EncryptedPackage", b"")], [0; 16]), None),
        ("only one of the streams", ole(&[("EncryptedPackage", b"")], [0; 16]), None),
        ("protected sheet", zip(&[types, relations, workbook, protected], b""), None),
        ("reserved for writing", zip(&[again(), reserved], b""), None),
    ]
}

fn legacy_office() -> Vec<Made> {
    let fib = |flags: u16| [&[0xEC, 0xA5, 0, 0, 0, 0, 0, 0, 0, 0], &flags.to_le_bytes()[..]].concat();
    // A first record, then `FilePass`: XOR, or RC4 of a major version, with a key of so many bits from version 2 on.
    let pass = |kind: u8, major: u8, bits: u8| {
        let head = [0x09, 8, 2, 0, 0, 6, 0x2F, 0, 0x40, 0, kind, 0, major, 0, 2, 0];
        [&head[..], &[0; 24], &[bits, 0, 0, 0], &[0; 36]].concat()
    };
    // The last edit, at the beginning, is long enough to lead to a key.
    let edit = [0, 0, 0xF5, 0x0F, 0x20, 0, 0, 0];
    let slides = |token: u32| [&[0; 12][..], &token.to_le_bytes(), &[0; 48]].concat();
    let deck = |token| ole(&[("PowerPoint Document", &edit), ("Current User", &slides(token))], [0; 16]);
    let locked_doc = |major: u8| {
        let tables = [&[major, 0, 2, 0][..], &[0; 60]].concat();
        ole(&[("WordDocument", &fib(0x0100)), ("0Table", &tables)], [0; 16])
    };
    vec![
        ("doc", ole(&[("WordDocument", &fib(0x0100))], [0; 16]), Some(Sealed::Office)),
        (
            "an encrypted doc in a workbook",
            ole(&[("MBD1/WordDocument", &fib(0x0100)), ("Workbook", &[0x09, 8, 2, 0, 0, 6, 0x0A, 0, 0, 0])], [0; 16]),
            None,
        ),
        (
            "an encrypted doc beside a clear workbook",
            ole(&[("WordDocument", &fib(0x0100)), ("Workbook", &[0x09, 8, 2, 0, 0, 6, 0x0A, 0, 0, 0])], [0; 16]),
            None,
        ),
        (
            "a message with an encrypted doc in it",
            ole(&[("__properties_version1.0", b""), ("a/WordDocument", &fib(0x0100))], [0; 16]),
            None,
        ),
        ("doc under XOR", ole(&[("WordDocument", &fib(0x8100))], [0; 16]), Some(Sealed::OfficeWeak)),
        ("doc under RC4 with 40 bits", locked_doc(1), Some(Sealed::OfficeWeak)),
        ("doc of which the bits are not told", locked_doc(2), Some(Sealed::OfficeWeak)),
        ("plain doc", ole(&[("WordDocument", &fib(0))], [0; 16]), None),
        ("doc to be written by one", ole(&[("WordDocument", &fib(0x0800))], [0; 16]), None),
        ("xls", ole(&[("Workbook", &pass(1, 2, 128))], [0; 16]), Some(Sealed::Office)),
        ("xls under XOR", ole(&[("Workbook", &pass(0, 0, 0))], [0; 16]), Some(Sealed::OfficeWeak)),
        ("xls under RC4 with 40 bits", ole(&[("Workbook", &pass(1, 1, 0))], [0; 16]), Some(Sealed::OfficeWeak)),
        ("xls with a key of 40 bits", ole(&[("Workbook", &pass(1, 2, 40))], [0; 16]), Some(Sealed::OfficeWeak)),
        ("plain xls", ole(&[("Workbook", &[0x09, 8, 2, 0, 0, 6, 0x0A, 0, 0, 0])], [0; 16]), None),
        ("ppt", deck(0xF3D1_C4DF), Some(Sealed::Office)),
        ("plain ppt", deck(0xE391_C05F), None),
    ]
}

fn zips() -> Vec<Made> {
    let two = |first: Zipped, second: Zipped| zip(&[first, second], b"");
    let mut disagreeing = zip(&[entry("a", 1, 99)], b"");
    disagreeing[6] = 0;
    let mut prefixed = b"clear text in front".to_vec();
    prefixed.extend(zip(&[entry("a", 1, 99)], b""));
    vec![
        ("AES", two(entry("a", 1, 99), entry("b", 1, 99)), Some(Sealed::ZipAes)),
        ("AES and a folder", two(entry("f/", 0, 0), entry("f/a", 1, 99)), Some(Sealed::ZipAes)),
        ("ZipCrypto", two(entry("a", 1, 8), entry("b", 1, 99)), Some(Sealed::ZipWeak)),
        ("one clear entry", two(entry("a", 1, 99), entry("b", 0, 8)), None),
        ("no entry", zip(&[], b""), None),
        ("clear", two(entry("a", 0, 8), entry("b", 0, 8)), None),
        ("headers that disagree", disagreeing, None),
        ("text in front", prefixed, None),
        ("text inside", zip(&[entry("a", 1, 99)], b"a clear text between entries and directory"), None),
    ]
}

fn seven_zips() -> Vec<Made> {
    let header = |id: u8, coder: &[u8]| {
        let first: &[u8] = if id == 1 { &[1, 4] } else { &[id] };
        [first, &[6, 0, 1, 9, 5, 0, 7, 0x0B, 1, 0, 1, coder.len() as u8], coder, &[0x0C, 5, 0, 0]].concat()
    };
    let file = |header: &[u8]| seven_zip(&[&[0; 4], header].concat());
    let (aes, packed) = (b"\x06\xF1\x07\x01", b"\x03\x01\x01");
    vec![
        ("header encrypted", file(&header(0x17, aes)), Some(Sealed::SevenZip)),
        ("files encrypted", file(&header(0x01, aes)), Some(Sealed::SevenZip)),
        ("packed only", file(&header(0x17, packed)), None),
        ("the coder named elsewhere", file(&[header(0x01, packed).as_slice(), aes].concat()), None),
    ]
}

fn rars() -> Vec<Made> {
    let (locked, clear): (&[u8], &[u8]) = (&[2, 1, 3, 0, 9, 9, 2, 1, 0], &[2, 0, 0, 9, 9]);
    vec![
        ("5, headers encrypted", rar5(&[&[4, 0, 0, 0, 15]]), Some(Sealed::Rar)),
        ("5, file encrypted", rar5(&[&[1, 0, 0], locked]), Some(Sealed::Rar)),
        ("5, clear", rar5(&[&[1, 0, 0], clear]), None),
        ("5, one clear", rar5(&[locked, clear]), None),
        ("4, headers encrypted", rar4(&[(0x73, 0x80)]), Some(Sealed::Rar)),
        ("4, file encrypted", rar4(&[(0x73, 0), (0x74, 4)]), Some(Sealed::Rar)),
        ("4, clear", rar4(&[(0x73, 0), (0x74, 0)]), None),
    ]
}

/// What the standard way of encryption keeps of the owner's and of the user's password, and a page's instructions
/// `BT /F1 12 Tf 50 700 Td (behind the password) Tj ET` encrypted with RC4.
const OWNER_ONLY: [&str; 3] = [
    "c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c69ec442576ab",
    "13f3633f3c8fe41869648cfa5552ce67d52a786c2ca737f8f9c0e496403cd4ae",
    "1e5e6543eecea177f2ed3005ada7bc750f6a2ac6734f348e4f38dae5fd89d0190343565b155eacee659c0d07e2f1f5eff3a8",
];
const USER: [&str; 3] = [
    "8cfa1e5f56b6084d22883f1804485b0e722b7fb2d870d1b8e03ec0a4f01e2151",
    "623b98141fb0b93688658a0f5a6d4dbf27ab2e401ff0d8f4a87a78fee1c54d93",
    "c7a155c33dcf7c0b58d70a87573100058aa208387329652461fe67d90ab33c9ec469f18288c0bb2a3f26b741d4b8552fe96d",
];

/// A PDF file of one page that is encrypted.
fn pdf(secrets: [&str; 3]) -> Vec<u8> {
    let [owner, user, page] = secrets;
    let page: Vec<u8> =
        (0..page.len() / 2).map(|at| u8::from_str_radix(&page[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let stream = [format!("<< /Length {} >>\nstream\n", page.len()).as_bytes(), &page, b"\nendstream"].concat();
    let objects: [&[u8]; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        &stream,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        &format!("<< /Filter /Standard /V 1 /R 2 /P -4 /O <{owner}> /U <{user}> >>").into_bytes(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        places += &format!("{:010} 00000 n \n", file.len());
        file.extend([format!("{number} 0 obj\n").as_bytes(), object, b"\nendobj\n"].concat());
    }
    let trailer = "<< /Size 6 /Root 1 0 R /Encrypt 5 0 R /ID [(0123456789abcdef) (0123456789abcdef)] >>";
    file.extend(format!("{places}trailer\n{trailer}\nstartxref\n{}\n%%EOF\n", file.len()).into_bytes());
    file
}

/// Only who opens a PDF file can say whether it is protected.
fn pdfs() -> Vec<Made> {
    vec![
        ("an encryption dictionary alone", b"%PDF-1.4\ntrailer << /Encrypt 5 0 R >>".to_vec(), None),
        ("a password for the owner", pdf(OWNER_ONLY), None),
        ("a password for the reader", pdf(USER), None),
    ]
}
