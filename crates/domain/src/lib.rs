//! The rules: ids, sets of sequence numbers, views, visibility, paging, counters, limits and error codes. No I/O, no clock, no async.
