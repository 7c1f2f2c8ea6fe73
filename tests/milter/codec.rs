//! Every command and reply, written and read.

use crate::script::written;
use exeat::milter::wire::{Actions, Command, Decoded, Decoder, Offer, Peer, Protocol, Reply, Stage, Violation};

const OFFER: Offer = Offer { version: 6, actions: Actions(0x1ff), protocol: Protocol(0x1f_ffff) };

#[test]
fn commands_are_read_as_they_were_written() {
    let commands = [
        (Command::Negotiate(OFFER), r#"O "\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff""#),
        (Command::macros(b'C', b"j\0relay.example\0"), r#"D "Cj\0relay.example\0""#),
        (Command::Connect { host: b"client.example", peer: Peer::Unknown }, r#"C "client.example\0U""#),
        (
            Command::Connect { host: b"c", peer: Peer::Inet { port: 258, address: b"192.0.2.1" } },
            r#"C "c\04\x01\x02192.0.2.1\0""#,
        ),
        (
            Command::Connect { host: b"c", peer: Peer::Inet { port: 0, address: b"2001:db8::1" } },
            r#"C "c\06\0\02001:db8::1\0""#,
        ),
        (Command::Connect { host: b"c", peer: Peer::Unix(b"/run/x") }, r#"C "c\0L\0\0/run/x\0""#),
        (Command::Helo(b"client.example"), r#"H "client.example\0""#),
        (Command::mail(b"<a@b.example>\0SIZE=1\0"), r#"M "<a@b.example>\0SIZE=1\0""#),
        (Command::recipient(b"<a@b.example>\0"), r#"R "<a@b.example>\0""#),
        (Command::Data, "T"),
        (Command::Header { name: b"Subject", value: b" hi" }, r#"L "Subject\0 hi\0""#),
        (Command::EndOfHeaders, "N"),
        (Command::Body { bytes: b"text\r\n", last: true }, r#"B "text\r\n""#),
        (Command::EndOfBody, "E"),
        (Command::Abort, "A"),
        (Command::QuitNewConnection, "K"),
        (Command::Quit, "Q"),
        (Command::Unknown(b"XYZZY"), r#"U "XYZZY\0""#),
    ];
    for (command, wanted) in commands {
        let mut bytes = Vec::new();
        command.encode(&mut bytes);
        assert_eq!(written(&bytes), [wanted]);
        let mut decoder = Decoder::new(1000);
        assert!(decoder.decode(&bytes) == Ok(Decoded::Command { command, used: bytes.len() }), "{wanted}");
    }
}

#[test]
fn replies_are_read_as_they_were_written() {
    let replies = [
        (Reply::Accept, "a"),
        (Reply::Continue, "c"),
        (Reply::Discard, "d"),
        (Reply::Reject, "r"),
        (Reply::Tempfail, "t"),
        (Reply::Refuse(b"550 5.7.1 no"), r#"y "550 5.7.1 no\0""#),
        (Reply::Progress, "p"),
        (Reply::Skip, "s"),
        (Reply::AddHeader { name: b"A", value: b"b" }, r#"h "A\0b\0""#),
        (Reply::ChangeHeader { index: 1, name: b"A", value: b"" }, r#"m "\0\0\0\x01A\0\0""#),
        (Reply::InsertHeader { index: 0, name: b"A", value: b"b" }, r#"i "\0\0\0\0A\0b\0""#),
        (Reply::ReplaceBody(b"text"), r#"b "text""#),
        (Reply::AddRecipient(b"<a@b.example>"), r#"+ "<a@b.example>\0""#),
        (
            Reply::AddRecipientWith { address: b"<a@b.example>", arguments: b"NOTIFY=NEVER" },
            r#"2 "<a@b.example>\0NOTIFY=NEVER\0""#,
        ),
        (Reply::DeleteRecipient(b"<a@b.example>"), r#"- "<a@b.example>\0""#),
        (Reply::ChangeSender { address: b"<>", arguments: b"" }, r#"e "<>\0""#),
        (Reply::ChangeSender { address: b"<>", arguments: b"SIZE=1" }, r#"e "<>\0SIZE=1\0""#),
        (Reply::Quarantine(b"why"), r#"q "why\0""#),
        (Reply::ConnectionFailure, "f"),
        (Reply::ShutDown, "4"),
        (Reply::Negotiate { offer: OFFER, macros: &[] }, r#"O "\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff""#),
    ];
    for (reply, wanted) in replies {
        let mut bytes = Vec::new();
        reply.encode(&mut bytes);
        assert_eq!(written(&bytes), [wanted]);
        assert!(Reply::decode(bytes[4], &bytes[5..]) == Ok(reply), "{wanted}");
    }
    let mut bytes = Vec::new();
    Reply::Negotiate { offer: OFFER, macros: &[(Stage::EndOfMessage, "i j")] }.encode(&mut bytes);
    assert!(bytes.ends_with(b"\0\0\0\x05i j\0"));
    let mut bytes = Vec::new();
    Reply::Refuse(b"100%").encode(&mut bytes);
    assert!(bytes.ends_with(b"y100%%\0"));
    for (letter, data) in [(b'm', b"123".as_slice()), (b'i', b""), (b'O', b"12345678901"), (b'?', b"")] {
        assert!(Reply::decode(letter, data).is_err());
    }
}

#[test]
fn a_length_is_checked_before_the_packet_is_there() {
    let cases: [(&[u8], Result<usize, Violation>); 9] = [
        (b"", Ok(5)),
        (b"\0\0\0", Ok(5)),
        (b"\0\0\0\x64", Ok(5)),
        (b"\0\0\0\x64L", Ok(104)),
        (b"\0\0\0\0", Err(Violation::PacketEmpty)),
        (b"\0\0\0\x65", Err(Violation::PacketTooLong)),
        (b"\xff\xff\xff\xff", Err(Violation::PacketTooLong)),
        (b"GET / HTTP/1.1\r\n", Err(Violation::PacketTooLong)),
        (b"\0\0\0\x64Z", Err(Violation::UnknownCommand)),
    ];
    for (bytes, wanted) in cases {
        let got = Decoder::new(100).decode(bytes).map(|decoded| match decoded {
            Decoded::More { need } => need,
            Decoded::Command { .. } => panic!("a command"),
        });
        assert_eq!(got, wanted, "{bytes:?}");
    }
}

#[test]
fn nothing_of_a_command_prints() {
    let command = Command::Header { name: b"Subject", value: b" somebody's words" };
    assert_eq!(format!("{command:?}"), "Command(L)");
    assert_eq!(format!("{:?}", Reply::DeleteRecipient(b"<a@b.example>")), "Reply(-)");
}
