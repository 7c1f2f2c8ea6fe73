//! When the school is open: hours, bank holidays, terms, closures.

/// The school's calendar.
#[derive(Debug, Default)]
pub struct Calendar {}
