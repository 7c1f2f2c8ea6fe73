//! `exeat config check`.

use super::{ConfigFile, FOUND, OK, complain};
use crate::app::loading;
use crate::config::Config;
use crate::school::lists;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Reads all files and says everything that is wrong with them: file, line, written, right
    #[command(after_help = "\
Examples:
  exeat config check
  exeat config check --config ./exeat.toml && systemctl reload exeat")]
    Check(ConfigFile),
}

pub(super) fn run_config(command: &ConfigCommand) -> u8 {
    let ConfigCommand::Check(file) = command;
    let (config, mut warnings) = match Config::read(&file.config) {
        Ok(read) => read,
        Err(problems) => {
            complain(&problems);
            return FOUND;
        }
    };
    let mut problems = Vec::new();
    match loading::policy(Some(&config), &config.pack) {
        Ok(policy) => warnings.extend(policy.warnings),
        Err(wrong) => problems.extend(wrong),
    }
    match loading::school(&config) {
        Ok((_, more)) => warnings.extend(more),
        Err(wrong) => problems.extend(wrong),
    }
    complain(&problems);
    complain(&warnings);
    if problems.iter().any(|problem| !problem.warning) {
        return FOUND;
    }
    let mode = match config.mode {
        crate::config::Mode::Monitor => "monitor: every message is relayed unchanged",
        crate::config::Mode::Enforce => "enforce",
    };
    say!("{}: right ({} warnings). Policy {}, mode {mode}.", file.config.display(), warnings.len(), config.pack);
    let (count, date) = (lists::entries(lists::HELPLINES).count(), lists::dated(lists::HELPLINES).unwrap_or("no date"));
    say!(
        "Mail to {count} helplines that come with exeat ({date}) passes every rule: a person confirms the list before \
         rules act (rules/lists/README.md)."
    );
    OK
}
