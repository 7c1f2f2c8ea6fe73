//! ZIP files in the making.

use std::io::Write as _;

/// A ZIP file with these files; the same bytes each time.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    use zip::write::SimpleFileOptions;
    let mut packer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        // What kind of OpenDocument file it is can be read without a program that unpacks.
        let stored = *name == "mimetype";
        let method = if stored { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method);
        packer.start_file(*name, options.last_modified_time(zip::DateTime::default())).unwrap();
        packer.write_all(content).unwrap();
    }
    packer.finish().unwrap().into_inner()
}
