//! Older files made to do harm, or damaged: read as far as they go.

use crate::older_making::{
    container, doc, large, packed_file, ppt, project, properties, record, shared, slide_record, small, wide, workbook,
    xls,
};
use crate::{gaps, hidden, opened, opened_within};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::GapKind;

fn limits() -> FileLimits {
    FileLimits { depth: 3, parts: 40, unpacked: 4 << 20, text: 64 << 10, cells: 1_000 }
}

/// A container of which the directory is all: so many streams, each beside the one before.
fn many_streams(count: usize) -> Vec<u8> {
    const SECTOR: usize = 4_096;
    let sectors = (count + 1).div_ceil(SECTOR / 128);
    let tables = (sectors + 8).div_ceil(SECTOR / 4);
    let mut out = vec![0; SECTOR];
    out[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    out[26..28].copy_from_slice(&small(4));
    out[30..32].copy_from_slice(&small(12));
    out[48..52].copy_from_slice(&large(tables));
    out[60..64].copy_from_slice(&large(0xFFFF_FFFE));
    out[68..72].copy_from_slice(&large(0xFFFF_FFFE));
    out[76..512].fill(0xFF);
    for table in 0..tables {
        out[76 + table * 4..80 + table * 4].copy_from_slice(&large(table));
    }
    let mut next: Vec<u8> = vec![0xFD; tables * 4];
    next.extend((1..sectors).flat_map(|sector| large(tables + sector)));
    next.extend(large(0xFFFF_FFFE));
    next.resize(tables * SECTOR, 0xFF);
    out.extend(next);
    for number in 0..=count {
        let name = wide(&if number == 0 { "Root Entry".to_owned() } else { format!("s{number}") });
        let mut entry = [0; 128];
        entry[..name.len()].copy_from_slice(&name);
        entry[64..66].copy_from_slice(&small(name.len() + 2));
        entry[66] = if number == 0 { 5 } else { 2 };
        entry[68..80].fill(0xFF);
        if number == 0 {
            entry[76..80].copy_from_slice(&large(1));
        } else {
            entry[72..76].copy_from_slice(&large(if number == count { 0xFFFF_FFFF } else { number + 1 }));
        }
        out.extend(entry);
    }
    out.resize(out.len().next_multiple_of(SECTOR), 0);
    out
}

/// Slides within slides: each is said to count, and the words at the bottom belong to all of them.
fn slides_in_slides(count: usize, words: usize) -> Vec<u8> {
    let listed: Vec<u8> = (0..count)
        .flat_map(|number| slide_record(0, 1_011, &[&large(2 + number), &[0; 8], &large(256 + number), &[0; 4]]))
        .collect();
    let document = slide_record(0xF, 1_000, &[&slide_record(0xF, 4_080, &[&listed])]);
    let mut deep = slide_record(0, 4_008, &[&b"word ".repeat(words / 5)]);
    for _ in 0..count {
        deep = slide_record(0xF, 1_006, &[&deep]);
    }
    let places = (0..count).flat_map(|number| large(document.len() + number * 8));
    let directory: Vec<u8> =
        large(1 << 20 | 1).into_iter().chain(large(0)).chain(large(count << 20 | 2)).chain(places).collect();
    let at = document.len() + deep.len();
    let directory = slide_record(0, 6_002, &[&directory]);
    let edit_at = at + directory.len();
    let edit = slide_record(0, 4_085, &[&[0; 8], &large(0), &large(at), &large(1), &[0; 8]]);
    let user = [&[0; 12][..], &large(0xE391_C05F), &large(edit_at), &[0; 8]].concat();
    container(&[("/PowerPoint Document", &[document, deep, directory, edit].concat()), ("/Current User", &user)])
}

fn book(strings: &[&str]) -> Vec<u8> {
    workbook(&[], strings, &[("a", 0, shared(0, 0, 0))], &[])
}

#[test]
fn what_goes_beyond_a_limit_is_a_gap_with_its_reason() {
    let pieces: Vec<(&str, bool)> = vec![("words ", false); 20_000];
    let much = doc(&pieces, [120_000, 0, 0, 0, 0, 0, 0, 0], &[], &[]);
    let cells: Vec<u8> = (0..2_000).flat_map(|row| [shared(row, 0, 0), shared(row, 1, 0)].concat()).collect();
    let cells = xls(&workbook(&[], &["x"], &[("a", 0, cells)], &[]));
    let table = [
        ("many streams", many_streams(100_000), "more streams inside than the limit"),
        ("much text", much, "text longer than the limit"),
        ("many cells", cells, "more table cells than the limit"),
        ("slides in slides", slides_in_slides(2_000, 100_000), "more to unpack and read than the limit"),
    ];
    for (name, content, reason) in table {
        let file = FileLimits { unpacked: 64 << 20, ..limits() };
        let tree = opened_within(&content, &file);
        assert!(gaps(&tree).contains(&(GapKind::Limit, 0, reason)), "{name}: {:?}", gaps(&tree));
    }
    // Streams that all are the same bytes.
    let long = vec![b'x'; 100_000];
    let names: Vec<String> = (0..200).map(|number| format!("/s{number}")).collect();
    let streams: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &long[..])).collect();
    let tree = opened_within(&container(&streams), &FileLimits { unpacked: 25 << 20, ..limits() });
    assert!(gaps(&tree).contains(&(GapKind::Limit, 0, "more to unpack and read than the limit")), "{:?}", gaps(&tree));
}

#[test]
fn circles_and_sizes_that_lie_end() {
    let long: Vec<String> = (0..2_000).map(|number| format!("Pupil Number {number}")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let plain = xls(&book(&long[..400]));
    let table = 512 * (1 + usize::try_from(u32::from_le_bytes(plain[76..80].try_into().unwrap())).unwrap());
    for entry in 0..plain.len() / 512 {
        for to in [0, entry, 0xFFFF_FFFE] {
            let mut content = plain.clone();
            content[table + entry * 4..table + entry * 4 + 4].copy_from_slice(&large(to));
            opened(&content);
        }
    }
    let name = wide("Workbook");
    let entry = plain.windows(name.len()).position(|window| window == name).unwrap();
    let mut content = plain.clone();
    content[entry + 120..entry + 124].copy_from_slice(&large(0xFFFF_FF00));
    let tree = opened(&content);
    assert!(tree.text.contains("Pupil Number 0"));
    assert!(gaps(&tree).contains(&(GapKind::Broken, 0, "a stream of the file is not all there")), "{:?}", gaps(&tree));
}

#[test]
fn claims_and_nesting_cost_nothing() {
    let mut stream = book(&["Oliver Smith"]);
    let shared = stream.windows(2).position(|window| window == [0xFC, 0]).unwrap();
    stream[shared + 4..shared + 12].fill(0xFF);
    assert!(opened(&xls(&stream)).text.contains("Oliver Smith"), "strings that are said to be four thousand million");

    let mut deep = slide_record(0, 4_000, &[&wide("at the bottom")]);
    for _ in 0..2_000 {
        deep = slide_record(0xF, 1_000, &[&deep]);
    }
    assert!(opened(&ppt(&[(Some(1), deep)], &[])).text.contains("at the bottom"));

    // A copy of what stands before, as long as copies can be, again and again.
    let token = [&[0xFE, b'x'][..], &[0xFF, 0x0F].repeat(7)].concat();
    let chunk = [&small(0xB000 | (token.len() - 1))[..], &token].concat();
    let bomb = [&[1][..], &chunk.repeat(20_000)].concat();
    let tree = opened_within(&container(&[("/VBA/dir", &bomb)]), &limits());
    assert!(gaps(&tree).contains(&(GapKind::Limit, 0, "more to unpack and read than the limit")), "{:?}", gaps(&tree));
}

#[test]
fn what_was_deleted_and_is_still_there_is_read() {
    let mut stream = book(&["x"]);
    stream.extend(record(0x99, &[b"Oliver Smith was here"]));
    let tree = opened(&xls(&stream));
    assert!(hidden(&tree).iter().any(|text| text.contains("Oliver Smith was here")));
}

proptest::proptest! {
    #[test]
    fn damaged_files_are_read_or_refused(which in 0_usize..5, at in 0.0..1.0_f64, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40), cut in 0.0..1.2_f64) {
        let mut content = match which {
            0 => xls(&book(&["words", "more words"])),
            1 => doc(&[("words\u{7}more\u{7}\u{7}", false), ("\u{13}code\u{14}Zo\u{eb}\u{15}", true)], [12, 3, 0, 0, 2, 0, 0, 0], &[(0, 4, &[0x3C, 8, 1])], &[(0, 6, &[0x16, 0x24, 1])]),
            2 => ppt(&[(Some(1), slide_record(0xF, 1_000, &[&slide_record(0, 4_000, &[&wide("words")])])), (None, slide_record(0xF, 1_006, &[]))], &[]),
            3 => container(&[("/\u{5}SummaryInformation", &properties(&[(2, "words"), (4, "more")])), ("/a/\u{1}Ole10Native", &packed_file("a.txt", b"words"))]),
            _ => {
                let streams = project("", "Sub A\r\nEnd Sub");
                container(&streams.iter().map(|(path, content)| (path.as_str(), &content[..])).collect::<Vec<_>>())
            }
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = |share: f64| (content.len() as f64 * share) as usize;
        let (from, end) = (place(at), place(cut));
        for (place, byte) in content[from..].iter_mut().zip(&bytes) {
            *place = *byte;
        }
        content.truncate(end.max(1));
        opened_within(&content, &limits());
    }
}
