//! The words of RTF that part text from what is no text, and those that stand for letters.

use crate::mail::parts::SectionKind;

/// Where the text of a group goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Into a text that is written.
    Flow(Kind),
    /// Nowhere: settings and names of formats.
    Silent,
    /// The list of fonts.
    Fonts,
    /// A picture's bytes.
    Picture,
    /// An object's bytes.
    Object,
    /// The name of the object that follows.
    ObjectName,
    /// Tags of the HTML that the document was made from.
    Tag,
}

/// The texts of a document, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What is read first.
    Body,
    /// A box beside it.
    Box,
    /// A text that has a section's name.
    Section(SectionKind),
    /// What only a program sees.
    Behind,
}

/// Where the text behind a word goes, if it goes elsewhere.
pub(super) fn target(word: &[u8]) -> Option<Target> {
    let section = |kind| Some(Target::Flow(Kind::Section(kind)));
    match word {
        b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf" => {
            section(SectionKind::HeaderOrFooter)
        }
        b"footnote" | b"aftnsep" | b"ftnsep" => section(SectionKind::Footnotes),
        b"annotation" | b"atnid" | b"atnauthor" => section(SectionKind::Comments),
        b"info" | b"title" | b"subject" | b"author" | b"manager" | b"company" | b"operator" | b"category"
        | b"keywords" | b"comment" | b"doccomm" | b"hlinkbase" | b"userprops" | b"propname" | b"staticval"
        | b"linkval" => section(SectionKind::Properties),
        b"formfield" | b"ffname" | b"ffdeftext" | b"ffformat" | b"ffhelptext" | b"ffstattext" | b"ffl"
        | b"ffentrymcr" | b"ffexitmcr" => section(SectionKind::Form),
        b"bkmkstart" => section(SectionKind::Bookmarks),
        b"shptxt" | b"dptxbxtext" => Some(Target::Flow(Kind::Box)),
        b"fldinst" | b"xe" | b"tc" | b"tcn" | b"docvar" | b"revtbl" | b"upr" | b"sv" | b"nonshppict"
        | b"nonesttables" | b"protusertbl" | b"template" => Some(Target::Flow(Kind::Behind)),
        b"fonttbl" => Some(Target::Fonts),
        b"pict" => Some(Target::Picture),
        b"objdata" => Some(Target::Object),
        b"objname" | b"objalias" => Some(Target::ObjectName),
        b"htmltag" => Some(Target::Tag),
        _ if is_silent(word) => Some(Target::Silent),
        _ => None,
    }
}

/// Groups without words of a person.
fn is_silent(word: &[u8]) -> bool {
    const SILENT: [&[u8]; 42] = [
        b"colortbl",
        b"stylesheet",
        b"listtable",
        b"listoverridetable",
        b"listpicture",
        b"rsidtbl",
        b"generator",
        b"latentstyles",
        b"themedata",
        b"colorschememapping",
        b"datastore",
        b"datafield",
        b"xmlnstbl",
        b"filetbl",
        b"pgptbl",
        b"wgrffmtfilter",
        b"mmathPr",
        b"pnseclvl",
        b"pn",
        b"pntxta",
        b"pntxtb",
        b"panose",
        b"falt",
        b"fontemb",
        b"fontfile",
        b"blipuid",
        b"bliptag",
        b"picprop",
        b"sn",
        b"objclass",
        b"objsect",
        b"objtime",
        b"bkmkend",
        b"atndate",
        b"atnref",
        b"atnicn",
        b"atnparent",
        b"atrfstart",
        b"atrfend",
        b"mhtmltag",
        b"nesttableprops",
        b"background",
    ];
    SILENT.contains(&word)
}

/// Words that change how text looks, and that no star before them makes a group that is not seen.
pub(super) fn is_look(word: &[u8]) -> bool {
    const LOOKS: [&[u8]; 20] = [
        b"b",
        b"i",
        b"ul",
        b"f",
        b"fs",
        b"cf",
        b"cb",
        b"highlight",
        b"lang",
        b"plain",
        b"pard",
        b"ltrch",
        b"rtlch",
        b"loch",
        b"hich",
        b"dbch",
        b"strike",
        b"super",
        b"sub",
        b"insrsid",
    ];
    LOOKS.contains(&word)
}

/// The letters that a word stands for.
pub(super) fn letters(word: &[u8]) -> Option<&'static str> {
    Some(match word {
        b"par" | b"sect" | b"page" | b"line" | b"column" | b"softline" | b"softpage" | b"nestrow" => "\n",
        b"tab" | b"nestcell" => "\t",
        b"emdash" => "\u{2014}",
        b"endash" => "\u{2013}",
        b"lquote" => "\u{2018}",
        b"rquote" => "\u{2019}",
        b"ldblquote" => "\u{201C}",
        b"rdblquote" => "\u{201D}",
        b"bullet" => "\u{2022}",
        b"emspace" => "\u{2003}",
        b"enspace" => "\u{2002}",
        b"qmspace" => "\u{2005}",
        b"zwj" => "\u{200D}",
        b"zwnj" => "\u{200C}",
        b"zwbo" => "\u{200B}",
        b"zwnbo" => "\u{2060}",
        _ => return None,
    })
}

/// The letters that a symbol stands for.
pub(super) fn symbol(symbol: u8) -> Option<&'static str> {
    Some(match symbol {
        b'{' => "{",
        b'}' => "}",
        b'\\' => "\\",
        b'~' => "\u{A0}",
        b'-' => "\u{AD}",
        b'_' => "\u{2011}",
        b'\n' | b'\r' => "\n",
        b'\t' => "\t",
        _ => return None,
    })
}
