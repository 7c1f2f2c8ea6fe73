//! The journey of one message.
