//! More of something than anybody needs: the fact that something was found is never lost.

use super::letter::*;
use super::world::*;
use exeat::actions::Action;

#[test]
fn a_name_behind_twenty_thousand_others_counts() {
    let many = "Jane Smith did well. ".repeat(25_000);
    let contact = Sending { to: vec!["mum.smith@mail.example".into()], ..Sending::default() };
    let seen = see(&plain(&many), &contact);
    assert_eq!(seen.action(), "warn", "her own contact");
    let seen = see(&plain(&format!("{many}\nAlice Brown too.")), &contact);
    assert_eq!(seen.pupils(), ["P1", "P2"]);
    assert_eq!(seen.action(), "rewrite", "one of another pupil, behind them");
    let list = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n{many}\r\n--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\nForename,Surname\r\nJane,Smith\r\n--b--\r\n"
    );
    let raw = message("Content-Type: multipart/mixed; boundary=b\r\n", list.as_bytes());
    assert_eq!(see(&raw, &Sending::default()).action(), "hold", "one in an attachment, behind them");
}

#[test]
fn what_a_rewrite_leaves_behind_is_asked_for_again() {
    let before = see(&plain(&"Jane Smith did well. ".repeat(25_000)), &Sending::default());
    let changed = "J.S. did well. ".repeat(20_000) + &"Jane Smith did well. ".repeat(5_000);
    let after = see(&plain(&changed), &Sending::default());
    assert_eq!((before.action(), after.action()), ("rewrite", "rewrite"));
    assert!(before.judgement.still_asks(&after.judgement, &[0]));
    let after = see(&plain(&"J.S. did well. ".repeat(25_000)), &Sending::default());
    assert!(!before.judgement.still_asks(&after.judgement, &[0]));
}

#[test]
fn a_sure_name_behind_many_doubtful_ones_counts() {
    let many = "see janesmith there. ".repeat(45_000);
    assert_eq!(see(&plain(&many), &Sending::default()).action(), "relay");
    assert_eq!(see(&plain(&format!("{many}\nJane Smith too.")), &Sending::default()).action(), "rewrite");
}

#[test]
fn a_number_behind_many_others_counts() {
    let numbers: Vec<String> = (0..60).map(|n| format!("AB {n:02} 34 56 C")).collect();
    let quoted: String = numbers.iter().flat_map(|number| ["> NI number ", number, "\n"]).collect();
    let seen = see(&plain(&format!("{quoted}\nNI number TW 98 76 54 A")), &Sending::default());
    let findings = || seen.inspection.findings.iter().filter(|finding| finding.kind == "nino");
    assert!(findings().any(|finding| !finding.quoted), "one that is not quoted");
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nNI number TW987654A\r\n--b--\r\n",
        numbers.join("\r\n")
    );
    let seen = see(&message("Content-Type: multipart/mixed; boundary=b\r\n", body.as_bytes()), &Sending::default());
    let findings = || seen.inspection.findings.iter().filter(|finding| finding.kind == "nino");
    assert!(findings().any(|finding| finding.place.is_some_and(|place| place.name() == "attachment")));
    assert_eq!(seen.judgement.strongest(), Some(Action::Hold));
}
