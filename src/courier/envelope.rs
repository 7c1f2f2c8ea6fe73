//! Writes the envelope for the next hop: addresses that cannot smuggle a command in, and every parameter the
//! sender gave that the next hop must know. What it lacks is said, never left out in silence.

use crate::mail::Path;
use crate::store::ContentFacts;

/// What the next hop offers in answer to EHLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offers {
    /// RFC 6152.
    pub eight_bit: bool,
    /// RFC 3030.
    pub chunking: bool,
    /// RFC 3030.
    pub binary: bool,
    /// RFC 6531.
    pub utf8: bool,
    /// RFC 3461.
    pub dsn: bool,
    /// RFC 8689.
    pub require_tls: bool,
    /// RFC 3207.
    pub start_tls: bool,
    /// RFC 1870.
    pub size: bool,
}

impl Offers {
    /// Reads the lines of an EHLO reply; the first is the greeting.
    #[must_use]
    pub fn read(lines: &[String]) -> Self {
        let mut offers = Self::default();
        for line in lines.iter().skip(1) {
            let keyword = line.split([' ', '=']).next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "8BITMIME" => offers.eight_bit = true,
                "CHUNKING" => offers.chunking = true,
                "BINARYMIME" => offers.binary = true,
                "SMTPUTF8" => offers.utf8 = true,
                "DSN" => offers.dsn = true,
                "REQUIRETLS" => offers.require_tls = true,
                "STARTTLS" => offers.start_tls = true,
                "SIZE" => offers.size = true,
                _ => {}
            }
        }
        offers
    }
}

/// What the next hop lacks and this message needs; or what cannot be written in SMTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// An extension, by its EHLO keyword.
    Lacks(&'static str),
    /// REQUIRETLS without a verified connection.
    NotVerified,
    /// An address or parameter that would break the command.
    Address,
}

/// The MAIL command, without its line break. `verified`: the connection is encrypted and the next hop's
/// certificate was checked. `length` is what will be sent.
///
/// # Errors
/// The message cannot go to this next hop as it is.
pub fn mail(
    sender: &Path,
    recipients: &[&Path],
    facts: ContentFacts,
    offers: Offers,
    verified: bool,
    length: u64,
) -> Result<String, Unfit> {
    let mut line = format!("MAIL FROM:{}", address(sender).ok_or(Unfit::Address)?);
    let mut body = if facts.eight_bit_body || facts.eight_bit_head { Some("8BITMIME") } else { None };
    let international = |path: &&Path| !path.given.is_ascii() || path.parameters.iter().any(|given| !given.is_ascii());
    let mut utf8_asked = false;
    let utf8_needed = recipients.iter().chain([&sender]).any(international);
    for given in &sender.parameters {
        let (name, value) = parameter(given).ok_or(Unfit::Address)?;
        match name.as_str() {
            "BODY" if value.eq_ignore_ascii_case("BINARYMIME") => body = Some("BINARYMIME"),
            // Content of seven bits passes anywhere; the mark is passed on where it is known.
            "BODY" if value.eq_ignore_ascii_case("8BITMIME") && offers.eight_bit => body = body.or(Some("8BITMIME")),
            "SMTPUTF8" => utf8_asked = true,
            "RET" | "ENVID" if offers.dsn => line = format!("{line} {given}"),
            "RET" | "ENVID" => return Err(Unfit::Lacks("DSN")),
            "REQUIRETLS" if !verified => return Err(Unfit::NotVerified),
            "REQUIRETLS" if offers.require_tls => line.push_str(" REQUIRETLS"),
            "REQUIRETLS" => return Err(Unfit::Lacks("REQUIRETLS")),
            // SIZE is counted anew, AUTH was for the hop before; nothing else can have been offered to the sender.
            _ => {}
        }
    }
    match body {
        Some("BINARYMIME") if !(offers.binary && offers.chunking) => return Err(Unfit::Lacks("BINARYMIME")),
        Some("8BITMIME") if !offers.eight_bit => return Err(Unfit::Lacks("8BITMIME")),
        Some(body) => line = format!("{line} BODY={body}"),
        None => {}
    }
    if utf8_needed || utf8_asked {
        match offers.utf8 {
            true => line.push_str(" SMTPUTF8"),
            false if utf8_needed || facts.eight_bit_head => return Err(Unfit::Lacks("SMTPUTF8")),
            // It was announced but neither addresses nor header need it.
            false => {}
        }
    }
    if offers.size {
        line = format!("{line} SIZE={length}");
    }
    Ok(line)
}

/// The RCPT command, without its line break.
///
/// # Errors
/// The recipient cannot be given to this next hop as it is.
pub fn rcpt(recipient: &Path, offers: Offers) -> Result<String, Unfit> {
    let mut line = format!("RCPT TO:{}", address(recipient).ok_or(Unfit::Address)?);
    for given in &recipient.parameters {
        let (name, _) = parameter(given).ok_or(Unfit::Address)?;
        match name.as_str() {
            "NOTIFY" | "ORCPT" if offers.dsn => line = format!("{line} {given}"),
            "NOTIFY" | "ORCPT" => return Err(Unfit::Lacks("DSN")),
            _ => {}
        }
    }
    Ok(line)
}

/// An address in angle brackets; `None` where it would break the command.
fn address(path: &Path) -> Option<String> {
    let given = std::str::from_utf8(&path.given).ok()?;
    let bare = given.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(given);
    let mut quoted = false;
    let mut escaped = false;
    for letter in bare.chars() {
        let plain = if letter.is_control() { false } else { quoted || !matches!(letter, ' ' | '<' | '>') };
        if !plain {
            return None;
        }
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    (!quoted).then(|| format!("<{bare}>"))
}

/// A parameter's name in capitals and its value; `None` where it would break the command.
fn parameter(given: &str) -> Option<(String, &str)> {
    let sound = !given.is_empty() && !given.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    let (name, value) = given.split_once('=').unwrap_or((given, ""));
    sound.then(|| (name.to_ascii_uppercase(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Offers = Offers {
        eight_bit: true,
        chunking: true,
        binary: true,
        utf8: true,
        dsn: true,
        require_tls: true,
        start_tls: true,
        size: true,
    };

    fn path(line: &str) -> Path {
        let (given, parameters) = line.split_once('|').unwrap_or((line, ""));
        Path::new(given.as_bytes(), parameters.split_ascii_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn every_parameter_is_passed_on_or_its_lack_is_said() {
        let none = Offers::default();
        let plain = ContentFacts::default();
        let body = ContentFacts { eight_bit_body: true, ..plain };
        let head = ContentFacts { eight_bit_head: true, ..plain };
        let cases: [(&str, ContentFacts, Offers, Result<&str, Unfit>); 25] = [
            ("<a@x>", plain, ALL, Ok("<a@x> SIZE=7")),
            ("a@x", plain, none, Ok("<a@x>")),
            ("<>", plain, none, Ok("<>")),
            ("", plain, none, Ok("<>")),
            ("<a@x>|BODY=8BITMIME SIZE=99", plain, ALL, Ok("<a@x> BODY=8BITMIME SIZE=7")),
            ("<a@x>|BODY=8BITMIME", plain, none, Ok("<a@x>")),
            ("<a@x>|BODY=8BITMIME", body, none, Err(Unfit::Lacks("8BITMIME"))),
            ("<a@x>", body, none, Err(Unfit::Lacks("8BITMIME"))),
            ("<a@x>|BODY=7BIT", body, ALL, Ok("<a@x> BODY=8BITMIME SIZE=7")),
            ("<a@x>|body=binarymime", plain, ALL, Ok("<a@x> BODY=BINARYMIME SIZE=7")),
            ("<a@x>|BODY=BINARYMIME", plain, Offers { binary: false, ..ALL }, Err(Unfit::Lacks("BINARYMIME"))),
            ("<ä@x>", plain, ALL, Ok("<ä@x> SMTPUTF8 SIZE=7")),
            ("<ä@x>|SMTPUTF8", plain, none, Err(Unfit::Lacks("SMTPUTF8"))),
            ("<a@x>|SMTPUTF8", plain, ALL, Ok("<a@x> SMTPUTF8 SIZE=7")),
            ("<a@x>|SMTPUTF8", plain, none, Ok("<a@x>")),
            ("<a@x>|SMTPUTF8", head, Offers { utf8: false, ..ALL }, Err(Unfit::Lacks("SMTPUTF8"))),
            ("<a@x>|RET=HDRS ENVID=q+2B", plain, ALL, Ok("<a@x> RET=HDRS ENVID=q+2B SIZE=7")),
            ("<a@x>|RET=HDRS", plain, none, Err(Unfit::Lacks("DSN"))),
            ("<a@x>|REQUIRETLS", plain, ALL, Ok("<a@x> REQUIRETLS SIZE=7")),
            ("<a@x>|REQUIRETLS", plain, none, Err(Unfit::Lacks("REQUIRETLS"))),
            ("<a@x>|AUTH=<> X=y", plain, none, Ok("<a@x>")),
            ("<a@x>\r\nRCPT TO:<b@x>", plain, ALL, Err(Unfit::Address)),
            ("<a@x> SIZE=1", plain, ALL, Err(Unfit::Address)),
            ("<\"a b\\\"<>\"@x>", plain, none, Ok("<\"a b\\\"<>\"@x>")),
            ("<\"a@x>", plain, none, Err(Unfit::Address)),
        ];
        for (sender, facts, offers, expected) in cases {
            let sender = path(sender);
            let line = mail(&sender, &[], facts, offers, true, 7);
            assert_eq!(line, expected.map(|rest| format!("MAIL FROM:{rest}")), "{expected:?}");
        }
        assert_eq!(mail(&path("<a@x>|REQUIRETLS"), &[], plain, ALL, false, 7), Err(Unfit::NotVerified));
        assert_eq!(mail(&path("<a@x>"), &[&path("<ü@x>")], plain, none, true, 7), Err(Unfit::Lacks("SMTPUTF8")));
        let bad = Path::new(b"<a@x>", vec!["RET=FULL\r\nDATA".to_owned()]);
        assert_eq!(mail(&bad, &[], plain, ALL, true, 7), Err(Unfit::Address));
        assert_eq!(mail(&Path::new(b"<\xff@x>", vec![]), &[], plain, ALL, true, 7), Err(Unfit::Address));
    }

    #[test]
    fn recipients_keep_their_parameters() {
        let cases: [(&str, Offers, Result<&str, Unfit>); 6] = [
            ("<a@x>|NOTIFY=NEVER ORCPT=rfc822;a@x", ALL, Ok("<a@x> NOTIFY=NEVER ORCPT=rfc822;a@x")),
            ("<a@x>|NOTIFY=NEVER", Offers::default(), Err(Unfit::Lacks("DSN"))),
            ("postmaster", ALL, Ok("<postmaster>")),
            ("<a..b@x>", ALL, Ok("<a..b@x>")),
            ("<a\0@x>", ALL, Err(Unfit::Address)),
            ("<a@x\n>", ALL, Err(Unfit::Address)),
        ];
        for (recipient, offers, expected) in cases {
            assert_eq!(rcpt(&path(recipient), offers), expected.map(|rest| format!("RCPT TO:{rest}")));
        }
    }
}
