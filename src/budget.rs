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
    permit: OwnedSemaphorePermit,
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
            Ok(permit) => Share { permit },
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    /// Takes `bytes` if they are free now.
    #[must_use]
    pub fn try_take(&self, bytes: u64) -> Option<Share> {
        let units = self.units_for(bytes);
        Arc::clone(&self.units).try_acquire_many_owned(units).ok().map(|permit| Share { permit })
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

impl Share {
    /// Puts another share of the same budget into this one; both are given back together.
    fn add(&mut self, other: Self) {
        self.permit.merge(other.permit);
    }
}

/// A share that grows with what its owner holds.
#[derive(Debug)]
pub struct Reserve {
    budget: Budget,
    share: Option<Share>,
    held: u64,
}

/// A [`Reserve`] grows by this much at least, so that it does not grow often.
const STEP: u64 = 16 << 10;

impl Reserve {
    /// A reserve that holds nothing yet.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), share: None, held: 0 }
    }

    /// Holds at least `bytes` if they are there already or free now.
    pub fn try_hold(&mut self, bytes: u64) -> bool {
        let Some(more) = self.missing(bytes) else { return true };
        let Some(share) = self.budget.try_take(more) else { return false };
        self.put(share, more);
        true
    }

    /// Waits until at least `bytes` are held. May be dropped while it waits.
    pub async fn hold(&mut self, bytes: u64) {
        let Some(more) = self.missing(bytes) else { return };
        let share = self.budget.take(more).await;
        self.put(share, more);
    }

    /// Bytes held.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.held
    }

    /// What is held, as a share that does not grow any more.
    #[must_use]
    pub fn into_share(self) -> Option<Share> {
        self.share
    }

    /// Gives everything back.
    pub fn release(&mut self) {
        self.share = None;
        self.held = 0;
    }

    fn missing(&self, bytes: u64) -> Option<u64> {
        let more = bytes.checked_sub(self.held).filter(|&more| more > 0)?;
        Some(more.next_multiple_of(STEP))
    }

    fn put(&mut self, share: Share, bytes: u64) {
        self.held += bytes;
        match &mut self.share {
            Some(held) => held.add(share),
            None => self.share = Some(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_grows_in_steps_and_gives_everything_back() {
        let budget = Budget::new(64 << 10);
        let mut reserve = Reserve::new(&budget);
        // asked for, had, free afterwards in KiB
        for (bytes, held, free) in [(0, true, 64), (1, true, 48), (16 << 10, true, 48), (40_000, true, 16)] {
            assert_eq!(reserve.try_hold(bytes), held);
            assert_eq!(budget.free(), free << 10);
        }
        assert!(!reserve.try_hold(70_000), "more than there is");
        assert!(reserve.try_hold(40_000), "what is held stays");
        reserve.release();
        assert_eq!((reserve.held(), budget.free()), (0, 64 << 10));
        assert!(reserve.into_share().is_none());
    }

    #[tokio::test]
    async fn taking_waits_until_enough_is_free() {
        let budget = Budget::new(10 << 10);
        let first = budget.take(8 << 10).await;
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.take(100 << 10).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && budget.try_take(4 << 10).is_none());
        drop(first);
        // More than there is in all runs alone, instead of never.
        let all = waiting.await.unwrap();
        assert_eq!(budget.free(), 0);
        drop(all);
        assert_eq!(budget.free(), budget.total());
    }
}
