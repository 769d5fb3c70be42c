-- The secret link under which a calendar program reads somebody's due dates: one per person.
CREATE TABLE calendar_links (
    person_id  uuid        NOT NULL CONSTRAINT calendar_links_pkey PRIMARY KEY
                           CONSTRAINT calendar_links_person_id_fkey REFERENCES people ON DELETE CASCADE,
    -- Finds the link that a request shows.
    hash       bytea       NOT NULL CONSTRAINT calendar_links_hash_key UNIQUE
                           CONSTRAINT calendar_links_hash_check CHECK (length(hash) = 32),
    created_at timestamptz NOT NULL
);
