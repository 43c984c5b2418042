-- Engine snapshots in the database.

-- name: put
INSERT INTO snapshots (ms, seq, content) VALUES ($1, $2, $3)
ON CONFLICT (ms, seq)
    DO UPDATE SET content = excluded.content, written_at = now(), set_aside = false;

-- name: ids
SELECT ms, seq, held FROM snapshots WHERE NOT set_aside ORDER BY ms, seq;

-- name: aside
SELECT ms, seq FROM snapshots WHERE set_aside ORDER BY ms, seq;

-- name: content
SELECT content FROM snapshots WHERE ms = $1 AND seq = $2 AND NOT set_aside;

-- name: drop
-- One that is held stays, also when it came to be held a moment ago.
DELETE FROM snapshots AS s USING unnest($1::bigint[], $2::bigint[]) AS d (ms, seq)
WHERE s.ms = d.ms AND s.seq = d.seq AND NOT s.held;

-- name: hold
UPDATE snapshots SET held = true WHERE ms = $1 AND seq = $2 AND NOT set_aside RETURNING true;

-- name: let_go_of_others
UPDATE snapshots SET held = false WHERE held AND (ms, seq) <> ($1::bigint, $2::bigint);

-- name: set_aside_above
UPDATE snapshots SET set_aside = true
WHERE NOT set_aside AND (ms, seq) > ($1::bigint, $2::bigint) RETURNING ms, seq;
