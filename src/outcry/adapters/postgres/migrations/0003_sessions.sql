-- Signing in by e-mail, and the sessions of those who have.

CREATE TABLE sign_in_tokens (
    email text PRIMARY KEY CHECK (email = lower(email)),
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE sign_in_tokens IS
    'The newest token that was mailed to an address, until it is used. A newer one replaces it.';
COMMENT ON COLUMN sign_in_tokens.token_hash IS 'SHA-256; the token itself is only in the mail.';

CREATE TABLE sessions (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    user_id bigint NOT NULL REFERENCES users (id),
    account_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Whoever keeps sessions in memory hears of every one that ends before its time.
CREATE FUNCTION announce_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sessions', encode(OLD.id, 'hex'));
    RETURN NULL;
END $$;
CREATE TRIGGER session_changed AFTER UPDATE OR DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION announce_session();
