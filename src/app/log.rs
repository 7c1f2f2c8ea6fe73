//! Log lines go to standard output. What listens there is systemd's journal, a file or a person.

use crate::config::{Log, LogFormat};
use std::io::{self, Stdout, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Begins to log; a panic prints its place and nothing of what it was about.
pub(super) fn start(settings: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| format!("[log] level: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Output { journal: is_journal() });
    match settings.format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_target(false).init(),
        LogFormat::Text => log.compact().with_target(false).with_ansi(false).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "panicked");
    }));
    Ok(())
}

/// Whether standard output goes to systemd's journal: systemd names the device and inode of the stream it made.
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(io::stdout()).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// Standard output.
struct Output {
    journal: bool,
}

/// A line on its way out.
struct Line {
    out: Stdout,
    before: &'static str,
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Line;
    fn make_writer(&'a self) -> Line {
        Line { out: io::stdout(), before: "" }
    }
    /// systemd takes a number in front of a line as its priority, and off the line: `journalctl -p warning` works.
    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line {
        Line { out: io::stdout(), before: if self.journal { priority(*event.level()) } else { "" } }
    }
}

fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        _ => "<7>",
    }
}

impl Write for Line {
    /// The subscriber writes each line in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut out = self.out.lock();
        out.write_all(self.before.as_bytes())?;
        out.write_all(line)?;
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
