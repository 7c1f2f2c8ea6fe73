//! OpenDKIM signs behind us, what we changed and what was released; its signatures hold at the next hop.

use crate::harness::{Delivered, Letter, free_port, wait_until};
use crate::school::{LONG, OUTSIDER, PUPIL, Setup, TEACHER, UPN, letter, school};
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running signer; stopped on drop.
struct Signer {
    child: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Signer {
    /// `None` where OpenDKIM is missing.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let made = Command::new("opendkim-genkey")
            .args(["-b", "2048", "-d", "school.example", "-s", "now", "-D"])
            .arg(dir.path())
            .status();
        if !made.is_ok_and(|status| status.success()) || !Path::new("/usr/sbin/opendkim").exists() {
            println!("skipped: opendkim or opendkim-tools is not installed");
            return None;
        }
        let port = free_port();
        let place = dir.path().display();
        let config = format!(
            "Mode s\nDomain school.example\nSelector now\nKeyFile {place}/now.private\nSocket inet:{port}@127.0.0.1\nCanonicalization relaxed/simple\nInternalHosts 127.0.0.1\nBackground no\nSyslog no\nRequireSafeKeys no\nOversignHeaders From\n"
        );
        fs::write(dir.path().join("signer.conf"), config).unwrap();
        // The published key, as OpenDKIM reads it where it is told not to ask the DNS.
        let published = fs::read_to_string(dir.path().join("now.txt")).unwrap();
        let record: String = published.split('"').skip(1).step_by(2).collect();
        fs::write(dir.path().join("public"), format!("now._domainkey.school.example {record}\n")).unwrap();
        fs::write(dir.path().join("verifier.conf"), format!("Mode v\nTestPublicKeys {place}/public\nSyslog no\n"))
            .unwrap();
        let child = Command::new("/usr/sbin/opendkim")
            .args(["-f", "-x"])
            .arg(dir.path().join("signer.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let signer = Self { child, port, dir };
        let up = wait_until(Duration::from_secs(20), || TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert!(up, "opendkim does not listen");
        Some(signer)
    }
    /// What OpenDKIM says of a message as it arrived.
    fn verify(&self, mail: &Delivered) -> (bool, String) {
        let file = self.dir.path().join("arrived.eml");
        fs::write(&file, &mail.data).unwrap();
        let mut command = Command::new("/usr/sbin/opendkim");
        let command = command.arg("-x").arg(self.dir.path().join("verifier.conf")).args(["-vv", "-t"]).arg(&file);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success() && text.contains("dkim=pass"), text)
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_signature_holds_after_a_change_and_after_a_release() {
    let Some(signer) = Signer::start() else { return };
    let setup = Setup { signer: format!("inet:127.0.0.1:{}", signer.port), ..Setup::default() };
    let Some(school) = school(&setup) else { return };
    let old = "DKIM-Signature: v=1; a=rsa-sha256; d=school.example; s=old; h=from; bh=AAAA; b=BBBB\nARC-Seal: i=1; a=rsa-sha256; d=other.example; s=arc; cv=none; b=CCCC\nContent-Type: text/plain; charset=utf-8\n\n";
    school.send(&letter(
        TEACHER,
        &["changed@elsewhere.example"],
        &format!("{PUPIL} and the trip"),
        &format!("{old}{PUPIL} has a place.\n"),
    ));
    school.send(&Letter::plain(TEACHER, &["same@elsewhere.example"], "Minutes", "At noon."));
    school.send(&Letter::plain(TEACHER, &[OUTSIDER], "Numbers", &format!("The UPN is {UPN}.")));
    school.release(&school.kept_as("held")[0]["reference"]);
    for (to, body) in [
        ("changed@elsewhere.example", "M.T. has a place.\r\n".to_owned()),
        ("same@elsewhere.example", "At noon.\r\n".to_owned()),
        (OUTSIDER, format!("The UPN is {UPN}.\r\n")),
    ] {
        let got = school.letter_for(to);
        assert_eq!(got.body(), body.as_bytes());
        let signatures = got.text().matches("DKIM-Signature:").count();
        assert_eq!(signatures, 1, "{to}\n{}", got.text());
        let (holds, words) = signer.verify(&got);
        assert!(holds, "{to}: {words}\n{}", got.text());
        // The verifier can say no.
        let mut other = got.clone();
        other.data.extend_from_slice(b"One more line.\r\n");
        assert!(!signer.verify(&other).0, "{to}: anything passes");
    }
    let changed = school.letter_for("changed@elsewhere.example");
    assert!(changed.header("arc-seal").is_some_and(|seal| seal.contains("CCCC")), "another's seal stays");
    assert!(wait_until(LONG, || !school.notices(TEACHER, "").is_empty()));
}
