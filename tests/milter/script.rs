//! The text form of a conversation.
//!
//! ```text
//! limit recipients 2            a limit other than the default, before everything else
//! > L "Subject\0 hi\0"          the relay says; several pieces are put together: "text" u32:6 u16:25 x20:"a" (repeated)
//! < c                           we answer, in the same form; everything we answer is written down
//! judge reject 550 5.7.1 "no"   what the judge will say to the next message
//! sees recipients 2             what the judge saw of the last message
//! closed                        the session is over
//! violation out_of_order        the session is over, because the peer broke the protocol
//! ```

/// One line that says something.
pub struct Line {
    pub number: usize,
    pub verb: String,
    pub rest: String,
}

pub fn read(text: &str) -> Vec<Line> {
    let meaningful = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    text.lines()
        .enumerate()
        .filter(|(_, line)| meaningful(line))
        .map(|(number, line)| {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            Line { number: number + 1, verb: verb.to_owned(), rest: rest.trim().to_owned() }
        })
        .collect()
}

/// A packet from its letter and the pieces behind it.
pub fn packet(written: &str) -> Vec<u8> {
    let words = words_of(written);
    let (letter, pieces) = words.split_first().expect("a letter");
    let mut data = letter.as_bytes().to_vec();
    for piece in pieces {
        data.extend(piece_of(piece));
    }
    let mut packet = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    packet.extend(data);
    packet
}

fn piece_of(word: &str) -> Vec<u8> {
    if let Some(number) = word.strip_prefix("u32:") {
        return number_of(number).to_be_bytes().to_vec();
    }
    if let Some(number) = word.strip_prefix("u16:") {
        return u16::try_from(number_of(number)).unwrap().to_be_bytes().to_vec();
    }
    match word.strip_prefix('x').and_then(|word| word.split_once(':')) {
        Some((times, text)) if times.parse::<usize>().is_ok() => bytes_of(text).repeat(times.parse().unwrap()),
        _ => bytes_of(word),
    }
}

fn number_of(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

/// Words between spaces; a quoted one may hold spaces. Quotes go, escapes stay.
pub fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let word = word.get_or_insert_default();
                word.push('\\');
                word.extend(characters.next());
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// The bytes of a word: `\r \n \t \0 \" \\ \xHH`, everything else as UTF-8.
pub fn bytes_of(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            bytes.extend(character.to_string().as_bytes());
            continue;
        }
        bytes.push(match characters.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('x') => u8::from_str_radix(&characters.by_ref().take(2).collect::<String>(), 16).unwrap(),
            Some(other) => u8::try_from(other).unwrap(),
            None => panic!("a backslash at the end"),
        });
    }
    bytes
}

/// The other way: packets as lines.
pub fn written(mut packets: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some((length, rest)) = packets.split_first_chunk::<4>() {
        let (packet, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        lines.push(line_of(packet));
        packets = rest;
    }
    lines
}

fn line_of(packet: &[u8]) -> String {
    let escape = |byte: &u8| match *byte {
        0 => "\\0".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x20..=0x7e => char::from(*byte).to_string(),
        other => format!("\\x{other:02x}"),
    };
    let letter = char::from(packet[0]);
    if packet.len() == 1 {
        return letter.to_string();
    }
    format!("{letter} \"{}\"", packet[1..].iter().map(escape).collect::<String>())
}
