//! Whose mail a message is: its direction and sender class, decided before any check.

/// The entries as written and as meant.
pub mod settings;

pub use settings::{Cloud, Settings, SourceEntry, Sources, UnknownSource};

use crate::mail::parts::Facts;
use crate::mail::{Address, Envelope, Header};
use crate::school::School;
use crate::school::staff::{Kind, Member};
use settings::{Side, Source};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the school to at least one outside recipient.
    Outgoing,
    /// From the school to the school.
    Internal,
    /// From outside to the school.
    Incoming,
    /// From outside to outside.
    Transit,
}

/// What kind of sender a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderClass {
    /// A member of staff.
    Staff,
    /// A pupil.
    Pupil,
    /// A mailbox several people write from.
    SharedMailbox,
    /// A program, a copier, a service account.
    System,
    /// An automatic reply.
    AutomaticReply,
    /// A delivery report, a receipt, any message with the null sender.
    Report,
    /// An answer to an invitation.
    CalendarAnswer,
    /// A journal copy.
    Journal,
    /// Mail of an outsider that a rule of ours forwards.
    Forwarded,
    /// Nobody we know.
    Unknown,
}

/// Whose mail it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Direction.
    pub direction: Direction,
    /// Sender class.
    pub class: SenderClass,
    /// Name of the `[[source]]` that matched; `None`: `unknown_source` decides.
    pub source: Option<String>,
    /// The person (or mailbox) that sent it: authenticated user, else Sender, else envelope sender.
    pub sender: Option<Address>,
}

/// What the class of a message is read from, beside the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Header fields as the relay gave them.
    pub headers: &'a [Header],
    /// Facts of the message.
    pub facts: &'a Facts,
    /// Bytes of text it holds, all parts and header fields together.
    pub text: u64,
    /// Number of attachments and of parts that could not be read; calendar and report parts are not counted.
    pub attachments: usize,
}

impl<'a> Letter<'a> {
    /// Reads what is needed from a message taken apart.
    #[must_use]
    pub fn of(tree: &'a crate::mail::parts::Tree, headers: &'a [Header]) -> Self {
        use crate::mail::parts::FileKind;
        let attachments = tree.parts.iter().filter(|part| {
            let declared = ["message/delivery-status", "message/disposition-notification"];
            // What such a part is declared as is the sender's word; what it is by content is not.
            let report = declared.iter().any(|report| part.declared.starts_with(report)) && part.kind == FileKind::Text;
            part.attached && !part.container && !report && part.kind != FileKind::Calendar
        });
        Self {
            headers,
            facts: &tree.facts,
            text: tree.text.len() as u64,
            // What could not be read may be anything.
            attachments: attachments.count() + tree.gaps.len(),
        }
    }

    /// So small that nothing is lost when it is not judged: no file, a few lines.
    ///
    /// `Auto-Submitted`, a calendar part or a report part can be written by anybody's mail program. A message that a
    /// person may have submitted is taken for an automatic one only when it is small, and has the null sender that
    /// automatic mail has (an answer to an invitation has none): what remains is that a few lines of text can leave
    /// this way. Rules that must hold for them too name these classes.
    const fn is_small(&self) -> bool {
        self.attachments == 0 && self.text <= SMALL
    }

    fn values(&self, name: &str) -> impl Iterator<Item = String> {
        let named = self.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name.as_bytes()));
        named.map(|header| String::from_utf8_lossy(&header.value).trim().to_owned())
    }

    /// The address of the first field of a name; what stands in angle brackets, else the whole value.
    fn address(&self, name: &str) -> Option<Address> {
        let value = self.values(name).next()?;
        let bare =
            value.rsplit_once('<').map_or(value.as_str(), |(_, rest)| rest.split('>').next().unwrap_or_default());
        Address::read(bare).filter(|address| !address.domain().is_empty())
    }
}

/// Text of an automatic message a person may have submitted, at most: an absence note of a screenful.
const SMALL: u64 = 4_000;

/// Text of an answer to an invitation, at most: it has a sender of its own, so less is let through.
const SMALL_ANSWER: u64 = 2_000;

/// Says whose mail a message is.
///
/// The classes that rules leave out by default are reached only by what a sender cannot write: the source's own
/// entry, the null sender of a server, an authenticated user of the directory. A header alone never lifts
/// a message of a member of staff out of the rules.
#[must_use]
pub fn origin(sources: &Sources, school: &School, envelope: &Envelope, letter: &Letter<'_>) -> Origin {
    let source = sources.sources.iter().find(|source| fits(source, envelope, letter));
    let judged_unknown = source.is_none() && sources.unknown == UnknownSource::JudgeAsStaff;
    let direction = direction(source, judged_unknown, school, envelope);
    let person = sender(source, school, envelope, letter);
    let class = match source {
        Some(source) if source.entry.from == Side::School => class(source, school, envelope, letter),
        Some(source) => source.entry.class.unwrap_or(SenderClass::Unknown),
        None if judged_unknown => SenderClass::Staff,
        None => SenderClass::Unknown,
    };
    Origin { direction, class, source: source.map(|source| source.entry.name.clone()), sender: person }
}

/// Whether all conditions of an entry hold.
fn fits(source: &Source, envelope: &Envelope, letter: &Letter<'_>) -> bool {
    let entry = &source.entry;
    let listed = |list: &[String], value: Option<&str>| {
        list.is_empty() || value.is_some_and(|value| list.iter().any(|own| own.eq_ignore_ascii_case(value)))
    };
    // Sendmail says in {verify} whether it verified the certificate; Postfix has no such macro and gives
    // {cert_subject} only of a certificate that it trusts.
    let verified = envelope.macro_value("verify").is_none_or(|verify| verify.eq_ignore_ascii_case("OK"));
    let user = envelope.macro_value("auth_authen");
    let any_user = entry.auth.iter().any(|own| own == "*") && user.is_some();
    listed(&entry.listener, Some(&envelope.listener))
        && (source.ranges.is_empty()
            || envelope.client_addr.is_some_and(|address| source.ranges.iter().any(|range| range.holds(address))))
        && (entry.certificate.is_empty()
            || (verified && listed(&entry.certificate, envelope.macro_value("cert_subject"))))
        && (any_user || listed(&entry.auth, user))
        && entry.tenant_mark.as_ref().is_none_or(|mark| {
            // A second field with another value is somebody else's: then none is believed.
            let mut values = letter.values(&mark.header).peekable();
            values.peek().is_some() && values.all(|value| value.eq_ignore_ascii_case(mark.value.trim()))
        })
}

fn direction(source: Option<&Source>, judged_unknown: bool, school: &School, envelope: &Envelope) -> Direction {
    let recipients = || envelope.recipients.iter().filter_map(|path| path.address.as_ref());
    let from_school = match source {
        Some(source) => source.entry.from == Side::School,
        None => judged_unknown || envelope_sender(envelope).is_some_and(|sender| school.is_inside(sender)),
    };
    if from_school {
        if recipients().any(|to| !school.is_inside(to)) { Direction::Outgoing } else { Direction::Internal }
    } else if recipients().any(|to| school.is_inside(to)) {
        Direction::Incoming
    } else {
        Direction::Transit
    }
}

fn envelope_sender(envelope: &Envelope) -> Option<&Address> {
    envelope.sender.as_ref().and_then(|path| path.address.as_ref())
}

/// The person who sent it: the authenticated user, else Sender, else the envelope sender. One that the directory
/// knows goes first, since notices go only there.
fn sender(source: Option<&Source>, school: &School, envelope: &Envelope, letter: &Letter<'_>) -> Option<Address> {
    let known = |address: &Address| school.staff.find(address).and_then(|member| member.address.clone());
    if let Some(user) = envelope.macro_value("auth_authen") {
        let member = school.staff.find_user(user, &school.identity.domains);
        if let Some(address) = member.and_then(|member| member.address.clone()) {
            return Some(address);
        }
        // An authenticated user outside the directory is that user, whatever the message says.
        if let Some(address) = Address::read(user).filter(|address| !address.domain().is_empty()) {
            return Some(address);
        }
    }
    let from_school = source.is_none_or(|source| source.entry.from == Side::School);
    let written = letter.address("sender").filter(|_| from_school);
    if let Some(address) = written.as_ref().and_then(known) {
        return Some(address);
    }
    let envelope_sender = envelope_sender(envelope);
    envelope_sender.and_then(known).or_else(|| envelope_sender.cloned()).or(written)
}

fn class(source: &Source, school: &School, envelope: &Envelope, letter: &Letter<'_>) -> SenderClass {
    if let Some(class) = source.entry.class {
        return class;
    }
    let facts = letter.facts;
    let user = envelope.macro_value("auth_authen");
    let envelope_sender = envelope_sender(envelope);
    // Nobody logged in, no mailbox answers for it, and only servers send from there: a server made it.
    let by_server = envelope_sender.is_none() && user.is_none() && is_vouched(source);
    let may_pass = by_server || (envelope_sender.is_none() && letter.is_small());
    if facts.calendar_answer && letter.is_small() && letter.text <= SMALL_ANSWER {
        return SenderClass::CalendarAnswer;
    }
    if facts.automatic && may_pass && user.is_none() && (by_server || envelope.recipients.len() == 1) {
        return SenderClass::AutomaticReply;
    }
    // A null sender alone anybody can write; a report part beside it is small, or was made by a server.
    if by_server || (may_pass && facts.report) {
        return SenderClass::Report;
    }
    if source.entry.forwards && user.is_none() && is_forwarded(school, envelope, letter) {
        return SenderClass::Forwarded;
    }
    by_directory(source, school, envelope, user)
}

/// Mail of an outsider that a rule of ours forwards: neither its envelope sender nor its author is the school's.
fn is_forwarded(school: &School, envelope: &Envelope, letter: &Letter<'_>) -> bool {
    let outside = |address: &Address| !school.is_inside(address) && school.staff.find(address).is_none();
    let rewritten = |address: &Address| {
        let local = address.local();
        // Sender rewriting (SRS) by our own mail service: `user+SRS=hash=tt=outside=address@ours`, `SRS0=...`.
        local.starts_with("srs0") || local.starts_with("srs1") || local.contains("+srs=")
    };
    let forwarded = envelope_sender(envelope).is_some_and(|sender| outside(sender) || rewritten(sender));
    forwarded && letter.address("from").is_some_and(|author| outside(&author))
}

/// Whether the source itself answers for the envelope sender: a cloud service that named our tenant, a server with a
/// verified certificate, or one that the entry says no person's program can reach.
fn is_vouched(source: &Source) -> bool {
    let entry = &source.entry;
    entry.cloud.is_some() || entry.tenant_mark.is_some() || !entry.certificate.is_empty() || entry.servers_only
}

/// What the directory says. An envelope sender that nobody vouches for is believed only where that brings no
/// freedom: a teacher can write a copier's address, or a pupil's.
fn by_directory(source: &Source, school: &School, envelope: &Envelope, user: Option<&str>) -> SenderClass {
    let member_of_user = user.and_then(|user| school.staff.find_user(user, &school.identity.domains));
    let envelope_sender = envelope_sender(envelope);
    let written = envelope_sender.and_then(|sender| school.staff.find(sender));
    let vouched = is_vouched(source);
    let kind_of = |member: &Member| member.kind;
    let believed = match (user, vouched) {
        (Some(_), _) => member_of_user.map(kind_of),
        (None, true) => written.map(kind_of),
        (None, false) => None,
    };
    match believed {
        Some(Kind::System) => return SenderClass::System,
        Some(Kind::Pupil) => return SenderClass::Pupil,
        _ => {}
    }
    let is_pupil = |address: &Address| school.roster.pupil_by_address(address).is_some();
    let pupil = match user {
        Some(user) if user.contains('@') => Address::read(user).is_some_and(|address| is_pupil(&address)),
        Some(user) => {
            let domains = school.identity.domains.iter();
            domains.filter_map(|domain| Address::read(&format!("{user}@{domain}"))).any(|address| is_pupil(&address))
        }
        None => vouched && envelope_sender.is_some_and(is_pupil),
    };
    if believed.is_none() && pupil {
        return SenderClass::Pupil;
    }
    let shared = [member_of_user, written].into_iter().flatten().any(|member| member.kind == Kind::SharedMailbox);
    if shared { SenderClass::SharedMailbox } else { SenderClass::Staff }
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word used in packs, metrics and JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words!(Direction { Outgoing => "outgoing", Internal => "internal", Incoming => "incoming", Transit => "transit" });
words!(SenderClass {
    Staff => "staff", Pupil => "pupil", SharedMailbox => "shared_mailbox", System => "system",
    AutomaticReply => "automatic_reply", Report => "report", CalendarAnswer => "calendar_answer",
    Journal => "journal", Forwarded => "forwarded", Unknown => "unknown",
});

#[cfg(test)]
mod tests;
