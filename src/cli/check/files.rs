//! Messages out of files, folders, Maildirs, mbox files and standard input.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// A message and what it is called, or why it cannot be read.
pub(in crate::cli) type Named = Result<(String, Vec<u8>), String>;

/// The longest message that is read: no relay carries one as long.
const LONGEST: usize = 256 << 20;

/// The messages a path stands for, read one after the other: no more than one is held at a time.
pub(in crate::cli) fn messages(path: &Path) -> Box<dyn Iterator<Item = Named> + Send> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        return Box::new(std::iter::once(
            read.map(|_| ("-".to_owned(), bytes)).map_err(|error| format!("standard input: {error}")),
        ));
    }
    if path.is_dir() {
        return folder(path);
    }
    in_file(path)
}

/// How many messages those are, as far as that can be known before they are read.
pub(in crate::cli) fn count(path: &Path) -> u64 {
    if !path.is_dir() {
        let Ok(mut file) = File::open(path).map(BufReader::new) else { return 1 };
        return if begins_mbox(&mut file) { Mbox::new(path, file).count() as u64 } else { 1 };
    }
    paths_in(path).map_or(0, |paths| paths.iter().map(|path| count(path)).sum())
}

fn in_file(path: &Path) -> Box<dyn Iterator<Item = Named> + Send> {
    let name = path.display().to_string();
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), BufReader::new(file))));
    let (length, mut file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Box::new(std::iter::once(Err(format!("{name}: {error}")))),
    };
    if begins_mbox(&mut file) {
        return Box::new(Mbox::new(path, file));
    }
    if length > LONGEST as u64 {
        return Box::new(std::iter::once(Err(too_long(&name))));
    }
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes).map(|_| (name.clone(), bytes)).map_err(|error| format!("{name}: {error}"));
    Box::new(std::iter::once(read))
}

fn too_long(name: &str) -> String {
    format!("{name}: longer than {} MiB", LONGEST >> 20)
}

/// A Maildir's messages stand in `cur` and `new`, its other mailboxes in folders with a dot; what stands beside them is
/// the mail server's. Any other folder: all files in it, and in its folders. Links to folders are not followed, and
/// nothing but plain files is read.
fn folder(path: &Path) -> Box<dyn Iterator<Item = Named> + Send> {
    match paths_in(path) {
        Ok(paths) => Box::new(paths.into_iter().flat_map(|path| messages(&path))),
        Err(error) => Box::new(std::iter::once(Err(format!("{}: {error}", path.display())))),
    }
}

fn paths_in(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_maildir = |path: &Path| path.join("cur").is_dir() && path.join("new").is_dir();
    let maildir = is_maildir(path);
    let wanted = |entry: &std::fs::DirEntry| {
        let (name, path) = (entry.file_name(), entry.path());
        let Ok(kind) = entry.file_type() else { return false };
        if maildir {
            return kind.is_dir() && (name == "cur" || name == "new" || is_maildir(&path));
        }
        let hidden = name.as_encoded_bytes().starts_with(b".");
        !hidden && (kind.is_dir() || path.is_file()) && !(kind.is_symlink() && path.is_dir())
    };
    let entries = std::fs::read_dir(path)?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).filter(wanted).map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Whether a file begins with the first line of an mbox; nothing of it is taken.
fn begins_mbox(file: &mut BufReader<File>) -> bool {
    file.fill_buf().is_ok_and(is_mbox)
}

/// An mbox begins with a `From ` line that ends in a year.
fn is_mbox(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"From ") && line.trim_ascii_end().iter().rev().take(4).all(u8::is_ascii_digit)
}

/// The messages of an mbox: it is split at `From ` lines behind an empty line; `>From ` loses its first letter (mboxrd).
struct Mbox<R> {
    name: String,
    file: R,
    count: usize,
    /// The `From ` line of the next message was read.
    begun: bool,
    done: bool,
}

impl<R: std::io::BufRead> Mbox<R> {
    fn new(path: &Path, file: R) -> Self {
        Self { name: path.display().to_string(), file, count: 0, begun: false, done: false }
    }
}

impl<R: std::io::BufRead> Iterator for Mbox<R> {
    type Item = Named;

    fn next(&mut self) -> Option<Named> {
        let (mut message, mut length, mut empty) = (Vec::new(), 0, true);
        let mut line = Vec::new();
        while !self.done {
            line.clear();
            // A line longer than any message is read in pieces and counted.
            match self.file.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line) {
                Ok(0) => self.done = true,
                Err(error) => {
                    self.done = true;
                    return Some(Err(format!("{}: {error}", self.name)));
                }
                Ok(_) if empty && line.starts_with(b"From ") => {
                    if std::mem::replace(&mut self.begun, true) {
                        break;
                    }
                }
                Ok(read) => {
                    let quoted = line.iter().take_while(|&&byte| byte == b'>').count();
                    let escaped = quoted > 0 && line.get(quoted..).is_some_and(|rest| rest.starts_with(b"From "));
                    empty = line.trim_ascii().is_empty();
                    length += read;
                    if length <= LONGEST {
                        message.extend_from_slice(if escaped { line.get(1..).unwrap_or_default() } else { &line });
                    }
                }
            }
        }
        if self.done && !std::mem::replace(&mut self.begun, false) {
            return None;
        }
        self.count += 1;
        let name = format!("{}#{}", self.name, self.count);
        Some(if length > LONGEST { Err(too_long(&name)) } else { Ok((name, message)) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Mbox, is_mbox};
    use std::path::Path;

    #[test]
    fn an_mbox_is_split_at_its_from_lines() {
        let text = b"From a@school.example Tue Mar 10 10:00:00 2026\nSubject: one\n\n>From here\nFrom there\n\nFrom b@school.example Tue Mar 10 10:00:00 2026\nSubject: two\n\nx\n";
        assert!(is_mbox(text));
        assert!(!is_mbox(b"From: a@school.example\n\nx"));
        let named = |text: &'static [u8]| Mbox::new(Path::new("box"), text).map(Result::unwrap).collect::<Vec<_>>();
        let messages = named(text);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0], ("box#1".to_owned(), b"Subject: one\n\nFrom here\nFrom there\n\n".to_vec()));
        assert_eq!(messages[1], ("box#2".to_owned(), b"Subject: two\n\nx\n".to_vec()));
        assert_eq!(named(b""), []);
        assert_eq!(named(b"From a 2026\nFrom b 2026\nx\n").len(), 2, "an empty message");
    }
}
