-- Long work, how far older history has come, and what is known to be complete.

-- One row per chat and engine could not go on with the other engine; nothing was ever written to it.
DROP TABLE checkpoints;

-- The queue carries only the id and can be thrown away: see contracts/jobs.ts.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  args TEXT NOT NULL,
  state TEXT NOT NULL,
  wish TEXT NOT NULL DEFAULT 'run',
  reason TEXT,
  priority INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER,
  facts TEXT NOT NULL DEFAULT 'null',
  result TEXT NOT NULL DEFAULT 'null',
  error TEXT,
  parent_id TEXT,
  turn INTEGER NOT NULL DEFAULT 0,
  -- Whoever claims the job counts it up; a write with an older number is refused.
  fence INTEGER NOT NULL DEFAULT 0,
  holder TEXT,
  lease_until_ms INTEGER,
  -- What a save extends the lease by.
  lease_ms INTEGER,
  next_turn_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  updated_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_created ON jobs (created_at_ms, id);
CREATE INDEX jobs_state ON jobs (state);
CREATE INDEX jobs_ended ON jobs (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
CREATE INDEX jobs_unfinished ON jobs (owner, kind, fingerprint) WHERE ended_at_ms IS NULL;
CREATE INDEX jobs_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE job_items (
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  chat_id INTEGER,
  message_key INTEGER,
  state TEXT NOT NULL,
  reason TEXT,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER,
  result TEXT NOT NULL DEFAULT 'null',
  -- Of older history, what came for this part while it was under way.
  pages INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  deduplicated INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_items_state ON job_items (job_id, state, n);
CREATE INDEX job_items_chat ON job_items (chat_id) WHERE chat_id IS NOT NULL;

CREATE TABLE backfills (
  chat_id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT,
  job_id TEXT,
  -- JSON: oldest message that pages have reached, in the phone's order.
  cursor TEXT,
  rung INTEGER NOT NULL DEFAULT 0,
  pages INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  deduplicated INTEGER NOT NULL DEFAULT 0,
  last_answer TEXT,
  last_answer_at_ms INTEGER,
  last_engine TEXT,
  holder TEXT,
  lease_until_ms INTEGER,
  next_attempt_at_ms INTEGER,
  started_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX backfills_state ON backfills (state, updated_at_ms);
CREATE INDEX backfills_job ON backfills (job_id) WHERE job_id IS NOT NULL;

-- Of its messages the store did not have.
ALTER TABLE history_pages ADD COLUMN added INTEGER NOT NULL DEFAULT 0;

-- Every message after from_at and up to to_at is held; intervals of a chat neither overlap nor touch. Where both are the same
-- nothing is claimed: the row remembers how far the phone's order was followed.
CREATE TABLE coverage (
  chat_id INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  -- Bits in the order of contracts/coverage.ts.
  sources INTEGER NOT NULL,
  -- JSON: the oldest message in the phone's order, where one was told: see coverage/intervals.ts.
  bottom TEXT,
  -- Why nothing is claimed below; null = unknown.
  below TEXT,
  PRIMARY KEY (chat_id, to_at)
) STRICT, WITHOUT ROWID;

-- Times of continuous connection: what is live in them is complete for every chat. Open while to_at is null.
CREATE TABLE live_spans (
  id INTEGER PRIMARY KEY,
  engine TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  -- Server time of the newest live message in it: what an engine that was killed had seen for certain.
  last_at INTEGER,
  -- Seconds by which the clock of this machine was behind that of the server: added to from_at.
  behind INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX live_spans_engine ON live_spans (engine, id);

-- The oldest message of each chat that an engine's first push brought; becomes coverage when the push is complete.
CREATE TABLE push_edges (
  chat_id INTEGER NOT NULL,
  engine TEXT NOT NULL,
  oldest_at INTEGER NOT NULL,
  -- JSON: that message as an anchor.
  oldest TEXT NOT NULL,
  -- The phone said that nothing older exists.
  is_start INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (chat_id, engine)
) STRICT, WITHOUT ROWID;

-- message_counts over all chats: asked for by every look at the status, where adding up those of thousands of chats takes too long.
-- Kept by triggers; INSERT OR REPLACE on message_counts would count twice.
CREATE TABLE message_totals (
  type TEXT NOT NULL,
  engines INTEGER NOT NULL,
  edited INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  PRIMARY KEY (type, engines, edited, revoked)
) STRICT, WITHOUT ROWID;
INSERT INTO message_totals
  SELECT type, engines, edited, revoked, SUM(messages) FROM message_counts GROUP BY type, engines, edited, revoked;
CREATE TRIGGER message_counts_added AFTER INSERT ON message_counts BEGIN
  INSERT INTO message_totals VALUES (NEW.type, NEW.engines, NEW.edited, NEW.revoked, NEW.messages)
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages;
END;
CREATE TRIGGER message_counts_changed AFTER UPDATE OF messages ON message_counts BEGIN
  UPDATE message_totals SET messages = messages + NEW.messages - OLD.messages
    WHERE type = NEW.type AND engines = NEW.engines AND edited = NEW.edited AND revoked = NEW.revoked;
END;
CREATE TRIGGER message_counts_dropped AFTER DELETE ON message_counts BEGIN
  UPDATE message_totals SET messages = messages - OLD.messages
    WHERE type = OLD.type AND engines = OLD.engines AND edited = OLD.edited AND revoked = OLD.revoked;
END;
