//! PDF around bytes that a fuzzer makes.

use super::{CUT, pieces};

const CATALOG: &[u8] = b"<< /Type /Catalog /Pages 2 0 R >>";
const PAGES: &[u8] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
const PAGE: &[u8] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /X 4 0 R >> >> >>";
const FONT: &[u8] = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A >>] /ToUnicode 6 0 R >>";
const DRAWN: &[u8] = b"BT /F1 12 Tf 20 80 Td <000100020003> Tj ET";
const MAPPED: &[u8] =
    b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <00FF> <0041> endbfrange";

/// A page with this content.
pub fn drawn(content: &[u8]) -> Vec<u8> {
    objects(&[CATALOG, PAGES, PAGE, &stream(content), FONT, &stream(MAPPED)].join(CUT))
}

/// A page whose letters mean what the content says.
pub fn mapped(content: &[u8]) -> Vec<u8> {
    objects(&[CATALOG, PAGES, PAGE, &stream(DRAWN), FONT, &stream(content)].join(CUT))
}

/// A file of which each piece is an object; the first is the catalogue.
pub fn objects(content: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = String::new();
    let pieces = pieces(content);
    for (number, object) in pieces.iter().enumerate() {
        places += &format!("{:010} 00000 n \n", out.len());
        out.extend([format!("{} 0 obj\n", number + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let (start, count) = (out.len(), pieces.len() + 1);
    let trailer = format!("trailer\n<< /Size {count} /Root 1 0 R /Info 7 0 R >>\nstartxref\n{start}\n%%EOF\n");
    out.extend(format!("xref\n0 {count}\n0000000000 65535 f \n{places}{trailer}").into_bytes());
    out
}

fn stream(content: &[u8]) -> Vec<u8> {
    [format!("<< /Length {} >>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"].concat()
}
