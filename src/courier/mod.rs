//! Sends notices and released mail.

/// The mark by which released mail is known on its second way.
pub mod token;
