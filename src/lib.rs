//! exeat: a milter that keeps what must not leave from leaving a school by e-mail.
//!
//! The modules stand in reading order, and none uses one listed after it (`tests/layers.rs` checks
//! it). Data flows one way: bytes -> command -> mail -> tree -> findings -> verdicts -> plan -> answer.

// Nouns: what everything else speaks of.

/// Somebody's words; they do not print.
pub mod private;

/// What is wrong with a file of ours, where, and what would be right.
pub mod problem;

/// Reads a TOML file of ours so that every mistake in it is told, not only the first.
pub mod document;

/// Sizes and lengths of time as a person writes them.
pub mod measure;

/// What was sent.
pub mod mail;

/// What we know of the school: pupils, staff, calendar.
pub mod school;

/// Whose mail a message is: direction and sender class.
pub mod source;

/// What was found in a message.
pub mod finding;

// Abilities: what we can look for, and what we can do about it.

/// What we can look for.
pub mod checks;

/// What we can do about it.
pub mod actions;

// Decisions: no clock, no file, no network, no log up to here and in `milter::{wire, session}`.

/// Mail in, findings and gaps out.
pub mod inspect;

/// How much of what was planted in messages is found, and how often there is an alarm for nothing.
pub mod eval;

/// The school's rules: finding and recipient to action.
pub mod policy;

/// What the sender is told.
pub mod notice;

// The outside world.

/// The one byte budget all buffers draw on.
pub mod budget;

/// Message bytes in memory or in an unlinked file.
pub mod spool;

/// The conversation with the relay.
pub mod milter;

/// The room without doors: worker processes in which strangers' bytes are opened.
pub mod room;

/// Where kept mail waits.
pub mod store;

/// The record of the days on which a person let mail pass unchecked.
pub mod bypass;

/// Sends notices and released mail.
pub mod courier;

/// Every metric, with its help text.
pub mod metrics;

/// One function per event: log line and counters together.
pub mod journal;

// The whole.

/// The journey of one message.
pub mod pipeline;

/// The settings of all of the above.
pub mod config;

/// Builds, runs, reloads, stops.
pub mod app;

/// The command line.
pub mod cli;
