//! Sends notices and released mail.
