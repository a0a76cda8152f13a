-- 1 if it is a chat room: joined and left at will, and left by who stays away.
ALTER TABLE group_info ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
