//! A PDF as office programs export it: packed pages of text, and a picture that brings the file to the size it is to have.

use super::people::Person;
use super::words::Writer;
use super::{Dice, files};
use std::io::Write;

/// The type of a PDF.
pub const PDF: &str = "application/pdf";
/// Letters of a line and lines of a page.
const LINE: usize = 90;
const PAGE: usize = 46;

/// A letter, a form, a trip plan with about so many letters.
pub fn pdf(size: usize, letters: usize, named: Option<&Person>, dice: &mut Dice) -> Vec<u8> {
    let text = Writer::new(dice).text(letters as u64, letters as u64, named);
    // Two of three write letters by their glyph's number, with a table that says which letter that is.
    let numbered = dice.below(3) > 0;
    let lines: Vec<String> =
        text.lines().map(|line| line.chars().filter(char::is_ascii).take(LINE).collect()).collect();
    let mut file = File { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), places: Vec::new() };
    let pages = lines.chunks(PAGE).count();
    let first = 6;
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", first + 2 * page)).collect();
    file.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    file.object(&format!("<< /Type /Pages /Count {pages} /Kids [{kids}] >>"), None);
    if numbered {
        let below = "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+Calibri /CIDSystemInfo \
                     << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 500 >>";
        file.object(
            &format!(
                "<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Calibri /Encoding /Identity-H \
                 /DescendantFonts [{below}] /ToUnicode 4 0 R >>"
            ),
            None,
        );
    } else {
        file.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", None);
    }
    file.object("", Some(&packed(glyphs().as_bytes())));
    let mut contents: Vec<Vec<u8>> = lines.chunks(PAGE).map(|lines| packed(page(lines, numbered).as_bytes())).collect();
    let so_far: usize = file.bytes.len() + contents.iter().map(|content| content.len() + 320).sum::<usize>();
    file.object(
        "/Type /XObject /Subtype /Image /Width 800 /Height 600 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
        Some(&files::jpeg(size.saturating_sub(so_far + 600), dice)),
    );
    for (number, content) in contents.drain(..).enumerate() {
        let at = first + 2 * number + 1;
        file.object(
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {at} 0 R \
                 /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 5 0 R >> >> >>"
            ),
            None,
        );
        file.object("", Some(&content));
    }
    file.finish()
}

/// The lines of a page, kerned here and there; under the first a picture.
fn page(lines: &[String], numbered: bool) -> String {
    let mut out = String::from("q 400 0 0 300 72 60 cm /Im1 Do Q\nBT\n/F1 11 Tf\n0 g\n");
    for (number, line) in lines.iter().enumerate() {
        out.push_str(&format!("1 0 0 1 72 {} Tm\n[", 780 - 15 * number));
        for word in line.split_inclusive(' ') {
            if numbered {
                out.push('<');
                word.bytes().for_each(|letter| out.push_str(&format!("{:04X}", u16::from(letter) - 29)));
                out.push('>');
            } else {
                out.push('(');
                out.push_str(&word.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)"));
                out.push(')');
            }
            out.push_str(if word.len() % 3 == 0 { "-12" } else { "4" });
        }
        out.push_str("] TJ\n");
    }
    out.push_str("ET\n");
    out
}

/// Which letter stands for which glyph.
fn glyphs() -> String {
    let line = |letter: u8| format!("<{:04X}> <{letter:04X}>\n", u16::from(letter) - 29);
    let lines: String = (32..127).map(line).collect();
    format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\n\
         endcodespacerange\n95 beginbfchar\n{lines}endbfchar\nendcmap\nend\nend\n"
    )
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A file as it grows, with the places of its objects.
struct File {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl File {
    /// A dictionary, or a stream with what is to stand in its dictionary; a stream without a filter is packed.
    fn object(&mut self, dictionary: &str, stream: Option<&[u8]>) {
        self.places.push(self.bytes.len());
        self.put(&format!("{} 0 obj\n", self.places.len()));
        match stream {
            None => self.put(dictionary),
            Some(stream) => {
                let filter = if dictionary.contains("/Filter") { "" } else { "/Filter /FlateDecode" };
                self.put(&format!("<< {dictionary} {filter} /Length {} >>\nstream\n", stream.len()));
                self.bytes.extend_from_slice(stream);
                self.put("\nendstream");
            }
        }
        self.put("\nendobj\n");
    }

    fn put(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn finish(mut self) -> Vec<u8> {
        let at = self.bytes.len();
        let places: String = self.places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
        let count = self.places.len() + 1;
        self.put(&format!("xref\n0 {count}\n0000000000 65535 f \n{places}trailer\n"));
        self.put(&format!("<< /Size {count} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"));
        self.bytes
    }
}
