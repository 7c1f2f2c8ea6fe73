-- Times are milliseconds since 1970 (UTC). BLOBs are sealed or keyed hashes; nothing readable stands here.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- One message, with all that was kept of it at once.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    retry BLOB NOT NULL,
    told INTEGER NOT NULL,
    kept_at INTEGER NOT NULL,
    window_ends INTEGER NOT NULL
) STRICT;
CREATE INDEX batch_retry ON batch (retry, window_ends);

-- One copy of a message.
CREATE TABLE keep (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    batch INTEGER NOT NULL REFERENCES batch (id),
    state TEXT NOT NULL,
    decided INTEGER NOT NULL DEFAULT 0,
    -- 0 goes before 1: what was released or need not wait overtakes what was deferred.
    rank INTEGER NOT NULL,
    kept_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    ready_at INTEGER,
    due_at INTEGER,
    decide_by INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    claim BLOB,
    claim_until INTEGER NOT NULL DEFAULT 0,
    envelope BLOB NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX keep_due ON keep (state, rank, due_at);
CREATE INDEX keep_batch ON keep (batch);

CREATE TABLE recipient (
    keep INTEGER NOT NULL REFERENCES keep (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    code INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (keep, number)
) STRICT;

-- part 0 is what will be sent, part 1 the original.
CREATE TABLE content (
    keep INTEGER NOT NULL REFERENCES keep (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    salt BLOB NOT NULL,
    facts BLOB NOT NULL,
    PRIMARY KEY (keep, part)
) STRICT;

CREATE TABLE chunk (
    keep INTEGER NOT NULL REFERENCES keep (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (keep, part, number)
) STRICT;

-- What a sender is told; stories with the same grouping share a notice.
CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL,
    grouping BLOB NOT NULL,
    receiver BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    kept_at INTEGER NOT NULL,
    next_try INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    claim BLOB,
    claim_until INTEGER NOT NULL DEFAULT 0,
    story BLOB NOT NULL
) STRICT;
CREATE INDEX story_state ON story (state, kept_at);
CREATE INDEX story_receiver ON story (receiver, state);

CREATE TABLE notice_sent (
    receiver BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_sent_receiver ON notice_sent (receiver, at);

-- Who did what, when and why. Outlives the copy it speaks of.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    reference TEXT NOT NULL,
    details BLOB NOT NULL
) STRICT;
CREATE INDEX event_reference ON event (reference);

-- Messages that killed or exhausted a worker.
CREATE TABLE poison (
    mark BLOB PRIMARY KEY,
    times INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

-- Release tokens that were used.
CREATE TABLE token (
    nonce BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT;
