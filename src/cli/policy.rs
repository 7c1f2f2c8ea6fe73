//! `exeat policy list|show|coverage|enforce`.

use super::{ConfigFile, FAILED, FOUND, OK, complain, fail};
use crate::app::loading;
use crate::config::{Config, enforce_in_file};
use crate::policy::{Policy, coverage};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the policies that come with exeat
    List,
    /// Prints a policy's text, to begin one of your own with
    Show {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Prints clause by clause what a policy asks, which rule enforces it, and how it is tested
    Coverage {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Reads a policy and runs its examples
    Check {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Switches rules from recording to acting, in the config file; then reload (SIGHUP)
    Enforce {
        /// Rules to switch on
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        rules: Vec<String>,
        /// Switch every rule on
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
}

pub(super) fn run(command: Command) -> u8 {
    match command {
        Command::List => {
            for (name, _) in loading::PACKS {
                match loading::policy(None, name) {
                    Ok(policy) => println!("{name:<14} {} ({} rules)", policy.title, policy.rules.len()),
                    Err(problems) => complain(&problems),
                }
            }
            OK
        }
        Command::Show { pack } => with_policy(&pack, |policy| print!("{}", policy.source_text)),
        Command::Coverage { pack } => with_policy(&pack, |policy| print!("{}", coverage::render(policy, None))),
        Command::Check { pack } => with_policy(&pack, |policy| {
            complain(&policy.warnings);
            println!("{}: right, {} rules, {} clauses", policy.file, policy.rules.len(), policy.clauses.len());
        }),
        Command::Enforce { rules, all, file } => enforce(file.config, if all { None } else { Some(rules) }),
    }
}

fn with_policy(pack: &str, show: impl FnOnce(&Policy)) -> u8 {
    match loading::policy(None, pack) {
        Ok(policy) => {
            show(&policy);
            OK
        }
        Err(problems) => {
            complain(&problems);
            FOUND
        }
    }
}

fn enforce(file: PathBuf, rules: Option<Vec<String>>) -> u8 {
    let config = match Config::read(&file) {
        Ok((config, _)) => config,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    if config.store.is_none() {
        return fail(
            "[store] is missing in the config: what a rule holds must wait somewhere (path and key_file, see deploy/exeat.toml)",
        );
    }
    let policy = match loading::policy(Some(&config), &config.pack) {
        Ok(policy) => policy,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    if let Err(problems) = enforce_in_file(&file, &policy, rules.as_deref()) {
        complain(&problems);
        return FAILED;
    }
    let what = rules.map_or_else(|| "every rule".to_owned(), |rules| rules.join(", "));
    println!("{}: {what} will act after the next reload (systemctl reload exeat, or SIGHUP).", file.display());
    OK
}
