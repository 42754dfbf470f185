-- The history of one account. A file is an account, so no table carries an account column.
-- Times are seconds since 1970 unless the name ends in _ms. Ids are the store's own integers.

CREATE TABLE account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  pn TEXT,
  lid TEXT,
  push_name TEXT,
  claimed_at INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: the id of a merged person or chat is never given to another, so that the merge can be undone.
CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pn TEXT,
  lid TEXT,
  custom_name TEXT,
  book_name TEXT,
  push_name TEXT,
  -- When the push name was current: names on old messages must not replace newer ones.
  push_name_at INTEGER NOT NULL DEFAULT 0,
  business_name TEXT,
  about TEXT,
  blocked INTEGER NOT NULL DEFAULT 0,
  is_me INTEGER NOT NULL DEFAULT 0,
  -- Best of the names, and all of them folded for matching: both derived, kept by merge/person.ts.
  name TEXT,
  folded TEXT NOT NULL DEFAULT ''
) STRICT;
-- The account itself exists from the start: reactions and receipts of its own refer to it before its ids are known.
INSERT INTO people (id, is_me) VALUES (1, 1);

CREATE TABLE chats (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  -- Null in direct chats: their ids are those of the person.
  jid TEXT UNIQUE,
  person_id INTEGER UNIQUE,
  name TEXT,
  folded TEXT NOT NULL DEFAULT '',
  unread INTEGER NOT NULL DEFAULT 0,
  marked_unread INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  pinned_at INTEGER,
  muted_until INTEGER,
  ephemeral_seconds INTEGER,
  community TEXT,
  history_end TEXT,
  read_at INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER,
  -- Derived from messages, kept in the same transaction, because every chat list shows them.
  message_count INTEGER NOT NULL DEFAULT 0,
  last_key INTEGER,
  active_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every id under which a person or a chat was ever named. PN and LID belong to people, the rest to chats.
CREATE TABLE aliases (
  jid TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  person_id INTEGER,
  chat_id INTEGER,
  source TEXT NOT NULL,
  -- Time of the evidence that ties the id to its owner; 0 = no dated evidence.
  linked_at INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL,
  CHECK ((person_id IS NULL) <> (chat_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_person ON aliases (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX aliases_chat ON aliases (chat_id) WHERE chat_id IS NOT NULL;

-- pk = seconds * 65536 + sequence: the primary key, and with it the full-text rowid, sorts by time.
CREATE TABLE messages (
  pk INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL,
  stanza_id TEXT NOT NULL,
  from_me INTEGER NOT NULL,
  -- 0 = the account itself, or not known.
  sender_id INTEGER NOT NULL,
  sent_at INTEGER NOT NULL,
  type TEXT NOT NULL,
  text TEXT,
  status TEXT,
  edited_at INTEGER,
  revoked_at INTEGER,
  forwarded INTEGER NOT NULL DEFAULT 0,
  -- Bits of the engines that saw it, see sqlite/engines.ts; the rows are in message_observations.
  engines INTEGER NOT NULL,
  -- 1 = sent_at comes from an own clock, not from the server.
  local_time INTEGER NOT NULL DEFAULT 0,
  -- JSON: quoted, mentions, poll, ephemeralSeconds. Ids in it are as the wire had them.
  extra TEXT
) STRICT;
CREATE UNIQUE INDEX messages_identity ON messages (chat_id, stanza_id, from_me, sender_id);
CREATE INDEX messages_chat ON messages (chat_id);
CREATE INDEX messages_sender ON messages (sender_id) WHERE sender_id > 0;
CREATE INDEX messages_type ON messages (type) WHERE type <> 'text';

CREATE TABLE message_observations (
  pk INTEGER NOT NULL,
  engine TEXT NOT NULL,
  via TEXT NOT NULL,
  at INTEGER NOT NULL,
  page TEXT,
  PRIMARY KEY (pk, engine)
) STRICT, WITHOUT ROWID;

CREATE TABLE media (
  pk INTEGER PRIMARY KEY,
  mime TEXT,
  bytes INTEGER,
  filename TEXT,
  seconds REAL,
  width INTEGER,
  height INTEGER,
  media_key TEXT,
  direct_path TEXT,
  url TEXT,
  sha256 TEXT,
  encrypted_sha256 TEXT
) STRICT;

CREATE TABLE reactions (
  pk INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  -- Empty = taken back; kept, so that a late older reaction does not come back.
  emoji TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (pk, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_person ON reactions (person_id);

CREATE TABLE receipts (
  pk INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  delivered_at INTEGER,
  read_at INTEGER,
  played_at INTEGER,
  PRIMARY KEY (pk, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_person ON receipts (person_id);

-- Texts that are not the current one; at 0 = the original.
CREATE TABLE revisions (
  pk INTEGER NOT NULL,
  at INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (pk, at)
) STRICT, WITHOUT ROWID;

-- Edits, revokes, reactions and receipts that came before their message.
CREATE TABLE pending (
  id INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL,
  stanza_id TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX pending_message ON pending (chat_id, stanza_id);

CREATE TABLE chat_authors (
  chat_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  PRIMARY KEY (chat_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_authors_person ON chat_authors (person_id);

-- How many messages of each sort a chat holds, so that no overview scans messages.
CREATE TABLE message_counts (
  chat_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  engines INTEGER NOT NULL,
  edited INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  PRIMARY KEY (chat_id, type, engines, edited, revoked)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
  chat_id INTEGER PRIMARY KEY,
  subject TEXT,
  description TEXT,
  owner TEXT,
  created_at INTEGER,
  announce INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  join_approval INTEGER NOT NULL DEFAULT 0,
  ephemeral_seconds INTEGER,
  addressing TEXT,
  is_community INTEGER NOT NULL DEFAULT 0,
  is_announcement INTEGER NOT NULL DEFAULT 0,
  community TEXT,
  size INTEGER,
  fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_community ON groups (community) WHERE community IS NOT NULL;

CREATE TABLE group_members (
  chat_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  left_at INTEGER,
  PRIMARY KEY (chat_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_person ON group_members (person_id);

-- Full text without a second copy of the text; `chat` holds one token, c<chat id>.
-- Without an index of its size a common prefix builds its whole list before the first hit. Longer ones than three characters
-- are looked up by their first three and checked against the text, see sqlite/search.ts: a fourth index would cost 15 % of all
-- writing.
CREATE VIRTUAL TABLE messages_fts USING fts5 (
  text, chat,
  content = '', contentless_delete = 1,
  prefix = '1 2 3',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
-- Fewer, larger merges: history arrives in bursts of thousands, and a search over sixteen segments is as quick.
INSERT INTO messages_fts (messages_fts, rank) VALUES ('automerge', 16);

CREATE TABLE merges (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  merged INTEGER NOT NULL,
  source TEXT NOT NULL,
  pn TEXT NOT NULL,
  lid TEXT NOT NULL,
  undone_at INTEGER
) STRICT;
-- Messages that a merge only moved: where they were.
CREATE TABLE merge_moves (
  merge_id INTEGER NOT NULL,
  pk INTEGER NOT NULL,
  chat_id INTEGER NOT NULL,
  sender_id INTEGER NOT NULL,
  PRIMARY KEY (merge_id, pk)
) STRICT, WITHOUT ROWID;
-- Every other row that a merge changed: key, as it was and as it became (JSON; null = not there).
CREATE TABLE merge_rows (
  merge_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  tbl TEXT NOT NULL,
  before TEXT,
  after TEXT,
  PRIMARY KEY (merge_id, n)
) STRICT, WITHOUT ROWID;
-- Pairs that a person took apart: they are not linked again by themselves.
CREATE TABLE identity_blocks (
  pn TEXT NOT NULL,
  lid TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (pn, lid)
) STRICT, WITHOUT ROWID;

CREATE TABLE offsets (
  engine TEXT NOT NULL,
  outbox_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (engine, outbox_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  engine TEXT NOT NULL,
  outbox_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  problem TEXT NOT NULL,
  json TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (engine, outbox_id, seq)
) STRICT, WITHOUT ROWID;

-- What live coverage is built on: traffic is gapless only between two of these.
CREATE TABLE connections (
  id INTEGER PRIMARY KEY,
  engine TEXT NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE sync_progress (
  engine TEXT PRIMARY KEY,
  phase TEXT NOT NULL,
  percent REAL,
  complete INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE history_pages (
  engine TEXT NOT NULL,
  request_id TEXT NOT NULL,
  chat_id INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  end_state TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (engine, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_pages_chat ON history_pages (chat_id);

-- One backfill per chat, engine and direction.
CREATE TABLE checkpoints (
  chat_id INTEGER NOT NULL,
  engine TEXT NOT NULL,
  direction TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  -- JSON: oldest message reached, what the next page is asked from.
  anchor TEXT,
  page INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  deduplicated INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (chat_id, engine, direction)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkpoints_state ON checkpoints (state);

CREATE TABLE sends (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  idempotency_key TEXT,
  fingerprint TEXT NOT NULL,
  chat_jid TEXT NOT NULL,
  state TEXT NOT NULL,
  engine TEXT,
  result TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sends_key ON sends (operation, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX sends_recent ON sends (operation, chat_jid, fingerprint, created_at_ms);
CREATE INDEX sends_state ON sends (state);

CREATE TABLE rate_events (
  id INTEGER PRIMARY KEY,
  bucket TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_events_window ON rate_events (bucket, at_ms);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  tool TEXT NOT NULL,
  ok INTEGER NOT NULL,
  code TEXT,
  engine TEXT,
  duration_ms INTEGER NOT NULL,
  details TEXT NOT NULL
) STRICT;

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
