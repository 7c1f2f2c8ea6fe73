//! A pack as it is written: what stands in the TOML file, before anything is made of it.
//!
//! A pack has `name`, `title`, and without a default `otherwise`, `unreadable` and `protected` (and `weak`, without
//! which weak encryption is `unsupported`); one `[[clause]]`
//! for each clause of the written policy that speaks of mail; one `[[rule]]` for each rule, with `[[rule.find]]`
//! and `[[rule.pass]]`, messages that it must match and must let pass; and `[sample]`, the invented school
//! these messages come from. A rule says what it looks for (`check`, `kinds`, `where`, `confidence`, `over`,
//! `at_least`, `quoted`), whose mail it is for (`from`, `except`, `classes`, `directions`), to whom (`to`,
//! `except_to`), what it does (`action`, `rewrite`, `on_collision`, `max_defer`, `scope`), who decides
//! (`reviewer`) and what the sender reads (`say`, `advice`).

use super::rule::Scope;
use super::whom::Whom;
use crate::actions::{Action, Rewrite};
use crate::finding::Confidence;
use crate::mail::parts::Place;
use crate::school::calendar;
use crate::source::{Direction, SenderClass};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The keys at the top of a pack, but for its lists of tables.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Head {
    pub name: Option<Spanned<String>>,
    pub title: Option<Spanned<String>>,
    pub otherwise: Option<Spanned<Otherwise>>,
    pub unreadable: Option<Spanned<Unreadable>>,
    pub protected: Option<Spanned<GapAction>>,
    pub weak: Option<Spanned<GapAction>>,
}

/// What happens to a recipient no rule speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Otherwise {
    Relay,
    Hold,
}

/// What happens to mail with something in it that was not read: one action for all, or one for each kind.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "one of note, warn, hold, reject, or a table with one for each of broken, unsupported, limit, exhausted"
)]
pub(super) enum Unreadable {
    All(GapAction),
    Each(EachKind),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EachKind {
    pub broken: GapAction,
    pub unsupported: GapAction,
    pub limit: GapAction,
    pub exhausted: GapAction,
}

/// A gap cannot be rewritten, and waiting until the morning does not open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapAction {
    Note,
    Warn,
    Hold,
    Reject,
}

/// `[[clause]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Clause {
    pub id: Option<Spanned<String>>,
    pub asks: Option<Spanned<String>>,
    pub rules: Vec<Spanned<String>>,
    pub waits_for: Option<Spanned<String>>,
    pub not_enforceable: Option<Spanned<String>>,
}

/// `[[rule]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rule {
    pub id: Option<Spanned<String>>,
    pub clause: Option<Spanned<String>>,
    pub check: Option<Spanned<String>>,
    pub kinds: Vec<Spanned<String>>,
    #[serde(rename = "where")]
    pub places: Option<Vec<Place>>,
    pub confidence: Option<Confidence>,
    pub over: Option<Spanned<Amount>>,
    pub at_least: AtLeast,
    pub quoted: Option<bool>,
    pub from: Vec<String>,
    pub except: Vec<String>,
    pub classes: Option<Spanned<Vec<SenderClass>>>,
    pub directions: Option<Spanned<Vec<Direction>>>,
    pub to: Option<Spanned<Vec<Whom>>>,
    pub except_to: Vec<Whom>,
    pub scope: Option<Scope>,
    pub action: Option<Spanned<Action>>,
    pub rewrite: Option<Spanned<Vec<Rewrite>>>,
    pub on_collision: Option<Spanned<Action>>,
    pub max_defer: Option<Spanned<MaxDefer>>,
    pub say: Option<String>,
    pub advice: Option<String>,
    pub reviewer: Option<String>,
    pub release_by: Option<Spanned<toml::Value>>,
    pub find: Vec<Spanned<Example>>,
    pub pass: Vec<Spanned<Example>>,
}

/// A count, or a size with its unit.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a count such as 20, or a size such as \"2 MiB\"")]
pub(super) enum Amount {
    Count(u64),
    Size(String),
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AtLeast {
    pub pupils: usize,
    pub values: usize,
    pub findings: usize,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a time such as \"14h\", or { overnight = \"14h\", weekend = \"62h\" }")]
pub(super) enum MaxDefer {
    Always(String),
    By { overnight: String, weekend: String },
}

/// `[[rule.find]]` and `[[rule.pass]]`: a message of the sample school.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Example {
    pub from: Option<String>,
    pub class: Option<SenderClass>,
    pub direction: Option<Direction>,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
    /// So many more people outside the school, in To ...
    pub to_outsiders: u16,
    /// ... and in Bcc.
    pub bcc_outsiders: u16,
    pub at: Option<Timestamp>,
    pub subject: String,
    pub body: String,
    pub html: String,
    pub headers: BTreeMap<String, String>,
    pub attachments: Vec<Attachment>,
    /// Addresses the rule must concern, and no others.
    pub concerns: Option<Vec<String>>,
    /// What the rule must ask for, where that is not its `action`.
    pub action: Option<Action>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Attachment {
    pub name: String,
    /// Its text; or ...
    pub content: String,
    /// ... the first bytes of a kind of file (`executable`, `picture`, `film`, ...); and ...
    pub kind: Option<super::letter::Bytes>,
    /// ... filled up to this size.
    pub size: Option<String>,
    /// Shown inside the text, like the logo of a signature.
    pub inline: bool,
}

/// `[sample]`: the school the examples are sent from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sample {
    pub domains: Vec<String>,
    pub disclaimer: String,
    pub pupils: Vec<Pupil>,
    pub staff: Vec<Member>,
    pub authorities: Vec<String>,
    pub helplines: Vec<String>,
    pub personal_mail: Vec<String>,
    pub agencies: Vec<String>,
    pub posting: Vec<String>,
    pub trusted_routes: Vec<String>,
    pub calendar: calendar::Settings,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Pupil {
    pub forename: String,
    pub surname: String,
    pub form: String,
    pub born: String,
    pub upn: String,
    pub address: String,
    pub private: Vec<String>,
    pub contacts: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Member {
    pub address: String,
    pub forename: String,
    pub surname: String,
    pub groups: Vec<String>,
    pub private: Vec<String>,
    pub phones: Vec<String>,
}
