-- People and their API keys.

-- name: add_user
-- An address is one user's, however it is capitalised. The update that changes nothing makes
-- RETURNING speak for a user who is there already.
INSERT INTO users (email) VALUES ($1)
ON CONFLICT (lower(email)) DO UPDATE SET email = users.email
RETURNING id;

-- name: add_api_key
INSERT INTO api_keys (public_key, user_id, account_id, name, scopes, addresses, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::bigint / 1000.0));

-- name: revoke_api_key
UPDATE api_keys SET revoked_at = now() WHERE public_key = $1 AND revoked_at IS NULL;

-- name: load_api_keys
SELECT public_key, user_id, account_id, scopes, addresses,
       (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms
FROM api_keys WHERE revoked_at IS NULL;

-- name: find_api_key
SELECT public_key, user_id, account_id, scopes, addresses,
       (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms
FROM api_keys WHERE public_key = $1 AND revoked_at IS NULL;

-- name: claim_account
UPDATE users SET account_claimed_at = now()
WHERE id = $1 AND account_claimed_at IS NULL RETURNING id;

-- name: find_email
SELECT email FROM users WHERE id = $1;

-- name: find_emails
SELECT id, email FROM users WHERE id = ANY($1::bigint[]);

-- name: find_user
SELECT id FROM users WHERE lower(email) = lower($1);

-- name: add_api_key_within
-- Only while the user has fewer keys than this many.
INSERT INTO api_keys (public_key, user_id, account_id, name, scopes, addresses, expires_at)
SELECT $1, $2, $3, $4, $5, $6, to_timestamp($7::bigint / 1000.0)
WHERE (SELECT count(*) FROM api_keys WHERE user_id = $2 AND revoked_at IS NULL) < $8::bigint;

-- name: list_api_keys
SELECT public_key, user_id, account_id, scopes, name, addresses,
       (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_ms,
       (extract(epoch FROM used_at) * 1000)::bigint AS used_ms
FROM api_keys LEFT JOIN api_key_uses USING (public_key)
WHERE user_id = $1 AND revoked_at IS NULL ORDER BY created_at, public_key;

-- name: revoke_api_key_of
UPDATE api_keys SET revoked_at = now()
WHERE public_key = $1 AND user_id = $2 AND revoked_at IS NULL;

-- name: note_key_uses
INSERT INTO api_key_uses (public_key, used_at)
SELECT key, to_timestamp(used_ms / 1000.0)
FROM unnest($1::bytea[], $2::bigint[]) AS used (key, used_ms)
WHERE EXISTS (SELECT FROM api_keys WHERE public_key = key)
ON CONFLICT (public_key) DO UPDATE SET used_at = greatest(api_key_uses.used_at, excluded.used_at);
