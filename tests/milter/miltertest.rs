//! Debian's `miltertest` as the relay: `miltertest.lua` says what it says and what it wants to hear.

use crate::client::Rig;
use exeat::milter::Settings;
use std::process::Command;

#[test]
fn miltertest_is_content() {
    let rig = Rig::start(Settings { memory_bytes: 1000, ..Settings::default() });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/milter/miltertest.lua");
    for socket in [format!("inet:{}@127.0.0.1", rig.address.port()), format!("unix:{}", rig.path.display())] {
        let run = Command::new("miltertest").args(["-s", script, "-D"]).arg(format!("socket={socket}")).output();
        let Ok(output) = run else {
            println!("skipped: miltertest is not installed");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("all said"), "{said}");
    }
    assert_eq!(rig.events.others(), []);
}
