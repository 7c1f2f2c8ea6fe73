//! Rights, key, store and disk.

use super::Line;
use crate::bypass;
use crate::config::Config;
use crate::store::{KeySource, Settings, Store};
use jiff::Timestamp;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Below this, mail soon has to wait at the relay.
const LITTLE: u64 = 1 << 30;
/// Below this, the next large message may not fit.
const TOO_LITTLE: u64 = 100 << 20;

/// Whether others can read what they must not, and exeat what it must.
pub(super) fn rights(config: &Config) -> Vec<Line> {
    let mut lines = vec![
        // Who may write the config decides what is checked.
        file("config", &config.file, 0o022, "chmod go-w"),
        file("rights", &config.roster.file, 0o007, "chmod 640, and the group exeat runs in:"),
        file("rights", &config.staff.file, 0o007, "chmod 640, and the group exeat runs in:"),
    ];
    lines.push(state_folder(&config.state_dir));
    lines
}

fn file(about: &'static str, path: &Path, forbidden: u32, to_do: &str) -> Line {
    let name = path.display();
    if let Err(error) = std::fs::File::open(path) {
        return Line::wrong(about, format!("{name} cannot be read: {error}"), "give exeat's user the right to read it");
    }
    let mode = std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode() & 0o777);
    if mode & forbidden == 0 {
        Line::ok(about, format!("{name} has mode {mode:o}"))
    } else {
        Line::warn(about, format!("{name} has mode {mode:o}"), format!("{to_do} {name}"))
    }
}

fn state_folder(path: &Path) -> Line {
    let name = path.display();
    let Ok(meta) = std::fs::metadata(path) else {
        let to_do = "it is made at the first start, if exeat may write beside it; systemd's StateDirectory= makes it";
        return Line::warn("rights", format!("the state folder {name} does not exist yet"), to_do);
    };
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        let to_do = format!("chmod 750 {name}, or 700");
        return Line::warn("rights", format!("the state folder {name} has mode {mode:o}"), to_do);
    }
    let me = rustix::process::geteuid().as_raw();
    if me == 0 && meta.uid() != 0 {
        return Line::ok(
            "rights",
            format!("the state folder {name} has mode {mode:o} and belongs to user {}", meta.uid()),
        );
    }
    if rustix::fs::access(path, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_err() {
        let found =
            format!("the state folder {name} belongs to user {} and cannot be written by user {me}", meta.uid());
        return Line::wrong("rights", found, "run this as the user exeat runs as, or give the folder to that user");
    }
    Line::ok("rights", format!("the state folder {name} has mode {mode:o} and can be written"))
}

/// Whether the key can be read and opens the store.
pub(super) async fn store(config: &Config, now: Timestamp) -> Vec<Line> {
    let Some(settings) = &config.store else {
        let to_do = "write [store] before rules act: what is held must wait somewhere";
        return vec![Line::warn("store", "there is none: exeat can only monitor", to_do)];
    };
    if let (KeySource::Credential(name), None) = (&settings.key, std::env::var_os("CREDENTIALS_DIRECTORY")) {
        let found = format!("it is the systemd credential {name}, which is there only inside the service");
        let to_do = "systemd-run --wait --pipe -p User=exeat -p LoadCredential=... exeat doctor looks at it too";
        return vec![Line::warn("key", found, to_do)];
    }
    if let Err(error) = settings.key.read() {
        return vec![Line::wrong(
            "key",
            error.to_string(),
            "`exeat key create FILE` makes one; an old store needs its old key",
        )];
    }
    let key = Line::ok("key", "it can be read");
    if !settings.path.exists() {
        let name = settings.path.display();
        return vec![key, Line::ok("store", format!("{name} does not exist yet; it is made at the first start"))];
    }
    vec![key, open(settings, now).await]
}

async fn open(settings: &Settings, now: Timestamp) -> Line {
    let name = settings.path.display();
    let opened = match Store::of(settings) {
        Ok(store) => store.probe(now).await.map(|()| store),
        Err(error) => Err(error),
    };
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            let to_do = "put back the key and the rights it was made with; the relay keeps mail until then";
            return Line::wrong("store", format!("{name}: {error}"), to_do);
        }
    };
    match store.size().await {
        Ok((used, most)) if used >= most / 10 * 9 => Line::warn(
            "store",
            format!("{name} holds {} of at most {}", size(used), size(most)),
            "decide about held mail (`exeat held list`), or raise [store] max_bytes",
        ),
        Ok((used, most)) => {
            Line::ok("store", format!("{name} opens and can be written; {} of at most {}", size(used), size(most)))
        }
        Err(error) => Line::wrong("store", format!("{name}: {error}"), "see the log of exeat"),
    }
}

/// Free space where exeat writes.
pub(super) fn disk(config: &Config) -> Vec<Line> {
    let mut folders = vec![config.state_dir.clone()];
    folders.extend(config.store.as_ref().and_then(|store| store.path.parent()).map(Path::to_owned));
    folders.sort();
    folders.dedup();
    folders.iter().map(|folder| free(folder)).collect()
}

/// Whether mail passes unchecked, and when it last did.
pub(super) fn bypasses(config: &Config, now: Timestamp) -> Line {
    let record = bypass::record_beside(&config.state_dir);
    let entries = match bypass::read(&record) {
        Ok(entries) => entries,
        Err(error) => {
            let found = format!("{} cannot be read: {error}", record.display());
            return Line::warn("bypass", found, "its group is the one exeat runs in: chgrp -R exeat");
        }
    };
    if let Some(entry) = bypass::in_force(&entries) {
        let (who, reason) = (entry.who.expose(), entry.reason.expose());
        let found = format!("{} (by {who}: {reason})", bypass::banner(entry, now));
        return Line::wrong("bypass", found, "bypass.sh --end, as soon as exeat runs");
    }
    match entries.iter().rev().find(|entry| entry.what == bypass::What::Begun) {
        None => Line::ok("bypass", "mail was never let pass unchecked"),
        Some(entry) => {
            let at = entry.at.strftime("%Y-%m-%d %H:%M UTC");
            let found = format!("none; the last was at {at}, by {}: {}", entry.who.expose(), entry.reason.expose());
            Line::ok("bypass", format!("{found} ({} has all)", record.display()))
        }
    }
}

fn free(folder: &Path) -> Line {
    let existing: PathBuf =
        folder.ancestors().find(|path| path.is_dir()).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let name = existing.display();
    let Ok(space) = rustix::fs::statvfs(&existing) else {
        return Line::warn("disk", format!("{name}: free space cannot be read"), "look with df");
    };
    let bytes = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{} free for {name}", size(bytes));
    if bytes < TOO_LITTLE || (space.f_files > 0 && space.f_favail < 100) {
        Line::wrong("disk", found, "make room: a full disk means that the relay has to keep mail")
    } else if bytes < LITTLE {
        Line::warn("disk", found, "make room before it fills")
    } else {
        Line::ok("disk", found)
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Mark;

    #[test]
    fn rights_of_files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.csv");
        assert_eq!(file("rights", &path, 0o007, "chmod").mark, Mark::Wrong);
        std::fs::write(&path, "").unwrap();
        for (mode, mark) in [(0o640, Mark::Ok), (0o600, Mark::Ok), (0o644, Mark::Warn)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(file("rights", &path, 0o007, "chmod").mark, mark, "{mode:o}");
        }
        for (mode, mark) in [(0o700, Mark::Ok), (0o750, Mark::Ok), (0o755, Mark::Warn)] {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(state_folder(folder.path()).mark, mark, "{mode:o}");
        }
        assert_eq!(state_folder(&folder.path().join("none")).mark, Mark::Warn);
    }

    #[test]
    fn free_space_is_asked_of_the_nearest_folder_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let line = free(&folder.path().join("not/yet"));
        assert!(line.found.contains(" free for "), "{line}");
        assert_eq!((size(2048), size(3 << 20), size(5 << 30)), ("2 KiB".into(), "3 MiB".into(), "5 GiB".into()));
    }
}
