CREATE TABLE renaming ( -- What a deleted account did in a group and is to go under another name, a log each.
  id INTEGER PRIMARY KEY,              -- In the order they were left.
  conversation INTEGER NOT NULL,       -- The log.
  name TEXT NOT NULL,                  -- The name it goes under now.
  alias TEXT NOT NULL,                 -- The name it shall go under.
  at INTEGER NOT NULL,                 -- When the account was deleted, ms: what was written later is of whoever has the name then.
  next_seq INTEGER NOT NULL,           -- The first message to look at.
  last_seq INTEGER NOT NULL,           -- The last one.
  kind INTEGER NOT NULL DEFAULT 0,     -- Of the last record that was looked at; the messages come first.
  key TEXT NOT NULL DEFAULT '',        -- Its key.
  held INTEGER NOT NULL DEFAULT 0      -- 1 if the log was on hold when the job came to it.
) STRICT;
CREATE INDEX renaming_next ON renaming (held, id);

-- The signals of edits by the message that they speak of; 201 is the kind of an edit.
CREATE INDEX entry_edit ON entry (conversation, ref_seq) WHERE seq IS NULL AND kind = 201;

CREATE TABLE room_past ( -- Chat rooms that an account left, and had written in from a device: their logs have a part of it.
  account INTEGER NOT NULL,            -- Whose.
  conversation INTEGER NOT NULL,       -- The room's log.
  PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;
