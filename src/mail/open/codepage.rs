//! Code pages by the numbers that Windows gives them.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::mail::parts::Decoded;

/// A code page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodePage(u32);

/// Western European, which is also meant where nothing is said.
pub(super) const WESTERN: CodePage = CodePage(1252);

/// Pages that browsers know, by the names they have there.
const NAMES: [(u32, &str); 49] = [
    (708, "iso-8859-6"),
    (874, "windows-874"),
    (932, "shift_jis"),
    (936, "gbk"),
    (949, "euc-kr"),
    (950, "big5"),
    (1250, "windows-1250"),
    (1251, "windows-1251"),
    (1252, "windows-1252"),
    (1253, "windows-1253"),
    (1254, "windows-1254"),
    (1255, "windows-1255"),
    (1256, "windows-1256"),
    (1257, "windows-1257"),
    (1258, "windows-1258"),
    (1200, "utf-16le"),
    (1201, "utf-16be"),
    (1361, "euc-kr"),
    (10000, "macintosh"),
    (10001, "shift_jis"),
    (10002, "big5"),
    (10003, "euc-kr"),
    (10007, "x-mac-cyrillic"),
    (10008, "gbk"),
    (20127, "windows-1252"),
    (20866, "koi8-r"),
    (20932, "euc-jp"),
    (20936, "gbk"),
    (21866, "koi8-u"),
    (28591, "windows-1252"),
    (28592, "iso-8859-2"),
    (28593, "iso-8859-3"),
    (28594, "iso-8859-4"),
    (28595, "iso-8859-5"),
    (28596, "iso-8859-6"),
    (28597, "iso-8859-7"),
    (28598, "iso-8859-8"),
    (28599, "windows-1254"),
    (28603, "iso-8859-13"),
    (28605, "iso-8859-15"),
    (38598, "iso-8859-8-i"),
    (50220, "iso-2022-jp"),
    (50221, "iso-2022-jp"),
    (50222, "iso-2022-jp"),
    (51932, "euc-jp"),
    (51949, "euc-kr"),
    (52936, "gbk"),
    (54936, "gb18030"),
    (65001, "utf-8"),
];

/// Pages of the fonts' charsets of Windows.
const FONTS: [(i32, u32); 21] = [
    (0, 1252),
    (2, 1252),
    (77, 10000),
    (78, 10001),
    (79, 10003),
    (80, 10008),
    (81, 10002),
    (128, 932),
    (129, 949),
    (130, 1361),
    (134, 936),
    (136, 950),
    (161, 1253),
    (162, 1254),
    (163, 1258),
    (177, 1255),
    (178, 1256),
    (186, 1257),
    (204, 1251),
    (222, 874),
    (238, 1250),
];

impl CodePage {
    /// A page by its number.
    pub fn of(number: u32) -> Self {
        Self(number)
    }

    /// The page of a font; `None` for one that has that of its document.
    pub fn of_font(charset: i32) -> Option<Self> {
        match charset {
            254 => Some(Self(437)),
            255 => Some(Self(850)),
            _ => FONTS.iter().find(|(known, _)| *known == charset).map(|(_, page)| Self(*page)),
        }
    }

    /// Whether a letter may take several bytes, of which the second may look like ASCII.
    pub fn is_wide(self) -> bool {
        self.encoding().is_some_and(|encoding| !encoding.is_single_byte())
    }

    /// What bytes say in it. Bytes that are UTF-8 are that, whatever the page.
    pub fn read(self, bytes: &[u8]) -> Cow<'_, str> {
        let encoding = self.encoding();
        if encoding.is_none_or(|encoding| encoding == UTF_8 || encoding == WINDOWS_1252)
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Cow::Borrowed(text);
        }
        match encoding {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            // Pages of DOS, which browsers do not know.
            None => Cow::Owned(Decoded::of(bytes, &format!("cp{}", self.0)).text.into_owned()),
        }
    }

    /// What a charset's label would be.
    pub fn label(self) -> String {
        self.encoding().map_or_else(|| format!("cp{}", self.0), |encoding| encoding.name().to_ascii_lowercase())
    }

    fn encoding(self) -> Option<&'static Encoding> {
        let (_, name) = NAMES.iter().find(|(number, _)| *number == self.0)?;
        Encoding::for_label(name.as_bytes())
    }
}
