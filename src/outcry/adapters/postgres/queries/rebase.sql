-- Sets the tables to the state of a snapshot, after entries that nothing has any more.

-- name: offset
SELECT ms, seq FROM recorder_offset FOR UPDATE;

-- name: move_offset
UPDATE recorder_offset SET ms = $1, seq = $2, digest = $3;

-- name: add_gap
INSERT INTO archive_gaps (ms, seq, after_ms, after_seq, content) VALUES ($1, $2, $3, $4, $5);

-- name: add_accounts
INSERT INTO accounts (account_id, user_key, created_ms)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING;

-- name: end_orders
-- Orders that were open and are not any more. How each ended is not known.
UPDATE spot_orders SET status = 3, cancel_reason = $1, updated_ms = $2
WHERE status IN (1, 4) AND order_id <> ALL($3::bigint[]);

-- name: delete_orders
-- Those that are stated again in the same transaction.
DELETE FROM spot_orders WHERE order_id = ANY($1::bigint[]);

-- name: end_positions
UPDATE positions SET status = 1, updated_ms = $1
WHERE status = 0 AND position_id <> ALL($2::bigint[]);

-- name: delete_positions
DELETE FROM positions WHERE position_id = ANY($1::bigint[]);
