//! `exeat config check`: each mistake with file, line, what was written and what would be right. The expected words
//! stand beside each file of `tests/configs`; `EXEAT_BLESS=1` writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::config::{Config, Mode, enforce_in_file};
use exeat::policy::{Enforcement, Policy};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the sample school's lists of people, closed to others.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["roster.csv", "staff.csv"] {
        let copy = folder.path().join(name);
        fs::copy(root().join("deploy/sample").join(name), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o640)).unwrap();
    }
    folder
}

fn config_check(folder: &Path, name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exeat"));
    let output = command.args(["config", "check", "--config", name]).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}exit {}\n", text(&output.stderr), text(&output.stdout), output.status.code().unwrap())
}

#[test]
fn every_mistake_has_its_words() {
    let configs = root().join("tests/configs");
    let folder = folder();
    let bless = std::env::var_os("EXEAT_BLESS").is_some();
    let mut names: Vec<_> = fs::read_dir(&configs).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    names.sort();
    assert!(names.len() > 20);
    let mut wrong = Vec::new();
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap();
        fs::copy(&path, folder.path().join(name)).unwrap();
        let said = config_check(folder.path(), name);
        let expected = path.with_extension("expected");
        if bless {
            fs::write(&expected, &said).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shipped_settings_are_right() {
    let folder = folder();
    for name in ["deploy/exeat.toml", "deploy/sample/exeat.toml"] {
        fs::copy(root().join(name), folder.path().join("exeat.toml")).unwrap();
        let text = fs::read_to_string(root().join(name)).unwrap();
        let names = [("/etc/exeat/roster.csv", "roster.csv"), ("/etc/exeat/staff.csv", "staff.csv")];
        let text = names.into_iter().fold(text, |text, (from, to)| text.replace(from, to));
        fs::write(folder.path().join("exeat.toml"), text).unwrap();
        let said = config_check(folder.path(), "exeat.toml");
        assert!(said.ends_with("exit 0\n"), "{name}: {said}");
    }
    let (config, _) = Config::read(&root().join("deploy/exeat.toml")).unwrap();
    assert_eq!((config.mode, config.enforcement()), (Mode::Monitor, Enforcement::Monitor), "a real school begins so");
    assert!(config.staff_told_on.is_some() && config.store.is_some());
}

fn policy() -> Policy {
    exeat::app::loading::policy(None, "arts-college").unwrap()
}

#[test]
fn enforcing_edits_the_file_and_keeps_its_comments() {
    let folder = folder();
    let file = folder.path().join("exeat.toml");
    let ids: Vec<String> = policy().rules.iter().map(|rule| rule.id.clone()).take(2).collect();
    let table = [
        // What stands in the file, which rules (none: all), what is to stand there then.
        ("mode = \"monitor\" # for now\n[policy] # ours\npack = \"arts-college\"\n", Some(1), "only one"),
        ("# begin\n[policy]\npack = \"arts-college\"\nenforce = [\"FIRST\"] # first\n", Some(2), "both"),
        ("[policy]\npack = \"arts-college\"\nenforce = \"all\"\n", Some(1), "all"),
        ("[policy]\npack = \"arts-college\"\nenforce = [\"FIRST\"]\n", None, "all"),
        ("policy = { pack = \"arts-college\" }\n", None, "all"),
    ];
    for (written, count, meant) in table {
        let written = written.replace("FIRST", &ids[0]);
        fs::write(&file, &written).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        enforce_in_file(&file, &policy(), count.map(|count| &ids[..count])).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let document: toml::Table = text.parse().unwrap();
        assert_eq!(document["mode"].as_str(), Some("enforce"), "{text}");
        let enforce = &document["policy"]["enforce"];
        match meant {
            "all" => assert_eq!(enforce.as_str(), Some("all"), "{text}"),
            "both" => assert_eq!(enforce.as_array().unwrap().len(), 2, "{text}"),
            _ => assert_eq!(enforce.as_array().unwrap()[0].as_str(), Some(ids[0].as_str()), "{text}"),
        }
        for comment in
            ["# for now", "# ours", "# begin", "# first"].iter().filter(|comment| written.contains(**comment))
        {
            assert!(text.contains(comment), "{comment} is lost:\n{text}");
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
    fs::write(&file, "[policy]\npack = \"arts-college\"\n").unwrap();
    let problems = enforce_in_file(&file, &policy(), Some(&["no-such-rule".to_owned()])).unwrap_err();
    assert_eq!(problems[0].written, "no-such-rule");
    assert_eq!(fs::read_to_string(&file).unwrap(), "[policy]\npack = \"arts-college\"\n", "nothing was changed");
}
