//! `exeat policy list|show|coverage|enforce`.

use super::{ConfigFile, FAILED, FOUND, OK, complain, fail};
use crate::app::loading;
use crate::config::{Config, enforce_in_file};
use crate::policy::{Policy, coverage};
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the policies that come with exeat
    #[command(after_help = "\
Examples:
  exeat policy list")]
    List,
    /// Prints a policy's text, to begin one of your own with
    #[command(after_help = "\
Examples:
  exeat policy show primary > /etc/exeat/own.toml")]
    Show {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Prints clause by clause what a policy asks, which rule enforces it, and how it is tested
    #[command(after_help = "\
Examples:
  exeat policy coverage primary
  exeat policy coverage /etc/exeat/own.toml")]
    Coverage {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Reads a policy and runs its examples
    #[command(after_help = "\
Examples:
  exeat policy check /etc/exeat/own.toml")]
    Check {
        /// Name of a shipped policy, or a file
        pack: String,
    },
    /// Switches rules from recording to acting, in the config file; then reload (SIGHUP)
    #[command(after_help = "\
Examples:
  exeat policy enforce personal-data names-outside
  exeat policy enforce --all && systemctl reload exeat")]
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
                    Ok(policy) => say!("{name:<14} {} ({} rules)", policy.title, policy.rules.len()),
                    Err(problems) => complain(&problems),
                }
            }
            OK
        }
        Command::Show { pack } => with_policy(&pack, |policy| say!("{}", policy.source_text.trim_end())),
        Command::Coverage { pack } => {
            with_policy(&pack, |policy| say!("{}", coverage::render(policy, None).trim_end()))
        }
        Command::Check { pack } => with_policy(&pack, |policy| {
            complain(&policy.warnings);
            say!("{}: right, {} rules, {} clauses", policy.file, policy.rules.len(), policy.clauses.len());
        }),
        Command::Enforce { rules, all, file } => enforce(&file.config, if all { None } else { Some(&rules) }),
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

fn enforce(file: &Path, rules: Option<&[String]>) -> u8 {
    let config = match Config::read(file) {
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
    if let Err(problems) = enforce_in_file(file, &policy, rules) {
        complain(&problems);
        return FAILED;
    }
    let what = rules.map_or_else(|| "every rule".to_owned(), |rules| rules.join(", "));
    say!("{}: {what} will act after the next reload (systemctl reload exeat, or SIGHUP).", file.display());
    OK
}
