//! What a file is, and what is encrypted already: each form beside what only looks like it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, clippy::too_many_lines, missing_docs)]

mod kinds;
mod making;
mod messages;
mod others;

use exeat::mail::sealed;
use making::{ENVELOPED, armour, enveloped, forms, indefinite, packet, secret, session, signed, tlv};

#[test]
fn each_form_counts_and_its_lookalike_does_not() {
    for form in forms() {
        let found = sealed::of(&form.content, "application/octet-stream");
        assert_eq!(found, form.sealed, "{}: {}", form.row, form.name);
    }
}

#[test]
fn each_row_has_what_counts_and_what_only_looks_so() {
    let forms = forms();
    for row in forms.iter().map(|form| form.row) {
        let of_row = || forms.iter().filter(|form| form.row == row);
        assert!(of_row().any(making::Form::protects), "{row}");
        assert!(of_row().any(|form| !form.protects()), "{row}");
    }
}

#[test]
fn only_the_data_of_an_encrypted_armour_is_left_out() {
    let secret = armour("MESSAGE", "Comment: about Jane\n", &[session(), secret()].concat());
    let literal = armour("MESSAGE", "", &packet(11, b"b\0\0\0\0\0Dear all"));
    let text = format!("Dear all,\r\n{secret}\nregards\n{literal}{secret}x{secret}");
    let ranges = sealed::armoured_ranges(&text);
    assert_eq!(ranges.len(), 2);
    let mut rest = text.clone();
    for range in ranges.iter().rev() {
        assert!(!text[range.clone()].contains("Comment"));
        rest.replace_range(range.clone(), "");
    }
    assert_eq!(rest.matches("Comment: about Jane").count(), 3);
    assert!(rest.contains("Dear all") && rest.contains("regards"));
    assert!(
        sealed::armoured_ranges("-----BEGIN PGP MESSAGE-----\n\nnot base64!\n-----END PGP MESSAGE-----").is_empty()
    );
}

#[test]
fn signed_data_is_looked_into() {
    let pieces = [tlv(4, b"Dear "), tlv(4, b"all")].concat();
    let table = [
        (signed(&tlv(4, b"Dear all")), vec![&b"Dear all"[..]], true),
        (signed(&indefinite(0x24, &pieces)), vec![b"Dear ", b"all"], false),
        (signed(&tlv(0x24, &tlv(4, b"Dear all"))), vec![b"Dear all"], true),
        (signed(b""), vec![], false),
        (enveloped(ENVELOPED), vec![], false),
        (b"0".to_vec(), vec![], false),
    ];
    for (der, expected, single) in table {
        let found: Vec<&[u8]> = sealed::cms_signed_pieces(&der).into_iter().map(|range| &der[range]).collect();
        assert_eq!(found, expected);
        assert_eq!(sealed::cms_signed_content(&der).is_some(), single);
    }
}
