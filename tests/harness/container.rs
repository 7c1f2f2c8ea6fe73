//! OLE containers in the making.

use std::io::{Cursor, Write as _};

/// A container with these streams; a path's folders are storages.
pub fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        if let Some((folder, _)) = path.rsplit_once('/') {
            file.create_storage_all(folder).unwrap();
        }
        file.create_stream(path).unwrap().write_all(content).unwrap();
    }
    file.into_inner().into_inner()
}
