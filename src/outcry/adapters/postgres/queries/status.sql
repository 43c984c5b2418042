-- How far PostgreSQL has come, for `outcry status`.

-- name: recorder
-- The entry up to which everything derived is written.
SELECT ms, seq FROM recorder_offset;

-- name: archive
-- The newest journal entry that is archived byte for byte.
SELECT ms, seq FROM journal ORDER BY ms DESC, seq DESC LIMIT 1;

-- name: archive_first
-- The oldest journal entry that is archived: the venue's first.
SELECT ms, seq FROM journal ORDER BY ms, seq LIMIT 1;
