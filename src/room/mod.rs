//! The room without doors.
