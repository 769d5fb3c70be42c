-- People who sign in, what they may do, and how they prove who they are. Secrets are kept as hashes
-- only: of passwords Argon2id, of tokens (which are random) SHA-256.
CREATE TABLE people (
    id            uuid        NOT NULL CONSTRAINT people_pkey PRIMARY KEY,
    -- The name under which the public record knows a person: tells nothing, and never changes.
    actor_id      uuid        NOT NULL CONSTRAINT people_actor_id_key UNIQUE,
    -- In lower case: the program folds it, so that one address is one account.
    email         text        NOT NULL CONSTRAINT people_email_key UNIQUE
                              CONSTRAINT people_email_check CHECK (email LIKE '_%@_%' AND length(email) <= 254),
    display_name  text        NOT NULL CONSTRAINT people_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    language      text        CONSTRAINT people_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    -- A PHC string. Without one, a person signs in through an external issuer only.
    password_hash text        CONSTRAINT people_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
    disabled_at   timestamptz,
    version       bigint      NOT NULL DEFAULT 1 CONSTRAINT people_version_check CHECK (version > 0),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE grants (
    id         uuid        NOT NULL CONSTRAINT grants_pkey PRIMARY KEY,
    person_id  uuid        NOT NULL CONSTRAINT grants_person_id_fkey REFERENCES people ON DELETE CASCADE,
    role       text        NOT NULL CONSTRAINT grants_role_check
                           CHECK (role IN ('editor', 'publisher', 'assessor', 'admin', 'auditor')),
    -- A role for a member ends with the member.
    member_id  uuid        CONSTRAINT grants_member_id_fkey REFERENCES members ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    -- Who granted it; none where a command on the machine did.
    granted_by uuid        CONSTRAINT grants_granted_by_fkey REFERENCES people ON DELETE SET NULL,
    CONSTRAINT grants_role_member_id_check CHECK ((role IN ('admin', 'auditor')) = (member_id IS NULL))
);
-- One role once, also where it has no member (NULLS NOT DISTINCT needs PostgreSQL 15); finds the roles
-- of a person, and serves the foreign key.
CREATE UNIQUE INDEX grants_person_id_role_member_id_key
    ON grants (person_id, role, coalesce(member_id, '00000000-0000-0000-0000-000000000000'));
-- Who has a role at a member; serves the foreign key.
CREATE INDEX grants_member_id_idx ON grants (member_id);
-- Serves the foreign key.
CREATE INDEX grants_granted_by_idx ON grants (granted_by);

-- A sign-in: the family of refresh tokens that follow each other.
CREATE TABLE sessions (
    id           uuid        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    person_id    uuid        NOT NULL CONSTRAINT sessions_person_id_fkey REFERENCES people ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_reason text        CONSTRAINT sessions_ended_reason_check CHECK (ended_reason IN
                             ('logout', 'password_changed', 'password_reset', 'disabled', 'refresh_reused')),
    CONSTRAINT sessions_ended_at_check CHECK ((ended_at IS NULL) = (ended_reason IS NULL)),
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at)
);
-- Ends all sessions of a person; serves the foreign key.
CREATE INDEX sessions_person_id_idx ON sessions (person_id);
-- Finds what the housekeeping deletes.
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash       bytea       NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY
                           CONSTRAINT refresh_tokens_hash_check CHECK (length(hash) = 32),
    session_id uuid        NOT NULL CONSTRAINT refresh_tokens_session_id_fkey REFERENCES sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Used tokens are kept: one that comes again was stolen, from one side or the other.
    used_at    timestamptz
);
-- Deletes the tokens of a session with it; serves the foreign key.
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

-- Tokens that people make for their scripts.
CREATE TABLE api_tokens (
    id           uuid        NOT NULL CONSTRAINT api_tokens_pkey PRIMARY KEY,
    person_id    uuid        NOT NULL CONSTRAINT api_tokens_person_id_fkey REFERENCES people ON DELETE CASCADE,
    name         text        NOT NULL CONSTRAINT api_tokens_name_check CHECK (length(name) BETWEEN 1 AND 100),
    -- Finds the token that a request shows.
    hash         bytea       NOT NULL CONSTRAINT api_tokens_hash_key UNIQUE
                             CONSTRAINT api_tokens_hash_check CHECK (length(hash) = 32),
    -- `account` is missing on purpose: a script never changes the account that it works for.
    scopes       text[]      NOT NULL CONSTRAINT api_tokens_scopes_check CHECK (cardinality(scopes) > 0
                             AND scopes <@ ARRAY['read', 'edit', 'publish', 'assess', 'admin', 'audit']),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT api_tokens_expires_at_check CHECK (expires_at > created_at)
);
-- Lists the tokens of a person; serves the foreign key.
CREATE INDEX api_tokens_person_id_idx ON api_tokens (person_id);

-- How often somebody has tried to sign in, by account and by address. The keys are hashes: of an
-- e-mail that nobody has, nothing readable is kept.
CREATE TABLE sign_in_throttles (
    key             bytea       NOT NULL CONSTRAINT sign_in_throttles_pkey PRIMARY KEY
                                CONSTRAINT sign_in_throttles_key_check CHECK (length(key) = 32),
    failures        bigint      NOT NULL CONSTRAINT sign_in_throttles_failures_check CHECK (failures >= 0),
    last_failure_at timestamptz NOT NULL,
    blocked_until   timestamptz
);
-- Finds what the housekeeping deletes.
CREATE INDEX sign_in_throttles_last_failure_at_idx ON sign_in_throttles (last_failure_at);
