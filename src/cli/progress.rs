//! How far a long run is.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Cells of the bar.
const WIDTH: u64 = 30;

/// How far a long run is, for somebody who waits at a terminal and does not see the results pass.
pub(super) struct Progress {
    shown: bool,
    count: u64,
    total: Option<u64>,
    next: Instant,
}

impl Progress {
    /// Of so many messages, where that is known. Where the results pass on a terminal, nothing is to be shown.
    pub fn new(total: Option<u64>, results_pass: bool) -> Self {
        let shown = std::io::stderr().is_terminal() && !results_pass;
        Self { shown, count: 0, total, next: Instant::now() + Duration::from_secs(1) }
    }

    pub fn one_more(&mut self) {
        self.count += 1;
        if self.shown && Instant::now() >= self.next {
            eprint!("\r{}", line(self.count, self.total));
            let _ = std::io::stderr().flush();
            self.next = Instant::now() + Duration::from_secs(1);
        }
    }

    pub fn end(&self) {
        if self.shown && self.count > 0 {
            eprintln!("\r{}", line(self.count, self.total));
        }
    }
}

fn line(count: u64, total: Option<u64>) -> String {
    let Some(total) = total.filter(|&total| total > 0) else { return format!("{count} messages") };
    let done = usize::try_from((count * WIDTH / total).min(WIDTH)).unwrap_or(0);
    let left = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(done);
    format!("[{}{}] {count} of {total} messages", "#".repeat(done), ".".repeat(left))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_fills() {
        assert_eq!(line(7, None), "7 messages");
        assert_eq!(line(0, Some(60)), format!("[{}] 0 of 60 messages", ".".repeat(30)));
        assert_eq!(line(30, Some(60)), format!("[{}{}] 30 of 60 messages", "#".repeat(15), ".".repeat(15)));
        assert_eq!(line(60, Some(60)), format!("[{}] 60 of 60 messages", "#".repeat(30)));
    }
}
