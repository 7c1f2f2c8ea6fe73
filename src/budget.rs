//! The one byte budget that bodies, worker memory, sealing buffers, rewritten bodies and answers draw on.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes are counted in units of this size, rounded up, so that a budget of any size fits a semaphore.
const UNIT: u64 = 1024;

/// A number of bytes that may be held in memory at once, over all messages. Taking waits (back-pressure).
#[derive(Debug, Clone)]
pub struct Budget {
    units: Arc<Semaphore>,
    total: u32,
}

/// Bytes taken from a [`Budget`]; given back on drop.
#[derive(Debug)]
pub struct Share {
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// A budget of `bytes`, at least one unit.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let total = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(total as usize)), total }
    }

    fn units_for(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).clamp(1, self.total)
    }

    /// Waits until `bytes` are free. A request larger than the whole budget waits for all of it, so
    /// that it runs alone instead of never.
    pub async fn take(&self, bytes: u64) -> Share {
        let units = self.units_for(bytes);
        match Arc::clone(&self.units).acquire_many_owned(units).await {
            Ok(permit) => Share { _permit: permit },
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    /// Takes `bytes` if they are free now.
    #[must_use]
    pub fn try_take(&self, bytes: u64) -> Option<Share> {
        let units = self.units_for(bytes);
        Arc::clone(&self.units).try_acquire_many_owned(units).ok().map(|permit| Share { _permit: permit })
    }

    /// Bytes that are free now.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.units.available_permits() as u64 * UNIT
    }

    /// Bytes in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        u64::from(self.total) * UNIT
    }
}
