//! The one byte budget all buffers draw on.
