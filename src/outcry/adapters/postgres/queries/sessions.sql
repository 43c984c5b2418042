-- Tokens that sign somebody in, and the sessions they open. Times are milliseconds since 1970.

-- name: keep_token
-- What has expired goes on the way, so that neither table grows with those who were here once.
WITH expired_tokens AS (
    DELETE FROM sign_in_tokens WHERE expires_at <= to_timestamp($4::bigint / 1000.0)
), expired_sessions AS (
    DELETE FROM sessions WHERE expires_at <= to_timestamp($4::bigint / 1000.0)
)
INSERT INTO sign_in_tokens (email, token_hash, expires_at)
VALUES ($1, $2, to_timestamp($3::bigint / 1000.0));

-- name: find_token
SELECT email FROM sign_in_tokens
WHERE token_hash = $1 AND expires_at > to_timestamp($2::bigint / 1000.0);

-- name: use_token
-- The row can be deleted once, so of two who come with one token, one gets a session.
WITH used AS (
    DELETE FROM sign_in_tokens
    WHERE token_hash = $1 AND expires_at > to_timestamp($2::bigint / 1000.0)
    RETURNING email
)
INSERT INTO sessions (id, user_id, account_id, expires_at)
SELECT $3, $4, $5, to_timestamp($6::bigint / 1000.0) FROM used;

-- name: open_session
INSERT INTO sessions (id, user_id, account_id, expires_at)
VALUES ($1, $2, $3, to_timestamp($4::bigint / 1000.0));

-- name: find_sessions
SELECT id, user_id, account_id, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms
FROM sessions WHERE id = ANY($1::bytea[]) AND revoked_at IS NULL;

-- name: revoke_session
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL;
