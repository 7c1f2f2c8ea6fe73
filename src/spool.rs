//! Message bytes in memory or in an unlinked file.
