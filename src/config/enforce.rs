//! Switches rules on in the config file itself, so that one place says what acts.

use crate::policy::Policy;
use crate::problem::Problem;
use std::io::Write as _;
use std::path::Path;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value};

/// Writes `mode = "enforce"` and adds the rules (all of them for `None`) to `[policy] enforce`. Comments
/// and order of the file stay. The file is replaced as a whole.
///
/// # Errors
/// The file cannot be read or written, or the policy has no such rule.
pub fn enforce_in_file(file: &Path, policy: &Policy, rules: Option<&[String]>) -> Result<(), Vec<Problem>> {
    let name = file.display().to_string();
    let wrong = |what: String| vec![Problem::new(&name, None, what)];
    let unknown: Vec<Problem> = rules
        .unwrap_or_default()
        .iter()
        .filter(|rule| policy.rule(rule).is_none())
        .map(|rule| {
            Problem::new(&policy.file, None, "the policy has no such rule")
                .written(rule)
                .right("a rule id from `exeat policy coverage`")
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| wrong(error.message().to_owned()))?;
    set(document.as_table_mut(), "mode", "enforce".into());
    let Some(table) = document.entry("policy").or_insert(toml_edit::table()).as_table_like_mut() else {
        return Err(wrong("[policy] is not a table".to_owned()));
    };
    match rules {
        None => {
            set(table, "enforce", "all".into());
        }
        Some(rules) => {
            if table.get("enforce").and_then(Item::as_str) != Some("all") {
                let mut list = table.get("enforce").and_then(Item::as_array).cloned().unwrap_or_else(Array::new);
                for rule in rules {
                    if !list.iter().any(|entry| entry.as_str() == Some(rule)) {
                        list.push(rule.as_str());
                    }
                }
                set(table, "enforce", list.into());
            }
        }
    }
    replace(file, &document.to_string()).map_err(|error| wrong(format!("cannot be written: {error}")))
}

/// Sets a key; what stands around its old value (a comment behind it) stays.
fn set(table: &mut dyn TableLike, key: &str, mut new: Value) {
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, Item::Value(new));
}

/// Writes beside the file and renames, so that a reader sees the old or the new one, never half of it.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_extension("toml.new");
    let mut new = std::fs::File::create(&beside)?;
    new.set_permissions(std::fs::metadata(file)?.permissions())?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    std::fs::rename(&beside, file)
}
