//! Macros by the step they belong to, so that each is forgotten in its time.

use super::super::wire::{self, Violation};
use std::collections::BTreeMap;

/// What the relay said beside its commands.
#[derive(Default)]
pub(super) struct Macros {
    by_command: BTreeMap<u8, BTreeMap<String, String>>,
}

/// The order in which later macros hide earlier ones of the same name.
const ORDER: [u8; 9] = *b"CHMRTLNBE";

impl Macros {
    /// Takes what stands before a command, in place of what stood before the last one of its kind.
    pub(super) fn set(&mut self, command: u8, macros: wire::Macros<'_>, most: usize) -> Result<(), Violation> {
        // Sendmail and Postfix send macros for other commands too; nobody asks for them here.
        if !ORDER.contains(&command) {
            return Ok(());
        }
        self.by_command.remove(&command);
        let mut held = self.held();
        let mut read = BTreeMap::new();
        for (name, value) in macros.iter() {
            held += name.len() + value.len();
            if held > most {
                return Err(Violation::MacrosTooLong);
            }
            read.insert(String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into_owned());
        }
        // The macros of a message's first step say that the last message is over.
        if command == b'M' {
            self.forget_behind_mail();
        }
        self.by_command.insert(command, read);
        Ok(())
    }

    /// All of them by name; of two with one name the later step's.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let steps = ORDER.iter().filter_map(|command| self.by_command.get(command));
        steps.flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Bytes of names and values.
    pub(super) fn held(&self) -> usize {
        self.by_command.values().flatten().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// A message begins: MAIL's own macros stay, they came before it.
    pub(super) fn forget_behind_mail(&mut self) {
        self.by_command.retain(|command, _| matches!(command, b'C' | b'H' | b'M'));
    }

    /// A message is over: what was said of it (who signed in, too) is not true of the next one.
    pub(super) fn forget_message(&mut self) {
        self.by_command.retain(|command, _| matches!(command, b'C' | b'H'));
    }
}

impl std::fmt::Debug for Macros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(macros)")
    }
}
