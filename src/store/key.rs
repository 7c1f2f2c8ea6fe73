//! The key all kept mail is sealed with: 32 bytes in a file of mode 0600 or in a systemd credential.

use crate::problem::in_words;
use ring::{hkdf, hmac, rand, rand::SecureRandom};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroize;

/// Length of a key in bytes.
pub const KEY_LENGTH: usize = 32;

/// The key of a store. Everything else (content keys, keyed hashes) is derived from it, each for one purpose.
#[derive(Clone)]
pub struct StoreKey([u8; KEY_LENGTH]);

impl Drop for StoreKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(key)")
    }
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// The file cannot be read or written.
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: std::io::ErrorKind,
    },
    /// Others than the owner may read it.
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is neither 32 bytes nor 64 hexadecimal digits.
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// `$CREDENTIALS_DIRECTORY` is not set: the program was not started by systemd with a credential.
    NoCredentials,
    /// A credential's name is a plain file name.
    CredentialName,
    /// The system gives no random bytes.
    NoRandom,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, why: std::io::ErrorKind::AlreadyExists } => write!(
                f,
                "{}: there is a file already; a key is never replaced, for what it sealed could not be opened any more: \
                 name another file",
                path.display()
            ),
            Self::File { path, why } => {
                write!(f, "{}: the key file cannot be used: {}", path.display(), in_words(*why))?;
                if *why == std::io::ErrorKind::NotFound {
                    write!(f, "; `exeat key create` makes one in a folder that is there")?;
                }
                Ok(())
            }
            Self::Open { path, mode } => {
                write!(f, "{}: others may read the key (mode {mode:04o}); run: chmod 0600 {0}", path.display())
            }
            Self::Malformed { path } => {
                write!(
                    f,
                    "{}: a key is 32 bytes or 64 hexadecimal digits; `exeat key create` makes one",
                    path.display()
                )
            }
            Self::NoCredentials => {
                write!(
                    f,
                    "CREDENTIALS_DIRECTORY is not set and {OF_THE_UNIT} is not there: \
                     a credential is there only while exeat runs under systemd"
                )
            }
            Self::CredentialName => f.write_str("a credential's name is a plain file name"),
            Self::NoRandom => f.write_str("the system gives no random bytes"),
        }
    }
}

impl std::error::Error for KeyError {}

/// Where systemd puts the credentials of exeat's unit while it runs.
const OF_THE_UNIT: &str = "/run/credentials/exeat.service";

impl StoreKey {
    /// A key from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_LENGTH]) -> Self {
        Self(bytes)
    }

    /// Reads a key file. Nobody but its owner may be able to read it.
    ///
    /// # Errors
    /// The file cannot be read, is open to others, or holds no key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        Self::read_file(path, true)
    }

    /// Reads the systemd credential `name` (`LoadCredential=` or `LoadCredentialEncrypted=`). Its directory is
    /// closed to others, and the mode of the file is systemd's affair.
    ///
    /// # Errors
    /// There are no credentials, or this one holds no key.
    pub fn credential(name: &str) -> Result<Self, KeyError> {
        if name.is_empty() || name.contains('/') || name == ".." || name == "." {
            return Err(KeyError::CredentialName);
        }
        let given = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        // A command that an administrator types stands outside the unit; the unit's credentials are root's to read.
        let directory = given.or_else(|| Some(PathBuf::from(OF_THE_UNIT)).filter(|directory| directory.is_dir()));
        Self::read_file(&directory.ok_or(KeyError::NoCredentials)?.join(name), false)
    }

    /// Makes a new key file; an existing one is never overwritten, since mail sealed with it would be lost.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let file_error = |error: std::io::Error| KeyError::File { path: path.to_owned(), why: error.kind() };
        let mut bytes = [0; KEY_LENGTH];
        rand::SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
        let mut digits = hex(&bytes) + "\n";
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error)?;
        let written = file.write_all(digits.as_bytes()).and_then(|()| file.sync_all());
        digits.zeroize();
        written.map_err(file_error)?;
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            File::open(directory).and_then(|directory| directory.sync_all()).map_err(file_error)?;
        }
        Ok(Self(bytes))
    }

    fn read_file(path: &Path, closed: bool) -> Result<Self, KeyError> {
        let file_error = |error: std::io::Error| KeyError::File { path: path.to_owned(), why: error.kind() };
        let file = File::open(path).map_err(file_error)?;
        let mode = file.metadata().map_err(file_error)?.mode() & 0o7777;
        if closed && mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.to_owned(), mode });
        }
        let mut content = Vec::with_capacity(256);
        file.take(256).read_to_end(&mut content).map_err(file_error)?;
        let key = Self::parse(&content);
        content.zeroize();
        key.ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
    }

    fn parse(content: &[u8]) -> Option<Self> {
        if let Ok(bytes) = <[u8; KEY_LENGTH]>::try_from(content) {
            return Some(Self(bytes));
        }
        let bytes = unhex(std::str::from_utf8(content).ok()?.trim())?;
        <[u8; KEY_LENGTH]>::try_from(bytes).ok().map(Self)
    }

    /// A key for one purpose and one salt.
    pub(crate) fn derive(&self, purpose: &str, salt: &[u8]) -> [u8; KEY_LENGTH] {
        let mut key = [0; KEY_LENGTH];
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&self.0);
        let info = [purpose.as_bytes()];
        // HKDF fails only for lengths beyond 255 hashes; 32 bytes are one.
        let filled = secret.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
        debug_assert!(filled.is_ok());
        key
    }

    /// A keyed hash for one purpose.
    pub(crate) fn hmac(&self, purpose: &str) -> hmac::Context {
        hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose, b"")))
    }

    /// The key that checks a keyed hash in constant time.
    pub(crate) fn hmac_key(&self, purpose: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose, b""))
    }
}

/// Adds a field to a keyed hash so that no two lists of fields look alike.
pub(crate) fn hash_field(hash: &mut hmac::Context, field: &[u8]) {
    hash.update(&(field.len() as u64).to_be_bytes());
    hash.update(field);
}

/// The 32 bytes of a finished hash.
pub(crate) fn hash_bytes(hash: hmac::Context) -> [u8; 32] {
    let tag = hash.sign();
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    bytes
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Hexadecimal digits as bytes.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let values: Option<Vec<u8>> =
        digits.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    Some(values?.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, value| byte << 4 | value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_file_is_closed_and_well_formed() {
        let folder = tempfile::tempdir().unwrap();
        let cases: [(&[u8], u32, Option<&str>); 8] = [
            (&[7; 32], 0o600, None),
            (&[b'a'; 64], 0o400, None),
            (b"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n", 0o600, None),
            (&[7; 32], 0o640, Some("others may read")),
            (&[7; 32], 0o604, Some("others may read")),
            (&[7; 31], 0o600, Some("32 bytes or 64")),
            (b"", 0o600, Some("32 bytes or 64")),
            (&[b'g'; 64], 0o600, Some("32 bytes or 64")),
        ];
        for (number, (content, mode, wrong)) in cases.into_iter().enumerate() {
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match (StoreKey::read(&path), wrong) {
                (Ok(_), None) => {}
                (Err(error), Some(wrong)) => assert!(error.to_string().contains(wrong), "{error}"),
                (outcome, _) => panic!("case {number}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn a_created_key_reads_back_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = StoreKey::create(&path).unwrap();
        assert_eq!(StoreKey::read(&path).unwrap().0, made.0);
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert!(matches!(StoreKey::create(&path), Err(KeyError::File { .. })));
        assert_eq!(StoreKey::read(&path).unwrap().0, made.0);
        assert_ne!(made.derive("one", b""), made.derive("other", b""));
    }
}
