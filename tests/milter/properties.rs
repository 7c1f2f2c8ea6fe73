//! However the bytes are cut, the same steps follow; and no bytes at all break anything.

use crate::player::{End, Player};
use crate::script::{packet, read};
use exeat::milter::Settings;
use proptest::prelude::*;
use std::path::Path;

/// What the relay says in a dialogue, as one stream.
fn stream(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogs").join(name);
    let lines = read(&std::fs::read_to_string(file).unwrap());
    lines.iter().filter(|line| line.verb == ">").flat_map(|line| packet(&line.rest)).collect()
}

/// Everything that can be told of a conversation.
fn outcome<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<Vec<u8>>, Option<End>) {
    let mut player = Player::new(Settings::default().limits());
    for piece in pieces {
        if player.end.is_none() {
            player.feed(piece);
        }
    }
    (player.out, player.seen.into_iter().map(|seen| seen.message).collect(), player.end)
}

const STREAMS: [&str; 5] =
    ["abort.txt", "macros.txt", "version-2.txt", "end-of-body-with-data.txt", "header-bytes.txt"];

#[test]
fn split_at_every_byte() {
    for name in STREAMS {
        let bytes = stream(name);
        let whole = outcome(std::iter::once(bytes.as_slice()));
        assert!(!whole.1.is_empty(), "{name}: a message");
        assert_eq!(outcome(bytes.chunks(1)), whole, "{name}: one by one");
        for at in 0..bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert_eq!(outcome([front, back].into_iter()), whole, "{name}: split at {at}");
        }
    }
}

proptest! {
    #[test]
    fn any_chunking(which in 0..STREAMS.len(), sizes in prop::collection::vec(1_usize..60, 1..200)) {
        let bytes = stream(STREAMS[which]);
        let mut rest = bytes.as_slice();
        let mut sizes = sizes.iter().cycle();
        let pieces = std::iter::from_fn(|| {
            let (piece, behind) = rest.split_at(rest.len().min(*sizes.next()?));
            rest = behind;
            (!piece.is_empty()).then_some(piece)
        });
        let got = outcome(pieces);
        prop_assert_eq!(got, outcome(std::iter::once(bytes.as_slice())));
    }

    /// Whatever comes, nobody panics, and without an end of body nothing is judged.
    #[test]
    fn garbage(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (_, judged, _) = outcome(std::iter::once(bytes.as_slice()));
        prop_assert!(judged.is_empty());
    }

    /// Packets that are well cut, with any letter and any data, in any order.
    #[test]
    fn any_packets(packets in prop::collection::vec(("[ODCHMRTLNBEAKQU]", prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut bytes = packet("O u32:6 u32:0x1ff u32:0x1fffff");
        for (letter, data) in &packets {
            bytes.extend(u32::try_from(data.len() + 1).unwrap().to_be_bytes());
            bytes.extend(letter.as_bytes());
            bytes.extend(data);
        }
        let whole = outcome(std::iter::once(bytes.as_slice()));
        prop_assert_eq!(outcome(bytes.chunks(7)), whole);
    }
}
