-- People and their API keys.

-- name: add_user
-- An address is one user's, however it is capitalised. The update that changes nothing makes
-- RETURNING speak for a user who is there already.
INSERT INTO users (email) VALUES ($1)
ON CONFLICT (lower(email)) DO UPDATE SET email = users.email
RETURNING id;

-- name: add_api_key
INSERT INTO api_keys (public_key, user_id, account_id, name, scopes)
VALUES ($1, $2, $3, $4, $5);

-- name: revoke_api_key
UPDATE api_keys SET revoked_at = now() WHERE public_key = $1 AND revoked_at IS NULL;

-- name: load_api_keys
SELECT public_key, user_id, account_id, scopes FROM api_keys WHERE revoked_at IS NULL;

-- name: find_api_key
SELECT public_key, user_id, account_id, scopes
FROM api_keys WHERE public_key = $1 AND revoked_at IS NULL;
