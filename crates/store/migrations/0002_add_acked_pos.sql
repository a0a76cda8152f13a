-- The last entry of the conversation that the device itself acknowledged; 0 for none. It is at or before pos, which goes past
-- what is not due to the device as well. Unknown, hence 0, for what was acknowledged before this column was there.
ALTER TABLE cursor ADD COLUMN acked_pos INTEGER NOT NULL DEFAULT 0;
