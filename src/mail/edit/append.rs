//! Text added to a part: at the end, or in front of `</body>`.

use super::charset::Writer;
use super::{CannotEdit, Edit, line_break};

/// The one edit that adds all texts, in their order.
pub(super) fn edit(content: &[u8], writer: &Writer, texts: &[(&str, bool)]) -> Result<Edit, CannotEdit> {
    let at = if writer.html { before_end_tag(content, writer) } else { content.len() };
    let ends = ends_line(content.get(..at).unwrap_or_default(), writer);
    let line_break = if line_break(content) == b"\n" { "\n" } else { "\r\n" };
    let mut with = Vec::new();
    if !ends && at > 0 {
        with.extend(writer.write(line_break, false)?);
    }
    for (text, is_html) in texts {
        if *is_html && !writer.html {
            return Err(CannotEdit::NotEditable);
        }
        let text = text.trim_end_matches('\n');
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                with.extend(writer.write(if writer.html && !is_html { "<br>" } else { "" }, false)?);
                with.extend(writer.write(line_break, false)?);
            }
            with.extend(writer.write(line.trim_end_matches('\r'), !is_html)?);
        }
        with.extend(writer.write(line_break, false)?);
    }
    // Lines of two-byte letters are no lines of the transfer encoding.
    Ok(Edit { content: at..at, with, lines: writer.width() == 1 })
}

/// Where `</body>` begins, else `</html>`, else the end.
fn before_end_tag(content: &[u8], writer: &Writer) -> usize {
    let (width, half) = (writer.width(), writer.ascii_half());
    let other = |letter: &[u8]| letter.iter().enumerate().any(|(at, byte)| at != half && *byte != 0);
    let lower: Vec<u8> = content
        .chunks(width)
        .map(|letter| if other(letter) { b'?' } else { letter.get(half).map_or(b'?', u8::to_ascii_lowercase) })
        .collect();
    let find = |tag: &[u8]| lower.windows(tag.len()).rposition(|window| window == tag).map(|at| at * width);
    find(b"</body").or_else(|| find(b"</html")).unwrap_or(content.len())
}

fn ends_line(content: &[u8], writer: &Writer) -> bool {
    let width = writer.width();
    let last = content.len().checked_sub(width).and_then(|at| content.get(at..));
    last.is_some_and(|letter| letter.get(writer.ascii_half()) == Some(&b'\n'))
}
