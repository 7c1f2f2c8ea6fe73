//! Where kept mail waits.
