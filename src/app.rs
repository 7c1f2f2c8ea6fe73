//! Builds, runs, reloads, stops.
