-- 0 while the application has put the account out of use: no token speaks for it and it cannot log in.
ALTER TABLE account ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
