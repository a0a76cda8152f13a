-- A thread's group, by its log; null for what is no thread.
ALTER TABLE group_info ADD COLUMN parent INTEGER;
-- The pos of the message of that group that the thread hangs on; null for what is no thread.
ALTER TABLE group_info ADD COLUMN parent_pos INTEGER;
CREATE UNIQUE INDEX group_thread ON group_info (parent, parent_pos) WHERE parent IS NOT NULL AND ended = 0;
CREATE INDEX group_parent ON group_info (parent) WHERE parent IS NOT NULL AND ended = 0;
CREATE INDEX group_room ON group_info (room) WHERE room = 1 AND ended = 0;
