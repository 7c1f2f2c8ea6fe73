//! rspamd as a milter that scans by itself, in a folder of its own: the pupils' names and the identifiers as maps over
//! the decoded text parts, and nothing else.

use super::Peer;
use crate::corpus;
use crate::servers::{Server, room_for_one};
use std::fs;
use std::process::{Command, Stdio};

/// The identifiers the corpus is looked through for: national insurance, NHS, pupil and card numbers, sort code with
/// account, IBAN, telephone, date of birth.
const PATTERNS: &str = r"/\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/i
/\b\d{3}[ -]?\d{3}[ -]?\d{4}\b/
/\b[A-HJ-NP-RT-Z]\d{11}[0-9A-Z]\b/
/\b(?:\d[ -]?){13,19}\b/
/\b\d{2}-\d{2}-\d{2}\b.{0,40}\b\d{8}\b/
/\b[A-Z]{2}\d{2} ?(?:[0-9A-Z]{4} ?){2,7}[0-9A-Z]{1,4}\b/
/(?:\+44|\b0)\d(?:[ -]?\d){8,9}\b/
/(?:date of birth|d\.?o\.?b\.?)\W{0,3}\d{1,2}[\/.-]\d{1,2}[\/.-]\d{2,4}/i
";

/// Starts it.
pub fn start(tcp: bool, pupils: usize) -> Peer {
    if Command::new("rspamd").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Err("rspamd is not installed (install the package rspamd)".to_owned());
    }
    let (folder, place, socket) = room_for_one(tcp);
    let dir = folder.path().display().to_string();
    let socket = match socket.strip_prefix("unix:") {
        Some(path) => format!("{path} mode=0600"),
        None => socket.trim_start_matches("inet:").to_owned(),
    };
    let config = CONFIG.replace("@DIR@", &dir).replace("@SOCKET@", &socket);
    let files = [
        ("rspamd.conf", config.as_str()),
        // What the modules of the package expect to be there.
        ("rules.lua", "require \"global_functions\" ()\n"),
        // The list of the package takes a minute to compile.
        ("suffixes", "com\norg\nuk\nco.uk\nexample\n"),
        ("patterns.map", PATTERNS),
        ("names.map", &names(pupils)),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("the folder can be written");
    }
    let mut command = Command::new("rspamd");
    command.args(["-f", "-i", "-c"]).arg(folder.path().join("rspamd.conf"));
    let server = Server::start(command, place, folder);
    // It reads the maps, and compiles them, after it has begun to listen.
    std::thread::sleep(std::time::Duration::from_secs(5));
    Ok(server)
}

/// Each pupil's full name as an expression.
fn names(pupils: usize) -> String {
    let escaped = |name: &str| name.replace('-', "\\-");
    let roster = corpus::roster_csv(pupils);
    let name = |line: &str| {
        let mut fields = line.split(',').skip(1);
        Some(format!("/\\b{}\\s+{}\\b/i\n", escaped(fields.next()?), escaped(fields.next()?)))
    };
    roster.lines().skip(1).filter_map(name).collect()
}

const CONFIG: &str = r#"options {
    pidfile = "@DIR@/rspamd.pid";
    tempdir = "@DIR@";
    url_tld = "@DIR@/suffixes";
    control_socket = "@DIR@/control.sock mode=0600";
    dynamic_conf = "@DIR@/dynamic";
    history_file = "@DIR@/history";
    stats_file = "@DIR@/stats.ucl";
    cache_file = "@DIR@/symbols.cache";
    hs_cache_dir = "@DIR@/";
    filters = "";
    local_addrs = [];
    dns { nameserver = ["127.0.0.1:1"]; timeout = 1s; }
}
logging { type = "file"; filename = "@DIR@/rspamd.log"; level = "error"; }
worker "rspamd_proxy" {
    bind_socket = "@SOCKET@";
    milter = yes;
    timeout = 120s;
    count = 2;
    upstream "local" { default = yes; self_scan = yes; }
}
lua = "@DIR@/rules.lua";
modules { path = "/usr/share/rspamd/plugins/multimap.lua"; }
actions { reject = 1000; }
multimap {
    NAMES { type = "content"; filter = "text"; map = "@DIR@/names.map"; regexp = true; multi = true; score = 1; }
    PATTERNS { type = "content"; filter = "text"; map = "@DIR@/patterns.map"; regexp = true; multi = true; score = 1; }
}
"#;
