//! A number of bytes as people write it.

/// A number of bytes: `"192 MiB"`, `"25 MB"`, or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Written")]
pub struct Bytes(pub u64);

#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "a size such as \"192 MiB\", \"25 MB\" or a number of bytes")]
enum Written {
    Number(u64),
    Words(String),
}

impl TryFrom<Written> for Bytes {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Number(bytes) => Ok(Self(bytes)),
            Written::Words(words) => Self::read(&words).ok_or_else(|| {
                "this is not a size, expected a size such as \"192 MiB\", \"25 MB\" or a number of bytes".to_owned()
            }),
        }
    }
}

impl Bytes {
    /// Reads `12`, `12 B`, `12 KB`, `12 KiB`, ... (powers of 1,000 and of 1,024).
    #[must_use]
    pub fn read(words: &str) -> Option<Self> {
        let words = words.trim();
        let digits = words.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(words.len());
        let (number, unit) = words.split_at_checked(digits)?;
        let number: u64 = number.replace('_', "").parse().ok()?;
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" | "bytes" => 1,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            _ => return None,
        };
        number.checked_mul(factor).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn sizes_have_units() {
        for (written, meant) in [
            ("12", Some(12)),
            ("2 MiB", Some(2_097_152)),
            ("2MB", Some(2_000_000)),
            ("1_000 kb", Some(1_000_000)),
            ("0.5 MB", None),
            ("MiB", None),
            ("99999999999 GiB", None),
            ("3 bananas", None),
        ] {
            assert_eq!(Bytes::read(written).map(|bytes| bytes.0), meant, "{written}");
        }
    }
}
