//! No module uses one that `src/lib.rs` lists after it, and the core knows no clock, file, network or log.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::{Path, PathBuf};

fn order() -> Vec<String> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned)).collect()
}

fn sources(at: &Path, found: &mut Vec<PathBuf>) {
    if at.is_dir() {
        for entry in fs::read_dir(at).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if at.extension().is_some_and(|ending| ending == "rs") {
        found.push(at.to_owned());
    }
}

/// A module's files with their code: comments dropped, unit tests (which may use anything) cut off.
fn code_of(module: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src.join(module), &mut files);
    let single = src.join(format!("{module}.rs"));
    if single.exists() {
        files.push(single);
    }
    assert!(!files.is_empty(), "{module} has no source");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (file, code.join("\n"))
    };
    files.into_iter().filter(|file| !file.ends_with("tests.rs")).map(read).collect()
}

#[test]
fn no_module_uses_a_later_one() {
    let order = order();
    assert!(order.len() > 15, "the module list of src/lib.rs was not found");
    let mut steps_up = Vec::new();
    for (place, module) in order.iter().enumerate() {
        for (file, code) in code_of(module) {
            for later in &order[place + 1..] {
                let used = format!("crate::{later}");
                let named = code
                    .match_indices(&used)
                    .any(|(at, _)| !code[at + used.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
                if named {
                    steps_up.push(format!("{} uses {later}", file.display()));
                }
            }
            assert!(
                !code.contains("use crate::{"),
                "{}: name each crate:: path in full, so that this test sees it",
                file.display()
            );
        }
    }
    assert!(steps_up.is_empty(), "steps back up:\n{}", steps_up.join("\n"));
}

#[test]
fn the_core_touches_nothing_outside() {
    let order = order();
    let last = order.iter().position(|module| module == "notice").unwrap();
    let mut core: Vec<(PathBuf, String)> = order[..=last].iter().flat_map(|module| code_of(module)).collect();
    core.extend(code_of("milter").into_iter().filter(|(file, _)| {
        let path = file.to_string_lossy();
        path.contains("milter/wire") || path.contains("milter/session")
    }));
    let outside = [
        "tokio",
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "std::os::unix::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "tracing",
        "println!",
        "eprintln!",
    ];
    let mut touched = Vec::new();
    for (file, code) in &core {
        for word in outside {
            if code.contains(word) {
                touched.push(format!("{} names {word}", file.display()));
            }
        }
    }
    assert!(touched.is_empty(), "the core must not touch the outside:\n{}", touched.join("\n"));
}
