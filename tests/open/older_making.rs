//! Office files from before 2007 in the making.

#[path = "../harness/container.rs"]
mod making;

pub use making::container;

/// Letters of two bytes each.
pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn small(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

pub fn large(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// A record of a workbook.
pub fn record(kind: u16, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&kind.to_le_bytes()[..], &small(body.len()), &body].concat()
}

/// A string of a workbook: its length in so many bytes, and letters of one byte or two.
pub fn string(text: &str, length_bytes: usize) -> Vec<u8> {
    let letters = text.encode_utf16().count();
    let mut out = small(letters)[..length_bytes].to_vec();
    if text.is_ascii() {
        out.push(0);
        out.extend(text.bytes());
    } else {
        out.push(1);
        out.extend(wide(text));
    }
    out
}

/// The beginning of a substream of a workbook.
fn begin(kind: usize) -> Vec<u8> {
    record(0x809, &[&small(0x600), &small(kind), &[0; 12]])
}

/// A workbook's stream: formats of its cells (the first is number 164), shared strings, and for each sheet its name, its
/// state and its records. `pass` stands where encrypted workbooks say so.
pub fn workbook(formats: &[&str], strings: &[&str], sheets: &[(&str, u8, Vec<u8>)], pass: &[u8]) -> Vec<u8> {
    let mut shared = [large(strings.len()), large(strings.len())].concat();
    for text in strings {
        shared.extend(string(text, 2));
    }
    let mut looks = record(0xE0, &[&[0; 20]]);
    for (number, code) in formats.iter().enumerate() {
        looks.extend(record(0x41E, &[&small(164 + number), &string(code, 2)]));
    }
    for number in 0..formats.len() {
        looks.extend(record(0xE0, &[&[0, 0], &small(164 + number), &[0; 16]]));
    }
    let head = [begin(5), pass.to_vec(), looks].concat();
    let listed = |places: &[usize]| -> Vec<u8> {
        let each = sheets.iter().zip(places);
        each.flat_map(|((name, state, _), at)| record(0x85, &[&large(*at), &[*state, 0], &string(name, 1)])).collect()
    };
    let tail = [record(0xFC, &[&shared]), record(0x0A, &[])].concat();
    let first = head.len() + listed(&vec![0; sheets.len()]).len() + tail.len();
    let bodies: Vec<Vec<u8>> =
        sheets.iter().map(|(_, _, body)| [begin(16), body.clone(), record(0x0A, &[])].concat()).collect();
    let places: Vec<usize> =
        (0..bodies.len()).map(|index| first + bodies[..index].iter().map(Vec::len).sum::<usize>()).collect();
    [head, listed(&places), tail, bodies.concat()].concat()
}

/// A workbook file.
pub fn xls(stream: &[u8]) -> Vec<u8> {
    container(&[("/Workbook", stream)])
}

/// A cell with a shared string.
pub fn shared(row: usize, column: usize, string: usize) -> Vec<u8> {
    record(0xFD, &[&small(row), &small(column), &[0, 0], &large(string)])
}

/// A cell with a number in a format.
pub fn number(row: usize, column: usize, format: usize, value: f64) -> Vec<u8> {
    record(0x203, &[&small(row), &small(column), &small(format), &value.to_le_bytes()])
}

/// A Word document: pieces of its text (letters of one byte each, or of two), the lengths of its stories, stretches of
/// letters that are hidden or deleted with the change that says so, and stretches of paragraphs with theirs. Stretches
/// count letters of pieces of one byte each, from the beginning of the text.
pub fn doc(
    pieces: &[(&str, bool)],
    stories: [usize; 8],
    letters: &[(usize, usize, &[u8])],
    paragraphs: &[(usize, usize, &[u8])],
) -> Vec<u8> {
    const TEXT: usize = 0x600;
    let mut stream = vec![0; TEXT];
    stream[..2].copy_from_slice(&small(0xA5EC));
    stream[2..4].copy_from_slice(&small(0xC1));
    stream[10..12].copy_from_slice(&small(0x0200));
    stream[0x18..0x1C].copy_from_slice(&large(TEXT));
    for (index, length) in stories.iter().enumerate() {
        stream[0x4C + index * 4..][..4].copy_from_slice(&large(*length));
    }
    let (mut places, mut list, mut at) = (large(0).to_vec(), Vec::new(), 0);
    for (text, two) in pieces {
        at += text.encode_utf16().count();
        places.extend(large(at));
        let place = if *two { stream.len() } else { (stream.len() * 2) | 0x4000_0000 };
        list.extend([&[0, 0][..], &large(place), &[0, 0]].concat());
        stream.extend(if *two { wide(text) } else { text.bytes().collect() });
    }
    let mut table = [&[2][..], &large(places.len() + list.len()), &places, &list].concat();
    let pieces_end = table.len();
    stream[0x1A2..0x1A6].copy_from_slice(&large(0));
    stream[0x1A6..0x1AA].copy_from_slice(&large(pieces_end));
    let mut looks = |block: usize, stretches: &[(usize, usize, &[u8])], step: usize| {
        if stretches.is_empty() {
            return;
        }
        stream.resize(stream.len().next_multiple_of(512), 0);
        let mut page = vec![0; 512];
        page[511] = u8::try_from(stretches.len()).unwrap();
        let mut end = 510;
        for (index, (from, to, changes)) in stretches.iter().enumerate() {
            page[index * 4..][..4].copy_from_slice(&large(TEXT + from));
            page[index * 4 + 4..][..4].copy_from_slice(&large(TEXT + to));
            let body: Vec<u8> = if step == 1 {
                [&[u8::try_from(changes.len()).unwrap()], *changes].concat()
            } else {
                [&[0, u8::try_from((changes.len() + 2).div_ceil(2)).unwrap(), 0, 0], *changes].concat()
            };
            end = (end - body.len()) / 2 * 2;
            page[end..][..body.len()].copy_from_slice(&body);
            page[(stretches.len() + 1) * 4 + index * step] = u8::try_from(end / 2).unwrap();
        }
        stream[block..block + 4].copy_from_slice(&large(table.len()));
        stream[block + 4..block + 8].copy_from_slice(&large(12));
        table.extend([large(TEXT), large(stream.len()), large(stream.len() / 512)].concat());
        stream.extend(page);
    };
    looks(0xFA, letters, 1);
    looks(0x102, paragraphs, 13);
    container(&[("/WordDocument", &stream), ("/1Table", &table)])
}

/// A record of slides; 0xF as version makes it a container.
pub fn slide_record(version: u16, kind: u16, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&version.to_le_bytes()[..], &kind.to_le_bytes(), &large(body.len()), &body].concat()
}

/// Slides: records at the top of the stream, with the number of each that counts; the first is the document.
pub fn ppt(records: &[(Option<usize>, Vec<u8>)], more: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut stream, mut directory) = (Vec::new(), Vec::new());
    for (number, record) in records {
        if let Some(number) = number {
            directory.extend([large(1 << 20 | number), large(stream.len())].concat());
        }
        stream.extend(record);
    }
    let directory_at = stream.len();
    stream.extend(slide_record(0, 6_002, &[&directory]));
    let edit_at = stream.len();
    stream.extend(slide_record(0, 4_085, &[&[0; 8], &large(0), &large(directory_at), &large(1), &[0; 8]]));
    let user =
        [&[0, 0, 0xF6, 0x0F, 20, 0, 0, 0, 20, 0, 0, 0][..], &large(0xE391_C05F), &large(edit_at), &[0; 8]].concat();
    let streams: Vec<(&str, &[u8])> = [("/PowerPoint Document", &stream[..]), ("/Current User", &user[..])]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    container(&streams)
}

/// A stream of properties: titles and the like, in letters of one byte.
pub fn properties(values: &[(usize, &str)]) -> Vec<u8> {
    let (mut listed, mut body) = (Vec::new(), Vec::new());
    for (id, text) in values {
        listed.extend([large(*id), large(8 + values.len() * 8 + body.len())].concat());
        body.extend([large(0x1E), large(text.len() + 1)].concat());
        body.extend(text.bytes());
        body.resize((body.len() + 1).next_multiple_of(4), 0);
    }
    let section = [&large(8 + listed.len() + body.len())[..], &large(values.len()), &listed, &body].concat();
    [&[0xFE, 0xFF, 0, 0][..], &[0; 20], &large(1), &[0; 16], &large(48), &section].concat()
}

/// A file put into a document as it is.
pub fn packed_file(name: &str, content: &[u8]) -> Vec<u8> {
    let named = [name.as_bytes(), &[0], b"C:\\", name.as_bytes(), &[0]].concat();
    let body = [&[2, 0][..], &named, &[0, 0, 3, 0], &large(1), &[0], &large(content.len()), content].concat();
    [&large(body.len())[..], &body].concat()
}

/// A text packed as the source of macros is, nothing of it copied.
pub fn packed_source(text: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in text.chunks(3_500) {
        let body: Vec<u8> = chunk.chunks(8).flat_map(|letters| [&[0], letters].concat()).collect();
        out.extend(small(0xB000 | (body.len() - 1)));
        out.extend(body);
    }
    out
}

/// The streams of a project with one module.
pub fn project(folder: &str, source: &str) -> Vec<(String, Vec<u8>)> {
    let entry = |kind: u16, body: &[u8]| [&kind.to_le_bytes()[..], &large(body.len()), body].concat();
    let list = [
        entry(3, &small(1252)),
        [&small(9)[..], &large(4), &[0; 6]].concat(),
        entry(0x19, b"Module1"),
        entry(0x1A, b"Module1"),
        entry(0x32, &wide("Module1")),
        entry(0x31, &large(5)),
    ]
    .concat();
    vec![
        (format!("{folder}/VBA/dir"), packed_source(&list)),
        (format!("{folder}/VBA/Module1"), [&b"\0\0\0\0\0"[..], &packed_source(source.as_bytes())].concat()),
    ]
}

/// A record of a workbook whose sheets are records since 2007.
pub fn binary_record(kind: usize, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = Vec::new();
    for mut number in [kind, body.len()] {
        while number > 0x7F {
            out.push(u8::try_from(number & 0x7F).unwrap() | 0x80);
            number >>= 7;
        }
        out.push(u8::try_from(number).unwrap());
    }
    out.extend(body);
    out
}

/// A string of such a workbook.
pub fn binary_string(text: &str) -> Vec<u8> {
    [&large(text.encode_utf16().count())[..], &wide(text)].concat()
}
