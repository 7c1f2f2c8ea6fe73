//! What we can do about it: one file each, and the roll call.
