//! So many messages a minute and no more, so that a morning's deferred mail does not hit a provider's limit.

use std::time::Duration;
use tokio::time::Instant;

/// A bucket that fills evenly; it holds a tenth of a minute's messages, at least one.
#[derive(Debug, Clone)]
pub struct Pace {
    every: Duration,
    room: u32,
    /// When the bucket was, or will be, empty.
    empty_at: Instant,
}

impl Pace {
    /// A full bucket.
    #[must_use]
    pub fn new(per_minute: u32, now: Instant) -> Self {
        let per_minute = per_minute.max(1);
        let room = (per_minute / 10).max(1);
        let every = Duration::from_mins(1) / per_minute;
        Self { every, room, empty_at: now.checked_sub(every * room).unwrap_or(now) }
    }

    /// How long to wait for the next message.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        (self.empty_at + self.every).saturating_duration_since(now)
    }

    /// Counts a message.
    pub fn take(&mut self, now: Instant) {
        let full = now.checked_sub(self.every * self.room).unwrap_or(now);
        self.empty_at = self.empty_at.max(full) + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_brings_what_it_may_and_idle_time_is_not_saved_up() {
        for (per_minute, idle, most) in [(30, 0, 33), (30, 3600, 33), (1, 0, 2), (600, 0, 660), (0, 5, 2)] {
            let start = Instant::now() + Duration::from_secs(idle);
            let mut pace = Pace::new(per_minute, Instant::now());
            let mut now = start;
            let mut sent = 0;
            while now < start + Duration::from_mins(1) {
                let wait = pace.wait(now);
                if wait.is_zero() {
                    pace.take(now);
                    sent += 1;
                } else {
                    now += wait;
                }
            }
            assert!(sent <= most && sent >= per_minute, "{per_minute} a minute after {idle} s: {sent}");
        }
    }
}
