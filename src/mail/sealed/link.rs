//! Links to storage of the school's own, which asks who wants to read.

/// Where in a text the first link stands to one of these hosts (in lower case). Only `https`, and only that very host:
/// not one below it, not one that begins or ends like it, not a name put in front of another host.
#[must_use]
pub fn link_to(text: &str, hosts: &[String]) -> Option<usize> {
    if hosts.is_empty() {
        return None;
    }
    memchr::memmem::find_iter(text.as_bytes(), b"://").find_map(|at| {
        let start = at.checked_sub(5)?;
        let scheme = text.get(start..at)?.eq_ignore_ascii_case("https");
        let begins = !text.get(..start)?.ends_with(|letter: char| letter.is_alphanumeric());
        let host = host(text.get(at + 3..)?)?;
        (scheme && begins && hosts.iter().any(|known| known.eq_ignore_ascii_case(host))).then_some(start)
    })
}

/// The host that a link leads to.
fn host(link: &str) -> Option<&str> {
    // What stands before an `@` is a name, and the host is another.
    let end = |letter: char| letter.is_whitespace() || letter.is_control() || "/?#\\\"'<>()[]{}|,;".contains(letter);
    let authority = link.split(end).next()?;
    if authority.contains(['@', '%']) {
        return None;
    }
    let host = match authority.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    // The dot that ends a sentence, or the root's own.
    let host = host.trim_end_matches('.');
    (!host.is_empty()).then_some(host)
}
