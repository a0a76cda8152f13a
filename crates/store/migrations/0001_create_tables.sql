-- Units: "ms" is milliseconds since 1970-01-01T00:00:00Z. A "pos" is a position (message id); a "seq" numbers the messages of
-- one conversation from 1. Tables keyed by conversation and tables keyed by account never reference each other.

CREATE TABLE app ( -- An application (tenant).
  id INTEGER PRIMARY KEY,              -- Assigned from 1.
  org TEXT NOT NULL,                   -- The organisation's part of the app key.
  name TEXT NOT NULL,                  -- The application's part of the app key.
  client_id TEXT NOT NULL UNIQUE,      -- The integrator's id.
  client_secret_sha256 BLOB NOT NULL,  -- SHA-256 of the integrator's secret, 32 bytes.
  open_registration INTEGER NOT NULL,  -- 1 if anybody may register.
  roaming_delete INTEGER NOT NULL,     -- 1 if one-way deletion on the server is offered.
  retention_days INTEGER NOT NULL,     -- Days that messages are kept; 0 for ever.
  UNIQUE (org, name)
) STRICT;

CREATE TABLE account ( -- A registration of a name.
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- Assigned from 1, never again: a name registered anew is another account.
  app INTEGER NOT NULL,                -- Its application.
  name TEXT NOT NULL,                  -- Its name, in lower case.
  display TEXT NOT NULL,               -- The name as it was given.
  uuid TEXT NOT NULL,                  -- Its UUID for the API.
  nickname TEXT NOT NULL,              -- Its nickname; may be empty.
  password_hash TEXT NOT NULL,         -- The password's PHC string.
  created INTEGER NOT NULL,            -- When it was registered, ms.
  modified INTEGER NOT NULL,           -- When its profile was last changed, ms.
  version INTEGER NOT NULL DEFAULT 0,  -- Counts its events and deletion facts together.
  had_device INTEGER NOT NULL DEFAULT 0, -- 1 if a device ever logged in: a later one starts at that day's ends.
  UNIQUE (app, name)
) STRICT;
CREATE INDEX account_page ON account (app, id);

CREATE TABLE token ( -- What lets a client in.
  sha256 BLOB PRIMARY KEY,             -- SHA-256 of its text, 32 bytes.
  app INTEGER NOT NULL,                -- The application it speaks for.
  account INTEGER,                     -- The account it speaks for; null for the application itself.
  expires INTEGER                      -- When it ends, ms; null for never.
) STRICT, WITHOUT ROWID;
CREATE INDEX token_account ON token (account) WHERE account IS NOT NULL;
CREATE INDEX token_expires ON token (expires) WHERE expires IS NOT NULL;

CREATE TABLE device ( -- A device of an account.
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- Assigned from 1, never again; elsewhere 0 stands for the server API.
  account INTEGER NOT NULL,            -- Its account.
  resource TEXT NOT NULL,              -- What the client calls it.
  name TEXT NOT NULL,                  -- Its name for people.
  uuid TEXT NOT NULL,                  -- Its own unique id.
  since_pos INTEGER NOT NULL,          -- It is due only what is after this pos; 0 for an account's first device.
  event_cursor INTEGER NOT NULL,       -- The last version of its account that it acknowledged.
  first_login INTEGER NOT NULL,        -- When it first logged in, ms.
  last_seen INTEGER NOT NULL,          -- When it last logged in, ms.
  UNIQUE (account, resource)
) STRICT;
CREATE INDEX device_seen ON device (last_seen);

CREATE TABLE cursor ( -- How far a device has come in a conversation.
  device INTEGER NOT NULL,             -- The device.
  conversation INTEGER NOT NULL,       -- The conversation.
  pos INTEGER NOT NULL,                -- Everything at or before this pos is delivered.
  PRIMARY KEY (device, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation ( -- A log.
  id INTEGER PRIMARY KEY,              -- Assigned from 1.
  app INTEGER NOT NULL,                -- Its application.
  kind INTEGER NOT NULL,               -- 0 for 1-1, 1 for a group.
  key TEXT NOT NULL,                   -- 1-1: both names in order, with a space between. Group: its id.
  last_seq INTEGER NOT NULL DEFAULT 0, -- The last message; 0 if there is none.
  last_seq_pos INTEGER NOT NULL DEFAULT 0, -- Its pos.
  last_pos INTEGER NOT NULL DEFAULT 0, -- The pos of the last entry of any kind.
  first_seq INTEGER NOT NULL DEFAULT 1, -- The first message that retention keeps.
  first_pos INTEGER NOT NULL DEFAULT 0, -- Its pos; 0 if no message is kept.
  UNIQUE (app, kind, key)
) STRICT;
CREATE INDEX conversation_age ON conversation (app, first_pos) WHERE first_pos > 0;

CREATE TABLE group_info ( -- What makes a conversation a group.
  conversation INTEGER PRIMARY KEY,    -- Its log.
  owner TEXT NOT NULL,                 -- Its owner's name.
  name TEXT NOT NULL,                  -- Its name.
  description TEXT NOT NULL,           -- Its description.
  avatar TEXT NOT NULL,                -- Its picture's URL.
  custom TEXT NOT NULL,                -- Custom data.
  public INTEGER NOT NULL,             -- 1 if it is found by search.
  members_only INTEGER NOT NULL,       -- 1 if joining needs approval.
  allow_invites INTEGER NOT NULL,      -- 1 if every member may invite.
  invite_need_confirm INTEGER NOT NULL, -- 1 if an invitation needs the invitee's consent.
  members_max INTEGER NOT NULL,        -- Members at most.
  members INTEGER NOT NULL,            -- Current members.
  joins INTEGER NOT NULL,              -- Memberships so far: the place of the last one.
  created INTEGER NOT NULL,            -- When it was created, ms.
  ended INTEGER NOT NULL               -- 1 if it was destroyed; its id is not used again.
) STRICT;

CREATE TABLE member ( -- An account in a conversation, as the log sees it: one row beside each view.
  conversation INTEGER NOT NULL,       -- The conversation.
  account INTEGER NOT NULL,            -- The account.
  joined_at INTEGER NOT NULL,          -- Group: when it last joined, ms.
  place INTEGER NOT NULL,              -- Group: its place among those who joined.
  until_pos INTEGER,                   -- The log's last pos when it left; null while it is a member.
  last_sent_seq INTEGER NOT NULL,      -- The last message that it sent from a device.
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_place ON member (conversation, place) WHERE until_pos IS NULL;

CREATE TABLE entry ( -- What is in a log: messages (with a seq) and signals (without).
  conversation INTEGER NOT NULL,       -- The log.
  pos INTEGER NOT NULL,                -- The position: the message id.
  seq INTEGER,                         -- A message's number; null for a signal.
  after_seq INTEGER,                   -- A signal's place: the last seq when it was appended; null for a message.
  ref_seq INTEGER,                     -- The message that a signal speaks of.
  kind INTEGER NOT NULL,               -- The kind's code (domain::MessageKind).
  sender TEXT NOT NULL,                -- The sender's name.
  device INTEGER NOT NULL,             -- The sender's device; 0 for the server API.
  audience BLOB,                       -- Whom it is delivered to (store::sqlite::values); null for everyone.
  body_id INTEGER NOT NULL,            -- Its body: the pos of the entry that brought it.
  purged INTEGER NOT NULL DEFAULT 0,   -- 1 if the body was overwritten.
  PRIMARY KEY (conversation, pos)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_seq ON entry (conversation, seq) WHERE seq IS NOT NULL;
CREATE INDEX entry_signal ON entry (conversation, pos) WHERE seq IS NULL;
CREATE INDEX entry_signal_age ON entry (pos) WHERE seq IS NULL;

CREATE TABLE body ( -- Bodies, apart and append-only: a row is overwritten in place and never moved, so no copy is left behind.
  id INTEGER PRIMARY KEY,              -- The pos of the entry that brought it, so the largest is the last pos used.
  bytes BLOB NOT NULL                  -- Opaque; zeros of the same length once purged.
) STRICT;

CREATE TABLE recent_send ( -- First answers to sends, for repeats.
  id INTEGER PRIMARY KEY,              -- In the order of the sends.
  conversation INTEGER NOT NULL,       -- Where to.
  sender TEXT NOT NULL,                -- The sender's name.
  account INTEGER NOT NULL,            -- The sender's account; 0 for none.
  device INTEGER NOT NULL,             -- The sender's device; 0 for the server API.
  client_id INTEGER NOT NULL,          -- The client's own id; the 64 bits of an unsigned number.
  body_hash BLOB NOT NULL,             -- The body's hash, 32 bytes.
  at INTEGER NOT NULL,                 -- When, ms.
  pos INTEGER NOT NULL,                -- The pos that was answered.
  seq INTEGER,                         -- The seq that was answered; null for a signal.
  prev_pos INTEGER NOT NULL            -- The pos of the entry before.
) STRICT;
CREATE UNIQUE INDEX recent_send_key ON recent_send (conversation, client_id, account, device, sender, body_hash);

CREATE TABLE view ( -- What an account has of a conversation, less its hidden ranges.
  account INTEGER NOT NULL,            -- Whose.
  conversation INTEGER NOT NULL,       -- Of which log.
  joined_seq INTEGER NOT NULL,         -- The log's last seq when the account came.
  joined_pos INTEGER NOT NULL,         -- The log's last pos then.
  floor_seq INTEGER NOT NULL,          -- Every message up to this one is hidden.
  floor_pos INTEGER NOT NULL,          -- Its pos.
  floor_version INTEGER NOT NULL DEFAULT 0, -- The account's version at the floor's last change; 0 for none.
  floor_notice INTEGER NOT NULL DEFAULT 0, -- The version of its last change that is told; 0 for none.
  floor_device INTEGER NOT NULL DEFAULT 0, -- The device that made that change; 0 for the server API.
  until_seq INTEGER,                   -- The log's last seq when the account left; null while it is a member.
  until_pos INTEGER,                   -- The log's last pos then.
  read_seq INTEGER NOT NULL DEFAULT 0, -- The last message read.
  unlisted_seq INTEGER NOT NULL DEFAULT 0, -- It was taken off the list at this message.
  pinned_at INTEGER NOT NULL DEFAULT 0, -- When it was pinned, ms; 0 if it is not.
  PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_conversation ON view (conversation);
CREATE INDEX view_floor ON view (account, floor_version) WHERE floor_version > 0;
CREATE INDEX view_notice ON view (account, floor_notice) WHERE floor_notice > 0;
CREATE INDEX view_pinned ON view (account) WHERE pinned_at > 0;

CREATE TABLE hidden ( -- Messages that an account deleted by ids, as disjoint ranges; those at or below the floor say nothing.
  account INTEGER NOT NULL,            -- Whose.
  conversation INTEGER NOT NULL,       -- Of which log.
  from_seq INTEGER NOT NULL,           -- The first message.
  from_pos INTEGER NOT NULL,           -- Its pos.
  to_seq INTEGER NOT NULL,             -- The last message, included.
  to_pos INTEGER NOT NULL,             -- Its pos.
  version INTEGER NOT NULL,            -- The account's version at the last change.
  device INTEGER NOT NULL,             -- The device that deleted it; 0 for the server API.
  notice INTEGER NOT NULL,             -- 1 if official clients are told.
  PRIMARY KEY (account, conversation, from_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_version ON hidden (account, version);

CREATE TABLE event ( -- What an account's devices are told, less deletions: those are told from view and hidden.
  account INTEGER NOT NULL,            -- Whose stream.
  version INTEGER NOT NULL,            -- The account's version.
  device INTEGER NOT NULL,             -- The device it came from, which is not told; 0 for the server API.
  at INTEGER NOT NULL,                 -- When, ms.
  body BLOB NOT NULL,                  -- Opaque.
  PRIMARY KEY (account, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_age ON event (at);

CREATE TABLE purge ( -- Markers: messages that somebody sees no more, to be looked at by the purge.
  id INTEGER PRIMARY KEY,              -- In the order they were left.
  conversation INTEGER NOT NULL,       -- Which log.
  account INTEGER NOT NULL,            -- Whose view changed; 0 for retention, which is everybody's.
  runs BLOB NOT NULL                   -- First and last seq of each run, 8 bytes each, little-endian.
) STRICT;
