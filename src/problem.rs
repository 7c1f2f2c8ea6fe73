//! What is wrong with a file of ours, where, and what would be right.

use std::fmt;
use std::io;

/// What the system says of a file, in words for people; its own word for a missing file is `entity`.
#[must_use]
pub fn in_words(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::AlreadyExists => "there is one already".to_owned(),
        io::ErrorKind::PermissionDenied => "this user has no right to it".to_owned(),
        other => other.to_string(),
    }
}

/// One mistake in a file of ours (config, pack, roster, list). Readers collect all of them before
/// they give up, so that an administrator mends a file in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the administrator named it.
    pub file: String,
    /// Line, 1-based, where one is known.
    pub line: Option<u32>,
    /// What is wrong, in a sentence without a full stop.
    pub what: String,
    /// What was written there; empty where nothing was.
    pub written: String,
    /// What would be right.
    pub right: String,
    /// A warning does not keep the program from starting.
    pub warning: bool,
}

impl Problem {
    /// A mistake that keeps the file from being used.
    pub fn new(file: impl Into<String>, line: Option<u32>, what: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line,
            what: what.into(),
            written: String::new(),
            right: String::new(),
            warning: false,
        }
    }
    /// What was written there.
    #[must_use]
    pub fn written(mut self, written: impl Into<String>) -> Self {
        self.written = written.into();
        self
    }
    /// What would be right.
    #[must_use]
    pub fn right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }
    /// Something to look at that does not keep the program from starting.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}{}", if self.warning { "warning: " } else { "" }, self.what)?;
        if !self.written.is_empty() {
            write!(f, "\n    written: {}", self.written)?;
        }
        if !self.right.is_empty() {
            write!(f, "\n    right:   {}", self.right)?;
        }
        Ok(())
    }
}
