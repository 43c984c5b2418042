-- What `outcry verify` asks, all in one transaction that sees one moment.

-- name: recorded
-- The entry everything derived is at; it also settles which moment the transaction sees.
SELECT ms, seq FROM recorder_offset;

-- name: balances
SELECT account_id, asset_id, free, locked FROM balances;

-- name: tables
-- Every table of ours.
SELECT schemaname AS schema, tablename AS name
FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename;

-- name: start_beside
-- The tables beside begin before the first entry.
INSERT INTO pg_temp.recorder_offset (ms, seq, digest, transfers)
VALUES (0, 0, decode(repeat('00', 32), 'hex'), 0);
