//! Builds what is in force from the files that the config names.

use crate::config::{Config, line_of_key};
use crate::pipeline::Live;
use crate::policy::{Enforcement, Policy};
use crate::problem::Problem;
use crate::school::{AddressList, Lists, School, roster::Roster, sort_codes::SortCodes, staff::Staff};
use std::path::{Path, PathBuf};

/// The packs that come with the program, by name.
pub const PACKS: [(&str, &str); 5] = [
    ("arts-college", include_str!("../../rules/packs/arts-college.toml")),
    ("primary", include_str!("../../rules/packs/primary.toml")),
    ("boarding", include_str!("../../rules/packs/boarding.toml")),
    ("academy-trust", include_str!("../../rules/packs/academy-trust.toml")),
    ("grammar", include_str!("../../rules/packs/grammar.toml")),
];

/// What was loaded, and what to look at though it works.
#[derive(Debug)]
pub struct Loaded {
    /// What is in force.
    pub live: Live,
    /// Warnings.
    pub warnings: Vec<Problem>,
    /// When the roster file was last changed, in seconds of Unix time.
    pub roster_changed: f64,
}

/// Reads a shipped pack by name, or a pack file by path.
///
/// # Errors
/// Everything that is wrong with it.
pub fn policy(config: Option<&Config>, pack: &str) -> Result<Policy, Vec<Problem>> {
    let policy = read_policy(config, pack)?;
    let unknown = config.map_or_else(Vec::new, |config| unknown_rules(config, &policy));
    if unknown.is_empty() { Ok(policy) } else { Err(unknown) }
}

/// A rule that is to act and does not exist would be one that nobody misses.
fn unknown_rules(config: &Config, policy: &Policy) -> Vec<Problem> {
    let Enforcement::Only(rules) = &config.enforce else { return Vec::new() };
    let unknown = rules.iter().filter(|rule| policy.rule(rule).is_none());
    let text = std::fs::read_to_string(&config.file).unwrap_or_default();
    let place = |rule: &str| {
        let quoted = format!("\"{rule}\"");
        let line = (1..).zip(text.lines()).find(|(_, line)| line.contains(&quoted)).map(|(number, _)| number);
        line.or_else(|| line_of_key(&text, "policy", "enforce"))
    };
    let file = config.file.display().to_string();
    unknown
        .map(|rule| {
            let what = format!("[policy] enforce names a rule that the policy {} does not have", policy.name);
            Problem::new(&file, place(rule), what).written(rule).right("a rule id from `exeat policy coverage`")
        })
        .collect()
}

fn read_policy(config: Option<&Config>, pack: &str) -> Result<Policy, Vec<Problem>> {
    if let Some((name, text)) = PACKS.iter().find(|(name, _)| *name == pack) {
        return Policy::read(&format!("rules/packs/{name}.toml"), text);
    }
    let path =
        config.and_then(|config| config.file.parent()).map_or_else(|| PathBuf::from(pack), |folder| folder.join(pack));
    let text = std::fs::read_to_string(&path).map_err(|error| vec![no_pack(config, pack, &path, &error)])?;
    Policy::read(&path.display().to_string(), &text)
}

fn no_pack(config: Option<&Config>, pack: &str, path: &Path, error: &std::io::Error) -> Problem {
    let names: Vec<&str> = PACKS.iter().map(|(name, _)| *name).collect();
    let right = format!("the path of a pack, or one of {}", names.join(", "));
    let what = format!("[policy] pack: there is none of this name, and {} cannot be read: {error}", path.display());
    let problem = match config {
        None => Problem::new(pack, None, format!("the pack cannot be read: {error}")),
        Some(config) => {
            let text = std::fs::read_to_string(&config.file).unwrap_or_default();
            Problem::new(config.file.display().to_string(), line_of_key(&text, "policy", "pack"), what).written(pack)
        }
    };
    problem.right(right)
}

/// Reads roster, staff directory and lists.
///
/// # Errors
/// Everything that is wrong with them.
pub fn school(config: &Config) -> Result<(School, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let roster = read_file(&config.roster.file, &mut problems).map(|bytes| {
        let (roster, found) = Roster::read(&bytes, &config.roster.columns, &config.roster.file.display().to_string());
        problems.extend(found);
        roster
    });
    let staff = read_file(&config.staff.file, &mut problems).map(|bytes| {
        let (staff, found) = Staff::read(&bytes, &config.staff.columns, &config.staff.file.display().to_string());
        problems.extend(found);
        staff
    });
    if problems.iter().any(|problem| !problem.warning) {
        return Err(problems);
    }
    let (Some(roster), Some(staff)) = (roster, staff) else { return Err(problems) };
    let sort_codes = sort_codes(config)?;
    let school = School {
        roster,
        staff,
        calendar: config.calendar.clone(),
        identity: config.school.clone(),
        lists: lists(config),
        sort_codes,
    };
    Ok((school, problems))
}

/// Everything that is in force.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn load(config: &Config, policy: Policy) -> Result<Loaded, Vec<Problem>> {
    let (school, mut warnings) = school(config)?;
    warnings.extend(policy.warnings.iter().cloned());
    let roster_changed = changed(&config.roster.file);
    let live = Live {
        school,
        policy,
        enforcement: config.enforcement(),
        sources: config.sources.clone(),
        notice: config.notice.clone(),
    };
    Ok(Loaded { live, warnings, roster_changed })
}

/// Roster and directory are personal data: nobody but their owner and group may read them.
fn read_file(path: &Path, problems: &mut Vec<Problem>) -> Option<Vec<u8>> {
    use std::os::unix::fs::PermissionsExt;
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => {
            let mode = std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode() & 0o777);
            if mode & 0o007 != 0 {
                let problem =
                    Problem::new(&name, None, "everybody on this machine can read this file of personal data");
                problems.push(
                    problem.written(format!("mode {mode:o}")).right("chmod 640, and the group exeat runs in").warning(),
                );
            }
            Some(bytes)
        }
        Err(error) => {
            problems.push(
                Problem::new(&name, None, format!("cannot be read: {error}"))
                    .right("a file that exeat's user may read"),
            );
            None
        }
    }
}

#[allow(clippy::cast_precision_loss)] // seconds since 1970 fit an f64 exactly
fn changed(path: &Path) -> f64 {
    let changed = std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    changed.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0.0, |since| since.as_secs() as f64)
}

/// The published weight table of sort codes, where the operator installed it.
fn sort_codes(config: &Config) -> Result<Option<SortCodes>, Vec<Problem>> {
    let Some(weights) = &config.sort_codes.weights else { return Ok(None) };
    let text = |path: &Path| {
        let name = path.display().to_string();
        std::fs::read_to_string(path)
            .map_err(|error| vec![Problem::new(name, None, format!("cannot be read: {error}"))])
    };
    let substitutes = config.sort_codes.substitutes.as_deref().map_or_else(|| Ok(String::new()), text)?;
    SortCodes::read(&text(weights)?, &substitutes).map(Some).map_err(|line| {
        vec![
            Problem::new(weights.display().to_string(), u32::try_from(line).ok(), "this line is not understood")
                .right("the weight table as it is published, unchanged"),
        ]
    })
}

fn lists(config: &Config) -> Lists {
    let mut lists = Lists::built_in();
    let own = |entries: &[String]| AddressList::read(entries.iter().map(String::as_str));
    lists.authorities.extend(own(&config.lists.authorities));
    lists.helplines.extend(own(&config.lists.helplines));
    lists.agencies.extend(own(&config.lists.agencies));
    lists.personal_mail.extend(own(&config.lists.personal_mail));
    lists.posting.extend(own(&config.lists.posting));
    lists.trusted_routes.extend(own(&config.lists.trusted_routes));
    lists.phrases.extend(config.lists.phrases.iter().map(|phrase| crate::mail::fold::fold_words(phrase)));
    lists
}
