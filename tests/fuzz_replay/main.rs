//! Every seed and everything a fuzzer ever found, as ordinary tests. `EXEAT_SEEDS=write` writes the seeds anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::cast_possible_truncation, missing_docs)]

#[path = "../fuzzing/mod.rs"]
mod fuzzing;
mod seeds;

use exeat::mail::open::{FileLimits, open_file};
use exeat::mail::parts::{Family, Limits};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder, in order; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Runs a target over its seeds, over what was found, and over `more`.
fn replay(target: &str, more: &[PathBuf]) {
    let seeds = files(&root().join("fuzz/seeds").join(target));
    assert!(!seeds.is_empty(), "the target has no seeds");
    let found = files(&root().join("fuzz/findings").join(target));
    for file in seeds.iter().chain(&found).chain(more) {
        // The last line before a failure names the file.
        println!("{}", file.file_name().unwrap().to_string_lossy());
        fuzzing::run(target, &std::fs::read(file).unwrap());
    }
}

/// The messages of the test of messages.
fn mails() -> Vec<PathBuf> {
    let all = files(&root().join("tests/mails"));
    all.into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "eml")).collect()
}

/// The seeds of the readers of files, which the makers of `tests/open` write.
fn readers_seeds() -> Vec<PathBuf> {
    files(&root().join("fuzz/seeds/readers"))
}

#[test]
fn wire() {
    replay("wire", &[]);
}

#[test]
fn tree() {
    replay("tree", &mails());
}

#[test]
fn fold() {
    replay("fold", &mails());
}

#[test]
fn open() {
    replay("open", &readers_seeds());
}

#[test]
fn sealed() {
    replay("sealed", &mails());
}

#[test]
fn edit() {
    replay("edit", &mails());
}

#[test]
fn inspect() {
    replay("inspect", &mails());
}

#[test]
fn every_target_is_built_by_the_fuzzer() {
    let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (target, _) in fuzzing::TARGETS {
        let entry = format!("[[bin]]\nname = \"{target}\"\npath = \"fuzz_targets/{target}.rs\"");
        assert!(manifest.contains(&entry), "{target}: {entry}");
        let body = std::fs::read_to_string(root().join(format!("fuzz/fuzz_targets/{target}.rs"))).unwrap();
        assert!(body.contains(&format!("fuzzing::run(\"{target}\", data)")), "{target}");
    }
}

/// The text of the file that is in an input of the target `open`.
fn words(input: &[u8]) -> String {
    let (way, content) = input.split_first().unwrap();
    let file = fuzzing::files::wrapped(way >> 1, content);
    open_file(&file, &Family::ALL, &Limits::default(), &FileLimits::default()).text
}

#[test]
fn every_reader_has_a_seed_it_reads_and_time_of_its_own() {
    let script = std::fs::read_to_string(root().join("tests/fuzz.sh")).unwrap();
    let seeds = [files(&root().join("fuzz/seeds/open")), readers_seeds()].concat();
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let mut names: Vec<&str> = Vec::new();
    for reader in &fuzzing::readers::READERS {
        names.push(reader.name);
        let read = |seed: &&Vec<u8>| words(seed).contains("Jane");
        assert!(seeds.iter().filter(|seed| reader.reads(seed)).any(|seed| read(&seed)), "{}", reader.name);
    }
    let listed = format!("readers=({})", names.join(" "));
    assert!(script.contains(&listed), "tests/fuzz.sh: {listed}");
}

#[test]
fn seeds_are_small_and_of_every_target() {
    let write = std::env::var_os("EXEAT_SEEDS").is_some_and(|word| word == "write");
    let mut names: Vec<PathBuf> = Vec::new();
    for (target, name, content) in seeds::all() {
        let file = root().join("fuzz/seeds").join(target).join(&name);
        if write {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &content).unwrap();
        }
        assert!(file.is_file(), "{name}: EXEAT_SEEDS=write writes the seeds");
        assert!(content.len() < 16 << 10, "{name} is large");
        names.push(file);
    }
    for (target, _) in fuzzing::TARGETS {
        for file in files(&root().join("fuzz/seeds").join(target)) {
            assert!(names.contains(&file), "a seed that nothing makes: {}", file.display());
        }
    }
}
