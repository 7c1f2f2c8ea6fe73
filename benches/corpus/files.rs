//! What staff attach: tables, documents, pictures, of any size and without meaning.

use super::Dice;
use super::people::Person;

fn noise(size: usize, dice: &mut Dice, out: &mut Vec<u8>) {
    let end = out.len() + size;
    while out.len() < end {
        out.extend_from_slice(&dice.roll().to_le_bytes());
    }
    out.truncate(end);
}

/// A mark book; its pupils are of no roster.
pub fn csv(size: usize, pupils: usize, dice: &mut Dice) -> Vec<u8> {
    let mut csv = String::from("Number,Pupil,Form,Date,Mark 1,Mark 2,Total,Comment\r\n");
    let mut row = 0;
    while csv.len() < size {
        row += 1;
        let person = Person::of_roster(dice.roll(), pupils + 1);
        csv.push_str(&format!(
            "{row:04},{} {}.,{}B,{:02}/06/2026,{},{},{},works well\r\n",
            person.forename,
            person.surname.get(..1).unwrap(),
            7 + dice.below(7),
            1 + dice.below(28),
            dice.below(50),
            dice.below(50),
            dice.below(100)
        ));
    }
    csv.into_bytes()
}

/// A zip as office programs make it: a list of types, a part of the given name, a picture.
pub fn office(part: &str, size: usize, dice: &mut Dice) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, length) in [("[Content_Types].xml", 1_200), (part, size / 3), ("media/image1.png", size * 2 / 3)] {
        let mut content = Vec::new();
        noise(length, dice, &mut content);
        let at = u32::try_from(zip.len()).unwrap();
        let length = u32::try_from(length).unwrap();
        // Version, flags, method, time, date, checksum, lengths, length of the name; nobody unpacks it.
        let mut facts: Vec<u8> = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x5a];
        facts.extend_from_slice(&0_u32.to_le_bytes());
        facts.extend_from_slice(&length.to_le_bytes());
        facts.extend_from_slice(&length.to_le_bytes());
        facts.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        facts.extend_from_slice(&[0, 0]);
        zip.extend_from_slice(b"PK\x03\x04");
        zip.extend_from_slice(&facts);
        zip.extend_from_slice(name.as_bytes());
        zip.extend_from_slice(&content);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&facts);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let at = u32::try_from(zip.len()).unwrap();
    zip.extend_from_slice(&directory);
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\x03\0\x03\0");
    zip.extend_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    zip.extend_from_slice(&at.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    zip
}

/// A document of one stream.
pub fn pdf(size: usize, dice: &mut Dice) -> Vec<u8> {
    let mut pdf =
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n3 0 obj\n<< /Length 1 >>\nstream\n".to_vec();
    noise(size, dice, &mut pdf);
    pdf.extend_from_slice(b"\nendstream\nendobj\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n");
    pdf
}

/// A picture that shows nothing.
pub fn jpeg(size: usize, dice: &mut Dice) -> Vec<u8> {
    let mut jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    noise(size, dice, &mut jpeg);
    jpeg.extend_from_slice(b"\xff\xd9");
    jpeg
}
