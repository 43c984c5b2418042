-- Both streams as they were recorded, for those who read history and for `outcry restore`.

-- name: reached
SELECT ms, seq, digest FROM recorder_offset;

-- name: pairs
-- A page of entries after an id and up to another.
SELECT e.ms, e.seq, e.writer, e.number, j.version, j.commands, e.outcome, e.digest,
       j.writer AS journal_writer, j.number AS journal_number
FROM events AS e JOIN journal AS j USING (ms, seq)
WHERE (e.ms, e.seq) > ($1::bigint, $2::bigint) AND (e.ms, e.seq) <= ($3::bigint, $4::bigint)
ORDER BY e.ms, e.seq
LIMIT $5;

-- name: last_up_to
SELECT ms, seq FROM events WHERE (ms, seq) <= ($1::bigint, $2::bigint)
ORDER BY ms DESC, seq DESC LIMIT 1;

-- name: digest_at
SELECT digest FROM events WHERE ms = $1 AND seq = $2;

-- name: quarantined
SELECT ms, seq, index FROM quarantine ORDER BY ms, seq, index;

-- name: is_empty
-- A database without our tables has recorded nothing.
SELECT to_regclass('recorder_offset') IS NULL;

-- name: revoke_keys_of_lost_accounts
-- Their accounts were made after the last archived entry. The engine will give the same numbers to
-- others, whom these keys must not open.
UPDATE api_keys AS k SET revoked_at = now()
WHERE revoked_at IS NULL AND NOT EXISTS (
    SELECT FROM accounts AS a WHERE a.account_id = k.account_id AND a.user_key = k.user_id
)
RETURNING k.account_id;

-- name: end_sessions_of_lost_accounts
UPDATE sessions AS s SET revoked_at = now()
WHERE revoked_at IS NULL AND NOT EXISTS (
    SELECT FROM accounts AS a WHERE a.account_id = s.account_id AND a.user_key = s.user_id
)
RETURNING s.account_id;

-- name: newest_gap
SELECT ms, seq, content FROM archive_gaps ORDER BY ms DESC, seq DESC LIMIT 1;

-- name: has_gaps
-- The table is younger than the archive.
SELECT to_regclass('archive_gaps') IS NOT NULL;
