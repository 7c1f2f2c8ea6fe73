//! Every block of a guide is read by the program it is for.

use crate::harness::root;
use crate::pages::pages;
use exeat::config::Config;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The example settings with the tables of a guide in the place of their own.
pub fn with_tables(base: &str, block: &str, name: &str) -> String {
    let mut all: toml::Table = base.parse().unwrap();
    let own: toml::Table = block.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    for (key, value) in own {
        match (all.get_mut(&key), value) {
            (Some(toml::Value::Table(table)), toml::Value::Table(own)) => table.extend(own),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
    toml::to_string(&all).unwrap()
}

#[test]
fn settings_in_guides_are_right() {
    let base = fs::read_to_string(root().join("deploy/exeat.toml")).unwrap();
    let mut count = 0;
    for (name, block) in pages().iter().flat_map(|page| page.blocks("toml exeat")) {
        let text = with_tables(&base, &block, &name);
        if let Err(problems) = Config::read_text(Path::new("/etc/exeat/exeat.toml"), &text) {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{name}:\n{}", all.join("\n"));
        }
        count += 1;
    }
    assert!(count >= 6, "only {count} blocks of settings were found");
}

#[test]
fn the_example_settings_have_nothing_wrong() {
    let (_, warnings) = Config::read(&root().join("deploy/exeat.toml")).unwrap();
    assert_eq!(warnings, []);
}

/// Words as a shell splits them: quotes kept together, redirection and comments left out.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in command.chars().chain([' ']) {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '>' | '<' | '#' | ';' | '|' | '&') => break,
            (None, ' ') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    words
}

#[test]
fn commands_in_guides_exist_with_their_options() {
    let mut count = 0;
    for page in pages() {
        let lines: Vec<String> = page.blocks("sh").into_iter().flat_map(|(_, text)| lines_of(&text)).collect();
        let prose = page.text.split("```").step_by(2).collect::<String>();
        let inline =
            prose.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
        for command in lines.into_iter().chain(inline).filter(|command| command.starts_with("exeat ")) {
            // A row of a table that names several commands at once.
            if command.contains("\\|") || command.contains('[') {
                continue;
            }
            // What the shell would put in is one word.
            let typed = words(&command.replace("SHELL", "bash").replace("$(date +%F)", "DATE"));
            let output = Command::new(env!("CARGO_BIN_EXE_exeat")).args(&typed[1..]).arg("--help").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{}: {command}\n{said}", page.name);
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} commands were found");
    let wrong = Command::new(env!("CARGO_BIN_EXE_exeat")).args(["held", "lst", "--help"]).output().unwrap();
    assert!(!wrong.status.success(), "any command would be right");
}

fn lines_of(text: &str) -> Vec<String> {
    text.replace("\\\n", " ").lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn lines_for_postfix_are_read_by_postfix() {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let postconf = |folder: &Path, arguments: &[&str]| {
        Command::new("postconf").env("PATH", &path).arg("-c").arg(folder).args(arguments).output()
    };
    let dir = tempfile::tempdir().unwrap();
    let base = "compatibility_level = 3.6\n";
    let mut count = 0;
    for (kind, file, other) in [("main.cf", "main.cf", "master.cf"), ("master.cf", "master.cf", "main.cf")] {
        for (name, block) in pages().iter().flat_map(|page| page.blocks(kind)) {
            let own = if kind == "main.cf" { format!("{base}{block}") } else { block.clone() };
            fs::write(dir.path().join(file), own).unwrap();
            fs::write(dir.path().join(other), if kind == "main.cf" { "" } else { base }).unwrap();
            let arguments: &[&str] = if kind == "main.cf" { &["-n"] } else { &["-P"] };
            let Ok(output) = postconf(dir.path(), arguments) else {
                println!("skipped: postfix is not installed");
                return;
            };
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success() && err.is_empty(), "{name}: {err}");
            for line in block.lines().filter(|line| line.contains('=') && !line.starts_with('#')) {
                let setting = line.trim().trim_start_matches("-o ").split('=').next().unwrap().trim();
                assert!(out.contains(setting), "{name}: Postfix does not see {setting}\n{out}");
            }
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} blocks were found");
    fs::write(dir.path().join("main.cf"), format!("{base}smtpd_milter = x\n")).unwrap();
    fs::write(dir.path().join("master.cf"), "").unwrap();
    let wrong = postconf(dir.path(), &["-n"]).unwrap();
    assert!(!wrong.stderr.is_empty(), "any parameter would be right");
}

#[test]
fn pages_that_guides_name_are_there() {
    for page in pages().iter().filter(|page| page.name.starts_with("deploy/guides")) {
        for link in page.text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let there = link.is_empty() || link.starts_with("http") || root().join("deploy/guides").join(link).exists();
            assert!(there, "{}: {link}", page.name);
        }
    }
}
