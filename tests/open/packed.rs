//! 7z, RAR, and what else packs files: read where it can be, and a gap that says why where not.

use crate::making::{gzip, zip};
use crate::packing::*;
use crate::{damaged, gaps, names, opened, opened_within, sections};
use exeat::mail::open::FileLimits;
use exeat::mail::parts::{GapKind, Sealed, SectionKind};
use rars::ArchiveVersion;
use sevenz_rust2::EncoderMethod;

const WORDS: &[u8] = b"Report of the trip to the coast, for all who were there.";
const FILES: Files<'static> =
    &[("trip/letter.txt", WORDS), ("trip/Jane Smith.txt", b"words about her"), ("third.txt", b"the third of them")];

fn kept(kept: Kept) -> Vec<(&'static str, &'static [u8], Kept)> {
    FILES.iter().enumerate().map(|(at, file)| (file.0, file.1, if at == 1 { kept } else { Kept::Clear })).collect()
}

#[test]
fn files_in_archives_are_opened_however_they_are_packed() {
    let inner = seven(FILES, Seven::Solid);
    for (name, content) in [
        ("7z, copied", seven(FILES, Seven::Each(EncoderMethod::COPY))),
        ("7z, LZMA", seven(FILES, Seven::Each(EncoderMethod::LZMA))),
        ("7z, LZMA 2", seven(FILES, Seven::Each(EncoderMethod::LZMA2))),
        ("7z, bzip2", seven(FILES, Seven::Each(EncoderMethod::BZIP2))),
        ("7z, PPMd", seven(FILES, Seven::Each(EncoderMethod::PPMD))),
        ("7z, solid", inner.clone()),
        ("7z in ZIP", zip(&[("inner.7z", &inner)])),
        ("7z in gzip", gzip("inner.7z", &inner)),
        ("RAR 5", rar5(&kept(Kept::Clear))),
        ("RAR 4", rar4(&kept(Kept::Clear))),
        ("RAR 1.5, packed", rar(FILES, ArchiveVersion::Rar15, |it| it)),
        ("RAR 2, packed", rar(FILES, ArchiveVersion::Rar20, |it| it)),
        ("RAR 3, packed", rar(FILES, ArchiveVersion::Rar29, |it| it)),
        ("RAR 4, solid", rar(FILES, ArchiveVersion::Rar40, |it| it.solid(true))),
        ("RAR 5, packed", rar(FILES, ArchiveVersion::Rar50, |it| it)),
        ("RAR 5, solid", rar(FILES, ArchiveVersion::Rar50, |it| it.solid(true))),
        ("RAR 7, packed", rar(FILES, ArchiveVersion::Rar70, |it| it)),
        ("RAR in 7z", seven(&[("inner.rar", &rar5(&kept(Kept::Clear)))], Seven::Solid)),
    ] {
        let tree = opened(&content);
        assert_eq!(gaps(&tree), [], "{name}");
        let names = names(&tree);
        for (file, words) in FILES {
            assert!(names.iter().any(|(_, name)| name.replace('\\', "/") == *file), "{name}: {names:?}");
            assert!(tree.text.contains(str::from_utf8(words).unwrap()), "{name}");
        }
    }
}

#[test]
fn packed_files_and_rare_methods_of_zip_are_read() {
    let twice = |pack: fn(&[u8]) -> Vec<u8>| [pack(&WORDS[..20]), pack(&WORDS[20..])].concat();
    let skipped = [&b"\x50\x2A\x4D\x18\x04\0\0\0abcd"[..], &zstd(WORDS)].concat();
    for (name, content) in [
        ("bzip2", bzip2(WORDS)),
        ("bzip2, two streams", twice(bzip2)),
        ("xz", xz(WORDS)),
        ("xz, two streams", twice(xz)),
        ("lzip", lzip(WORDS)),
        ("Zstandard", zstd(WORDS)),
        ("Zstandard, two frames", twice(zstd)),
        ("bzip2 in xz", xz(&bzip2(WORDS))),
        ("ZIP, deflate64", zip_of(9, 0, &deflate(WORDS), WORDS)),
        ("ZIP, bzip2", zip_of(12, 0, &bzip2(WORDS), WORDS)),
        ("ZIP, LZMA", zip_of(14, 2, &lzma(WORDS), WORDS)),
        ("ZIP, LZMA of a known length", zip_of(14, 0, &lzma(WORDS), WORDS)),
        ("ZIP, Zstandard", zip_of(93, 0, &zstd(WORDS), WORDS)),
        ("ZIP, Zstandard with a frame without content", zip_of(93, 0, &skipped, WORDS)),
        ("ZIP, xz", zip_of(95, 0, &xz(WORDS), WORDS)),
    ] {
        let tree = opened(&content);
        assert_eq!(gaps(&tree), [], "{name}");
        assert!(tree.text.contains("to the coast, for all who were there."), "{name}");
    }
}

/// What is protected, beside what only has something protected in it.
#[test]
fn what_is_encrypted_counts_and_what_stands_beside_it_is_read() {
    let all = |kept: Kept| FILES.iter().map(|file| (file.0, file.1, kept)).collect::<Vec<_>>();
    let table = [
        ("7z", seven(FILES, Seven::Encrypted), Some(Sealed::SevenZip), true),
        ("7z, names too", seven(FILES, Seven::Closed), Some(Sealed::SevenZip), false),
        ("RAR 5", rar5(&all(Kept::Encrypted)), Some(Sealed::Rar), true),
        ("RAR 4", rar4(&all(Kept::Encrypted)), Some(Sealed::Rar), true),
        (
            "RAR 5, packed",
            rar(FILES, ArchiveVersion::Rar50, |it| it.password(Some(b"a secret".to_vec()))),
            Some(Sealed::Rar),
            true,
        ),
        (
            "RAR 5, names too",
            rar(FILES, ArchiveVersion::Rar50, |it| it.password(Some(b"a secret".to_vec())).header_encryption(true)),
            Some(Sealed::Rar),
            false,
        ),
        (
            "RAR 4, names too",
            rar(FILES, ArchiveVersion::Rar40, |it| it.password(Some(b"a secret".to_vec())).header_encryption(true)),
            Some(Sealed::Rar),
            false,
        ),
        ("7z, one of them", seven(FILES, Seven::Mixed), None, true),
        ("RAR 5, one of them", rar5(&kept(Kept::Encrypted)), None, true),
        ("RAR 4, one of them", rar4(&kept(Kept::Encrypted)), None, true),
    ];
    for (name, content, sealed, named) in table {
        let tree = opened(&content);
        assert_eq!(tree.parts[0].sealed, sealed, "{name}: {:?}", gaps(&tree));
        assert!(tree.gaps.iter().all(|gap| gap.kind == GapKind::Protected), "{name}: {:?}", gaps(&tree));
        assert_eq!(tree.gaps.len(), 1, "{name}: {:?}", gaps(&tree));
        assert_eq!(tree.text.contains("Jane Smith"), named, "{name}");
        assert!(!tree.text.contains("words about her"), "{name}");
        assert_eq!(tree.text.contains("to the coast"), sealed.is_none(), "{name}");
        assert_eq!(tree.text.contains("the third of them"), sealed.is_none(), "{name}");
        let inner = tree.gaps[0].part != 0;
        assert_eq!(inner, sealed.is_none(), "{name}");
        // The same within another archive.
        let outer = opened(&zip(&[("inner", &content)]));
        assert_eq!(outer.parts[1].sealed, sealed, "{name}");
    }
}

/// A frame whose window is as large as can be.
fn claims_window(mut frame: Vec<u8>) -> Vec<u8> {
    // Neither a size of the content nor one segment: the next byte is the window.
    let head = [0x28, 0xB5, 0x2F, 0xFD, 0, 0xB0];
    let single = frame[4] & 0x20 != 0;
    let length = match (frame[4] >> 6, single) {
        (0, false) => 0,
        (0, true) => 1,
        (flag, _) => 1 << flag,
    };
    frame.splice(..5 + usize::from(!single) + length, head);
    frame
}

/// An xz file whose dictionary is as large as can be.
fn claims_dictionary(mut file: Vec<u8>) -> Vec<u8> {
    let end = 12 + (usize::from(file[12]) + 1) * 4;
    let filter = file[12..end].windows(2).position(|pair| pair == [0x21, 1]).unwrap();
    file[12 + filter + 2] = 40;
    let sum = crc(&file[12..end - 4]);
    file[end - 4..end].copy_from_slice(&sum.to_le_bytes());
    file
}

#[test]
fn what_cannot_be_read_is_a_gap_with_its_reason() {
    let each = seven(FILES, Seven::Each(EncoderMethod::LZMA2));
    let solid = seven(FILES, Seven::Solid);
    let packed = 32 + 5;
    let damage = |mut content: Vec<u8>, at: usize| {
        content[at] ^= 0x55;
        content
    };
    let mut long = zip_of(14, 0, &lzma(WORDS), WORDS);
    let at = long.windows(4).position(|bytes| bytes == [9, 20, 5, 0]).unwrap() + 5;
    long[at..at + 4].fill(0xFF);
    let rar = rar5(&kept(Kept::Clear));
    let table: Vec<(&str, Vec<u8>, GapKind, &str)> = vec![
        ("7z, cut", each[..each.len() - 9].to_vec(), GapKind::Broken, "archive without its table of contents"),
        ("7z, damaged", damage(each.clone(), packed), GapKind::Broken, "packed data is damaged"),
        ("7z, all damaged", damage(solid.clone(), packed), GapKind::Broken, "packed data is damaged"),
        (
            "7z, another method",
            seven_of(b"\x04\xF7\x11\x7F", &[0], WORDS, "Jane Smith.txt"),
            GapKind::Unsupported,
            "packed in a way that is not read",
        ),
        (
            "7z, 4 GB",
            seven_of(b"\x21", &[40], WORDS, "Jane Smith.txt"),
            GapKind::Limit,
            "needs more memory to unpack than the limit",
        ),
        (
            "7z, PPMd of 1 GB",
            seven_of(b"\x03\x04\x01", &[6, 0, 0, 0, 64], WORDS, "Jane Smith.txt"),
            GapKind::Limit,
            "needs more memory to unpack than the limit",
        ),
        (
            "7z, many decoders of 64 MB",
            seven_chain(3, 64 << 20, WORDS),
            GapKind::Limit,
            "needs more memory to unpack than the limit",
        ),
        ("Zstandard, 4 GB", claims_window(zstd(WORDS)), GapKind::Limit, "needs more memory to unpack than the limit"),
        ("xz, 4 GB", claims_dictionary(xz(WORDS)), GapKind::Limit, "needs more memory to unpack than the limit"),
        (
            "lzip, 512 MB",
            [&b"LZIP\x01\x1D"[..], &lzip(WORDS)[6..]].concat(),
            GapKind::Limit,
            "needs more memory to unpack than the limit",
        ),
        (
            "7z, a table of contents of 4 GB",
            seven_contents_of(u64::from(u32::MAX)),
            GapKind::Limit,
            "a table of contents larger than the limit",
        ),
        (
            "RAR 5, in pieces",
            rar5(&kept(Kept::Continued)),
            GapKind::Unsupported,
            "part of an archive in several pieces",
        ),
        (
            "RAR 4, in pieces",
            rar4(&kept(Kept::Continued)),
            GapKind::Unsupported,
            "part of an archive in several pieces",
        ),
        ("RAR 5, 4 GB", rar5(&kept(Kept::Large)), GapKind::Limit, "needs more memory to unpack than the limit"),
        ("RAR 5, cut", rar[..rar.len() - 40].to_vec(), GapKind::Broken, "damaged archive"),
        ("RAR, damaged", damage(rar.clone(), 12), GapKind::Broken, "damaged archive"),
        ("ZIP, LZMA of 4 GB", long, GapKind::Limit, "needs more memory to unpack than the limit"),
        ("ZIP, PPMd", zip_of(98, 0, WORDS, WORDS), GapKind::Unsupported, "packed in a way that is not read"),
        ("bzip2, cut", bzip2(WORDS)[..40].to_vec(), GapKind::Broken, "packed data ends too early"),
        ("xz, damaged", damage(xz(WORDS), 40), GapKind::Broken, "packed data is damaged"),
    ];
    for (name, content, kind, reason) in table {
        let tree = opened(&content);
        assert!(tree.gaps.iter().any(|gap| gap.kind == kind && gap.reason == reason), "{name}: {:?}", gaps(&tree));
        assert!(!name.ends_with("another method") || tree.text.contains("Jane Smith"), "{name}");
        // What stands beside a file that is not read is.
        if name.contains("pieces") || name.ends_with("4 GB") && name.starts_with("RAR") {
            assert!(tree.text.contains("the third of them"), "{name}: {:?}", gaps(&tree));
        }
    }
}

#[test]
fn bombs_are_bounded() {
    let zeros = vec![0; 2 << 20];
    let small = FileLimits { depth: 3, parts: 40, unpacked: 1 << 20, text: 64 << 10, cells: 1_000 };
    let names: Vec<String> = (0..300).map(|number| format!("report-{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"words"[..])).collect();
    let many_kept: Vec<_> = many.iter().map(|(name, content)| (*name, *content, Kept::Clear)).collect();
    let more = "more to unpack and read than the limit";
    let files = "more files inside than the limit";
    for (name, content, reason) in [
        ("7z", seven(&[("a", &zeros)], Seven::Solid), more),
        ("bzip2", bzip2(&zeros), more),
        ("xz", xz(&zeros), more),
        ("Zstandard", zstd(&zeros), more),
        ("packed twice", xz(&bzip2(&zeros)), more),
        ("ZIP, LZMA", zip_of(14, 2, &lzma(&zeros), &zeros), more),
        ("RAR", rar5(&[("a", &zeros, Kept::Clear)]), more),
        ("RAR 5, packed", rar(&[("a", &zeros)], ArchiveVersion::Rar50, |it| it), more),
        ("RAR 4, packed", rar(&[("a", &zeros)], ArchiveVersion::Rar29, |it| it), more),
        ("7z, many files", seven(&many, Seven::Solid), files),
        ("7z, many blocks", seven(&many, Seven::Each(EncoderMethod::COPY)), files),
        ("RAR, many files", rar5(&many_kept), files),
    ] {
        let tree = opened_within(&content, &small);
        assert!(
            tree.gaps.iter().any(|gap| gap.kind == GapKind::Limit && gap.reason == reason),
            "{name}: {:?}",
            gaps(&tree)
        );
        if reason == files {
            assert!(tree.parts.len() <= 41 && tree.text.contains("report-299.txt"), "{name}");
        }
    }
}

#[test]
fn a_hundred_thousand_names_are_read() {
    let names: Vec<String> = (0..100_000).map(|number| format!("report-{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let kept: Vec<_> = many.iter().map(|(name, content)| (*name, *content, Kept::Clear)).collect();
    for (name, content) in [("7z", seven(&many[75_000..], Seven::Each(EncoderMethod::COPY))), ("RAR", rar5(&kept))] {
        let tree = opened(&content);
        assert_eq!(tree.parts.len(), usize::from(FileLimits::default().parts) + 1, "{name}");
        assert!(tree.text.contains("report-99999.txt"), "{name}: {:?}", gaps(&tree));
    }
}

#[test]
fn an_archive_in_several_pieces_is_a_gap_and_says_its_names() {
    // What does not pack.
    let mut number = 7_u64;
    let long: Vec<u8> = std::iter::repeat_with(|| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        number.to_be_bytes()[0]
    })
    .take(80_000)
    .collect();
    let both: Files<'_> = &[("Jane Smith.txt", WORDS), ("film.bin", &long)];
    // Those of older versions are made with one file.
    for (version, files) in [(ArchiveVersion::Rar50, both), (ArchiveVersion::Rar40, &both[1..])] {
        let pieces = rar_builder(files, version).volume_size(Some(30_000)).build_volumes(None).unwrap();
        assert!(pieces.len() > 1);
        for (number, piece) in pieces.iter().enumerate() {
            let tree = opened(piece);
            assert!(
                tree.gaps.iter().any(|gap| gap.reason == "part of an archive in several pieces"),
                "{number}: {:?}",
                gaps(&tree)
            );
            assert!(tree.text.contains("film.bin"));
            let whole = files.len() > 1 && number == 0;
            assert_eq!(tree.text.contains("to the coast"), whole, "what is whole in one of them is read");
        }
    }
}

#[test]
fn the_comment_of_an_archive_is_read() {
    let content = rar(FILES, ArchiveVersion::Rar50, |it| it.comment(Some(b"About Jane Smith".to_vec())));
    // In a ZIP file the archive has one, and each file.
    let mut zipped = zip(&[("a.txt", WORDS)]);
    let (entry, end) = (zipped.len() - 22 - 46 - 5, zipped.len() - 2);
    zipped[entry + 32] = 10;
    zipped[end] = 11;
    zipped[end - 8] += 10;
    zipped.splice(end - 20..end - 20, b"Jane Smith".iter().copied());
    zipped.extend(b"About class");
    for (content, words) in [(content, "About Jane Smith"), (zipped, "About class\nJane Smith\n")] {
        let tree = opened(&content);
        assert_eq!(gaps(&tree), []);
        assert!(sections(&tree).contains(&(SectionKind::Comments, 0, "", words)), "{:?}", sections(&tree));
    }
}

#[test]
fn names_of_folders_are_read() {
    let content = seven(&[("About Jane Smith/", b""), ("About Jane Smith/a.txt", WORDS)], Seven::Encrypted);
    let tree = opened(&content);
    assert!(
        sections(&tree)
            .iter()
            .any(|(kind, _, _, text)| *kind == SectionKind::Names && text.contains("About Jane Smith"))
    );
}

/// Archives to damage.
static WHOLE: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
    vec![
        seven(FILES, Seven::Solid),
        seven(FILES, Seven::Mixed),
        seven_of(b"\x21", &[24], WORDS, "letter.txt"),
        rar5(&kept(Kept::Encrypted)),
        rar4(&kept(Kept::Clear)),
        xz(WORDS),
        zstd(WORDS),
        bzip2(WORDS),
        lzip(WORDS),
        zip_of(9, 0, &deflate(WORDS), WORDS),
        zip_of(14, 2, &lzma(WORDS), WORDS),
        rar(FILES, ArchiveVersion::Rar29, |it| it),
        rar(FILES, ArchiveVersion::Rar50, |it| it.solid(true)),
    ]
});

proptest::proptest! {
    #[test]
    fn damaged_archives_are_read_or_refused(which in 0_usize..13, at in 0.0..1.0_f64, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..30), cut in 0.0..1.2_f64) {
        opened(&damaged(&WHOLE[which], at, &bytes, cut));
    }
}
