//! Macros by the step they belong to, so that each is forgotten in its time.

use super::super::wire::{self, Violation};
use std::collections::BTreeMap;

/// What the relay said beside its commands.
#[derive(Default)]
pub(super) struct Macros {
    by_command: BTreeMap<u8, BTreeMap<String, String>>,
    /// The command of the last macros, until it comes.
    announced: Option<u8>,
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
        self.by_command.insert(command, read);
        self.announced = Some(command);
        Ok(())
    }

    /// A client, a greeting or a message begins. What was said of the last one is not true of this
    /// one, above all who signed in: only what stood right before this command is.
    pub(super) fn begin(&mut self, command: u8) {
        let announced = self.announced == Some(command);
        let place = ORDER.iter().position(|&known| known == command).unwrap_or(0);
        let earlier = ORDER.get(..place).unwrap_or_default();
        self.by_command.retain(|known, _| earlier.contains(known) || (announced && *known == command));
        self.announced = None;
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

    /// A message is over: what was said of it (who signed in, too) is not true of the next one.
    pub(super) fn forget_message(&mut self) {
        self.by_command.retain(|command, _| matches!(command, b'C' | b'H'));
        self.announced = None;
    }
}

impl std::fmt::Debug for Macros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(macros)")
    }
}
