-- How many of its messages were recalled.
ALTER TABLE conversation ADD COLUMN recalled INTEGER NOT NULL DEFAULT 0;

CREATE TABLE gone ( -- Messages that were recalled: nobody has them any more.
  conversation INTEGER NOT NULL,       -- The log.
  seq INTEGER NOT NULL,                -- The message.
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE stale_body ( -- Bodies that an edit replaced: the purge overwrites them.
  id INTEGER PRIMARY KEY               -- The body.
) STRICT;
