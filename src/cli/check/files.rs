//! Messages out of files, folders, Maildirs, mbox files and standard input.

use std::io::Read as _;
use std::path::Path;

/// A message and what it is called, or why it cannot be read.
pub(super) type Named = Result<(String, Vec<u8>), String>;

/// The messages a path stands for, read one after the other.
pub(super) fn messages(path: &Path) -> Box<dyn Iterator<Item = Named>> {
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
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) if is_mbox(&bytes) => Box::new(mbox(&name, &bytes).into_iter().map(Ok)),
        Ok(bytes) => Box::new(std::iter::once(Ok((name, bytes)))),
        Err(error) => Box::new(std::iter::once(Err(format!("{name}: {error}")))),
    }
}

/// A Maildir's messages stand in `cur` and `new`, its other mailboxes in folders with a dot; what stands beside them is
/// the mail server's. Any other folder: all files in it, and in its folders. Links to folders are not followed, and
/// nothing but plain files is read.
fn folder(path: &Path) -> Box<dyn Iterator<Item = Named>> {
    let is_maildir = |path: &Path| path.join("cur").is_dir() && path.join("new").is_dir();
    let maildir = is_maildir(path);
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return Box::new(std::iter::once(Err(format!("{}: {error}", path.display())))),
    };
    let wanted = |entry: &std::fs::DirEntry| {
        let (name, path) = (entry.file_name(), entry.path());
        let Ok(kind) = entry.file_type() else { return false };
        if maildir {
            return kind.is_dir() && (name == "cur" || name == "new" || is_maildir(&path));
        }
        let hidden = name.as_encoded_bytes().starts_with(b".");
        !hidden && (kind.is_dir() || path.is_file()) && !(kind.is_symlink() && path.is_dir())
    };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).filter(wanted).map(|entry| entry.path()).collect();
    paths.sort();
    Box::new(paths.into_iter().flat_map(|path| messages(&path)))
}

/// An mbox begins with a `From ` line that ends in a year.
fn is_mbox(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"From ") && line.trim_ascii_end().iter().rev().take(4).all(u8::is_ascii_digit)
}

/// Splits an mbox at `From ` lines behind an empty line; `>From ` loses its first letter (mboxrd).
fn mbox(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut empty = true;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if empty && line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            let quoted = line.iter().take_while(|&&byte| byte == b'>').count();
            let escaped = quoted > 0 && line.get(quoted..).is_some_and(|rest| rest.starts_with(b"From "));
            message.extend_from_slice(if escaped { line.get(1..).unwrap_or_default() } else { line });
        }
        empty = line.trim_ascii().is_empty();
    }
    messages.into_iter().enumerate().map(|(index, message)| (format!("{name}#{}", index + 1), message)).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_mbox, mbox};

    #[test]
    fn an_mbox_is_split_at_its_from_lines() {
        let text = b"From a@school.example Tue Mar 10 10:00:00 2026\nSubject: one\n\n>From here\nFrom there\n\nFrom b@school.example Tue Mar 10 10:00:00 2026\nSubject: two\n\nx\n";
        assert!(is_mbox(text));
        assert!(!is_mbox(b"From: a@school.example\n\nx"));
        let messages = mbox("box", text);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0], ("box#1".to_owned(), b"Subject: one\n\nFrom here\nFrom there\n\n".to_vec()));
        assert_eq!(messages[1].0, "box#2");
    }
}
