//! Encrypted office files: protected from everybody, or under the password that Excel tries by itself.

use crate::making::{letter, rows, xlsx};
use crate::older_making::{container, doc, large, number, ppt, properties, record, shared, small, wide, workbook, xls};
use crate::{cells, gaps, opened, read};
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use base64::Engine as _;
use exeat::mail::parts::{GapKind, Sealed, Tree};
use md5::Digest as _;
use rc4::StreamCipher as _;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY as SHA1, SHA512, digest};

pub const DEFAULT: &str = "VelvetSweatshop";
const SALT: [u8; 16] = *b"sixteen letters!";

fn md5(parts: &[&[u8]]) -> Vec<u8> {
    md5::Md5::digest(parts.concat()).to_vec()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    digest(&SHA1, &parts.concat()).as_ref().to_vec()
}

fn mix(key: &[u8], bytes: &mut [u8]) {
    rc4::Rc4::new_from_slice(key).unwrap().apply_keystream(bytes);
}

/// A workbook's stream encrypted with RC4, as Excel 97 did it or as Excel 2002 did.
pub fn encrypted_stream(password: &str, old: bool) -> Vec<u8> {
    let key = |block: usize| {
        let block = large(block);
        if old {
            let base = md5(&[&[&md5(&[&wide(password)])[..5], &SALT].concat().repeat(16)]);
            md5(&[&base[..5], &block])
        } else {
            sha1(&[&sha1(&[&SALT, &wide(password)]), &block])[..16].to_vec()
        }
    };
    let verifier = *b"a verifying text";
    let hash = if old { md5(&[&verifier]) } else { sha1(&[&verifier]) };
    let mut proof = [&verifier[..], &hash].concat();
    mix(&key(0), &mut proof);
    let (verifier, hash) = proof.split_at(16);
    let pass = if old {
        record(0x2F, &[&[1, 0, 1, 0, 1, 0], &SALT, verifier, hash])
    } else {
        let header =
            [large(4), large(0), large(0x6801), large(0x8004), large(128), large(1), large(0), large(0)].concat();
        let verifier = [&large(16)[..], &SALT, verifier, &large(20), hash].concat();
        record(0x2F, &[&[1, 0, 2, 0, 2, 0], &large(4), &large(header.len()), &header, &verifier])
    };
    let names: Vec<String> = (0..200).map(|number| format!("Pupil Number {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sheet = [shared(0, 0, 7), shared(0, 1, 199), number(1, 0, 1, 41306.0)].concat();
    let mut stream = workbook(&["dd/mm/yyyy"], &names, &[("Marks", 0, sheet)], &pass);
    let clear = stream.clone();
    for (block, bytes) in stream.chunks_mut(1024).enumerate() {
        mix(&key(block), bytes);
    }
    let mut at = 0;
    while at + 4 <= clear.len() {
        let kind = u16::from_le_bytes([clear[at], clear[at + 1]]);
        let length = usize::from(u16::from_le_bytes([clear[at + 2], clear[at + 3]]));
        let kept = match kind {
            0x809 | 0x2F => 4 + length,
            0x85 => 8,
            _ => 4,
        };
        stream[at..at + kept].copy_from_slice(&clear[at..at + kept]);
        at += 4 + length;
    }
    stream
}

/// Blocks encrypted one by one, or each mixed with the one before.
fn aes(key: &[u8], start: Option<&[u8]>, bytes: &[u8]) -> Vec<u8> {
    let mut before = start.map(<[u8]>::to_vec);
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(16), 0);
    let mut out = Vec::new();
    for block in padded.chunks(16) {
        let mut block: [u8; 16] = block.try_into().unwrap();
        for (byte, other) in block.iter_mut().zip(before.iter().flatten()) {
            *byte ^= other;
        }
        let mut block = aes::Block::from(block);
        match key.len() {
            16 => aes::Aes128::new_from_slice(key).unwrap().encrypt_block(&mut block),
            _ => aes::Aes256::new_from_slice(key).unwrap().encrypt_block(&mut block),
        }
        out.extend_from_slice(&block);
        before = before.map(|_| block.to_vec());
    }
    out
}

/// A document encrypted as Office 2010 and later do it.
pub fn agile(password: &str, content: &[u8], rounds: u32) -> Vec<u8> {
    let sha512 = |parts: &[&[u8]]| digest(&SHA512, &parts.concat()).as_ref().to_vec();
    let mut hash = sha512(&[&SALT, &wide(password)]);
    for number in 0..rounds.min(1_000) {
        hash = sha512(&[&number.to_le_bytes(), &hash]);
    }
    let code = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let under = |purpose: [u8; 8], bytes: &[u8]| code(&aes(&sha512(&[&hash, &purpose])[..32], Some(&SALT), bytes));
    let (verifier, key) = (*b"a verifying text", [7; 32]);
    let method = "saltSize=\"16\" blockSize=\"16\" keyBits=\"256\" hashSize=\"64\" cipherAlgorithm=\"AES\" cipherChaining=\"ChainingModeCBC\" hashAlgorithm=\"SHA512\"";
    let info = format!(
        "<encryption xmlns=\"e\" xmlns:p=\"p\"><keyData {method} saltValue=\"{salt}\"/><keyEncryptors><keyEncryptor><p:encryptedKey spinCount=\"{rounds}\" {method} saltValue=\"{salt}\" encryptedVerifierHashInput=\"{}\" encryptedVerifierHashValue=\"{}\" encryptedKeyValue=\"{}\"/></keyEncryptor></keyEncryptors></encryption>",
        under([0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79], &verifier),
        under([0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E], &sha512(&[&verifier])),
        under([0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6], &key),
        salt = code(&SALT),
    );
    let info = [&[4, 0, 4, 0, 0x40, 0, 0, 0][..], info.as_bytes()].concat();
    let mut package = [large(content.len()), large(0)].concat();
    for (number, segment) in (0_u32..).zip(content.chunks(4096)) {
        package.extend(aes(&key, Some(&sha512(&[&SALT, &number.to_le_bytes()])[..16]), segment));
    }
    container(&[
        ("/EncryptionInfo", &info),
        ("/EncryptedPackage", &package),
        ("/\u{5}SummaryInformation", &properties(&[(2, "the clear title")])),
    ])
}

/// A document encrypted as Office 2007 does it.
pub fn standard(password: &str, content: &[u8]) -> Vec<u8> {
    let mut hash = sha1(&[&SALT, &wide(password)]);
    for number in 0..50_000_u32 {
        hash = sha1(&[&number.to_le_bytes(), &hash]);
    }
    let hash = sha1(&[&hash, &large(0)]);
    let mut mixed = [0x36; 64];
    mixed.iter_mut().zip(&hash).for_each(|(byte, other)| *byte ^= other);
    let key = &sha1(&[&mixed])[..16];
    let verifier = *b"a verifying text";
    let header =
        [large(0x24), large(0), large(0x660E), large(0x8004), large(128), large(24), large(0), large(0)].concat();
    let info = [
        &[4, 0, 2, 0, 0x24, 0, 0, 0][..],
        &large(header.len()),
        &header,
        &large(16),
        &SALT,
        &aes(key, None, &verifier),
        &large(20),
        &aes(key, None, &sha1(&[&verifier])),
    ]
    .concat();
    let package = [&large(content.len())[..], &large(0), &aes(key, None, content)].concat();
    container(&[("/EncryptionInfo", &info), ("/EncryptedPackage", &package)])
}

fn is_protected(tree: &Tree, part: usize) -> bool {
    let said = tree.gaps.iter().any(|gap| usize::from(gap.part) == part && gap.kind == GapKind::Protected);
    assert_eq!(said, tree.parts[part].sealed == Some(Sealed::Office));
    said
}

/// A workbook under a password.
type Protect<'a> = &'a dyn Fn(&str) -> Vec<u8>;

#[test]
fn a_password_that_everybody_has_is_none() {
    let long: Vec<Vec<String>> = (0..300).map(|row| vec![format!("Pupil {row}"), format!("7{row}")]).collect();
    let long: Vec<Vec<&str>> = long.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let long: Vec<&[&str]> = long.iter().map(Vec::as_slice).collect();
    let book = xlsx(&[("Marks", "visible", &rows(&long))], &[], &[]);
    let table: [(&str, Protect<'_>, &str); 4] = [
        ("agile", &|password| agile(password, &book, 100), "Pupil 299"),
        ("standard", &|password| standard(password, &book), "Pupil 299"),
        ("RC4 with 40 bits", &|password| xls(&encrypted_stream(password, true)), "Pupil Number 199"),
        ("RC4 with 128 bits", &|password| xls(&encrypted_stream(password, false)), "Pupil Number 199"),
    ];
    for (name, make, words) in table {
        for in_letter in [false, true] {
            let opened =
                |content: &[u8]| if in_letter { read(&letter(&[("a.xls", content)])) } else { opened(content) };
            let part = if in_letter { 2 } else { 0 };
            let open = opened(&make(DEFAULT));
            assert!(!is_protected(&open, part), "{name}");
            assert_eq!(gaps(&open), [], "{name}");
            assert!(cells(&open).iter().any(|(_, _, text)| *text == words), "{name}: {:?}", cells(&open));
            let closed = opened(&make("another password"));
            let weak = name == "RC4 with 40 bits";
            assert_eq!(is_protected(&closed, part), !weak, "{name}");
            assert_eq!(closed.parts[part].sealed == Some(Sealed::OfficeWeak), weak, "{name}");
            assert!(!closed.text.contains(words) && cells(&closed).is_empty(), "{name}");
        }
    }
    assert!(opened(&agile("another password", &book, 100)).text.contains("the clear title"), "what stands beside it");
}

#[test]
fn in_doubt_nothing_is_protected() {
    let book = xlsx(&[("Marks", "visible", &rows(&[&["Pupil", "Mark"]]))], &[], &[]);
    let doubtful = opened(&agile(DEFAULT, &book, u32::MAX));
    assert!(!is_protected(&doubtful, 0));
    assert_eq!(gaps(&doubtful), [(GapKind::Limit, 0, "more to unpack and read than the limit")]);
    // XOR keeps us out, and nobody else.
    let stream = workbook(&[], &["x"], &[("a", 0, vec![])], &record(0x2F, &[&[0; 6]]));
    let weak = opened(&xls(&stream));
    assert!(!is_protected(&weak, 0));
    assert_eq!(gaps(&weak), [(GapKind::Weak, 0, "office document with weak encryption")]);
    // A clear document beside an encrypted one is what programs show.
    let clear = workbook(&[], &["Oliver Smith"], &[("a", 0, shared(0, 0, 0))], &[]);
    let both = opened(&container(&[
        ("/EncryptionInfo", &[4, 0, 4, 0]),
        ("/EncryptedPackage", &[0; 64]),
        ("/Workbook", &clear),
    ]));
    assert!(!is_protected(&both, 0) && both.text.contains("Oliver Smith"));
    // Nor does what stands further in protect the rest.
    let locked = [&[0xEC, 0xA5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 60]].concat();
    for streams in [
        &[("/MBD1/WordDocument", &locked[..]), ("/Workbook", &clear)][..],
        &[
            ("/MBD1/EncryptionInfo", &[4, 0, 4, 0]),
            ("/MBD1/EncryptedPackage", &[0; 64]),
            ("/Contents", b"Oliver Smith"),
        ],
    ] {
        let outer = opened(&container(streams));
        assert!(!is_protected(&outer, 0) && outer.text.contains("Oliver Smith"), "{:?}", gaps(&outer));
    }
    // Slides whose user is said to be encrypted, and that are not.
    let slides = ppt(&[(Some(1), crate::older_making::slide_record(0xF, 1_000, &[]))], &[]);
    let token = slides.windows(4).position(|window| window == large(0xE391_C05F)).unwrap();
    let mut said = slides.clone();
    said[token..token + 4].copy_from_slice(&large(0xF3D1_C4DF));
    assert!(!is_protected(&opened(&said), 0));
}

#[test]
fn encrypted_documents_stay_protected_and_what_is_clear_in_them_is_read() {
    let plain = doc(&[("words", false)], [5, 0, 0, 0, 0, 0, 0, 0], &[], &[]);
    let block = plain.windows(4).position(|window| window == [0xEC, 0xA5, 0xC1, 0]).unwrap();
    for (flags, protected) in [(0x0300_usize, true), (0x8300, false)] {
        let mut content = plain.clone();
        content[block + 10..block + 12].copy_from_slice(&small(flags));
        let tree = opened(&content);
        assert_eq!(is_protected(&tree, 0), protected);
        let weak = (GapKind::Weak, 0, "office document with weak encryption");
        assert_eq!(gaps(&tree).contains(&weak), !protected);
    }
}
