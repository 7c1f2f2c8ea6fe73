//! The five packs that come with the program: they load, every clause has its row, every rule its examples.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::policy::{Policy, coverage};
use std::collections::BTreeSet;

const PACKS: [&str; 5] = ["arts-college", "primary", "boarding", "academy-trust", "grammar"];

fn text(pack: &str) -> String {
    std::fs::read_to_string(format!("rules/packs/{pack}.toml")).unwrap()
}

fn read(pack: &str) -> Policy {
    Policy::read(&format!("{pack}.toml"), &text(pack)).unwrap_or_else(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

#[test]
fn every_pack_loads_and_its_examples_hold() {
    let mut wrong = Vec::new();
    for pack in PACKS {
        match Policy::read(&format!("{pack}.toml"), &text(pack)) {
            Ok(policy) => {
                assert_eq!(policy.name, pack);
                wrong.extend(policy.warnings.iter().map(ToString::to_string));
            }
            Err(problems) => wrong.extend(problems.iter().map(ToString::to_string)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
