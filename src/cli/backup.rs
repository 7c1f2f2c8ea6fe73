//! `exeat backup DIR` and `exeat restore DIR`.

use super::held::Who;
use super::{ConfigFile, FAILED, OK, complain, fail};
use crate::config::Config;
use crate::store::{self, BackupError, Facts, How, KeySource, Restored, Settings};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// What was typed behind `exeat backup`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
exeat may go on running. The backup holds the store as it was at one moment: kept mail (sealed), notices, \
decisions, records. It is whole or not there: a backup that was broken off leaves only .DIR.partial, which the next \
one to the same name uses up. It never holds the key, and nobody opens it without the key: keep a copy of the key \
elsewhere. Settings, roster and staff directory (/etc/exeat) are not in it.

Examples:
  exeat backup /srv/backup/exeat-$(date +%F)
  exeat restore /srv/backup/exeat-2026-11-22")]
pub(super) struct Backup {
    /// A new folder; the one it stands in must be there
    folder: PathBuf,
    #[command(flatten)]
    file: ConfigFile,
}

/// What was typed behind `exeat restore`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Stop exeat first; the relay keeps mail meanwhile. The store that is replaced stays beside the new one as \
STORE.replaced-TIME. What waits in the backup may have gone out since: it comes back as `restored`, and nothing of it \
goes out before `exeat held confirm`. Where the replaced store can be read, what it says was sent stays sent.

DIR may also be a store that was put aside: STORE.replaced-TIME undoes a restore; STORE.version-1, written before an \
update changed the tables, is restored with --for-version 1 before the older release is installed again.

Examples:
  systemctl stop exeat.socket exeat.service
  exeat restore /srv/backup/exeat-2026-11-22
  systemctl start exeat
  exeat held list")]
pub(super) struct Restore {
    /// The folder of a backup, or a store that was put aside
    #[arg(value_name = "DIR")]
    backup: PathBuf,
    /// Go on though mail waits in the present store that came after the backup: it stays in STORE.replaced-TIME
    #[arg(long)]
    leave_newer: bool,
    /// For the older release with this version of the tables; copies come back as held, notices are dropped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=1))]
    for_version: Option<u8>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    file: ConfigFile,
}

pub(super) fn back_up(arguments: &Backup) -> u8 {
    let Some((config, settings)) = settings(&arguments.file.config) else { return FAILED };
    let others = [config.state_dir.join(crate::app::LAST_GOOD), crate::bypass::record_beside(&config.state_dir)];
    let progress = |done: u64, all: u64| eprintln!("exeat: {} of about {} copied", size(done), size(all));
    match store::back_up(&settings.path, &others, &arguments.folder, Timestamp::now(), &progress) {
        Err(error) => fail(&format!("there is no backup: {error}")),
        Ok(facts) => {
            say!("{}: {}.", arguments.folder.display(), what_is_in(&facts));
            say_where_the_key_is(&arguments.folder, &settings.key);
            OK
        }
    }
}

/// The key is looked at last: a backup is worth having where the key cannot be read just now.
fn say_where_the_key_is(folder: &Path, source: &KeySource) {
    let place = match source {
        KeySource::File(path) => format!("the file {}", path.display()),
        KeySource::Credential(name) => format!("the systemd credential {name} (see LoadCredential= in exeat.service)"),
    };
    say!("The key is not in it. It is {place}: keep a copy elsewhere, or nobody can open this backup.");
    match source.read() {
        Err(error) => say!("Whether that key opens it could not be tried: {error}"),
        Ok(key) => match store::check(folder, &key) {
            Ok(_) => say!("That key opens it."),
            Err(error) => say!("It does not open with that key: {error}"),
        },
    }
}

pub(super) fn restore(arguments: &Restore) -> u8 {
    let Some((_, settings)) = settings(&arguments.file.config) else { return FAILED };
    let key = match settings.key.read() {
        Ok(key) => key,
        Err(error) => return fail(&format!("nothing was changed: {error}")),
    };
    let who = arguments.who.name();
    let how = How {
        leave_newer: arguments.leave_newer,
        for_version_1: arguments.for_version.is_some(),
        who: &who,
        now: Timestamp::now(),
    };
    let checked = store::check(&arguments.backup, &key);
    if let Ok(checked) = &checked {
        let made = checked.facts.as_ref().map_or_else(|| "a store that was put aside".to_owned(), what_is_in);
        say!("{}: {made}; the key opens it.", arguments.backup.display());
    }
    match checked.and_then(|checked| store::restore(&settings.path, &checked, &key, how)) {
        Ok(restored) => {
            print(&restored, arguments.for_version.is_some());
            OK
        }
        Err(error @ BackupError::LeftBehind(_)) => {
            fail(&format!("nothing was changed: {error}. Decide about them first, or give --leave-newer"))
        }
        Err(error) => fail(&format!("nothing was changed: {error}")),
    }
}

fn print(restored: &Restored, older: bool) {
    if let Some(aside) = &restored.aside {
        say!("The store that was there is now {}.", aside.display());
    }
    if let Some(why) = &restored.not_compared {
        say!("It could not be asked what went out since the backup: {why}.");
    }
    if restored.ended > 0 {
        say!("{} copies were sent, refused or expired since, and stay so.", restored.ended);
    }
    if !restored.left_behind.is_empty() {
        say!("Only in the store that was replaced: {}", restored.left_behind.join(" "));
    }
    if older {
        say!("{} copies are held; {} notices are dropped.", restored.copies, restored.notices);
        say!("Now install the older release and start it; release only what the log does not name as sent.");
        return;
    }
    say!("{} copies and {} notices wait for confirmation.", restored.copies, restored.notices);
    say!("Start exeat, look (`exeat held list`, the relay's log), then `exeat held confirm`.");
}

/// The settings of the store. `None`: what is wrong was printed.
fn settings(file: &Path) -> Option<(Config, Settings)> {
    let config = match Config::read(file) {
        Ok((config, _)) => config,
        Err(problems) => {
            complain(&problems);
            return None;
        }
    };
    let Some(settings) = config.store.clone() else {
        fail("the config has no [store]: nothing is kept while only monitoring");
        return None;
    };
    Some((config, settings))
}

fn what_is_in(facts: &Facts) -> String {
    let copies: Vec<String> = facts.copies.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let copies = if copies.is_empty() { "no copies".to_owned() } else { copies.join(", ") };
    format!("the store of {}, {copies}, {} notices to send, {}", facts.made_at, facts.notices, size(facts.bytes))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{}.{} GiB", bytes >> 30, (bytes >> 20 & 1023) * 10 / 1024),
    }
}
