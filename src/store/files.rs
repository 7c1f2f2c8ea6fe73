//! Files of ours: nobody else's to read, on disk when we say so, and exeat's own even where root made them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Makes a file that is not there yet, for its owner alone.
pub fn closed_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The folder a path stands in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A name that was made, changed or taken away is on disk only with its folder.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Where root works, a file goes to the owner of another, or exeat could not open it afterwards.
pub fn own_like(path: &Path, like: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let like = std::fs::metadata(like)?;
    std::os::unix::fs::lchown(path, Some(like.uid()), Some(like.gid()))
}
