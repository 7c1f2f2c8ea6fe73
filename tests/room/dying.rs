//! What dies in the room does no harm outside.

use super::*;

#[tokio::test]
async fn twice_killed_is_poison_until_it_expires_or_is_cleared() {
    let short = Settings { poison_seconds: NonZeroU64::new(3).unwrap(), ..cramped(1) };
    let (room, seen) = room(short, real()).await;
    let bad = too_big(128 << 20);
    let counts = |seen: &Seen| (seen.deaths().len(), *seen.poison.lock().unwrap());

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!((seen.deaths(), counts(&seen)), (vec![Death::Crashed; 2], (2, 1)));
    // The first worker and a fresh one for the second death.
    assert_eq!(*seen.started.lock().unwrap(), 2);
    let marked = Instant::now();

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (2, 1), "a marked message is not opened");

    assert!(room.forget(&Digest::of(&bad).unwrap()));
    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (4, 2), "a cleared message is tried again");
    assert!(room.forget(&Digest::of(&bad).unwrap()));

    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (6, 3));
    assert!(marked.elapsed() < Duration::from_secs(30));
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert!(is_given_up(&room.open(&bad).await.unwrap()));
    assert_eq!(counts(&seen), (8, 4), "an old mark means nothing");
    assert_eq!(room.open(&mail()).await.unwrap(), take_apart(MAIL, &Limits::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_do_not_disturb_good_ones() {
    let (room, seen) = room(cramped(2), real()).await;
    let good = take_apart(MAIL, &Limits::default());
    let opened: Vec<_> = (0..60)
        .map(|number| {
            let room = room.clone();
            let bad = number % 10 == 0;
            let message = if bad { too_big((100 << 20) + number) } else { mail() };
            tokio::spawn(async move { (bad, room.open(&message).await.unwrap()) })
        })
        .collect();
    for opened in opened {
        let (bad, tree) = opened.await.unwrap();
        assert!(if bad { is_given_up(&tree) } else { tree == good });
    }
    assert_eq!((seen.deaths(), *seen.poison.lock().unwrap()), (vec![Death::Crashed; 12], 6));
}

/// What a lying worker says after its greeting, whether it then stays or goes, and how that counts.
fn lies() -> Vec<(&'static str, Vec<u8>, bool, Death)> {
    let head = |kind, length| Head { kind, length }.encode().to_vec();
    let tree = frames::tree(7, &Tree::default(), 4096).unwrap();
    let with_rest = {
        let mut frame = tree.clone();
        frame[1] += 1;
        frame.push(0);
        frame
    };
    let beyond = Piece { place: Place::Body, part: 900, text: 5..90_000, runs: vec![], hidden: vec![] };
    let beyond = Tree { pieces: vec![beyond], ..Tree::default() };
    let mut lies = vec![
        ("unknown kind", vec![99, 0, 0, 0, 0], true, Death::Malformed),
        ("longer than allowed", head(Kind::Tree, u32::MAX), true, Death::Malformed),
        ("second greeting", frames::small(Kind::Hello, &SandboxReport::default()).unwrap(), true, Death::Malformed),
        ("answer to another question", head(Kind::Succeeded, 0), true, Death::Malformed),
        ("no tree", [head(Kind::Tree, 40), vec![0xff; 40]].concat(), true, Death::Malformed),
        ("too short for a tree", [head(Kind::Tree, 3), vec![0; 3]].concat(), true, Death::Malformed),
        ("tree with a rest", with_rest, true, Death::Malformed),
        ("half a head", vec![4, 0], false, Death::Crashed),
        ("half a frame", tree[..tree.len() - 1].to_vec(), false, Death::Crashed),
        ("half a frame and silence", tree[..tree.len() - 1].to_vec(), true, Death::WallClock),
        ("nothing", vec![], false, Death::Crashed),
        ("own admission", head(Kind::TooLong, 0), true, Death::TooLong),
    ];
    if beyond.check(MAIL.len() as u64, &Limits::default()).is_err() {
        lies.push(("tree out of bounds", frames::tree(7, &beyond, 4096).unwrap(), true, Death::Malformed));
    }
    lies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_worker_is_as_good_as_a_dead_one() {
    // All are written before the first is started: a program that is being written is inherited by what starts
    // meanwhile, and cannot be started itself as long as that has it open.
    let written = lies().into_iter().map(|(name, said, stays, death)| {
        // It dies only when it has been given work, so that it is not found dead before.
        let after = if stays { "exec /bin/sleep 600" } else { "exit 0" };
        let text = format!("/bin/cat SAID >&0\n/usr/bin/head -c 8 >/dev/null\nsleep 0.2\n{after}");
        (name, Script::new(&text, &said), death)
    });
    let written: Vec<_> = written.collect();
    let tries = written.into_iter().map(|(name, script, death)| {
        tokio::spawn(async move {
            let (room, seen) = room(settings(1), script.program()).await;
            let tree = room.open(&mail()).await.unwrap();
            assert!(is_given_up(&tree), "{name}");
            assert_eq!(seen.deaths(), [death; 2], "{name}");
        })
    });
    for tried in tries.collect::<Vec<_>>() {
        tried.await.unwrap();
    }
}
