//! Milters of others, started to be measured beside exeat. Who is not installed is skipped, with a reason.

mod rspamd;

use crate::servers::{Server, room_for_one};
use std::path::Path;
use std::process::Command;

/// A peer that runs, or why it does not.
pub type Peer = Result<Server, String>;

/// All of them.
pub fn all(tcp: bool, pupils: usize) -> Vec<(&'static str, Peer)> {
    vec![
        ("c-answer", c_milter("answering", tcp)),
        ("c-quiet", c_milter("quiet", tcp)),
        ("rspamd", rspamd::start(tcp, pupils)),
    ]
}

/// A milter in C that looks at nothing; `answering` every step, or `quiet` until the end.
pub fn c_milter(how: &str, tcp: bool) -> Peer {
    let (folder, place, socket) = room_for_one(tcp);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/empty.c");
    let program = folder.path().join("empty");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-o"]).arg(&program).arg(source).args(["-lmilter", "-lpthread"]);
    if !compiler.output().is_ok_and(|built| built.status.success()) {
        return Err("the empty C milter does not build (install gcc and libmilter-dev)".to_owned());
    }
    let socket = match socket.strip_prefix("inet:").and_then(|place| place.split_once(':')) {
        Some((host, port)) => format!("inet:{port}@{host}"),
        None => socket,
    };
    let mut command = Command::new(program);
    command.arg(how).arg(socket);
    Ok(Server::start(command, place, folder))
}
