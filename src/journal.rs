//! One function per event: log line and counters together.
