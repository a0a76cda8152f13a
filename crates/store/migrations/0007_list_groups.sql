-- The application, as the conversation has it: groups are listed by it.
ALTER TABLE group_info ADD COLUMN app INTEGER NOT NULL DEFAULT 0;
UPDATE group_info SET app = (SELECT c.app FROM conversation c WHERE c.id = group_info.conversation);
CREATE INDEX group_listed ON group_info (app, room, conversation) WHERE ended = 0;
CREATE INDEX group_public ON group_info (app, room, conversation) WHERE ended = 0 AND public = 1;
