//! A workbook: its sheets in their order, and what they share.

use super::Package;
use super::behind::Behind;
use super::flow;
use super::formats::Formats;
use super::sheet::Sheet;
use super::strings::Strings;
use crate::mail::open::xml;
use crate::mail::parts::{Scribe, SectionKind};
use std::borrow::Cow;

/// A sheet as the workbook lists it.
struct Listed {
    name: String,
    hidden: bool,
    relation: String,
}

/// Reads all sheets; nothing for a document that is no workbook.
pub(super) fn read(package: &mut Package, part: u16, scribe: &mut Scribe<'_>, behind: &mut Behind) {
    let Some((name, workbook)) = package.rooted("workbook") else { return };
    let targets = package.targets(&name);
    let (mut strings, mut formats) = (Strings::default(), Formats::default());
    if let Some((_, content)) = package.rooted("sst") {
        xml::read(&content, part, scribe, &mut strings);
    }
    if let Some((_, content)) = package.rooted("styleSheet") {
        xml::read(&content, part, scribe, &mut formats);
    }
    if strings.shared.more {
        scribe.limit(part, "more shared strings than the limit");
    }
    formats.from_1904 = !flow::elements(&workbook, "workbookPr", |element| {
        element.get("date1904").filter(|value| matches!(value.as_ref(), "1" | "true")).map(|_| ())
    })
    .is_empty();
    let mut number = 0;
    for listed in sheets(&workbook) {
        number += 1;
        let target = targets.get(&listed.relation);
        let Some(content) = target.and_then(|target| package.named(target)) else { continue };
        let kind = if listed.hidden { SectionKind::HiddenSheet } else { SectionKind::Sheet };
        let section = (kind, number, listed.name.as_str());
        Sheet::write((&content, part), section, (&mut strings, &formats), scribe, behind);
    }
    // Sheets that the workbook does not list are shown by no program.
    for place in [package.all_rooted("worksheet"), package.all_rooted("macrosheet")].concat() {
        let Some(content) = package.at(place) else { continue };
        number += 1;
        let section = (SectionKind::HiddenSheet, number, "");
        Sheet::write((&content, part), section, (&mut strings, &formats), scribe, behind);
    }
    strings.leave(behind);
    for name in flow::elements(&workbook, "definedName", |element| element.get("name").map(Cow::into_owned)) {
        behind.add(&name);
    }
}

fn sheets(workbook: &[u8]) -> Vec<Listed> {
    flow::elements(workbook, "sheet", |element| {
        Some(Listed {
            name: element.get("name").unwrap_or_default().into_owned(),
            hidden: element.get("state").is_some_and(|state| state != "visible"),
            relation: element.get("id").unwrap_or_default().into_owned(),
        })
    })
}
