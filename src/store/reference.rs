//! References a sender can quote on the telephone.

use super::StoreError;
use ring::rand::{SecureRandom, SystemRandom};

/// Digits and letters without those that look or sound alike (I, L, O, U).
const LETTERS: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P',
    'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

/// A new random reference, e.g. `EX-7K3M-92QD`.
///
/// # Errors
/// The system gives no random bytes.
pub fn new_reference() -> Result<String, StoreError> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::NoRandom)?;
    let letters: Vec<char> = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte & 31)).copied()).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(format!("EX-{}", groups.join("-")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_differ_and_can_be_read_aloud() {
        let references: std::collections::BTreeSet<String> =
            (0..200).map(|_| super::new_reference().unwrap()).collect();
        assert_eq!(references.len(), 200);
        let form = regex::Regex::new("^EX-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$").unwrap();
        assert!(references.iter().all(|reference| form.is_match(reference)));
    }
}
