//! The settings of the store, as written and as meant.

use super::{KeyError, StoreKey};
use crate::problem::Problem;
use std::path::PathBuf;

/// The settings as a config file writes them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// The database file.
    pub path: PathBuf,
    /// The key file.
    pub key_file: Option<PathBuf>,
    /// The systemd credential that holds the key.
    pub key_credential: Option<String>,
    /// Most bytes kept; keeping more is refused, so that the relay keeps the message.
    pub max_bytes: u64,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            path: PathBuf::from("/var/lib/exeat/store.sqlite"),
            key_file: None,
            key_credential: None,
            max_bytes: 20 * 1024 * 1024 * 1024,
        }
    }
}

/// Where the key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file of mode 0600.
    File(PathBuf),
    /// A systemd credential.
    Credential(String),
}

impl KeySource {
    /// Reads the key.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn read(&self) -> Result<StoreKey, KeyError> {
        match self {
            Self::File(path) => StoreKey::read(path),
            Self::Credential(name) => StoreKey::credential(name),
        }
    }
}

/// The settings as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The database file.
    pub path: PathBuf,
    /// Where its key comes from.
    pub key: KeySource,
    /// Most bytes kept.
    pub max_bytes: u64,
}

impl Written {
    /// Checks what was written in `file`. `None` where it cannot be used.
    pub fn check(self, file: &str, problems: &mut Vec<Problem>) -> Option<Settings> {
        const LEAST: u64 = 1024 * 1024;
        let key = match (self.key_file, self.key_credential) {
            (Some(path), None) => Some(KeySource::File(path)),
            (None, Some(name)) => Some(KeySource::Credential(name)),
            (given, _) => {
                let what = if given.is_some() { "the store has two keys" } else { "the store has no key" };
                let right = "one of store.key_file and store.key_credential; `exeat key create FILE` makes a key";
                problems.push(Problem::new(file, None, what).right(right));
                None
            }
        };
        if self.max_bytes < LEAST {
            let problem = Problem::new(file, None, "store.max_bytes is too small to keep one message");
            problems.push(problem.written(self.max_bytes.to_string()).right(format!("at least {LEAST}")));
        }
        let key = key.filter(|_| self.max_bytes >= LEAST)?;
        Some(Settings { path: self.path, key, max_bytes: self.max_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named() {
        let cases = [
            ("key_file = '/k'", 0, ""),
            ("key_credential = 'store-key'", 0, ""),
            ("", 1, "no key"),
            ("key_file = '/k'\nkey_credential = 'c'", 1, "two keys"),
            ("max_bytes = 5", 2, "too small"),
        ];
        for (text, count, part) in cases {
            let mut problems = Vec::new();
            let settings = toml::from_str::<Written>(text).unwrap().check("exeat.toml", &mut problems);
            assert_eq!(settings.is_some(), count == 0, "{text}");
            assert_eq!(problems.len(), count, "{text}");
            assert!(count == 0 || problems.iter().any(|problem| problem.to_string().contains(part)), "{text}");
        }
        assert!(toml::from_str::<Written>("keyfile = '/k'").is_err());
    }
}
