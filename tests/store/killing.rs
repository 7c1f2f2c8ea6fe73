//! Killed at any moment, or out of disk: what was said to be kept is kept, and nothing is half.

use crate::stage::*;
use exeat::spool::Message;
use exeat::store::{KeepState, Kept, Part, RetryKey, State, Store, StoreKey};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs this program again as a child that only plays `role`.
fn child(role: &str, folder: &std::path::Path, wrap: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match wrap {
        Some(shell) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(format!("{shell}; exec \"$0\" \"$@\"")).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(["--exact", "killing::the_child", "--nocapture"]).env("STORE_CHILD", role).env("STORE_FOLDER", folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Keeps one batch of two copies and a story after the other and says so, until it is killed or a keep fails.
#[tokio::test]
async fn the_child() {
    if std::env::var_os("STORE_CHILD").is_some_and(|role| role == "credential") {
        let outcomes =
            ["store-key", "missing", "../key", ""].map(|name| StoreKey::credential(name).map_err(|e| e.to_string()));
        println!("credential {outcomes:?}");
        return;
    }
    let (Some(role), Some(folder)) = (std::env::var_os("STORE_CHILD"), std::env::var_os("STORE_FOLDER")) else {
        return;
    };
    let store = Store::open(&std::path::Path::new(&folder).join("store.sqlite"), key(), ROOM).unwrap();
    if role == "large" {
        return keep_something_large(&store).await;
    }
    if role == "backs-up" {
        return back_up_again_and_again(&store, std::path::Path::new(&folder)).await;
    }
    let start = store.list(&State::ALL, 9999).await.unwrap().len() / 2;
    let lanes = if role == "keeps" { 4 } else { 1 };
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..lanes {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (start..start + 100_000).map(|number| number * lanes + lane) {
                let references = [format!("EX-{number}-A-{lane}-{start}"), format!("EX-{number}-B-{lane}-{start}")];
                let keeps = references.iter().map(|reference| keep(reference, KeepState::Held, &pattern(90_000)));
                let mut key = [lane as u8; 32];
                key[..8].copy_from_slice(&(number as u64).to_be_bytes());
                key[8..16].copy_from_slice(&(start as u64).to_be_bytes());
                let mut all = telling(0, at(0), "teacher@school.example", &format!("<{number}@x>"));
                all.keeps = keeps.collect();
                all.retry_key = RetryKey::from_bytes(key);
                match store.keep(all).await {
                    Ok(kept) => {
                        assert_eq!(kept, Kept::New);
                        println!("kept {} {}", references[0], references[1]);
                    }
                    Err(error) => {
                        println!("error {error}");
                        return;
                    }
                }
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn killed_at_any_moment_everything_said_to_be_kept_is_kept_and_nothing_is_half() {
    let stage = Stage::new();
    let mut said: Vec<String> = Vec::new();
    for round in 0..12_u64 {
        let before = said.len();
        let mut process = child("keeps", stage.folder.path(), None).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (say, hear) = std::sync::mpsc::channel();
        let ear = std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        // Killed so many milliseconds after it kept something for the first time.
        let names = |line: String| line.split_once("kept ").map(|(_, names)| names.to_owned());
        while said.len() == before {
            let line = hear.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
            said.extend(names(line));
        }
        std::thread::sleep(std::time::Duration::from_millis(round * 37 % 200));
        process.kill().unwrap();
        process.wait().unwrap();
        ear.join().unwrap().unwrap();
        said.extend(hear.try_iter().filter_map(names));
        let store = stage.open();
        let kept: std::collections::BTreeSet<String> =
            store.list(&State::ALL, 99_999).await.unwrap().into_iter().map(|entry| entry.reference).collect();
        // A last line may be cut by the kill; whole ones name two references.
        for pair in &said {
            let (one, two) = pair.split_once(' ').unwrap_or((pair, pair));
            assert!(
                kept.contains(one) && (two.len() < one.len() || kept.contains(two)),
                "lost {pair} in round {round}"
            );
        }
        assert_eq!(kept.len() % 2, 0, "half a batch in round {round}");
        assert_eq!(store.stories_waiting().await.unwrap(), kept.len() as u64 / 2, "copies without their story");
        if let Some(last) = kept.iter().next_back() {
            let content = store.open_content(last, Part::Sent, "head", "", at(1)).await.unwrap();
            assert!(read_all(content).await.unwrap() == pattern(90_000));
        }
    }
    assert!(said.len() > 20, "only {} batches were kept", said.len());
}

async fn back_up_again_and_again(store: &Store, folder: &std::path::Path) {
    let keeps = (0..20).map(|number| keep(&format!("EX-{number}"), KeepState::Held, &pattern(90_000)));
    drop(store.keep(batch(1, at(0), keeps.collect())).await);
    for number in 0.. {
        let to = folder.join(format!("backup-{}-{number}", std::process::id()));
        exeat::store::back_up(&folder.join("store.sqlite"), &[], &to, at(1), &|_, _| {}).unwrap();
        println!("made {number}");
    }
}

#[test]
fn a_backup_killed_at_any_moment_is_whole_or_absent() {
    let stage = Stage::new();
    let mut whole = 0;
    for round in 0..8_u64 {
        let mut process = child("backs-up", stage.folder.path(), None).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // Killed so many milliseconds after the first was made.
        assert!(lines.any(|line| line.unwrap().contains("made 0")), "round {round}");
        std::thread::sleep(std::time::Duration::from_millis(round * 23 % 90));
        process.kill().unwrap();
        process.wait().unwrap();
        for found in std::fs::read_dir(stage.folder.path()).unwrap().flatten() {
            let name = found.file_name().into_string().unwrap();
            if name.starts_with("backup-") {
                exeat::store::check(&found.path(), &key()).unwrap();
                whole += 1;
            }
            // What a killed one left is used up by the next to the same name.
            if let Some(name) = name.strip_prefix('.').and_then(|name| name.strip_suffix(".partial")) {
                let to = stage.folder.path().join(name);
                exeat::store::back_up(&stage.file(), &[], &to, at(1), &|_, _| {}).unwrap();
                exeat::store::check(&to, &key()).unwrap();
                assert!(!found.path().exists());
            }
        }
    }
    assert!(whole >= 8, "{whole}");
}

#[test]
fn a_disk_that_takes_no_more_is_an_error_and_what_was_kept_stays() {
    let stage = Stage::new();
    // A limit on the size of files stands in for a full disk: writes beyond it fail.
    let process = child("fills", stage.folder.path(), Some("trap '' XFSZ; ulimit -f 4000")).output().unwrap();
    let output = String::from_utf8_lossy(&process.stdout).into_owned();
    let kept = output.matches("kept EX-").count();
    assert!(output.contains("error the store"), "{output}");
    assert!(kept > 3, "{output}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entries = runtime.block_on(stage.open().list(&State::ALL, 9999)).unwrap();
    assert_eq!(entries.len(), 2 * kept);
}

/// The most memory this process has had so far, in KiB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn keep_something_large(store: &Store) {
    let file = tempfile::tempfile().unwrap();
    file.set_len(60 << 20).unwrap();
    let mut large = keep("EX-1", KeepState::Held, b"");
    large.content = Message::in_file(file, 0, 60 << 20, None);
    let before = most_memory();
    store.keep(batch(1, at(0), vec![large])).await.unwrap();
    let mut content = store.open_content("EX-1", Part::Sent, "head", "", at(1)).await.unwrap();
    let mut length = 0;
    while let Some(chunk) = content.next_chunk().await.unwrap() {
        length += chunk.len();
    }
    println!("large {length} {}", most_memory() - before);
}

#[test]
fn a_large_message_is_never_whole_in_memory() {
    let stage = Stage::new();
    let process = child("large", stage.folder.path(), None).output().unwrap();
    let output = String::from_utf8_lossy(&process.stdout).into_owned();
    let (_, said) = output.split_once("large ").expect("the child speaks");
    let numbers: Vec<u64> = said.split_ascii_whitespace().take(2).map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers[0], 60 << 20);
    assert!(numbers[1] < 16 * 1024, "{} KiB for a message of 60 MiB", numbers[1]);
}

#[test]
fn the_key_can_be_a_systemd_credential() {
    let stage = Stage::new();
    std::fs::write(stage.folder.path().join("store-key"), [7; 32]).unwrap();
    let said = |directory: Option<&std::path::Path>| {
        let mut process = child("credential", stage.folder.path(), None);
        process
            .env_remove("CREDENTIALS_DIRECTORY")
            .envs(directory.map(|directory| ("CREDENTIALS_DIRECTORY", directory)));
        String::from_utf8(process.output().unwrap().stdout).unwrap()
    };
    let there = said(Some(stage.folder.path()));
    assert!(there.contains("[Ok((key)), Err("), "{there}");
    assert_eq!(there.matches("plain file name").count(), 2, "{there}");
    assert_eq!(said(None).matches("CREDENTIALS_DIRECTORY is not set").count(), 2);
}
