//! How much of what was planted in messages is found, and how often there is an alarm for nothing.
//!
//! A truth file says, a JSON object a line, what stands in which message. What the checks find is held against it:
//!
//! - A planted **name** is found by a finding of `pupil_names` for that pupil (or one of those it may be taken for).
//! - A planted **identifier** is found by a finding of `personal_data` of its kind, first by one on the same letters and
//!   digits, else by another of that kind. Where the line does not say the kind, any kind will do.
//! - A planted **protected** file is found when a part of the message is known as protected.
//! - One finding serves one planted item. A second finding of a planted pupil, or on a planted value, is a repetition.
//! - Every other finding is a false alarm, in every message; the same pupil or value twice in one message is one alarm.
//! - A **control** is what must stay quiet: it fires when its message has a false alarm of its sort.
//! - A message without anything planted is **clean**, also one that no line speaks of.
//! - Findings below the confidence asked for are not there. Telephone numbers are no alarm (the shipped policies do not
//!   act on them) unless a line of the same message asks for them.

/// Counts, shares, the table and the JSON.
mod figures;
/// Findings held against what was planted in one message.
mod matching;
/// The truth file.
mod truth;

pub use figures::{Figures, Share};
pub use matching::{Alarm, Outcome, Result, Seen, hold_against};
pub use truth::{Item, Subject, Truth};
