//! What a file is, by its first bytes and structure, never by its name.
