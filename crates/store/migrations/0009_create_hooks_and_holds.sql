CREATE TABLE hook ( -- What integrators are still to be told, in the order it happened.
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- Assigned from 1, never again: the integrator knows repeats by it.
  app INTEGER NOT NULL,                -- Of which application.
  at INTEGER NOT NULL,                 -- When it happened, ms.
  due INTEGER NOT NULL,                -- When it is told next, ms.
  tries INTEGER NOT NULL DEFAULT 0,    -- Calls that failed.
  detail TEXT NOT NULL,                -- What happened, as JSON. Nothing that a message says is in it.
  conversation INTEGER,                -- The log of the message that it is about; null if it is about none.
  pos INTEGER                          -- That message: its body is read when it is told, if somebody still sees it.
) STRICT;
CREATE INDEX hook_due ON hook (due, id);

CREATE TABLE audit ( -- What administrators did, and what was deleted, without what it said.
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- In the order it was done.
  app INTEGER NOT NULL,                -- In which application.
  at INTEGER NOT NULL,                 -- When, ms.
  actor TEXT NOT NULL,                 -- Who: a user's name, or "admin" for the server API.
  act TEXT NOT NULL,                   -- What, in a word.
  target TEXT NOT NULL,                -- To whom or what.
  count INTEGER NOT NULL               -- To how many.
) STRICT;
CREATE INDEX audit_app ON audit (app, id);
CREATE INDEX audit_age ON audit (at);

CREATE TABLE hold ( -- What is kept from the purge for a court.
  kind INTEGER NOT NULL,               -- 0 for an account and every conversation that it has a view of, 1 for one conversation.
  id INTEGER NOT NULL,                 -- Which.
  at INTEGER NOT NULL,                 -- Since when, ms.
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- 1 if the marker's log was on hold when the purge came to it: it is looked at again when a hold ends.
ALTER TABLE purge ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX purge_held ON purge (held, id);

-- The log of the message whose body it was, and whether that was on hold when the purge came to it.
ALTER TABLE stale_body ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stale_body ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX stale_body_held ON stale_body (held, id);
