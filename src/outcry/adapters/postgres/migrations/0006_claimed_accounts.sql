-- The broker's CREATE_ACCOUNT succeeds once for each user, whose account signing in has opened.

ALTER TABLE users ADD COLUMN account_claimed_at timestamptz;
