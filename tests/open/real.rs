//! Files as the world's programs wrote them, where they are at hand: what others found in them is found here.

use crate::{gaps, names, opened, read};
use exeat::mail::parts::{GapKind, Sealed};
use serde_json::Value;
use std::path::PathBuf;

/// Every file of the formats that are opened here, with what is known of it.
fn files() -> Vec<(PathBuf, Value)> {
    files_of(&["docx", "xlsx", "pptx", "odt", "ods", "odp", "zip", "7z", "rar4", "pdf", "rtf", "msg", "tnef"])
}

/// Every file of some formats.
fn files_of(formats: &[&str]) -> Vec<(PathBuf, Value)> {
    let root = std::env::var("EXEAT_SHARED").map_or_else(|_| PathBuf::from("../shared"), PathBuf::from);
    let mut files = Vec::new();
    for folder in ["commons-compress", "msoffcrypto", "odf-validator", "pypdf", "tika", "zip-rs"] {
        let folder = root.join("data/attachments").join(folder);
        let Ok(expected) = std::fs::read(folder.join("expected.json")) else { continue };
        let Value::Object(expected) = serde_json::from_slice(&expected).unwrap() else { panic!("not a table") };
        for (name, about) in expected {
            let format = about["format"].as_str().unwrap_or_default();
            if formats.contains(&format) {
                files.push((folder.join(name), about));
            }
        }
    }
    if files.is_empty() {
        println!("skipped: the real files are not here");
    }
    files
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list<'a>(about: &'a Value, name: &str) -> Vec<&'a str> {
    about["text"][name].as_array().map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_str).collect())
}

#[test]
fn what_others_found_is_found() {
    let mut missing = Vec::new();
    let mut sought = 0;
    for (path, about) in files() {
        let tree = opened(&std::fs::read(&path).unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        println!("{name}: {} bytes of text, {} parts, gaps {:?}", tree.text.len(), tree.parts.len(), gaps(&tree));
        if about["policy"] == "readable" {
            let text = words(&tree.text);
            for list in ["words", "bigrams", "tika_asserts_confirmed"].map(|name| list(&about, name)) {
                sought += list.len();
                missing.extend(
                    list.into_iter().filter(|item| !text.contains(&words(item))).map(|item| format!("{name}: {item}")),
                );
            }
        }
        if about["policy"] == "readable" && about["archive"]["entries"].as_u64().is_some_and(|count| count > 0) {
            assert!(tree.text.len() > 1, "{name}");
        }
        let held: Vec<(&str, u64)> =
            names(&tree).iter().zip(&tree.parts).map(|((_, name), part)| (*name, part.size)).collect();
        for file in about["tnef"]["attachments"].as_array().into_iter().flatten() {
            let file = (file["name"].as_str().unwrap(), file["size"].as_u64().unwrap());
            assert!(held.contains(&file), "{name}: {held:?}");
        }
        if about["policy"] == "unreadable" {
            assert!(!tree.gaps.is_empty() || !tree.text.is_empty(), "{name}");
        }
        let sealed = tree.parts[0].sealed.is_some()
            || tree.gaps.iter().any(|gap| matches!(gap.kind, GapKind::Protected | GapKind::Unsupported));
        if about["policy"] == "protected" {
            assert!(sealed, "{name}");
        }
    }
    println!("found {} of {sought} words and phrases", sought - missing.len());
    assert_eq!(missing, Vec::<String>::new(), "of {sought}");
}

/// The same nine documents, packed by three programs.
#[test]
fn archives_of_the_same_files_say_the_same() {
    let root = std::env::var("EXEAT_SHARED").map_or_else(|_| PathBuf::from("../shared"), PathBuf::from);
    let read = |name: &str| std::fs::read(root.join("data/attachments/tika").join(name)).ok();
    let (Some(zip), Some(seven), Some(rar)) =
        (read("test-documents.zip"), read("test-documents.7z"), read("test-documents.rar"))
    else {
        println!("skipped: the real files are not here");
        return;
    };
    let told = |content: &[u8]| {
        let tree = opened(content);
        let mut said: Vec<String> =
            tree.text.lines().map(|line| line.replace('\\', "/").replace("test-documents/", "")).collect();
        said.sort_unstable();
        let gaps: Vec<_> = gaps(&tree).into_iter().map(|(kind, _, reason)| (kind, reason.to_owned())).collect();
        (said, tree.parts.len(), gaps.len())
    };
    let expected = told(&zip);
    // With pictures in them.
    assert!(expected.0.len() > 50 && expected.1 >= 10);
    for words in ["Sample Word Document", "Sample Excel Worksheet", "Sample Powerpoint Slide"] {
        assert!(expected.0.iter().any(|line| line.contains(words)), "{words}");
    }
    assert_eq!(told(&seven), expected);
    assert_eq!(told(&rar), expected);
}

#[test]
fn letters_with_a_pdf_give_the_name_in_it_or_say_that_it_is_protected() {
    let root = std::env::var("EXEAT_SHARED").map_or_else(|_| PathBuf::from("../shared"), PathBuf::from);
    let folder = root.join("data/eval_sample");
    let Ok(truth) = std::fs::read_to_string(folder.join("truth.jsonl")) else {
        println!("skipped: the letters are not here");
        return;
    };
    let mut wrong = Vec::new();
    let mut tried = std::collections::BTreeMap::<String, u32>::new();
    for line in truth.lines() {
        let planted: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| planted[key].as_str().unwrap_or_default();
        let category = word("category");
        if !category.contains("pdf") || !category.contains("att") {
            continue;
        }
        let tree = read(&std::fs::read(folder.join("eml").join(word("file"))).unwrap());
        let protected = tree.gaps.iter().any(|gap| gap.kind == GapKind::Protected);
        let right = match word("kind") {
            "encryption" => protected && tree.parts.iter().any(|part| part.sealed == Some(Sealed::Pdf)),
            _ => !protected && words(&tree.text).contains(&words(word("surface"))),
        };
        *tried.entry(category.to_owned()).or_default() += 1;
        if !right {
            wrong.push(format!("{} {category} {:?}", word("file"), gaps(&tree)));
        }
    }
    println!("tried {tried:?}");
    assert!(tried.len() > 5);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn older_files_are_read_and_those_with_a_password_are_protected() {
    let mut recall = std::collections::BTreeMap::<String, (usize, usize)>::new();
    for (path, about) in files_of(&["doc", "xls", "ppt", "xlsb", "ooxml-encrypted"]) {
        let tree = opened(&std::fs::read(&path).unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        let protected = tree.gaps.iter().any(|gap| gap.kind == GapKind::Protected);
        let weak = tree.gaps.iter().any(|gap| gap.kind == GapKind::Weak);
        assert_eq!(protected, tree.parts[0].sealed == Some(Sealed::Office), "{name}");
        assert_eq!(weak, tree.parts[0].sealed == Some(Sealed::OfficeWeak), "{name}");
        if about["policy"] == "protected" {
            assert!(protected || weak, "{name}");
            assert!(weak || !name.starts_with("xor_"), "{name}");
            continue;
        }
        assert_eq!((protected, gaps(&tree)), (false, vec![]), "{name}");
        let text = words(&tree.text);
        let (found, sought) = recall.entry(about["format"].as_str().unwrap().to_owned()).or_default();
        let known = KNOWN.iter().filter(|(file, _)| *file == name).map(|(_, words)| *words);
        for item in list(&about, "words").into_iter().chain(list(&about, "bigrams")).chain(known) {
            *sought += 1;
            *found += usize::from(text.contains(&words(item)));
        }
    }
    println!("found, of how many: {recall:?}");
    for (format, (found, sought)) in recall {
        let least = if format == "ppt" { 95 } else { 97 };
        assert!(found * 100 >= sought * least && sought > 0, "{format}: {found} of {sought}");
    }
}

/// Words of files of which the list of what others found says none.
const KNOWN: [(&str, &str); 7] = [
    ("plain.doc", "Normal.dotm"),
    ("plain.ppt", "Lorem ipsum"),
    ("plain.xls", "lorem ipsum"),
    ("rc4cryptoapi_password_plain.doc", "lorem ipsum"),
    ("rc4cryptoapi_password_plain.xls", "lorem ipsum"),
    ("xor_password_123456789012345_plain.xls", "420"),
    ("protectedFile.xlsx", "Истек строк действия выпуска 2007 системы Microsoft Office."),
];
