//! Staff, their groups and their private addresses.

/// The staff directory.
#[derive(Default)]
pub struct Staff {}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Staff")
    }
}
