//! The program as it is typed: check, serve without a relay, doctor, completions, manual.

#![allow(clippy::type_complexity)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "harness/archive.rs"]
mod archive;
#[path = "harness/command.rs"]
mod command;
#[path = "harness/mod.rs"]
mod harness;

use archive::zip;
use harness::{Exeat, free_port, get, root, wait_until};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_exeat"))
}

/// The sample school in a folder of its own, with a key; and the port of its status page.
fn school() -> (tempfile::TempDir, u16) {
    let dir = tempfile::tempdir().unwrap();
    for file in ["roster.csv", "staff.csv"] {
        let copy = dir.path().join(file);
        fs::copy(root().join("deploy/sample").join(file), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let (milter, http) = (free_port(), free_port());
    let config = fs::read_to_string(root().join("deploy/sample/exeat.toml")).unwrap();
    let config = config.replace("10028", &milter.to_string()).replace("10029", &http.to_string());
    fs::write(dir.path().join("exeat.toml"), config).unwrap();
    assert_eq!(run(dir.path(), &["key", "create", "store.key"], b"").0, 0);
    (dir, http)
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let output = command::run(&program(), folder, &folder.join("temporary"), arguments, input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// `exeat check --json`: exit code and one object per message.
fn check(folder: &Path, arguments: &[&str], input: &[u8]) -> (i32, Vec<Value>) {
    let mut all = vec!["check", "--config", "exeat.toml", "--json"];
    all.extend(arguments);
    let (code, out, _) = run(folder, &all, input);
    (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn letter(from: &str, to: &str, text: &str) -> String {
    format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: A letter\r\nMessage-ID: <1@school.example>\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
    )
}

const PEMBERTON: &str = "h.pemberton@school.example";
const OUTSIDE: &str = "someone@elsewhere.example";
const UPN: &str = "The UPN is H801200001001.";

#[test]
fn check_opens_a_workbook_in_an_archive() {
    let (dir, _) = school();
    let roster = fs::read_to_string(dir.path().join("roster.csv")).unwrap();
    let pupil: Vec<&str> = roster.lines().nth(1).unwrap().split(',').collect();
    let rows = |names: &[&str]| -> String {
        let cell = |text: &&str| format!("<c t=\"str\"><v>{text}</v></c>");
        format!("<row>{}</row>", names.iter().map(cell).collect::<String>())
    };
    let sheet = format!(
        "<worksheet><sheetData>{}{}</sheetData></worksheet>",
        rows(&["Forename", "Surname"]),
        rows(&pupil[1..3])
    );
    let book = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"Marks\" id=\"r1\"/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"r1\" Target=\"sheet1.xml\"/></Relationships>",
        ),
        ("xl/sheet1.xml", sheet.as_bytes()),
    ]);
    let code = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, zip(&[("marks.xlsx", &book)]));
    let raw = format!(
        "From: <{PEMBERTON}>\r\nTo: <{OUTSIDE}>\r\nSubject: Marks\r\nMessage-ID: <2@school.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: application/zip\r\nContent-Disposition: attachment; filename=report.zip\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{code}\r\n"
    );
    let (_, found) = check(dir.path(), &["-"], raw.as_bytes());
    assert_eq!(found[0]["verdict"], "hold", "{}", found[0]);
    assert_eq!(found[0]["gaps"].as_array().map(Vec::len), Some(0), "{}", found[0]);
    let names = found[0]["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "full_name");
    assert_eq!(names.map(|finding| finding["where"].as_str().unwrap()).collect::<Vec<_>>(), ["attachment"]);
}

#[test]
fn check_reads_files_folders_maildirs_mboxes_and_standard_input() {
    let (dir, _) = school();
    let text = letter(PEMBERTON, OUTSIDE, UPN);
    let folder = dir.path();
    fs::write(folder.join("crlf.eml"), &text).unwrap();
    fs::write(folder.join("lf.eml"), text.replace("\r\n", "\n")).unwrap();
    let mbox = format!(
        "From x@y.example Tue Mar 10 10:00:00 2026\n{0}\nFrom x@y.example Tue Mar 10 10:00:00 2026\n{0}",
        text.replace("\r\n", "\n")
    );
    fs::write(folder.join("mbox"), mbox).unwrap();
    for place in
        ["Maildir/cur", "Maildir/new", "Maildir/tmp", "Maildir/.Sent/cur", "Maildir/.Sent/new", "letters/inner"]
    {
        fs::create_dir_all(folder.join(place)).unwrap();
    }
    for file in [
        "Maildir/cur/1:2,S",
        "Maildir/new/2",
        "Maildir/tmp/3",
        "Maildir/.Sent/cur/4",
        "Maildir/uidlist",
        "letters/inner/5",
        "letters/.6",
    ] {
        fs::write(folder.join(file), &text).unwrap();
    }
    std::os::unix::fs::symlink(folder.join("letters"), folder.join("letters/inner/again")).unwrap();
    let table: [(&str, &[&str]); 6] = [
        ("crlf.eml", &["crlf.eml"]),
        ("lf.eml", &["lf.eml"]),
        ("mbox", &["mbox#1", "mbox#2"]),
        ("Maildir", &["Maildir/.Sent/cur/4", "Maildir/cur/1:2,S", "Maildir/new/2"]),
        ("letters", &["letters/inner/5"]),
        ("-", &["-"]),
    ];
    for (path, expected) in table {
        let (code, found) = check(folder, &[path], text.as_bytes());
        assert_eq!(code, 0, "{path}");
        assert_eq!(found.iter().map(|one| one["file"].as_str().unwrap()).collect::<Vec<_>>(), expected);
        for one in found {
            assert_eq!(one["verdict"], "hold", "{path}: {one}");
        }
    }
    assert_eq!(fs::read_dir(folder.join("temporary")).unwrap().count(), 0, "nothing is left behind");
    let (code, found) = check(folder, &["nothing.eml", "lf.eml"], b"");
    assert_eq!((code, found.len()), (2, 1), "what can be read is checked all the same");
}

#[test]
fn roster_check_counts_how_often_names_fire() {
    let (dir, _) = school();
    let folder = dir.path();
    let mut roster = fs::read_to_string(folder.join("roster.csv")).unwrap();
    let columns = roster.lines().next().unwrap().split(',').count();
    for (id, name) in [("P801", "Marigold,Tewkesbury"), ("P802", "Tobias,Asquith"), ("P803", "Summer,Day")] {
        roster += &format!("{id},{name}{}\n", ",".repeat(columns - 3));
    }
    fs::write(folder.join("roster.csv"), roster).unwrap();
    fs::create_dir_all(folder.join("mail/cur")).unwrap();
    fs::create_dir_all(folder.join("mail/new")).unwrap();
    let texts = [
        "Marigold Tewkesbury and Marigold Tewkesbury again.",
        "Tobias Asquith teaches history.",
        "The pupil Tobias Asquith was late, and Barnaby Ollerenshaw.",
        "We had a lovely summer day, and a summer day.",
        "Barnaby Ollerenshaw came. M. Tewkesbury too.",
    ];
    let letters: Vec<String> = texts.iter().map(|text| letter(PEMBERTON, OUTSIDE, text)).collect();
    for (place, letter) in letters.iter().enumerate().skip(2) {
        fs::write(folder.join(format!("mail/{}/{place}", if place % 2 == 0 { "cur" } else { "new" })), letter).unwrap();
    }
    let mbox =
        letters.iter().take(2).map(|letter| format!("From x@y.example 2026\n{}\n", letter.replace("\r\n", "\n")));
    fs::write(folder.join("mbox"), mbox.collect::<String>()).unwrap();
    let mail = ["roster", "check", "--config", "exeat.toml", "--mail", "mbox", "--mail", "mail"];
    let (code, out, errors) = run(folder, &[&mail[..], &["--json"]].concat(), b"");
    assert_eq!(code, 0, "{errors}");
    let counted: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&counted["messages"], &counted["unread"]), (&json!(5), &json!(0)));
    assert_eq!(
        counted["collisions"],
        json!([
            {"why": "namesake", "pupils": ["P001", "P801"], "fired": 1, "weakly": 0},
            {"why": "staff_twin", "pupils": ["P802"], "fired": 1, "weakly": 0},
            {"why": "ordinary_words", "pupils": ["P803"], "fired": 0, "weakly": 0},
        ])
    );
    assert_eq!(counted["others"], json!([{"pupil": "P002", "fired": 2, "weakly": 0}]));
    let (code, out, errors) = run(folder, &mail, b"");
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("would have fired in 1 of 5 messages"), "{errors}");
    assert!(out.contains("P002: would have fired in 2 of 5 messages"), "{out}");
    assert!(
        ![&out, &errors].iter().any(|text| text.contains("Tewkesbury") || text.contains("Asquith")),
        "{out}{errors}"
    );
    let (code, _, errors) = run(folder, &["roster", "check", "--config", "exeat.toml", "--mail", "nowhere"], b"");
    assert!(code == 2 && errors.contains("nowhere: there is no such folder or file"), "{errors}");
    let (code, out, _) = run(folder, &["roster", "check", "--config", "exeat.toml", "--json"], b"");
    let plain: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && plain["collisions"][0].get("fired").is_none(), "{out}");
}

#[test]
fn check_prints_one_object_with_these_keys() {
    let (dir, _) = school();
    let text = letter(PEMBERTON, OUTSIDE, UPN);
    let (_, found) = check(dir.path(), &["-"], text.as_bytes());
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let one = &found[0];
    assert_eq!(
        keys(one),
        ["direction", "file", "findings", "gaps", "message_id", "recipients", "sender_class", "verdict"]
    );
    assert_eq!(one["message_id"], "<1@school.example>");
    assert_eq!(keys(&one["recipients"][0]), ["action", "address", "release_at"]);
    let upn = one["findings"].as_array().unwrap().iter().find(|finding| finding["kind"] == "upn").unwrap();
    assert_eq!(
        keys(upn),
        ["check", "clause", "confidence", "end", "kind", "masked", "mode", "part", "pupil", "rule", "start", "where"]
    );
    assert_eq!(
        (&upn["check"], &upn["where"], &upn["mode"]),
        (&"personal_data".into(), &"body".into(), &"enforce".into())
    );
    assert_eq!((upn["start"].as_u64(), upn["end"].as_u64(), &upn["pupil"]), (Some(11), Some(24), &"P001".into()));
    assert!(!one.to_string().contains("H801200001001"), "a finding shows no data");
    let broken = "From: <h.pemberton@school.example>\r\nTo: <someone@elsewhere.example>\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n";
    let (_, found) = check(dir.path(), &["-"], broken.as_bytes());
    let gap = &found[0]["gaps"][0];
    assert_eq!(keys(gap), ["kind", "part", "reason"], "{}", found[0]);
}

#[test]
fn check_tells_whose_mail_it_is_and_what_would_happen() {
    let (dir, _) = school();
    let folder = dir.path();
    let harmless = "The meeting is at noon.";
    let table: [(&str, &str, &str, &[&str], [&str; 3]); 9] = [
        // From, To, text, more arguments; direction, class, verdict.
        (PEMBERTON, OUTSIDE, harmless, &[], ["outgoing", "staff", "relay"]),
        (PEMBERTON, "t.asquith@school.example", UPN, &[], ["internal", "staff", "relay"]),
        ("office@school.example", OUTSIDE, UPN, &[], ["outgoing", "shared_mailbox", "hold"]),
        ("copier@school.example", OUTSIDE, harmless, &[], ["outgoing", "system", "relay"]),
        ("m.tewkesbury@pupils.school.example", OUTSIDE, harmless, &[], ["outgoing", "pupil", "relay"]),
        (PEMBERTON, "mash@council.example", UPN, &[], ["outgoing", "staff", "note"]),
        ("nobody@elsewhere.example", PEMBERTON, UPN, &[], ["incoming", "unknown", "relay"]),
        ("nobody@elsewhere.example", OUTSIDE, harmless, &["--from", PEMBERTON], ["outgoing", "staff", "relay"]),
        (PEMBERTON, "t.asquith@school.example", UPN, &["--to", OUTSIDE], ["outgoing", "staff", "hold"]),
    ];
    for (from, to, text, more, expected) in table {
        let mut arguments = more.to_vec();
        arguments.push("-");
        let (_, found) = check(folder, &arguments, letter(from, to, text).as_bytes());
        let got = ["direction", "sender_class", "verdict"].map(|key| found[0][key].as_str().unwrap().to_owned());
        assert_eq!(got, expected, "{from} to {to}: {}", found[0]);
    }
    let exit = |text: &str| {
        run(
            folder,
            &["check", "--config", "exeat.toml", "--exit-code", "-"],
            letter(PEMBERTON, OUTSIDE, text).as_bytes(),
        )
        .0
    };
    assert_eq!((exit(harmless), exit(UPN)), (0, 1));
    let config = fs::read_to_string(folder.join("exeat.toml")).unwrap();
    fs::write(folder.join("exeat.toml"), config.replace("mode = \"enforce\"", "mode = \"monitor\"")).unwrap();
    let (_, found) = check(folder, &["-"], letter(PEMBERTON, OUTSIDE, UPN).as_bytes());
    assert_eq!(found[0]["verdict"], "hold", "what would happen");
    assert!(found[0]["findings"].as_array().unwrap().iter().any(|finding| finding["mode"] == "monitor"));
    let (_, text, _) =
        run(folder, &["check", "--config", "exeat.toml", "-"], letter(PEMBERTON, OUTSIDE, UPN).as_bytes());
    assert!(text.contains("only recorded (monitor)"), "{text}");
}

#[test]
fn check_keeps_opening_hours_and_writes_what_a_rewrite_makes() {
    let (dir, _) = school();
    let folder = dir.path();
    let name = letter(PEMBERTON, OUTSIDE, "Marigold Tewkesbury did well.");
    let (_, found) = check(folder, &["--rewritten", "new.eml", "-"], name.as_bytes());
    assert_eq!(found[0]["verdict"], "rewrite", "{}", found[0]);
    let new = fs::read_to_string(folder.join("new.eml")).unwrap();
    assert!(!new.contains("Tewkesbury") && new.contains("did well."), "{new}");
    let config = fs::read_to_string(folder.join("exeat.toml")).unwrap();
    let hours = config.lines().map(|line| {
        if line.starts_with("hours = ") {
            "hours = { monday = \"07:00-19:00\", tuesday = \"07:00-19:00\" }"
        } else {
            line
        }
    });
    fs::write(folder.join("exeat.toml"), hours.collect::<Vec<_>>().join("\n")).unwrap();
    for (at, verdict) in [("2026-03-09T12:00:00Z", "relay"), ("2026-03-09T22:00:00Z", "defer")] {
        let (_, found) = check(folder, &["--at", at, "-"], letter(PEMBERTON, OUTSIDE, "Hello.").as_bytes());
        assert_eq!(found[0]["verdict"], verdict, "{at}: {}", found[0]);
        assert_eq!(found[0]["recipients"][0]["release_at"].is_string(), verdict == "defer");
    }
    let (code, _, error) = run(folder, &["check", "--at", "tomorrow", "-"], b"");
    assert_eq!(code, 2, "{error}");
}

#[test]
fn check_says_hold_where_a_needed_change_cannot_be_made() {
    let (dir, _) = school();
    let folder = dir.path();
    let plain = letter(PEMBERTON, OUTSIDE, "Marigold Tewkesbury did well.");
    let linked = letter(PEMBERTON, OUTSIDE, "See https://museum.example/visit/Marigold-Tewkesbury?x=1 for it.");
    let addressed = letter(PEMBERTON, OUTSIDE, "Write to marigold.tewkesbury@pupils.school.example please.");
    let signed = plain.replace(
        "Content-Type: text/plain\r\n\r\n",
        "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\n",
    ) + "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n-----END PGP SIGNATURE-----\r\n--s--\r\n";
    for (name, text, verdict) in [
        ("plain", &plain, "rewrite"),
        ("signed", &signed, "hold"),
        ("link", &linked, "hold"),
        ("address", &addressed, "hold"),
    ] {
        let (_, found) = check(folder, &["-"], text.as_bytes());
        assert_eq!(found[0]["verdict"], verdict, "{name}: {}", found[0]);
        assert_eq!(found[0]["recipients"][0]["action"], verdict, "{name}");
    }
    let (code, _, said) =
        run(folder, &["check", "--config", "exeat.toml", "--rewritten", "held.eml", "-"], signed.as_bytes());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("nothing is relayed at once") && !folder.join("held.eml").exists(), "{said}");
}

#[test]
fn a_missing_config_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, error) = run(dir.path(), &["check", "--config", "none.toml", "-"], b"");
    assert_eq!(code, 2);
    assert!(
        error.contains("none.toml") && error.contains("--config") && error.contains("deploy/exeat.toml"),
        "{error}"
    );
}

/// `exeat ... | head`: the reader leaves, nobody panics.
#[test]
fn nobody_has_to_read_to_the_end() {
    let (dir, _) = school();
    for command in [&["policy", "show", "primary"][..], &["policy", "coverage", "primary"], &["completions", "zsh"]] {
        let mut child = Command::new(program())
            .args(command)
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{command:?}");
    }
}

#[test]
fn every_command_has_help_a_manual_page_and_completions() {
    let dir = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 31] = [
        &[],
        &["serve"],
        &["check"],
        &["eval"],
        &["held"],
        &["held", "list"],
        &["held", "count"],
        &["held", "show"],
        &["held", "release"],
        &["held", "refuse"],
        &["held", "confirm"],
        &["held", "retry"],
        &["held", "log"],
        &["backup"],
        &["restore"],
        &["policy"],
        &["policy", "list"],
        &["policy", "show"],
        &["policy", "coverage"],
        &["policy", "check"],
        &["policy", "enforce"],
        &["config"],
        &["config", "check"],
        &["roster"],
        &["roster", "check"],
        &["key"],
        &["key", "create"],
        &["doctor"],
        &["test-message"],
        &["completions"],
        &["man"],
    ];
    let (code, out, _) = run(dir.path(), &["man", "."], b"");
    assert_eq!(code, 0, "{out}");
    for command in commands {
        let (code, out, _) = run(dir.path(), &[command, &["--help"]].concat(), b"");
        assert_eq!(code, 0, "{command:?}");
        assert!(out.contains("Example"), "{command:?} has no example:\n{out}");
        let page = [&["exeat"], command].concat().join("-") + ".1";
        assert!(fs::read_to_string(dir.path().join(&page)).is_ok_and(|text| text.contains(".TH")), "{page}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, _) = run(dir.path(), &["completions", shell], b"");
        assert!(code == 0 && out.contains("test-message"), "{shell}");
    }
    assert_eq!(run(dir.path(), &["completions", "cmd"], b"").0, 2);
}

/// Slips of somebody in a hurry: what was typed, and what the answer names (the thing, and what to do).
#[test]
fn a_slip_is_answered_with_what_to_do() {
    let (dir, _) = school();
    let slips: [(&[&str], [&str; 2]); 16] = [
        (&["config", "check", "--config", "nope.toml"], ["nope.toml: ", "deploy/exeat.toml"]),
        (&["key", "create", "store.key"], ["store.key: there is a file already", "name another file"]),
        (&["key", "create", "nodir/store.key"], ["nodir/store.key", "in a folder that is there"]),
        (&["check", "--config", "exeat.toml", "nope.eml"], ["nope.eml: ", "No such file"]),
        (&["check", "--config", "exeat.toml", "--at", "today", "x.eml"], ["today", "2026-03-10T20:15:00Z"]),
        (&["check", "--config", "exeat.toml", "--from", "jo", "x.eml"], ["'jo'", "jo@school.example"]),
        (&["held", "show", "--config", "exeat.toml", "EX-7K3M-92QD"], ["no copy of this", "held list --all"]),
        (&["held", "release", "--config", "exeat.toml", "EX-7K3M-92QD"], ["--reason", "--help"]),
        (&["held", "relase"], ["relase", "release"]),
        (&["policy", "show", "primry"], ["primry: ", "one of arts-college, primary"]),
        (&["policy", "enforce", "--config", "exeat.toml", "nope"], ["nope", "exeat policy coverage"]),
        (&["backup", "--config", "exeat.toml", "/nowhere/x"], ["/nowhere: ", "no such file or folder"]),
        (&["restore", "--config", "exeat.toml", "/nowhere"], ["/nowhere: ", "no such file or folder"]),
        (&["eval", "nope"], ["nope/truth.jsonl", "exeat eval --help"]),
        (&["test-message", "--config", "exeat.toml", "--to", "me"], ["--to", "me@school.example"]),
        (&["serve", "--confg", "x"], ["--confg", "--config"]),
    ];
    for (typed, names) in slips {
        let (code, out, err) = run(dir.path(), typed, b"");
        let said = out + &err;
        assert_ne!(code, 0, "{typed:?}: {said}");
        for name in names {
            assert!(said.contains(name), "{typed:?} does not name {name}:\n{said}");
        }
        assert!(!said.contains("entity"), "{typed:?}: {said}");
    }
}

fn edit(config: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(config).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(config, text.replace(from, to)).unwrap();
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn status_pages_and_reload() {
    let (dir, http) = school();
    let config = dir.path().join("exeat.toml");
    edit(&config, "mode = \"enforce\"", "mode = \"monitor\"");
    let exeat = Exeat::start(&program(), &config, http);
    assert_eq!(get(http, "/healthz"), Some((200, "alive\n".to_owned())));
    assert_eq!(get(http, "/readyz").unwrap().0, 200);
    assert_eq!(get(http, "/nothing").unwrap().0, 404);
    assert_eq!((exeat.metric("exeat_enforcing"), exeat.metric("exeat_roster_pupils")), (Some(0.0), Some(6.0)));
    // From recording to acting.
    let (code, said) = exeat.command(&["policy", "enforce", "--all"]);
    assert_eq!(code, 0, "{said}");
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_enforcing") == Some(1.0)), "{}", exeat.log());
    // A bad config keeps the good one, says so, and the next good one is taken.
    edit(&config, "unknown_source = \"reject\"", "unknown_source = \"perhaps\"");
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_reload_ok") == Some(0.0)), "{}", exeat.log());
    assert_eq!(exeat.metric("exeat_reloads_total{result=\"bad\"}"), Some(1.0));
    assert_eq!((exeat.metric("exeat_enforcing"), get(http, "/readyz").unwrap().0), (Some(1.0), 200));
    assert!(exeat.log().contains("unknown variant"), "the log says why: {}", exeat.log());
    edit(&config, "unknown_source = \"perhaps\"", "unknown_source = \"tempfail\"");
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_reload_ok") == Some(1.0)), "{}", exeat.log());
    // What a reload cannot change is named.
    edit(&config, "per_minute = 600", "per_minute = 601");
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.log().contains("only after a restart")), "{}", exeat.log());
    assert!(exeat.log().contains("\"sections\":\"courier\""), "{}", exeat.log());
    // A roster with one pupil less, and one that cannot be read.
    let roster = fs::read_to_string(dir.path().join("roster.csv")).unwrap();
    let fewer: Vec<&str> = roster.lines().filter(|line| !line.starts_with("P005")).collect();
    fs::write(dir.path().join("roster.csv"), fewer.join("\n")).unwrap();
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_roster_pupils") == Some(5.0)), "{}", exeat.log());
    fs::write(dir.path().join("roster.csv"), "nothing,here\n").unwrap();
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_reload_ok") == Some(0.0)), "{}", exeat.log());
    assert_eq!(exeat.metric("exeat_roster_pupils"), Some(5.0));
    let page = get(http, "/metrics").unwrap().1;
    for private in ["Tewkesbury", "tewkesbury", "pemberton", "@", "school.example"] {
        assert!(!page.contains(private) && !exeat.log().contains("Tewkesbury"), "{private}:\n{page}");
    }
}

#[test]
fn a_broken_policy_at_start_leaves_the_last_good_one_in_force() {
    let (dir, http) = school();
    let config = dir.path().join("exeat.toml");
    let pack = run(dir.path(), &["policy", "show", "arts-college"], b"").1;
    fs::write(dir.path().join("own.toml"), &pack).unwrap();
    edit(&config, "pack = \"arts-college\"", "pack = \"own.toml\"");
    drop(Exeat::start(&program(), &config, http));
    fs::write(dir.path().join("own.toml"), pack.replacen("clause", "claws", 3)).unwrap();
    let exeat = Exeat::start(&program(), &config, http);
    assert_eq!(exeat.metric("exeat_last_good_policy"), Some(1.0), "{}", exeat.log());
    assert_eq!(exeat.metric("exeat_reload_ok"), Some(0.0));
    fs::write(dir.path().join("own.toml"), &pack).unwrap();
    exeat.signal("HUP");
    assert!(wait_until(LONG, || exeat.metric("exeat_last_good_policy") == Some(0.0)), "{}", exeat.log());
}

#[test]
fn a_real_school_does_not_start_before_its_staff_were_told() {
    let (dir, _) = school();
    edit(&dir.path().join("exeat.toml"), "sample_school = true", "sample_school = false");
    let (code, _, error) = run(dir.path(), &["serve", "--config", "exeat.toml"], b"");
    assert_eq!(code, 2);
    assert!(error.contains("staff_told_on is missing: people whose mail is checked must be told"), "{error}");
}

/// Becomes its arguments, with one open socket from systemd.
const UNDER_SYSTEMD: &str = "import os, socket, sys
given = socket.create_server(('127.0.0.1', 0))
os.dup2(given.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])";

#[test]
fn a_socket_of_systemd_that_the_settings_do_not_name_is_told_first() {
    let (dir, _) = school();
    // Under the unit exeat may not write there, which would hide the reason.
    edit(&dir.path().join("exeat.toml"), "inet:127.0.0.1:", "unix:/nowhere/");
    let output = Command::new("python3")
        .args(["-c", UNDER_SYSTEMD])
        .arg(program())
        .args(["serve", "--config", "exeat.toml"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else { return println!("skipped: no python3") };
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("systemd listens on a socket that no [[milter.listen]] and not [http] names"), "{error}");
}

#[test]
fn doctor_tells_a_well_school_from_an_ill_one() {
    let (dir, http) = school();
    let config = dir.path().join("exeat.toml");
    let sink = harness::Sink::start();
    edit(&config, "127.0.0.1:10027", &format!("127.0.0.1:{}", sink.port));
    let lines = |out: &str, word: &str| {
        out.lines().filter(|line| line.starts_with(word)).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let doctor = || run(dir.path(), &["doctor", "--config", "exeat.toml"], b"");
    {
        let _exeat = Exeat::start(&program(), &config, http);
        let (_, out, error) = doctor();
        // The order of milters is that of this machine's own Postfix, which knows nothing of this exeat.
        let wrong: Vec<String> = lines(&out, "wrong").into_iter().filter(|line| !line.contains("order")).collect();
        assert!(wrong.is_empty(), "{out}{error}");
        for about in
            ["socket", "rights", "clock", "key", "store", "disk", "release", "sandbox", "mode", "privacy", "ready"]
        {
            let line = out.lines().find(|line| line.split_whitespace().nth(1) == Some(about));
            assert!(line.is_some(), "nothing about {about}:\n{out}");
        }
        assert!(out.contains("8BITMIME SMTPUTF8 DSN SIZE"), "{out}");
    }
    fs::set_permissions(dir.path().join("store.key"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(dir.path().join("roster.csv"), fs::Permissions::from_mode(0o644)).unwrap();
    edit(&config, &format!("127.0.0.1:{}", sink.port), &format!("127.0.0.1:{}", free_port()));
    let (code, out, _) = doctor();
    let wrong = lines(&out, "wrong").join("\n");
    assert_eq!(code, 1, "{out}");
    for about in ["socket", "key", "release"] {
        assert!(wrong.contains(about), "{about}:\n{out}");
    }
    assert!(lines(&out, "warn").iter().any(|line| line.contains("roster.csv has mode 644")), "{out}");
    assert!(out.contains("to do: "), "{out}");
}
