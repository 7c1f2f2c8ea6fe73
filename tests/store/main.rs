//! The story every store has to tell: kept, claimed, decided, sent, told, tidied; and what breaks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_possible_truncation, clippy::wildcard_imports)]

mod breaking;
mod killing;
mod life;
mod migrating;
mod notices;
mod restoring;
mod stage;
