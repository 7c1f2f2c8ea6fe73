//! Names of tags and attributes.

use std::borrow::Cow;

/// A tag's or attribute's name; names longer than any that means something are cut.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    lower_case(name.get(..name.floor_char_boundary(24)).unwrap_or_default())
}

/// In lower case; most of what programs write is.
pub(super) fn lower_case(words: &str) -> Cow<'_, str> {
    if words.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(words.to_ascii_lowercase())
    } else {
        Cow::Borrowed(words)
    }
}

/// Whether an element begins and ends a line.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"p" | b"dd"
            | b"dl"
            | b"dt"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"hr"
            | b"li"
            | b"ol"
            | b"tr"
            | b"ul"
            | b"dir"
            | b"div"
            | b"nav"
            | b"pre"
            | b"body"
            | b"form"
            | b"head"
            | b"html"
            | b"main"
            | b"menu"
            | b"aside"
            | b"table"
            | b"tbody"
            | b"tfoot"
            | b"thead"
            | b"center"
            | b"figure"
            | b"footer"
            | b"header"
            | b"legend"
            | b"option"
            | b"select"
            | b"address"
            | b"article"
            | b"caption"
            | b"details"
            | b"listing"
            | b"section"
            | b"summary"
            | b"fieldset"
            | b"textarea"
            | b"blockquote"
            | b"figcaption"
    )
}

/// Whether an element has no end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"br"
            | b"hr"
            | b"col"
            | b"img"
            | b"wbr"
            | b"area"
            | b"base"
            | b"link"
            | b"meta"
            | b"embed"
            | b"frame"
            | b"input"
            | b"param"
            | b"track"
            | b"source"
            | b"basefont"
    )
}

/// Whether an element ends where the next of its name begins.
pub(super) fn ends_itself(name: &str) -> bool {
    matches!(name.as_bytes(), b"p" | b"dd" | b"dt" | b"li" | b"td" | b"th" | b"tr" | b"option")
}

/// Whether an attribute holds no words.
pub(super) fn is_silent(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"id"
            | b"dir"
            | b"rel"
            | b"face"
            | b"lang"
            | b"link"
            | b"role"
            | b"size"
            | b"type"
            | b"align"
            | b"alink"
            | b"class"
            | b"clear"
            | b"color"
            | b"frame"
            | b"media"
            | b"rules"
            | b"scope"
            | b"shape"
            | b"start"
            | b"vlink"
            | b"width"
            | b"border"
            | b"coords"
            | b"height"
            | b"hspace"
            | b"nowrap"
            | b"target"
            | b"valign"
            | b"vspace"
            | b"charset"
            | b"colspan"
            | b"noshade"
            | b"rowspan"
            | b"tabindex"
            | b"http-equiv"
            | b"bordercolor"
            | b"cellpadding"
            | b"cellspacing"
    )
}
