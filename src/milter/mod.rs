//! The conversation with the relay.
