//! XMP: a small XML document in which programs keep what they know of a picture. What persons wrote is kept: titles,
//! captions, keywords, names beside faces. What programs note for each other is not.

use super::Said;
use crate::mail::parts::Decoded;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, escape};

/// Elements within elements.
const DEPTH: usize = 64;
/// What programs write for programs, by prefix: history, settings, thumbnails, measures.
const TECHNICAL: [&str; 31] = [
    "xmlns",
    "xml",
    "x",
    "rdf",
    "xmpMM",
    "stEvt",
    "stRef",
    "stDim",
    "stMfs",
    "stVer",
    "stArea",
    "crs",
    "crss",
    "crd",
    "aux",
    "exif",
    "exifEX",
    "tiff",
    "xmpG",
    "xmpGImg",
    "xmpTPg",
    "pdfaid",
    "GPano",
    "GDepth",
    "GImage",
    "GAudio",
    "GCamera",
    "Container",
    "Item",
    "hdrgm",
    "HDRGainMap",
];
/// What persons wrote all the same.
const WRITTEN: [&str; 4] = ["exif:UserComment", "tiff:ImageDescription", "tiff:Artist", "tiff:Copyright"];
/// Ends of names of what holds no words.
const NUMBERS: [&str; 12] =
    ["Date", "Type", "Digest", "Ancestors", "ID", "Tool", "Version", "Mode", "Profile", "format", "Rating", "Hash"];

pub(super) fn read(packet: &[u8], said: &mut Said) {
    if said.may(packet.len()).is_none() {
        return;
    }
    let decoded = Decoded::of(packet, "");
    let mut reader = Reader::from_str(&decoded.text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    // Whether the text of each open element is kept, and the text of the innermost one.
    let mut open: Vec<bool> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if open.len() < DEPTH => {
                attributes(&start, said);
                open.push(is_written(start.name().0, open.last().copied().unwrap_or(false)));
                text.clear();
            }
            Ok(Event::Empty(start)) => attributes(&start, said),
            Ok(Event::End(_)) => {
                if open.pop() == Some(true) {
                    said.add(&text);
                }
                text.clear();
            }
            Ok(Event::Text(piece)) => text.push_str(&piece),
            Ok(Event::CData(piece)) => text.push_str(&piece),
            Ok(Event::GeneralRef(name)) => match (name.resolve_char_ref(), escape::resolve_predefined_entity(&name)) {
                (Ok(Some(letter)), _) => text.push(letter),
                (_, Some(letters)) => text.push_str(letters),
                _ => {}
            },
            Ok(Event::Eof | Event::Start(_)) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn attributes(start: &BytesStart<'_>, said: &mut Said) {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    for attribute in attributes.filter_map(Result::ok) {
        if is_written(attribute.key.0, false) {
            match escape::unescape(&attribute.value) {
                Ok(value) => said.add(&value),
                Err(_) => said.add(&attribute.value),
            }
        }
    }
}

/// Whether a name stands for what a person wrote; the items of a list are what the list is.
fn is_written(name: &str, outer: bool) -> bool {
    let Some((prefix, local)) = name.split_once(':') else { return false };
    match prefix {
        "rdf" => outer,
        _ if WRITTEN.contains(&name) => true,
        _ => !TECHNICAL.contains(&prefix) && !NUMBERS.iter().any(|end| local.ends_with(end)),
    }
}
