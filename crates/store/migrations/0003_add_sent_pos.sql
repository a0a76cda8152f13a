-- The pos of the last message that the device sent itself, as far as it is noted: when a session ends, and with keepalives; 0
-- for none. Unknown, hence 0, for what was sent before this column was there.
ALTER TABLE device ADD COLUMN sent_pos INTEGER NOT NULL DEFAULT 0;
