//! What staff attach beside documents: tables and pictures of any size.

use super::Dice;
use super::words::Writer;

fn noise(size: usize, dice: &mut Dice, out: &mut Vec<u8>) {
    let end = out.len() + size;
    while out.len() < end {
        out.extend_from_slice(&dice.roll().to_le_bytes());
    }
    out.truncate(end);
}

/// A number of a list's place.
pub fn place(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// The heads of a list of stock.
pub const HEADS: [&str; 8] = ["Number", "Item", "Room", "Counted", "Old", "New", "Total", "Comment"];

/// A list of stock: a table in which nothing is to be found.
pub fn csv(size: usize, dice: &mut Dice) -> Vec<u8> {
    let mut csv = HEADS.join(",") + "\r\n";
    let mut row = 0;
    while csv.len() < size {
        row += 1;
        let item = Writer::new(dice).line(12);
        csv.push_str(&format!(
            "{row:04},{item},{}B,{:02}/06/2026,{},{},{},works well\r\n",
            7 + dice.below(7),
            1 + dice.below(28),
            dice.below(50),
            dice.below(50),
            dice.below(100)
        ));
    }
    csv.into_bytes()
}

/// A picture that shows nothing.
pub fn jpeg(size: usize, dice: &mut Dice) -> Vec<u8> {
    let mut jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    noise(size, dice, &mut jpeg);
    jpeg.extend_from_slice(b"\xff\xd9");
    jpeg
}
