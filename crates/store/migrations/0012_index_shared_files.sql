-- Files that groups share (store::RecordKind::SharedFile): a file goes with the last record or body that names it.
CREATE INDEX record_file ON record (key) WHERE kind = 28;
