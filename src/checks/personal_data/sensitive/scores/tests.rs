use super::super::words;
use super::*;
use crate::school::names::fold_words;

fn found(text: &str) -> Vec<(Topic, String)> {
    let folded = fold_words(text);
    let tokens = words::tokens(folded.as_bytes());
    let capitals = |range: Range<usize>| {
        let written = text.get(range).unwrap();
        written.bytes().all(|byte| !byte.is_ascii_lowercase())
    };
    let words = words::find(&folded, &tokens, &capitals);
    let text = |score: &Score| {
        folded.get(tokens[score.tokens.start].start..tokens[score.tokens.end - 1].end).unwrap().to_owned()
    };
    find(&folded, &tokens, &words, capitals).iter().map(|score| (score.topic, text(score))).collect()
}

#[test]
fn values_beside_words_that_ask_for_them() {
    for (text, wanted) in [
        ("Maths: 7, English: 6", vec!["7", "6"]),
        ("a grade 7 in GCSE maths", vec!["7"]),
        ("predicted grade is a B", vec!["b"]),
        ("achieved A* in chemistry", vec!["a"]),
        ("got a 4 in English", vec!["4"]),
        ("A levels: AAB", vec!["aab"]),
        ("scored 98 in the reading test", vec!["98"]),
        ("62% in the mock exam", vec!["62"]),
        ("17/20 in the spelling test", vec!["17/20"]),
        ("17 out of 20 in the spelling test", vec!["17 out of 20"]),
        ("BTEC sport: Distinction", vec!["distinction"]),
        ("a Progress 8 score of 0.4", vec!["0.4"]),
        ("the target is 5", vec!["5"]),
        ("the maths test is in room 7", vec![]),
        ("maths on 4 May", vec![]),
        ("maths test on 8/10", vec![]),
        ("scored 2 goals", vec![]),
        ("the result was 3-1", vec![]),
        ("English at 9.30", vec![]),
        ("Mark 11.45pm with the tutor", vec![]),
        ("7 maths books", vec![]),
        ("Year 7 maths", vec![]),
        ("24 pupils sat the maths exam", vec![]),
        ("a mark for effort", vec![]),
        ("bring \u{a3}5 for the exam", vec![]),
    ] {
        let found = found(text);
        assert!(found.iter().all(|(topic, _)| *topic == Topic::Assessment), "{text}");
        assert_eq!(found.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), wanted, "{text}");
    }
    for (text, wanted) in [
        ("attendance is 84%", 1),
        ("attendance of 84.5 per cent", 1),
        ("has 12 absences", 1),
        ("was late 5 times", 1),
        ("absent for 6 days", 1),
        ("attendance at the concert on 5 May", 0),
        ("late by 10 minutes", 0),
    ] {
        let found = found(text);
        assert_eq!(found.iter().filter(|(topic, _)| *topic == Topic::Attendance).count(), wanted, "{text}");
    }
}
