-- People and their API keys: what the engine never needs to know.

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN users.id IS 'Key of the user''s account in the engine.';
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

CREATE TABLE api_keys (
    public_key bytea PRIMARY KEY CHECK (octet_length(public_key) = 32),
    user_id bigint NOT NULL REFERENCES users (id),
    account_id bigint NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS 'Ed25519 public keys. The secret half is shown once and kept by nobody.';
CREATE INDEX api_keys_by_user ON api_keys (user_id);

-- Whoever keeps keys in memory hears of every change, whoever made it.
CREATE FUNCTION announce_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('api_keys', encode(OLD.public_key, 'hex'));
    ELSE
        PERFORM pg_notify('api_keys', encode(NEW.public_key, 'hex'));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER api_key_changed AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION announce_api_key();
