CREATE TABLE record ( -- A small fact about an account or a conversation: a contact, a mute, an announcement.
  owner_kind INTEGER NOT NULL,         -- 0 for an account, 1 for a conversation.
  owner INTEGER NOT NULL,              -- Its id.
  kind INTEGER NOT NULL,               -- What it says (store::RecordKind).
  key TEXT NOT NULL,                   -- Which of that kind.
  app INTEGER NOT NULL,                -- The application.
  named INTEGER NOT NULL,              -- 1 if the key is a user's name: the record goes with that account.
  value BLOB NOT NULL,                 -- Opaque.
  changed INTEGER NOT NULL,            -- When it was written, ms.
  expires INTEGER,                     -- When it ends by itself, ms; null for never.
  PRIMARY KEY (owner_kind, owner, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_named ON record (app, key) WHERE named = 1;
CREATE INDEX record_expires ON record (expires) WHERE expires IS NOT NULL;
