//! Sizes and lengths of time as a person writes them: `2 MiB`, `14h`.

use jiff::SignedDuration;

/// Reads a size: a number of bytes with an optional unit (KB, MB, GB of 1,000; KiB, MiB, GiB of 1,024).
#[must_use]
pub fn size(written: &str) -> Option<u64> {
    let (number, unit) = split(written);
    let factor = match unit.as_str() {
        "" | "b" | "byte" | "bytes" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// Reads a length of time in whole minutes, hours or days.
#[must_use]
pub fn time(written: &str) -> Option<SignedDuration> {
    let (number, unit) = split(written);
    let seconds = match unit.as_str() {
        "m" | "min" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    Some(SignedDuration::from_secs(number.parse::<i64>().ok()?.checked_mul(seconds)?))
}

fn split(written: &str) -> (String, String) {
    let written = written.trim();
    let number: String = written.chars().take_while(|c| c.is_ascii_digit() || *c == '_').collect();
    let unit = written.get(number.len()..).unwrap_or_default().trim().to_lowercase();
    (number.replace('_', ""), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_written() {
        let table = [
            ("2 MiB", Some(2_097_152)),
            ("2MiB", Some(2_097_152)),
            ("2 MB", Some(2_000_000)),
            ("10_000", Some(10_000)),
            ("1 KiB", Some(1_024)),
            ("3 kb", Some(3_000)),
            ("0", Some(0)),
            ("2 Mb/s", None),
            ("two MiB", None),
            ("", None),
            ("99999999999999999999", None),
            ("18446744073709551615 KiB", None),
        ];
        for (written, right) in table {
            assert_eq!(size(written), right, "{written}");
        }
    }

    #[test]
    fn times_are_read_as_written() {
        let table =
            [("14h", Some(50_400)), ("90 min", Some(5_400)), ("2 days", Some(172_800)), ("14", None), ("h", None)];
        for (written, right) in table {
            assert_eq!(time(written).map(|t| t.as_secs()), right, "{written}");
        }
    }
}
