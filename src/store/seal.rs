//! Seals kept content in chunks of 64 KiB: each has its number and a mark on the last one authenticated, so
//! that a chunk that was changed, left out, moved or taken from another message does not open.

use super::key::{KEY_LENGTH, StoreKey};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of content in one chunk; one chunk is one row of the store.
pub const CHUNK: usize = 64 * 1024;
/// Length of the random salt each sealed content has its own key from.
pub const SALT: usize = 32;

/// It cannot be sealed, or what was sealed does not open: changed, cut, moved, or another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// A new random salt.
///
/// # Errors
/// The system gives no random bytes.
pub fn salt() -> Result<[u8; SALT], Broken> {
    let mut salt = [0; SALT];
    SystemRandom::new().fill(&mut salt).map_err(|_| Broken)?;
    Ok(salt)
}

/// Seals and opens the chunks of one content.
pub struct Sealer {
    key: LessSafeKey,
    name: Vec<u8>,
}

impl Sealer {
    /// The sealer of the content `name` (what it is and whose); the name is authenticated with every chunk.
    ///
    /// # Errors
    /// The key cannot be made.
    pub fn new(key: &StoreKey, salt: &[u8], name: &str) -> Result<Self, Broken> {
        let bytes: [u8; KEY_LENGTH] = key.derive("exeat sealed content", salt);
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| Broken)?;
        Ok(Self { key: LessSafeKey::new(key), name: name.as_bytes().to_vec() })
    }

    /// A nonce is used once per key: each content has a key of its own, and each chunk a number.
    fn nonce(number: u32, last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let written = number.to_be_bytes().into_iter().chain([u8::from(last)]);
        for (to, from) in nonce.iter_mut().zip(written) {
            *to = from;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    /// Seals a chunk in place and adds its tag.
    ///
    /// # Errors
    /// The chunk is too long to seal.
    pub fn seal(&self, number: u32, last: bool, chunk: &mut Vec<u8>) -> Result<(), Broken> {
        let nonce = Self::nonce(number, last);
        self.key.seal_in_place_append_tag(nonce, Aad::from(&self.name), chunk).map_err(|_| Broken)
    }

    /// Opens a chunk in place.
    ///
    /// # Errors
    /// It is not the chunk of this content, number and mark.
    pub fn open(&self, number: u32, last: bool, chunk: &mut Vec<u8>) -> Result<(), Broken> {
        let nonce = Self::nonce(number, last);
        let length = self.key.open_in_place(nonce, Aad::from(&self.name), chunk).map_err(|_| Broken)?.len();
        chunk.truncate(length);
        Ok(())
    }
}

/// Seals a short value: salt, then one chunk.
///
/// # Errors
/// It cannot be sealed.
pub fn seal_value(key: &StoreKey, name: &str, value: &[u8]) -> Result<Vec<u8>, Broken> {
    let salt = salt()?;
    let mut chunk = value.to_vec();
    Sealer::new(key, &salt, name)?.seal(0, true, &mut chunk)?;
    let mut sealed = salt.to_vec();
    sealed.append(&mut chunk);
    Ok(sealed)
}

/// Opens a short value.
///
/// # Errors
/// It was changed or belongs elsewhere.
pub fn open_value(key: &StoreKey, name: &str, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
    let (salt, chunk) = sealed.split_at_checked(SALT).ok_or(Broken)?;
    let mut chunk = chunk.to_vec();
    Sealer::new(key, salt, name)?.open(0, true, &mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_opens_only_as_what_it_was_sealed_as() {
        let key = StoreKey::new([1; 32]);
        let salt = salt().unwrap();
        let seal = |number, last| {
            let mut chunk = b"Dear parents".to_vec();
            Sealer::new(&key, &salt, "content EX-1").unwrap().seal(number, last, &mut chunk).unwrap();
            chunk
        };
        let open = |key: &StoreKey, salt: &[u8], name, number, last, mut chunk: Vec<u8>| {
            Sealer::new(key, salt, name).unwrap().open(number, last, &mut chunk).map(|()| chunk)
        };
        assert_eq!(open(&key, &salt, "content EX-1", 4, false, seal(4, false)), Ok(b"Dear parents".to_vec()));
        assert_eq!(open(&key, &salt, "content EX-1", 5, false, seal(4, false)), Err(Broken), "moved");
        assert_eq!(open(&key, &salt, "content EX-1", 4, true, seal(4, false)), Err(Broken), "made the last");
        assert_eq!(open(&key, &salt, "content EX-2", 4, false, seal(4, false)), Err(Broken), "of another");
        assert_eq!(open(&key, &[0; 32], "content EX-1", 4, false, seal(4, false)), Err(Broken), "salt");
        assert_eq!(open(&StoreKey::new([2; 32]), &salt, "content EX-1", 4, false, seal(4, false)), Err(Broken), "key");
        let whole = seal(0, true);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, &salt, "content EX-1", 0, true, changed), Err(Broken), "byte {at}");
            assert_eq!(open(&key, &salt, "content EX-1", 0, true, whole[..at].to_vec()), Err(Broken), "cut at {at}");
        }
    }

    #[test]
    fn a_value_opens_and_every_broken_one_does_not() {
        let key = StoreKey::new([1; 32]);
        let sealed = seal_value(&key, "record EX-1", b"{}").unwrap();
        assert_eq!(open_value(&key, "record EX-1", &sealed), Ok(b"{}".to_vec()));
        assert_eq!(open_value(&key, "record EX-2", &sealed), Err(Broken));
        assert!((0..sealed.len()).all(|cut| open_value(&key, "record EX-1", &sealed[..cut]).is_err()));
        assert_ne!(sealed, seal_value(&key, "record EX-1", b"{}").unwrap(), "each has a key of its own");
    }
}
