//! `exeat doctor`: looks at everything around exeat that has to be right, and says what to do about the rest.

mod files;
mod network;
mod postfix;

use super::{ConfigFile, FAILED, FOUND, OK, complain};
use crate::budget::Budget;
use crate::config::{Config, Mode};
use crate::room::{self, Death, Misdeed, Outcome, Room, StartError};
use jiff::Timestamp;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

/// What was typed behind `exeat doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Run it as the user exeat runs as, so that it meets the same rights.

Examples:
  sudo -u exeat exeat doctor
  exeat doctor --postfix /etc/postfix-out      another instance of Postfix

Exit code: 0 if nothing is wrong (warnings are no fault), 1 if something is, 2 if the config cannot be used.")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// The config directory of the Postfix instance that exeat serves
    #[arg(long, value_name = "DIR")]
    postfix: Option<PathBuf>,
}

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Ok,
    Warn,
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    mark: Mark,
    about: &'static str,
    found: String,
    to_do: String,
}

impl Line {
    fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { mark: Mark::Ok, about, found: found.into(), to_do: String::new() }
    }
    fn warn(about: &'static str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { mark: Mark::Warn, about, found: found.into(), to_do: to_do.into() }
    }
    fn wrong(about: &'static str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { mark: Mark::Wrong, about, found: found.into(), to_do: to_do.into() }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = match self.mark {
            Mark::Ok => "ok",
            Mark::Warn => "warn",
            Mark::Wrong => "wrong",
        };
        write!(f, "{mark:<6} {:<9} {}", self.about, self.found)?;
        if !self.to_do.is_empty() {
            write!(f, "\n       {:<9} to do: {}", "", self.to_do)?;
        }
        Ok(())
    }
}

/// Prints each line as soon as it is known, and remembers the worst.
#[derive(Default)]
struct Printer {
    wrong: usize,
    warnings: usize,
}

impl Printer {
    fn say(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            match line.mark {
                Mark::Ok => {}
                Mark::Warn => self.warnings += 1,
                Mark::Wrong => self.wrong += 1,
            }
            say!("{line}");
        }
    }
}

pub(super) async fn run(arguments: Arguments) -> u8 {
    let file = &arguments.file.config;
    let (config, warnings) = match Config::read(file) {
        Ok(read) => read,
        Err(problems) => {
            complain(&problems);
            say!("{}", Line::wrong("config", "cannot be used, see above", "mend it; `exeat config check` says more"));
            return FAILED;
        }
    };
    let now = Timestamp::now();
    let mut printer = Printer::default();
    printer.say(settings(&config, warnings.len(), now));
    printer.say(files::rights(&config));
    printer.say(files::store(&config, now).await);
    printer.say(files::disk(&config));
    printer.say([files::bypasses(&config, now)]);
    printer.say([clock(now)]);
    printer.say(sandbox(&config).await);
    printer.say(network::milter_sockets(&config).await);
    printer.say([network::ready(&config).await]);
    printer.say(network::release_port(&config).await);
    printer.say(postfix::order(&config, arguments.postfix.as_deref()));
    say!("{} wrong, {} to look at", printer.wrong, printer.warnings);
    if printer.wrong > 0 { FOUND } else { OK }
}

fn settings(config: &Config, warnings: usize, now: Timestamp) -> Vec<Line> {
    use crate::app::loading;
    let name = config.file.display();
    let policy = loading::policy(Some(config), &config.pack).and_then(|policy| loading::load(config, policy));
    let first = match policy {
        Err(problems) => {
            complain(&problems);
            Line::wrong(
                "config",
                format!("{name}: policy, roster or staff directory cannot be used, see above"),
                "mend it; then reload",
            )
        }
        Ok(loaded) => {
            let pupils = loaded.live.school.roster.len();
            let found = format!(
                "{name}: policy {}, {pupils} pupils, {} staff",
                loaded.live.policy.name,
                loaded.live.school.staff.len()
            );
            match warnings + loaded.warnings.len() {
                0 => Line::ok("config", found),
                count => Line::warn("config", format!("{found}, {count} warnings"), "`exeat config check` prints them"),
            }
        }
    };
    let mode = match config.mode {
        Mode::Monitor => Line::ok("mode", "monitor: every message is relayed unchanged, matches are only recorded"),
        Mode::Enforce => Line::ok("mode", "enforce: rules act"),
    };
    vec![first, mode, staff_told(config, now)]
}

fn staff_told(config: &Config, now: Timestamp) -> Line {
    match config.staff_told_on {
        None => Line::ok("privacy", "a sample school: nobody is checked, so nobody needs to be told"),
        Some(day) if day > now.to_zoned(config.calendar.zone().clone()).date() => Line::wrong(
            "privacy",
            format!("staff will be told on {day}, and their mail is checked already"),
            "tell them first; stop exeat until then",
        ),
        Some(day) => Line::ok("privacy", format!("staff were told on {day}")),
    }
}

/// Opening hours, terms and deadlines hang on the clock.
fn clock(now: Timestamp) -> Line {
    let written = now.strftime("%Y-%m-%d %H:%M UTC").to_string();
    // No exeat is older than this, so an earlier clock has lost its battery.
    if now.as_second() < 1_767_225_600 {
        return Line::wrong(
            "clock",
            format!("it says {written}, which is in the past"),
            "set it: timedatectl set-ntp true",
        );
    }
    let asked =
        std::process::Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    let answer = asked.ok().filter(|output| output.status.success());
    match answer.map(|output| output.stdout.trim_ascii().to_vec()).as_deref() {
        Some(b"yes") => Line::ok("clock", format!("{written}, synchronised")),
        Some(_) => {
            Line::warn("clock", format!("{written}, not synchronised"), "timedatectl set-ntp true, or install chrony")
        }
        None => Line::warn(
            "clock",
            format!("{written}; whether it is synchronised cannot be said here"),
            "see that the machine (or its host) keeps time",
        ),
    }
}

/// A worker tries what the sandbox must stop.
async fn sandbox(config: &Config) -> Vec<Line> {
    const TRIED: [Misdeed; 7] = [
        Misdeed::ReadFile,
        Misdeed::WriteFile,
        Misdeed::Connect,
        Misdeed::Execute,
        Misdeed::OverflowStack,
        Misdeed::TakeMemory,
        Misdeed::Loop,
    ];
    let mut settings = room::Settings { processor_seconds: NonZeroU32::MIN, ..config.room.clone() };
    let mut lines = Vec::new();
    let start = async |settings: &room::Settings| {
        Room::start(settings.clone(), room::own_program(), Budget::new(config.memory), Arc::new(())).await
    };
    let mut started = start(&settings).await;
    match &started {
        Err(StartError::Letters(why)) => {
            lines.push(Line::wrong("pictures", why.to_string(), why.to_do()));
            // What holds the workers is looked at all the same.
            settings.ocr.enabled = false;
            started = start(&settings).await;
        }
        Ok(_) if settings.ocr.enabled => {
            let found = format!("Tesseract reads the letters in them ({})", settings.ocr.languages);
            lines.push(Line::ok("pictures", found));
        }
        _ => {}
    }
    let room = match started {
        Ok(room) => room,
        Err(error) => {
            lines.push(Line::wrong("sandbox", error.what(), error.to_do()));
            return lines;
        }
    };
    let report = room.sandbox();
    lines.push(if report.missing.is_empty() {
        Line::ok("sandbox", report.to_string())
    } else {
        Line::warn("sandbox", report.to_string(), "a newer kernel; [room] allow_weaker_sandbox lets it run meanwhile")
    });
    let mut stopped = Vec::new();
    for misdeed in TRIED {
        match room.attempt(misdeed).await {
            Ok(Outcome::Refused | Outcome::Died(_)) => stopped.push(misdeed.name()),
            Ok(Outcome::Succeeded) => lines.push(Line::wrong(
                "sandbox",
                format!("a worker was able to do this: {}", misdeed.name()),
                "do not run exeat on this kernel",
            )),
            Err(error) => lines.push(Line::warn(
                "sandbox",
                format!("{} could not be tried: {error}", misdeed.name()),
                "try again",
            )),
        }
    }
    let ends = room.attempt(Misdeed::Abort).await;
    if ends == Ok(Outcome::Died(Death::Crashed)) {
        stopped.push("a crash costs one worker");
    }
    lines.push(Line::ok("sandbox", format!("tried and stopped: {}", stopped.join(", "))));
    room.stop().await;
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_is_about_and_what_to_do() {
        assert_eq!(Line::ok("key", "it opens the store").to_string(), "ok     key       it opens the store");
        assert_eq!(
            Line::wrong("key", "it is gone", "bring it back").to_string(),
            "wrong  key       it is gone\n                 to do: bring it back"
        );
    }

    #[test]
    fn a_clock_of_the_past_is_wrong() {
        assert_eq!(clock(Timestamp::UNIX_EPOCH).mark, Mark::Wrong);
        assert_ne!(clock("2026-03-10T12:00:00Z".parse().unwrap()).mark, Mark::Wrong);
    }
}
