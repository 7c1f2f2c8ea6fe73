//! Facts of the message as a whole: signed, encrypted, automatic, a report, ...

use super::header::Described;
use super::{Sealed, Tree};

/// Facts of the message as a whole, read from its header and structure.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// S/MIME- or PGP-signed (multipart/signed, signed-data).
    pub signed: bool,
    /// Encrypted as a whole.
    pub encrypted: bool,
    /// Rights-managed.
    pub rights_managed: bool,
    /// multipart/report or message/disposition-notification: a report or receipt.
    pub report: bool,
    /// `Auto-Submitted` other than `no`, vacation marks: an automatic reply.
    pub automatic: bool,
    /// `List-Id`, `Precedence: list|bulk|junk`.
    pub bulk: bool,
    /// A calendar answer (`method=REPLY`).
    pub calendar_answer: bool,
    /// Any calendar part with a method.
    pub calendar: bool,
    /// Journal report (`X-MS-Journal-Report`, ...).
    pub journal: bool,
    /// `Importance: high`, `X-Priority: 1|2`, `Priority: urgent`.
    pub high_importance: bool,
    /// Forwarding marks: `Resent-From`, `X-Forwarded-For`, `X-Forwarded-To`, `X-MS-Exchange-Inbox-Rules-Loop`.
    pub forwarded: bool,
}

/// What a field of the message's own header says.
pub(super) fn of_field(facts: &mut Facts, name: &str, value: &[u8]) {
    if !TELLING.contains(&name) {
        return;
    }
    let value = value.get(..value.len().min(256)).unwrap_or_default();
    let value = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
    let first = value.split([' ', ';', '\t', '(']).next().unwrap_or_default();
    match name {
        "auto-submitted" => facts.automatic |= first != "no" && !first.is_empty(),
        "x-autoreply" | "x-autorespond" | "x-autoresponder" | "x-vacation" | "x-mail-autoreply" => {
            facts.automatic |= first != "no" && first != "false";
        }
        "precedence" => {
            facts.bulk |= matches!(first, "list" | "bulk" | "junk");
            facts.automatic |= matches!(first, "auto_reply" | "auto-reply");
        }
        "list-id" => facts.bulk = true,
        "x-ms-journal-report" | "x-ms-exchange-organization-journal-report" => facts.journal = true,
        "x-ms-exchange-generated-message-source" => facts.journal |= value.contains("journal"),
        "importance" | "x-msmail-priority" => facts.high_importance |= first == "high",
        "x-priority" => {
            facts.high_importance |= matches!(first.as_bytes().first(), Some(b'1' | b'2')) && first.len() == 1;
        }
        "priority" => facts.high_importance |= first == "urgent",
        "resent-from" | "x-forwarded-for" | "x-forwarded-to" | "x-ms-exchange-inbox-rules-loop" => {
            facts.forwarded = true;
        }
        "content-class" => facts.rights_managed |= first == "rpmsg.message",
        _ => (),
    }
}

/// The fields that [`of_field`] knows.
const TELLING: &[&str] = &[
    "auto-submitted",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-vacation",
    "x-mail-autoreply",
    "precedence",
    "list-id",
    "x-ms-journal-report",
    "x-ms-exchange-organization-journal-report",
    "x-ms-exchange-generated-message-source",
    "importance",
    "x-msmail-priority",
    "x-priority",
    "priority",
    "resent-from",
    "x-forwarded-for",
    "x-forwarded-to",
    "x-ms-exchange-inbox-rules-loop",
    "content-class",
];

/// What a part's type says.
pub(super) fn of_part(facts: &mut Facts, described: &Described, top: bool, nested: bool) {
    if nested {
        return;
    }
    let declared = described.declared.as_str();
    facts.signed |= declared == "multipart/signed";
    facts.rights_managed |= declared == "application/x-microsoft-rpmsg-message";
    facts.report |=
        top && matches!(declared, "multipart/report" | "message/disposition-notification" | "message/delivery-status");
    facts.report |= declared == "message/disposition-notification";
}

/// What a leaf's content says.
pub(super) fn of_content(
    facts: &mut Facts,
    described: &Described,
    content: &[u8],
    sealed: Option<Sealed>,
    nested: bool,
) {
    if nested {
        return;
    }
    match sealed {
        Some(Sealed::Smime | Sealed::Pgp) => facts.encrypted = true,
        Some(Sealed::RightsManaged) => facts.rights_managed = true,
        _ => (),
    }
    if matches!(described.declared.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime") {
        facts.signed |= signed_data(content);
    }
    if described.declared.starts_with("text/") {
        facts.signed |= memchr::memmem::find(content, b"-----BEGIN PGP SIGNED MESSAGE-----").is_some();
    }
}

/// CMS signed-data by its object identifier, 1.2.840.113549.1.7.2.
fn signed_data(content: &[u8]) -> bool {
    let start = content.get(..content.len().min(32)).unwrap_or_default();
    memchr::memmem::find(start, b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02").is_some()
}

/// What a calendar's method says.
pub(super) fn of_calendar(facts: &mut Facts, method: &str) {
    facts.calendar = true;
    facts.calendar_answer |= method.eq_ignore_ascii_case("reply");
}

/// What is known only when all is read: a message of one sealed part is encrypted as a whole, one with a
/// sealed file beside its text is not.
pub(super) fn of_tree(tree: &mut Tree) {
    let readable =
        tree.parts.iter().any(|part| part.sealed.is_none() && !part.container && !part.attached && part.size > 0);
    tree.facts.encrypted &= !readable;
}
