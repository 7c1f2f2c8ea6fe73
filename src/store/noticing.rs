//! Stories for senders: copies of one message share a notice, and nobody gets more than so many an hour.

use super::sqlite::{Work, millis, time};
use super::waiting::{NoticeClaim, NoticeResult};
use super::{Store, StoreError, deciding, hex};
use crate::notice::Story;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Most stories in one notice; the rest follow in the next.
const MOST: i64 = 200;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How notices are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticePace {
    /// How long a claim holds.
    pub lease: SignedDuration,
    /// How long to wait for other copies of the same message after the first.
    pub settle: SignedDuration,
    /// Most notices to one address within an hour; the last of them is a summary of all that waits.
    pub most_an_hour: u32,
}

/// A group of stories that is due.
struct Due {
    grouping: [u8; 32],
    receiver: [u8; 32],
}

impl Store {
    /// Claims the stories for the next notice that is due.
    ///
    /// # Errors
    /// The store cannot be written, or a story does not open (it is then marked as failed).
    pub async fn claim_notice(&self, now: Timestamp, pace: NoticePace) -> Result<Option<NoticeClaim>, StoreError> {
        self.write(move |work| claim(work, now, pace)).await?
    }

    /// Marks what came of sending a notice.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`], or the store cannot be written.
    pub async fn settle_notice(
        &self,
        claim: &NoticeClaim,
        result: NoticeResult,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let token = claim.token;
        self.write(move |work| settle(work, token, result, now)).await
    }
}

/// Adds a story in the transaction of what it tells.
pub(super) fn insert(work: &Work, story: &Story, now: Timestamp) -> Result<(), StoreError> {
    let name = deciding::claim_token()?;
    let message_id = story.message_id.expose();
    // Without a Message-ID nothing tells copies of one message from two messages.
    let own_group = hex(&name);
    let group = if message_id.is_empty() { own_group.as_str() } else { message_id.as_str() };
    let grouping = work.hash("exeat notice group", &[story.to.as_str(), group]);
    let receiver = work.hash("exeat notice receiver", &[story.to.as_str()]);
    let sealed = work.seal_json(&format!("story {}", hex(&name)), story)?;
    let mut insert = work
        .db
        .prepare_cached("INSERT INTO story (name, grouping, receiver, kept_at, story) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    insert.execute(params![name, grouping, receiver, millis(now), sealed])?;
    Ok(())
}

/// The inner error is one that was dealt with: what the transaction did stands.
fn claim(work: &Work, now: Timestamp, pace: NoticePace) -> Result<Result<Option<NoticeClaim>, StoreError>, StoreError> {
    let settled = now.saturating_sub(pace.settle).unwrap_or(Timestamp::MIN);
    for due in due(&work.db, now, settled)? {
        let sent = notices_within_the_hour(&work.db, &due.receiver, now)?;
        let most = pace.most_an_hour.max(1);
        if sent >= most {
            continue;
        }
        let summary = sent + 1 == most && groups_waiting(&work.db, &due.receiver, now)? > 1;
        let token = deciding::claim_token()?;
        let until = now.saturating_add(pace.lease).unwrap_or(Timestamp::MAX);
        let (column, value) = if summary { ("receiver", due.receiver) } else { ("grouping", due.grouping) };
        work.db.execute(
            &format!(
                "UPDATE story SET claim = ?1, claim_until = ?2, tries = tries + 1 WHERE id IN (
                     SELECT id FROM story WHERE {column} = ?3 AND state = 'waiting' AND next_try <= ?4 AND claim_until <= ?4
                     ORDER BY id LIMIT ?5)"
            ),
            params![token, millis(until), value, millis(now), MOST],
        )?;
        return open(work, token, summary);
    }
    Ok(Ok(None))
}

fn due(db: &Connection, now: Timestamp, settled: Timestamp) -> Result<Vec<Due>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT grouping, receiver FROM story WHERE state = 'waiting' AND kept_at <= ?2 AND next_try <= ?1 AND claim_until <= ?1
         GROUP BY grouping, receiver ORDER BY min(id)",
    )?;
    let rows = query.query_map(params![millis(now), millis(settled)], |row| {
        Ok(Due { grouping: row.get(0)?, receiver: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notices that were sent to an address within the last hour, and those being sent.
fn notices_within_the_hour(db: &Connection, receiver: &[u8; 32], now: Timestamp) -> Result<u32, StoreError> {
    let since = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
    let mut query = db.prepare_cached(
        "SELECT (SELECT count(*) FROM notice_sent WHERE receiver = ?1 AND at > ?2)
              + (SELECT count(DISTINCT claim) FROM story WHERE receiver = ?1 AND state = 'waiting' AND claim_until > ?3)",
    )?;
    Ok(query.query_row(params![receiver, millis(since), millis(now)], |row| row.get(0))?)
}

fn groups_waiting(db: &Connection, receiver: &[u8; 32], now: Timestamp) -> Result<i64, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT count(DISTINCT grouping) FROM story
         WHERE receiver = ?1 AND state = 'waiting' AND next_try <= ?2 AND claim_until <= ?2",
    )?;
    Ok(query.query_row(params![receiver, millis(now)], |row| row.get(0))?)
}

fn open(work: &Work, token: [u8; 16], summary: bool) -> Result<Result<Option<NoticeClaim>, StoreError>, StoreError> {
    let mut query =
        work.db.prepare_cached("SELECT id, name, story, tries, kept_at FROM story WHERE claim = ?1 ORDER BY id")?;
    let mut rows = query.query([token])?;
    let mut stories: Vec<Story> = Vec::new();
    let (mut tries, mut kept_at) = (0, Timestamp::MAX);
    let mut broken = None;
    while let Some(row) = rows.next()? {
        let name: [u8; 16] = row.get(1)?;
        let sealed: Vec<u8> = row.get(2)?;
        match work.open_json(&format!("story {}", hex(&name)), "a notice", &sealed) {
            Ok(story) => stories.push(story),
            Err(error) => {
                let id: i64 = row.get(0)?;
                work.db
                    .execute("UPDATE story SET state = 'failed', claim = NULL, claim_until = 0 WHERE id = ?1", [id])?;
                broken = Some(error);
            }
        }
        tries = tries.max(row.get::<_, u32>(3)?.saturating_sub(1));
        kept_at = kept_at.min(time(row.get(4)?));
    }
    let Some(to) = stories.first().map(|story| story.to.clone()) else { return Ok(broken.map_or(Ok(None), Err)) };
    Ok(Ok(Some(NoticeClaim { token, to, stories, summary, tries, kept_at })))
}

fn settle(work: &Work, token: [u8; 16], result: NoticeResult, now: Timestamp) -> Result<(), StoreError> {
    let mut query = work.db.prepare_cached("SELECT receiver FROM story WHERE claim = ?1 LIMIT 1")?;
    let receiver: [u8; 32] = query.query_row([token], |row| row.get(0)).optional()?.ok_or(StoreError::ClaimLost)?;
    let (state, next_try) = match result {
        NoticeResult::Sent => ("sent", now),
        NoticeResult::Later(next_try) => ("waiting", next_try),
        NoticeResult::Failed => ("failed", now),
    };
    work.db.execute(
        "UPDATE story SET state = ?2, next_try = ?3, claim = NULL, claim_until = 0 WHERE claim = ?1",
        params![token, state, millis(next_try)],
    )?;
    if result == NoticeResult::Sent {
        work.db.execute("INSERT INTO notice_sent (receiver, at) VALUES (?1, ?2)", params![receiver, millis(now)])?;
    }
    Ok(())
}
