-- Withdrawals as they were asked for: where the money is to go.

-- name: note_withdrawal
-- The update that changes nothing makes RETURNING speak for a row that is there already.
INSERT INTO withdrawal_requests
    (account_id, key, asset_id, amount, address, network, client_id, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id, key) DO UPDATE SET key = excluded.key
RETURNING account_id, key, asset_id, amount, address, network, client_id, signature;

-- name: confirm_withdrawal
INSERT INTO withdrawal_requests
    (account_id, key, asset_id, amount, address, network, client_id, signature, made)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true)
ON CONFLICT (account_id, key) DO UPDATE
SET asset_id = excluded.asset_id, amount = excluded.amount, address = excluded.address,
    network = excluded.network, client_id = excluded.client_id, signature = excluded.signature,
    made = true
WHERE NOT withdrawal_requests.made;

-- name: forget_withdrawal
DELETE FROM withdrawal_requests WHERE account_id = $1 AND key = $2 AND NOT made;

-- name: find_withdrawals
SELECT account_id, key, asset_id, amount, address, network, client_id, signature
FROM withdrawal_requests WHERE account_id = $1 AND key = ANY($2::bigint[]);
