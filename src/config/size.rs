//! A number of bytes as people write it.

use crate::measure;

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
            Written::Words(words) => measure::size(&words).map(Self).ok_or_else(|| {
                "this is not a size, expected a size such as \"192 MiB\", \"25 MB\" or a number of bytes".to_owned()
            }),
        }
    }
}
