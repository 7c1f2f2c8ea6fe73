//! What the sender is told.
