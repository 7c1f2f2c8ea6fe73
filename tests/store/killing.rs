//! Killed at any moment, or out of disk: what was said to be kept is kept, and nothing is half.

use crate::stage::*;
use exeat::store::{KeepState, Kept, Part, RetryKey, State, Store};
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
    let (Some(role), Some(folder)) = (std::env::var_os("STORE_CHILD"), std::env::var_os("STORE_FOLDER")) else {
        return;
    };
    let store = Store::open(&std::path::Path::new(&folder).join("store.sqlite"), key(), ROOM).unwrap();
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
        let mut process = child("keeps", stage.folder.path(), None).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let heard = std::thread::spawn(move || -> Vec<String> { lines.map_while(Result::ok).collect() });
        std::thread::sleep(std::time::Duration::from_millis(150 + round * 37 % 200));
        process.kill().unwrap();
        process.wait().unwrap();
        // A last line may be cut; only whole ones name two references.
        let heard = heard.join().unwrap();
        said.extend(heard.iter().filter_map(|line| line.split_once("kept ").map(|(_, names)| names.to_owned())));
        let store = stage.open();
        let kept: std::collections::BTreeSet<String> =
            store.list(&State::ALL, 99_999).await.unwrap().into_iter().map(|entry| entry.reference).collect();
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
