//! Files in the making.

use base64::Engine as _;
use std::io::Write as _;

/// A message with these files, in base64.
pub fn letter(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut raw = "From: <r.marlow@school.example>\r\nSubject: News\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n".to_owned();
    for (name, content) in files {
        raw += &format!(
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        let code = base64::engine::general_purpose::STANDARD.encode(content);
        for line in code.as_bytes().chunks(76) {
            raw += str::from_utf8(line).unwrap();
            raw += "\r\n";
        }
    }
    (raw + "--b--\r\n").into_bytes()
}

/// A gzip file.
pub fn gzip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::GzBuilder::new().filename(name).write(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}
