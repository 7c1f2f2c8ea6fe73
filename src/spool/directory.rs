//! Where spool files are made: a directory that is ours alone.

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A directory for spool files, mode 0700. Its files have no names: whatever becomes of the program,
/// nothing is left behind.
#[derive(Debug, Clone)]
pub struct Directory {
    place: Arc<OwnedFd>,
}

impl Directory {
    /// Opens the directory; makes it where there is none.
    ///
    /// # Errors
    /// It cannot be made or opened, is not a directory, or others may look into it.
    pub fn open(path: &Path) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let place = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let found = place.metadata()?;
        if found.mode() & 0o077 != 0 {
            let mode = found.mode() & 0o777;
            let problem = format!("the spool directory has mode {mode:04o}; it must be 0700, for its owner alone");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            let problem = "the spool directory belongs to another user than the one this program runs as";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
        let directory = Self { place: Arc::new(place.into()) };
        directory.file()?;
        Ok(directory)
    }

    /// A new file without a name.
    ///
    /// # Errors
    /// No space, no rights, no descriptors.
    pub fn file(&self) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        match rustix::fs::openat(&self.place, ".", flags | OFlags::TMPFILE, mode) {
            Ok(file) => Ok(file.into()),
            // Not every file system makes files without a name.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => self.unlinked_file(),
            Err(error) => Err(error.into()),
        }
    }

    fn unlinked_file(&self) -> io::Result<File> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let process = std::process::id();
        // A name is in use where a program with this number was killed between two steps.
        for _ in 0..100 {
            let name = format!("spool-{process}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
            let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL;
            match rustix::fs::openat(&self.place, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => {
                    rustix::fs::unlinkat(&self.place, &name, AtFlags::empty())?;
                    return Ok(file.into());
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "no free name in the spool directory"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn makes_its_place_for_the_owner_alone_and_leaves_no_names() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("spool");
        let directory = Directory::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        for mut file in [directory.file().unwrap(), directory.unlinked_file().unwrap()] {
            file.write_all(b"some bytes").unwrap();
            let found = file.metadata().unwrap();
            assert_eq!((found.nlink(), found.mode() & 0o777, found.len()), (0, 0o600, 10));
        }
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
        Directory::open(&path).unwrap();
    }

    #[test]
    fn refuses_a_place_others_may_look_into() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("spool");
        Directory::open(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
        assert!(Directory::open(&path).unwrap_err().to_string().contains("0750"));
        let link = outer.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Directory::open(&link).is_err());
        let file = outer.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(Directory::open(&file).is_err());
    }
}
