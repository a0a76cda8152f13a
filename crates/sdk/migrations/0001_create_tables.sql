-- The local store of one user on one device. Ids are positions: 64 bits, time-ordered; a message that no server has yet has
-- one of node 1023. Times are milliseconds since 1970. Text and names of files stand in `body` and nowhere else.

CREATE TABLE state (
    key         TEXT PRIMARY KEY,       -- account, resource, version, acked, synced, open, search_key
    value       NOT NULL                -- TEXT, INTEGER or BLOB, as the key needs
) WITHOUT ROWID;

CREATE TABLE name (
    id          INTEGER PRIMARY KEY,
    text        TEXT NOT NULL UNIQUE    -- a user's name, in lower case
);

CREATE TABLE conversation (
    id          INTEGER PRIMARY KEY,
    kind        INTEGER NOT NULL,       -- 0 with a user, 1 group
    name        TEXT NOT NULL,          -- the peer's name or the group's id
    cursor      INTEGER NOT NULL DEFAULT 0, -- position: everything at or before was delivered to this device
    floor       INTEGER NOT NULL DEFAULT 0, -- position: everything at or before is deleted; never falls
    last        INTEGER NOT NULL DEFAULT 0, -- the newest message's id; 0 if there is none
    unread      INTEGER NOT NULL DEFAULT 0, -- received messages that were not read here
    unlisted    INTEGER NOT NULL DEFAULT 0, -- position: it is listed while its newest message is above
    kept        INTEGER NOT NULL DEFAULT 1, -- 0 after the app deleted it, until something comes: the row stays for its floor
    pinned_at   INTEGER NOT NULL DEFAULT 0, -- time; 0 if it is not pinned
    ext         INTEGER NOT NULL DEFAULT 0, -- the app's own data: a row of `body`; 0 if there is none
    UNIQUE (kind, name)
);
CREATE INDEX conversation_order ON conversation (pinned_at DESC, last DESC, id DESC);

-- Deleted runs above the floor: disjoint, both ends included. Only ever grows, but for runs that the floor has swallowed.
CREATE TABLE hidden (
    conversation INTEGER NOT NULL,
    first       INTEGER NOT NULL,       -- position
    last        INTEGER NOT NULL,       -- position
    PRIMARY KEY (conversation, first)
) WITHOUT ROWID;

CREATE TABLE message (
    id          INTEGER PRIMARY KEY,    -- position
    conversation INTEGER NOT NULL,
    sender      INTEGER NOT NULL,       -- a row of `name`
    kind        INTEGER NOT NULL,       -- of the body: 0 text … 8 combined, 255 other
    sent        INTEGER NOT NULL,       -- 1 if this user sent it
    status      INTEGER NOT NULL,       -- 0 pending, 1 sending, 2 sent, 3 failed
    unread      INTEGER NOT NULL,       -- 1 if received and not read here
    acks        INTEGER NOT NULL,       -- bit 0: read by the other side, bit 1: delivered to it
    local_time  INTEGER NOT NULL,       -- time it was made or received here
    route       INTEGER NOT NULL,       -- 0 to all, 1 to who is online, 2 directed
    body        INTEGER NOT NULL,       -- a row of `body`
    file        INTEGER NOT NULL        -- the path of its file on this device: a row of `body`; 0 if there is none
);
CREATE INDEX message_conversation ON message (conversation, id);
CREATE INDEX message_unread ON message (conversation, id) WHERE unread = 1;
CREATE INDEX message_kind ON message (conversation, kind, id) WHERE kind <> 0;
CREATE INDEX message_outbox ON message (id) WHERE status < 2;
CREATE INDEX message_file ON message (conversation, id) WHERE file <> 0;

-- What must be gone when it is deleted. Rows are only ever appended, and overwritten in place with zeros of the same size:
-- tables that move rows leave copies behind. Zeroed rows are given back when the file is compacted.
CREATE TABLE body (
    id          INTEGER PRIMARY KEY,
    bytes       BLOB NOT NULL           -- a message as the wire has it, a path, or an app's own data
);

-- Files to be removed from the disk: rows of `body` that hold a path.
CREATE TABLE garbage (
    body        INTEGER PRIMARY KEY
);

-- The parts of the search index, each an FTS5 table `search_<id>` over a range of messages.
CREATE TABLE search_part (
    id          INTEGER PRIMARY KEY,
    first       INTEGER NOT NULL UNIQUE, -- position: it holds the messages from here to the next part's first
    docs        INTEGER NOT NULL,       -- messages that were put into it
    last        INTEGER NOT NULL,       -- position: the newest that was ever put into it
    stale       INTEGER NOT NULL        -- 1 if it still holds entries of deleted messages, and is to be built anew
);
