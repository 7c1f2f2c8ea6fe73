//! What must be there, and settings that must fit together.

use super::written::Written;
use super::{Lists, Log, Mode};
use crate::milter;
use crate::problem::Problem;
use crate::room;
use crate::school::Identity;
use crate::source;
use std::time::Duration;

/// How long Postfix waits for the answer to a message's content (`milter_content_timeout`).
const RELAY_WAITS: Duration = Duration::from_mins(5);
/// Less than this is less than a large message takes.
const LEAST_MEMORY: u64 = 16 << 20;
/// Less than this is less than an ordinary message takes in a worker.
const LEAST_WORKER_MEMORY: u64 = 64 << 20;

/// Everything that can be said before anything is made of what is written.
pub(super) fn check(name: &str, written: &Written, problems: &mut Vec<Problem>) {
    missing(name, written, problems);
    staff_told(name, written, problems);
    store(name, written, problems);
    limits(name, written, problems);
    ocr(name, &written.room.ocr, problems);
    listeners(name, &written.milter, &written.sources, problems);
    log(name, &written.log, problems);
    written.lists.check(name, problems);
    if let Some(written) = &written.school {
        school(name, &written.value, problems);
    }
}

/// What no installation can do without.
fn missing(name: &str, written: &Written, problems: &mut Vec<Problem>) {
    let Written { policy, school, roster, staff, .. } = written;
    let mut say = |is_there: bool, what: &str, right: &str| {
        if !is_there {
            problems.push(Problem::new(name, None, what).right(right));
        }
    };
    say(
        school.as_ref().is_some_and(|school| !school.value.domains.is_empty()),
        "[school] domains is missing: without it nobody is inside and nobody outside",
        "domains = [\"school.example\"]",
    );
    say(
        policy.as_ref().is_some_and(|policy| !policy.value.pack.is_empty()),
        "[policy] pack is missing",
        "pack = \"primary\" (see `exeat policy list`), or the path of a pack of your own",
    );
    say(
        roster.as_ref().is_some_and(|roster| !roster.value.file.as_os_str().is_empty()),
        "[roster] file is missing",
        "file = \"roster.csv\", the export of your pupils",
    );
    say(
        staff.as_ref().is_some_and(|staff| !staff.value.file.as_os_str().is_empty()),
        "[staff] file is missing",
        "file = \"staff.csv\": a notice goes only to somebody who stands there",
    );
}

fn staff_told(name: &str, written: &Written, problems: &mut Vec<Problem>) {
    let wrongly = written.privacy.as_ref().is_some_and(|privacy| privacy.was_wrong("staff_told_on"));
    if written.top.sample_school || written.staff_told_on().is_some() || wrongly {
        return;
    }
    let what = "[privacy] staff_told_on is missing: people whose mail is checked must be told before it begins \
                (what is checked, why, and who sees it), and the date is asked for in any complaint or inspection";
    let right = "staff_told_on = 2026-09-01, the day on which staff were told";
    problems.push(Problem::new(name, None, what).right(right));
}

/// Rules that act need a place to keep what they hold.
fn store(name: &str, written: &Written, problems: &mut Vec<Problem>) {
    if written.store.is_none() && written.top.mode == Mode::Enforce {
        let problem = Problem::new(name, None, "[store] is missing: what is held must wait somewhere");
        problems.push(problem.right("path and key_file, see deploy/exeat.toml"));
    }
}

/// What notices cannot do without, and domains that are none.
fn school(name: &str, school: &Identity, problems: &mut Vec<Problem>) {
    for domain in &school.domains {
        if domain.contains(['@', ' ', '/']) || !domain.contains('.') {
            let problem = Problem::new(name, None, "[school] domains has an entry that is no mail domain");
            problems.push(problem.written(domain).right("what stands behind the @ of the school's addresses"));
        }
    }
    for host in &school.secure_link_hosts {
        if host.contains(['@', ' ', '/', ':', '*']) || !host.contains('.') {
            let problem = Problem::new(name, None, "[school] secure_link_hosts has an entry that is no host");
            problems.push(problem.written(host).right("\"hillside.sharepoint.com\", without https:// and path"));
        }
    }
    for (key, value, why) in [
        ("telephone", &school.telephone, "a notice says whom to ring if a child is at risk"),
        ("contact", &school.contact, "a notice says whom to ask"),
    ] {
        if value.trim().is_empty() {
            let problem = Problem::new(name, None, format!("[school] {key} is missing: {why}"));
            problems.push(problem.right(format!("{key} = \"...\"")).warning());
        }
    }
}

/// Memory and times that must fit together.
fn limits(name: &str, written: &Written, problems: &mut Vec<Problem>) {
    let Written { milter, room, top, .. } = written;
    let mut say = |warning: bool, what: String, written: String, right: String| {
        let problem = Problem::new(name, None, what).written(written).right(right);
        problems.push(if warning { problem.warning() } else { problem });
    };
    if top.memory.0 < LEAST_MEMORY {
        let what = "memory is less than one large message takes".to_owned();
        say(false, what, format!("{} bytes", top.memory.0), "at least \"16 MiB\"; 160 MiB is usual".to_owned());
    }
    let worker = room.memory_bytes.get();
    if worker < LEAST_WORKER_MEMORY {
        let what = "[room] memory_bytes is less than an ordinary message takes".to_owned();
        say(false, what, worker.to_string(), format!("at least {LEAST_WORKER_MEMORY} (64 MiB)"));
    } else if worker / 2 < milter.message_bytes {
        let what =
            "[room] memory_bytes: the largest message allowed does not fit a worker, and would be a gap".to_owned();
        let right = format!("at least twice [milter] message_bytes ({})", milter.message_bytes);
        say(true, what, worker.to_string(), right);
    }
    let queue = Duration::from_secs(u64::from(room.queue_seconds.get()));
    // Ten times as long on the clock, and a second try alone; then the files of the message.
    let longest = queue
        + Duration::from_secs(20 * u64::from(room.processor_seconds.get()))
        + Duration::from_secs(u64::from(room.files_seconds.get()));
    if milter.judge_timeout <= queue {
        let what = "[milter] judge_timeout ends before a message has waited for a worker".to_owned();
        let right = format!("longer than [room] queue_seconds ({})", room.queue_seconds);
        say(false, what, format!("{} s", milter.judge_timeout.as_secs()), right);
    }
    if milter.judge_timeout >= RELAY_WAITS {
        let what = "[milter] judge_timeout: the relay gives up first (Postfix waits 300 s)".to_owned();
        say(true, what, format!("{} s", milter.judge_timeout.as_secs()), "less than \"5m\"".to_owned());
    }
    if longest >= RELAY_WAITS {
        let what = "[room] queue_seconds, twenty times processor_seconds and files_seconds are more than the 300 s the relay waits"
            .to_owned();
        let written = format!("{} s, {} s and {} s", room.queue_seconds, room.processor_seconds, room.files_seconds);
        say(true, what, written, "together less than 300 s, e.g. 60, 10 and 30".to_owned());
    }
}

/// What is to read letters in pictures must be a thing that can run.
fn ocr(name: &str, ocr: &room::ocr::Settings, problems: &mut Vec<Problem>) {
    if !room::ocr::are_languages(&ocr.languages) {
        let problem = Problem::new(name, None, "[room.ocr] languages is not understood").written(&ocr.languages);
        problems.push(problem.right("names as `tesseract --list-langs` gives them, joined by +: \"eng+cym\""));
    }
    let (memory, least) = (ocr.memory_bytes.get(), room::ocr::LEAST_MEMORY);
    if memory < least {
        let what = "[room.ocr] memory_bytes is less than Tesseract takes for a small picture";
        let problem = Problem::new(name, None, what).written(memory.to_string());
        problems.push(problem.right(format!("at least {least} ({} MiB)", least >> 20)));
    }
}

/// Somewhere to connect to, each place once, and no source that waits for a listener nobody has.
fn listeners(name: &str, milter: &milter::Settings, sources: &[source::SourceEntry], problems: &mut Vec<Problem>) {
    if milter.listen.is_empty() {
        let what = "[[milter.listen]] is missing: the relay has nowhere to connect";
        problems.push(Problem::new(name, None, what).right("name = \"relay\", socket = \"inet:127.0.0.1:8894\""));
        return;
    }
    for (place, listen) in milter.listen.iter().enumerate() {
        for other in milter.listen.iter().take(place) {
            if other.name == listen.name || other.socket == listen.socket {
                let problem = Problem::new(name, None, "two [[milter.listen]] have one name or one socket");
                problems.push(problem.written(&listen.name).right("a name and a socket of its own for each"));
            }
        }
    }
    for entry in sources {
        for listener in
            entry.listener.iter().filter(|listener| milter.listen.iter().all(|listen| listen.name != **listener))
        {
            let names: Vec<&str> = milter.listen.iter().map(|listen| listen.name.as_str()).collect();
            let what = format!("source `{}`: there is no listener of this name, so it fits no mail", entry.name);
            problems.push(Problem::new(name, None, what).written(listener).right(names.join(", ")));
        }
    }
}

/// A filter that cannot be read would keep the program from starting.
fn log(name: &str, log: &Log, problems: &mut Vec<Problem>) {
    if tracing_subscriber::EnvFilter::try_new(&log.level).is_err() {
        let problem = Problem::new(name, None, "[log] level is not understood").written(&log.level);
        problems.push(problem.right("error, warn, info, debug, or a filter such as exeat=debug"));
    }
}

impl Lists {
    /// An entry is a whole address or a domain; an empty `authorities` list is worth a warning.
    fn check(&self, name: &str, problems: &mut Vec<Problem>) {
        let all = [
            ("authorities", &self.authorities),
            ("helplines", &self.helplines),
            ("agencies", &self.agencies),
            ("personal_mail", &self.personal_mail),
            ("posting", &self.posting),
            ("trusted_routes", &self.trusted_routes),
        ];
        for (key, entries) in all {
            for entry in entries
                .iter()
                .filter(|entry| entry.trim().is_empty() || entry.contains(char::is_whitespace) || !entry.contains('.'))
            {
                let what = format!("[lists] {key} has an entry that is neither an address nor a domain");
                problems.push(
                    Problem::new(name, None, what)
                        .written(entry)
                        .right("\"name@council.example\" or \"council.example\""),
                );
            }
        }
        for entry in self.trusted_routes.iter().filter(|entry| entry.contains('@')) {
            let what = "[lists] trusted_routes has an address; the relay's setting is for a whole domain";
            problems.push(Problem::new(name, None, what).written(entry).right("\"council.example\""));
        }
        if self.authorities.is_empty() {
            problems.push(
                Problem::new(
                    name,
                    None,
                    "[lists] authorities is empty: mail to social care or the police would be checked and may be held",
                )
                .right("authorities = [\"mash@council.example\", \"police.example\"]: mail to them is never delayed")
                .warning(),
            );
        }
    }
}
