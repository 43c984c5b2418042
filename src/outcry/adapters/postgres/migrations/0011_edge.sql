-- The edge: what a key may do and from where, links that stay valid beside each other, and where
-- withdrawn money was to go.

ALTER TABLE api_keys
    ADD COLUMN addresses text[] NOT NULL DEFAULT '{}',
    ADD COLUMN expires_at timestamptz;
COMMENT ON COLUMN api_keys.addresses IS 'Networks that the key may be used from; none is anywhere.';

-- A table of its own, because each change of a key is announced to all processes.
CREATE TABLE api_key_uses (
    public_key bytea PRIMARY KEY REFERENCES api_keys (public_key) ON DELETE CASCADE,
    used_at timestamptz NOT NULL
);
COMMENT ON TABLE api_key_uses IS 'The last use of each key, to the minute.';

ALTER TABLE sign_in_tokens DROP CONSTRAINT sign_in_tokens_pkey;
ALTER TABLE sign_in_tokens DROP CONSTRAINT sign_in_tokens_token_hash_key;
ALTER TABLE sign_in_tokens ADD PRIMARY KEY (token_hash);
CREATE INDEX sign_in_tokens_by_end ON sign_in_tokens (expires_at);
COMMENT ON TABLE sign_in_tokens IS 'The tokens that were mailed, each until it is used or expires.';

CREATE TABLE withdrawal_requests (
    account_id bigint NOT NULL,
    key bigint NOT NULL,
    asset_id integer NOT NULL,
    amount bigint NOT NULL,
    address text NOT NULL,
    network text NOT NULL,
    client_id text,
    signature bytea,
    made boolean NOT NULL DEFAULT false,
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE withdrawal_requests IS
    'Where withdrawn money is to go. Account and key name the row in transfers.';
COMMENT ON COLUMN withdrawal_requests.made IS
    'The engine has taken the money off. False: it refused, or its answer is not known.';

-- The withdrawals with the places their money goes to, for whoever pays them out.
CREATE VIEW withdrawals AS
SELECT t.transfer_id, t.account_id, t.asset_id, -t.amount AS amount, t.key, t.made_ms,
       r.address, r.network, r.client_id AS reference
FROM transfers AS t LEFT JOIN withdrawal_requests AS r USING (account_id, key)
WHERE t.amount < 0;
