-- Stanzas that turned out to be no message of their own: edits, revokes, reactions, votes, protocol. An engine that could not
-- read one at first has told it, or will tell it, as an undecryptable message; see sqlite/no-messages.ts.
CREATE TABLE no_messages (
  chat_id INTEGER NOT NULL,
  stanza_id TEXT NOT NULL,
  from_me INTEGER NOT NULL,
  -- As in messages: 0 = the account itself, or not known.
  sender_id INTEGER NOT NULL,
  -- When it was learned, by the own clock.
  at INTEGER NOT NULL,
  PRIMARY KEY (chat_id, stanza_id, from_me, sender_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX no_messages_sender ON no_messages (sender_id);
CREATE INDEX no_messages_at ON no_messages (at);
