//! What is taken for encrypted is whole: clear words added to it are never taken for encrypted with it.

use exeat::mail::kind;
use exeat::mail::parts::Sealed;
use exeat::mail::sealed;

const CLEAR: &[u8] = b"\r\nDear all, this is the list of names.\r\n";

/// The bytes are the content of a file, and of a text.
pub fn holds(data: &[u8]) {
    let _ = kind::of(data, "txt");
    let found = sealed::of(data, "application/octet-stream");
    // A page may quote an armour; everything else does not depend on what the type says.
    if !matches!(found, Some(Sealed::Pgp)) {
        assert!(sealed::of(data, "text/html") == found, "a declared type protects nothing");
    }
    if matches!(found, Some(Sealed::Smime | Sealed::ZipAes | Sealed::ZipWeak)) {
        assert!(sealed::of(&[data, CLEAR].concat(), "") != found, "clear text behind it");
    }
    if matches!(found, Some(Sealed::ZipAes | Sealed::ZipWeak)) {
        assert!(sealed::of(&[CLEAR, data].concat(), "") != found, "clear text before it");
    }
    let pieces = sealed::cms_signed_pieces(data);
    assert!(pieces.iter().all(|piece| piece.start <= piece.end && piece.end <= data.len()));
    assert!(pieces.windows(2).all(|pair| pair[0].end <= pair[1].start), "pieces out of order");
    assert!(pieces.is_empty() || found != Some(Sealed::Smime), "signed and encrypted at once");
    armours(&String::from_utf8_lossy(data));
}

fn armours(text: &str) {
    let ranges = sealed::armoured_ranges(text);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "armours out of order");
    for range in ranges {
        let inside = text.get(range).expect("whole letters");
        // Only code is left out, never a line that a person could read.
        let code = |letter: char| letter.is_whitespace() || letter.is_ascii_alphanumeric() || "+/=".contains(letter);
        assert!(inside.chars().all(code), "words inside an armour are left out");
    }
}
