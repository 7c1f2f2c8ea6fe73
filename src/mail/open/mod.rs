//! Text out of attachments, one file per family.
