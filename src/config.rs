//! The settings of all of the above.
