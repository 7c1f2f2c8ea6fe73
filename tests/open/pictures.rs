//! What is said of a picture, wherever it stands in it.

use crate::making::{letter, zip};
use crate::{damaged, gaps, opened, read, sections};
use exeat::mail::parts::{FileKind, GapKind, SectionKind};
use std::io::Write as _;

const NAME: &str = "Jane Smith at the coast";

/// A TIFF of these fields in its first list, and these in the list of Exif.
fn tiff(least_first: bool, fields: &[(u16, u16, Vec<u8>)], exif: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let two = |number: usize| {
        let number = u16::try_from(number).unwrap();
        if least_first { number.to_le_bytes() } else { number.to_be_bytes() }
    };
    let four = |number: usize| {
        let number = u32::try_from(number).unwrap();
        if least_first { number.to_le_bytes() } else { number.to_be_bytes() }
    };
    let mut out = if least_first { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    out.extend(four(8));
    let list = |out: &mut Vec<u8>, fields: &[(u16, u16, Vec<u8>)], exif: bool| {
        let count = fields.len() + usize::from(exif);
        let mut values = out.len() + 2 + count * 12 + 4;
        let mut behind = Vec::new();
        out.extend(two(count));
        for (tag, kind, value) in fields {
            out.extend([two(usize::from(*tag)), two(usize::from(*kind))].concat());
            out.extend(four(value.len()));
            if value.len() <= 4 {
                out.extend(value.iter().copied().chain([0; 4]).take(4));
            } else {
                out.extend(four(values));
                values += value.len();
                behind.extend_from_slice(value);
            }
        }
        if exif {
            out.extend([&two(0x8769)[..], &two(4), &four(1), &four(values)].concat());
        }
        out.extend(four(0));
        out.extend(behind);
    };
    list(&mut out, fields, !exif.is_empty());
    if !exif.is_empty() {
        list(&mut out, exif, false);
    }
    out
}

fn text(tag: u16, words: &str) -> (u16, u16, Vec<u8>) {
    (tag, 2, [words.as_bytes(), b"\0"].concat())
}

fn wide(words: &str, least_first: bool) -> Vec<u8> {
    words.encode_utf16().flat_map(|unit| if least_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    for (kind, content) in segments {
        out.extend([0xFF, *kind]);
        out.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        out.extend(content);
    }
    // What looks like a comment in the picture itself is none.
    out.extend(b"\xFF\xDA\0\x02\x12\x34\xFF\xFE\0\x10hidden in noise");
    out.extend([0x5A; 9_000]);
    out.extend([0xFF, 0xD9]);
    out
}

fn exif(tiff: &[u8]) -> (u8, Vec<u8>) {
    (0xE1, [b"Exif\0\0", tiff].concat())
}

fn xmp(inside: &str) -> Vec<u8> {
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmpMM:InstanceID=\"xmp.iid:noise\" photoshop:ColorMode=\"noise\" {inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
    )
    .into_bytes()
}

fn xmp_title() -> Vec<u8> {
    xmp(&format!(
        "><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{NAME}</rdf:li></rdf:Alt></dc:title><xmpMM:History><rdf:Seq><rdf:li stEvt:action=\"noise\">noise</rdf:li></rdf:Seq></xmpMM:History>"
    ))
}

fn iptc(number: u8, words: &str) -> Vec<u8> {
    let field = [&[0x1C, 2, number][..], &u16::try_from(words.len()).unwrap().to_be_bytes(), words.as_bytes()].concat();
    let noise = b"\x1C\x02\x00\x00\x02\x00\x04\x1C\x02\x37\x00\x0820261122".to_vec();
    [noise, field].concat()
}

fn blocks(blocks: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, content) in blocks {
        out.extend([b"8BIM", &number.to_be_bytes()[..], &[0, 0]].concat());
        out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        out.extend(content);
        out.resize(out.len().next_multiple_of(2), 0);
    }
    out
}

fn photoshop(inside: &[(u16, Vec<u8>)]) -> Vec<u8> {
    [b"Photoshop 3.0\0", &blocks(inside)[..]].concat()
}

fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    let head: (&[u8; 4], Vec<u8>) = (b"IHDR", vec![0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    for (kind, content) in [&head].into_iter().chain(chunks).chain([&(b"IEND", vec![])]) {
        out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        out.extend(*kind);
        out.extend(content);
        out.extend([0; 4]);
    }
    out
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

fn gif(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    out.extend(b"\x21\xF9\x04\0\0\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    out.extend(blocks.concat());
    out.push(0x3B);
    out
}

fn webp(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"WEBP".to_vec();
    for (kind, content) in chunks {
        out.extend([&kind[..], &u32::try_from(content.len()).unwrap().to_le_bytes(), content].concat());
        out.resize(out.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(out.len()).unwrap().to_le_bytes()[..], &out].concat()
}

fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], name, content].concat()
}

fn heic(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let head = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    let entry = boxed(b"infe", &[&[2, 0, 0, 0, 0, 7, 0, 0], kind].concat());
    let list = boxed(b"iinf", &[&[0, 0, 0, 0, 0, 1], &entry[..]].concat());
    let place = |at: u32| {
        let fields = [&[0, 0, 0, 0, 0x44, 0, 0, 1, 0, 7, 0, 0, 0, 1][..], &at.to_be_bytes()];
        boxed(b"iloc", &[fields.concat(), u32::try_from(content.len()).unwrap().to_be_bytes().to_vec()].concat())
    };
    let meta = |at: u32| boxed(b"meta", &[&[0; 4][..], &boxed(b"hdlr", &[0; 20]), &list, &place(at)].concat());
    let at = head.len() + meta(0).len() + 8;
    [head, meta(u32::try_from(at).unwrap()), boxed(b"mdat", content)].concat()
}

fn hexadecimal(kind: &str, content: &[u8]) -> Vec<u8> {
    let digits: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = digits.as_bytes().chunks(72).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("Raw profile type {kind}\0\n{kind}\n{:8}\n{}\n", content.len(), lines.join("\n")).into_bytes()
}

/// Pictures of all kinds with the name in them.
pub fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let described = tiff(true, &[text(0x010F, "noise of the maker"), text(0x010E, NAME)], &[]);
    let comment = |code: &[u8; 8], words: Vec<u8>| vec![(0x9286, 7, [&code[..], &words].concat())];
    let international = |packed: u8, words: &[u8]| [&b"Title\0"[..], &[packed, 0], b"en\0\0", words].concat();
    let extended = |words: &[u8]| [b"http://ns.adobe.com/xmp/extension/\0", &[b'A'; 40][..], words].concat();
    let packet = xmp_title();
    let named = [b"http://ns.adobe.com/xap/1.0/\0", &packet[..]].concat();
    let faces = xmp(&format!(
        "><mwg-rs:Regions><rdf:Description mwg-rs:Name=\"{NAME}\" mwg-rs:Type=\"noise1\"/></mwg-rs:Regions>"
    ));
    let entity = xmp("photoshop:Headline=\"Jane Smith &#97;t the coast\">");
    let blocks_of = |inside: &[u8]| {
        inside
            .chunks(255)
            .flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()][..], piece].concat())
            .chain([0])
            .collect::<Vec<u8>>()
    };
    vec![
        ("JPEG, description", jpeg(&[exif(&described)])),
        ("JPEG, author, other order", jpeg(&[exif(&tiff(false, &[text(0x013B, NAME)], &[]))])),
        ("JPEG, title for Windows", jpeg(&[exif(&tiff(false, &[(0x9C9B, 1, wide(NAME, true))], &[]))])),
        ("JPEG, keywords for Windows", jpeg(&[exif(&tiff(true, &[(0x9C9E, 1, wide(NAME, true))], &[]))])),
        ("JPEG, comment", jpeg(&[exif(&tiff(true, &[], &comment(b"ASCII\0\0\0", NAME.into())))])),
        ("JPEG, comment, UTF-16", jpeg(&[exif(&tiff(false, &[], &comment(b"UNICODE\0", wide(NAME, false))))])),
        ("JPEG, comment without a charset", jpeg(&[exif(&tiff(true, &[], &comment(&[0; 8], NAME.into())))])),
        ("JPEG, XMP", jpeg(&[exif(&tiff(true, &[], &[])), (0xE1, named)])),
        ("JPEG, XMP that goes on", jpeg(&[(0xE1, extended(&packet[..300])), (0xE1, extended(&packet[300..]))])),
        ("JPEG, IPTC", jpeg(&[(0xED, photoshop(&[(0x040C, vec![1; 99]), (0x0404, iptc(120, NAME))]))])),
        ("JPEG, comment of its own", jpeg(&[(0xFE, NAME.into())])),
        ("PNG, text", png(&[(b"IDAT", vec![1; 99]), (b"tEXt", [b"Comment\0", NAME.as_bytes()].concat())])),
        ("PNG, packed text", png(&[(b"zTXt", [b"Comment\0\0", &zlib(NAME.as_bytes())[..]].concat())])),
        (
            "PNG, text that packs well",
            png(&[(b"zTXt", [b"Comment\0\0", &zlib(&[&[b' '; 50_000], NAME.as_bytes()].concat())[..]].concat())]),
        ),
        ("PNG, UTF-8", png(&[(b"iTXt", international(0, NAME.as_bytes()))])),
        ("PNG, packed UTF-8", png(&[(b"iTXt", international(1, &zlib(NAME.as_bytes())))])),
        ("PNG, XMP", png(&[(b"iTXt", [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], &packet].concat())])),
        ("PNG, Exif", png(&[(b"eXIf", described.clone())])),
        ("PNG, carried over", png(&[(b"tEXt", hexadecimal("exif", &[b"Exif\0\0", &described[..]].concat()))])),
        ("PNG, carried over, IPTC", png(&[(b"tEXt", hexadecimal("iptc", &blocks(&[(0x0404, iptc(25, NAME))])))])),
        ("GIF, comment", gif(&[[&[0x21, 0xFE][..], &blocks_of(NAME.as_bytes())].concat()])),
        (
            "GIF, XMP",
            gif(&[
                [&b"\x21\xFF\x0BXMP DataXMP"[..], &packet, &[1], &(0..=255).rev().collect::<Vec<u8>>(), &[0]].concat()
            ]),
        ),
        ("WebP, Exif", webp(&[(b"VP8X", vec![0; 10]), (b"VP8 ", vec![7; 77]), (b"EXIF", described.clone())])),
        ("WebP, XMP", webp(&[(b"VP8 ", vec![7; 77]), (b"XMP ", packet.clone())])),
        ("TIFF", described.clone()),
        ("TIFF, XMP", tiff(true, &[(0x02BC, 1, packet.clone())], &[])),
        ("TIFF, IPTC", tiff(false, &[(0x83BB, 7, iptc(80, NAME))], &[])),
        ("HEIC, Exif", heic(b"Exif\0", &[&[0, 0, 0, 6][..], b"Exif\0\0", &described].concat())),
        ("HEIC, XMP", heic(b"mime\0application/rdf+xml\0", &packet)),
        (
            "Photoshop",
            [
                b"8BPS\0\x01",
                &[0; 20][..],
                &[0; 4],
                &u32::try_from(blocks(&[(0x0404, iptc(5, NAME))]).len()).unwrap().to_be_bytes(),
                &blocks(&[(0x0404, iptc(5, NAME))]),
            ]
            .concat(),
        ),
        ("faces", jpeg(&[(0xE1, [b"http://ns.adobe.com/xap/1.0/\0", &faces[..]].concat())])),
        ("letters by number", webp(&[(b"XMP ", entity)])),
    ]
}

#[test]
fn what_is_said_of_a_picture_is_read_once() {
    for (name, content) in pictures() {
        let tree = opened(&content);
        assert_eq!((tree.parts[0].kind, gaps(&tree)), (FileKind::Image, vec![]), "{name}");
        assert_eq!(tree.text.matches(NAME).count(), 1, "{name}: {:?}", tree.text);
        assert!(!tree.text.contains("noise"), "{name}: {:?}", tree.text);
        assert_eq!(sections(&tree)[0].0, SectionKind::Properties, "{name}");
        // In a message, in an archive, and told as something else.
        let tree = read(&letter(&[("a.bin", &content), ("b.zip", &zip(&[("c.dat", &content)]))]));
        assert_eq!((tree.text.matches(NAME).count(), gaps(&tree)), (2, vec![]), "{name}");
        tree.check(1 << 20, &exeat::mail::parts::Limits::default()).unwrap();
    }
}

#[test]
fn a_picture_is_found_at_its_end_in_whatever_lines_it_stands() {
    let content = png(&[
        (b"IDAT", vec![0x3C; 70_000]),
        (b"IDAT", vec![0x3D; 70_001]),
        (b"tEXt", [b"Comment\0", NAME.as_bytes()].concat()),
    ]);
    let lines = letter(&[("a.png", &content)]);
    let text = String::from_utf8(lines.clone()).unwrap();
    let longer = text.replace("PDw8PDw8\r\n", "PDw8PDw8");
    let bare = text.replace("\r\n", "\n");
    let lenient = text.replacen("PDw8PDw8", "PDw8 PDw8", 1);
    for (name, raw) in [("usual", lines), ("long", longer.into()), ("bare", bare.into()), ("blanks", lenient.into())] {
        let tree = read(&raw);
        assert!(tree.text.contains(NAME), "{name}");
        assert_eq!(gaps(&tree), [], "{name}");
        assert_eq!(tree.parts[2].size, content.len() as u64, "{name}");
    }
}

#[test]
fn a_photograph_says_nothing_and_is_no_gap() {
    let camera =
        [text(0x010F, "Example"), text(0x0110, "Camera 7"), text(0x0131, "1.2.3"), text(0x0132, "2026:11:22 11:56:28")];
    let plain =
        jpeg(&[exif(&tiff(true, &camera, &[(0x9003, 2, b"2026:11:22 11:56:28\0".to_vec())])), (0xE2, vec![3; 3_000])]);
    for content in [plain.clone(), plain[..40].to_vec(), png(&[]), gif(&[]), webp(&[]), tiff(false, &[], &[])] {
        let tree = opened(&content);
        assert_eq!((tree.parts[0].kind, gaps(&tree), tree.text.as_str()), (FileKind::Image, vec![], ""));
    }
}

#[test]
fn drawings_are_read_whatever_they_are_called() {
    let drawing = "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><title>About Jane Smith</title><text x=\"1\">at the coast</text></svg>";
    for raw in [
        letter(&[("a.svg", drawing.as_bytes())]),
        letter(&[("a.zip", &zip(&[("a.svg", drawing.as_bytes())]))]),
        String::from_utf8(letter(&[("a.svg", drawing.as_bytes())]))
            .unwrap()
            .replace("application/octet-stream", "image/svg+xml")
            .into(),
    ] {
        let tree = read(&raw);
        assert!(tree.text.contains("About Jane Smith") && tree.text.contains("at the coast"), "{:?}", tree.text);
        assert!(tree.parts.iter().any(|part| part.kind == FileKind::Image));
        assert_eq!(gaps(&tree), []);
    }
}

#[test]
fn pictures_made_to_do_harm_are_bounded() {
    let zeros = zlib(&vec![b'a'; 8 << 20]);
    let bomb = png(&vec![(b"zTXt", [b"Comment\0\0", &zeros[..]].concat()); 30]);
    // Lists that lead to themselves, and to each other.
    let mut ring = tiff(true, &[text(0x010E, NAME)], &[text(0xA430, NAME)]);
    let end = 8 + 2 + 2 * 12;
    ring[end..end + 4].copy_from_slice(&8_u32.to_le_bytes());
    let many = gif(&vec![b"\x21\xFE\x01a\0".to_vec(); 100_000]);
    let comment = |number: usize| [&b"\x21\xFE\xFF"[..], format!("a{number:0254}").as_bytes(), &[0]].concat();
    let different: Vec<Vec<u8>> = (0..2_000).map(comment).collect();
    let nested = webp(&[(b"XMP ", "<a:b>".repeat(40_000).into_bytes())]);
    let chunks = png(&vec![(b"IDAT", vec![]); 100_000]);
    let more = "more said of a picture than the limit";
    for (name, content, reason) in [
        ("a bomb", bomb, Some(more)),
        ("lists that go round", ring, None),
        ("many comments", many, None),
        ("many comments that differ", gif(&different), Some(more)),
        ("deep elements", nested, None),
        ("empty chunks", chunks, None),
        ("many fields of the same bytes", same_bytes(), Some(more)),
        ("lists in blocks in lists", deep_lists(20_000), Some(more)),
        ("a size of 65535 by 65535", claims(), None),
    ] {
        let tree = opened(&content);
        assert!(tree.text.len() < 512 << 10, "{name}");
        let expected: Vec<_> = reason.into_iter().map(|reason| (GapKind::Limit, 0, reason)).collect();
        assert_eq!(gaps(&tree), expected, "{name}");
    }
}

/// A TIFF with lists of as many fields as are looked at, which all are the same packet of XMP.
fn same_bytes() -> Vec<u8> {
    let packet = xmp(&format!("photoshop:Headline=\"{NAME}\">{}", "<dc:a>b</dc:a>".repeat(18_000)));
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let packet_at = 8 + 2 + 512 * 12 + 4;
    out.extend(512_u16.to_le_bytes());
    for _ in 0..512 {
        out.extend([0xBC, 0x02, 1, 0]);
        out.extend([packet.len(), packet_at].map(|number| u32::try_from(number).unwrap().to_le_bytes()).concat());
    }
    // The next list is the same one.
    out.extend(8_u32.to_le_bytes());
    out.extend(packet);
    out
}

/// Exif in blocks of Photoshop in Exif, and so on.
fn deep_lists(levels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..levels {
        // A list of one field: blocks of Photoshop, which follow at once, and are as long as can be.
        out.extend(b"II*\0\x08\0\0\0\x01\0\x49\x86\x07\0\xFF\xFF\xFF\x00\x1A\0\0\0\0\0\0\0");
        out.extend(b"8BIM\x04\x22\0\0\0\xFF\xFF\xFF");
    }
    out
}

/// A PNG that says it is as large as can be.
fn claims() -> Vec<u8> {
    let mut content = png(&[(b"tEXt", [b"Comment\0", NAME.as_bytes()].concat())]);
    let size = content.windows(4).position(|window| window == b"IHDR").unwrap() + 4;
    content[size..size + 8].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    content
}

proptest::proptest! {
    #[test]
    fn damaged_pictures_are_read_or_not(which in 0_usize..64, at in 0.0..1.0_f64, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..20), cut in 0.0..1.2_f64) {
        static WHOLE: std::sync::LazyLock<Vec<(&str, Vec<u8>)>> = std::sync::LazyLock::new(pictures);
        opened(&damaged(&WHOLE[which % WHOLE.len()].1, at, &bytes, cut));
    }
}
