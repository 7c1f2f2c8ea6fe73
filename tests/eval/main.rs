//! `exeat eval` on generated school mail: how much is found, how often there is an alarm for nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines
)]

mod generator;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Messages of a run: every class several times, and more than a thousand clean ones.
const MESSAGES: usize = 3_000;

fn exeat(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_exeat")).args(arguments).env_remove("EXEAT_CONFIG").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn measured(folder: &Path) -> Value {
    let (code, out, errors) = exeat(&["eval", "--json", "--misses", folder.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_targets_are_met_on_generated_mail() {
    let folder = tempfile::tempdir().unwrap();
    generator::write(folder.path(), MESSAGES, 1).unwrap();
    let figures = measured(folder.path());
    let (misses, alarms) = (&figures["misses"], &figures["false_alarms"]);
    let recall = |kind: &str| figures["kinds"][kind]["recall"].as_f64().unwrap();
    assert!(recall("name") >= 0.995, "{misses:#}");
    assert!(recall("identifier") >= 0.999, "{misses:#}");
    assert!((recall("encryption") - 1.0).abs() < f64::EPSILON, "{misses:#}");
    let mut counted = 0;
    for class in figures["categories"].as_array().unwrap() {
        if class["counted"] == true && class["kind"] != "encryption" && class["planted"] != 0 {
            counted += 1;
            assert!(class["recall"].as_f64().unwrap() >= 0.98, "{class}\n{misses:#}");
        }
        if class["category"] == "clean.chatter" {
            assert!(class["controls"].as_u64().unwrap() > 100 && class["false_alarms"] == 0, "{class}\n{alarms:#}");
        }
        if class["kind"] == "encryption" {
            assert_eq!(class["fired"], 0, "{class}\n{alarms:#}");
        }
    }
    assert!(counted > 100, "{counted} classes");
    assert!(figures["clean_messages"].as_u64().unwrap() > 1_000);
    assert!(figures["false_alarms_per_1000_clean"]["all"].as_f64().unwrap() <= 1.0, "{alarms:#}");
    // Beside what is planted, too, nothing else is found.
    for kind in ["name", "identifier"] {
        assert!(figures["kinds"][kind]["precision"].as_f64().unwrap() >= 0.995, "{alarms:#}");
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let eml = fs::read_dir(folder.join("eml")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["roster.csv", "staff.csv", "exeat.toml", "truth.jsonl"].map(|file| folder.join(file));
    eml.chain(others).map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let [one, again, other] = [7, 7, 8].map(|seed| {
        let folder = tempfile::tempdir().unwrap();
        generator::write(folder.path(), 400, seed).unwrap();
        files(folder.path())
    });
    assert!(one == again);
    assert_eq!(one.len(), other.len());
    assert!(one.iter().filter(|(path, bytes)| other.get(*path) != Some(bytes)).count() > 300);
}

#[test]
fn a_folder_of_others_is_read_as_it_is() {
    let shared = std::env::var_os("EXEAT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("data/eval_sample");
    if !folder.is_dir() {
        println!("skipped: no shared messages");
        return;
    }
    let figures = measured(&folder);
    assert_eq!(figures["messages"], 248);
    for miss in figures["misses"].as_array().unwrap() {
        let class = miss["category"].as_str().unwrap();
        // Files of kinds that are not opened, and classes with switches of their own.
        let known = ["pdf", "rtf", "info."].iter().any(|word| class.contains(word));
        assert!(known, "{miss}");
    }
    assert_eq!(figures["false_alarms"], serde_json::json!([]));
}

#[test]
fn what_is_wrong_is_said_and_the_exit_code_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    let (code, _, errors) = exeat(&["eval", path]);
    assert!(code == 2 && errors.contains("truth.jsonl: cannot be read"), "{errors}");
    write(
        "truth.jsonl",
        "{\"file\":\"1.eml\",\"kind\":\"name\",\"pupil_id\":\"P1\",\"category\":\"a\",\"is_positive\":true}\n{\"file\":\"2.eml\",\"kind\":\"hat\"}\nno\n",
    );
    let (code, _, errors) = exeat(&["eval", path]);
    assert_eq!(code, 2);
    for said in ["truth.jsonl:2: `category` is missing", "truth.jsonl:3: not JSON", "right:"] {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    write(
        "truth.jsonl",
        "{\"file\":\"1.eml\",\"kind\":\"name\",\"pupil_id\":\"P1\",\"category\":\"a\",\"is_positive\":true}\n",
    );
    let (code, _, errors) = exeat(&["eval", path]);
    assert!(code == 2 && errors.contains("truth.jsonl:1: there is no such message"), "{errors}");
    write("1.eml", "Subject: x\n\nWe saw Rosalind Quennell today.\n");
    write("clean.eml", "Subject: x\n\nWe saw Tobias Arkwright today.\n");
    let (code, _, errors) = exeat(&["eval", path]);
    assert!(code == 2 && errors.contains("roster.csv: cannot be read"), "{errors}");
    write("roster.csv", "id,forename,surname\nP1,Rosalind,Quennell\n");
    let (code, out, errors) = exeat(&["eval", "--exit-code", path]);
    assert!(code == 0 && out.contains("2 messages, 1 of them clean"), "{out}{errors}");
    // The same pupil in the message that no line speaks of is an alarm.
    write("pupils.csv", "id,forename,surname\nP2,Tobias,Arkwright\n");
    let roster = folder.path().join("pupils.csv");
    let (code, out, _) = exeat(&["eval", "--exit-code", "--misses", "--roster", roster.to_str().unwrap(), path]);
    assert_eq!(code, 1);
    for said in ["Missed: 1", "1.eml a: name", "False alarms: 1", "clean.eml (no line): full_name in body"] {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(!out.contains("Tobias") && !out.contains("Rosalind"), "{out}");
}
