-- Answers to requests that may be sent again (Idempotency-Key), written in the transaction of the
-- change that they tell of: there is never one without the other.
CREATE TABLE idempotency_keys (
    -- Bound to whoever used the key: another person's key is another key.
    actor_id    uuid        NOT NULL,
    key         text        NOT NULL CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of method, path, query and body.
    fingerprint bytea       NOT NULL CONSTRAINT idempotency_keys_fingerprint_check CHECK (length(fingerprint) = 32),
    body        bytea       NOT NULL,
    etag        text        NOT NULL,
    languages   text,
    location    text,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, key)
);
-- Old keys are deleted by age.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
