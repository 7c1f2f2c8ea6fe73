//! The address of the client, as the relay writes it.

use super::super::wire::Peer;
use std::net::IpAddr;

/// Of a connection; `None` for one from this machine by a file.
pub(super) fn address_of(peer: Peer<'_>) -> Option<IpAddr> {
    match peer {
        Peer::Inet { address, .. } => read_address(address),
        Peer::Unknown | Peer::Unix(_) => None,
    }
}

/// As it stands in a macro or behind the name of its family.
pub(super) fn read_address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = match text.get(..5) {
        Some(mark) if mark.eq_ignore_ascii_case("IPv6:") => text.get(5..)?,
        _ => text,
    };
    bare.parse().ok()
}
