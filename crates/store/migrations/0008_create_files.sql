CREATE TABLE file ( -- A file that a client uploaded. Its bytes are in the storage of files, not here; nor is its name.
  id BLOB PRIMARY KEY,                 -- Its UUID, 16 bytes.
  app INTEGER NOT NULL,                -- Its application.
  account INTEGER NOT NULL,            -- Who uploaded it; 0 for the server API.
  created INTEGER NOT NULL,            -- When the upload began, ms.
  state INTEGER NOT NULL,              -- 0 while it is uploaded, 1 once it is whole, 2 if it is to be removed.
  due INTEGER,                         -- When it is to be removed (state 2: when that is tried next), ms; null while a message refers to it.
  tries INTEGER NOT NULL DEFAULT 0,    -- Removals that failed.
  bytes INTEGER NOT NULL DEFAULT 0,    -- Its size.
  content_type TEXT NOT NULL DEFAULT '', -- Its media type, one of a few.
  secret_sha256 BLOB,                  -- SHA-256 of its share secret, 32 bytes; null if the id alone gives it.
  thumbnail INTEGER NOT NULL DEFAULT 0 -- 1 if a small picture of it is stored beside it.
) STRICT, WITHOUT ROWID;
CREATE INDEX file_due ON file (due) WHERE due IS NOT NULL;
CREATE INDEX file_account ON file (account, due);

CREATE TABLE file_ref ( -- Which bodies speak of which files: a file goes with the last of them.
  body_id INTEGER NOT NULL,            -- The body.
  file BLOB NOT NULL,                  -- The file.
  PRIMARY KEY (body_id, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_ref_file ON file_ref (file);
