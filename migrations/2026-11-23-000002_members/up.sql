-- Participants of the Open Government Partnership, and the bodies that lead or support.
-- Localized texts are JSON objects from language tag to text.
CREATE TABLE members (
    id                 uuid        NOT NULL CONSTRAINT members_pkey PRIMARY KEY,
    code               text        NOT NULL CONSTRAINT members_code_key UNIQUE
                                   CONSTRAINT members_code_check CHECK (code ~ '^[A-Z][A-Z0-9]{1,9}$'),
    kind               text        NOT NULL CONSTRAINT members_kind_check CHECK (kind IN ('national', 'local')),
    country            text        NOT NULL CONSTRAINT members_country_check CHECK (country ~ '^[A-Z]{2}$'),
    national_member_id uuid        CONSTRAINT members_national_member_id_fkey REFERENCES members,
    name               jsonb       NOT NULL CONSTRAINT members_name_check CHECK (jsonb_typeof(name) = 'object'),
    joined_year        smallint    CONSTRAINT members_joined_year_check CHECK (joined_year BETWEEN 2011 AND 2200),
    cohort             smallint    CONSTRAINT members_cohort_check CHECK (cohort BETWEEN 2011 AND 2200),
    commitment_prefix  text        CONSTRAINT members_commitment_prefix_check CHECK (commitment_prefix ~ '^[A-Z]{2,5}$'),
    notes              jsonb       NOT NULL CONSTRAINT members_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources            jsonb       NOT NULL CONSTRAINT members_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    version            bigint      NOT NULL DEFAULT 1 CONSTRAINT members_version_check CHECK (version > 0),
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT members_national_has_no_parent_check CHECK (kind = 'local' OR national_member_id IS NULL),
    CONSTRAINT members_not_its_own_parent_check CHECK (national_member_id <> id)
);
-- Local members of a country; also serves the foreign key.
CREATE INDEX members_national_member_id_idx ON members (national_member_id);

CREATE TABLE institutions (
    id         uuid        NOT NULL CONSTRAINT institutions_pkey PRIMARY KEY,
    slug       text        NOT NULL CONSTRAINT institutions_slug_key UNIQUE
                           CONSTRAINT institutions_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    name       jsonb       NOT NULL CONSTRAINT institutions_name_check CHECK (jsonb_typeof(name) = 'object'),
    sector     text        NOT NULL CONSTRAINT institutions_sector_check
                           CHECK (sector IN ('government', 'civil_society', 'private', 'academia', 'other')),
    -- A whole class ("public institutions") instead of one body.
    is_class   boolean     NOT NULL,
    country    text        CONSTRAINT institutions_country_check CHECK (country ~ '^[A-Z]{2}$'),
    notes      jsonb       NOT NULL CONSTRAINT institutions_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources    jsonb       NOT NULL CONSTRAINT institutions_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    version    bigint      NOT NULL DEFAULT 1 CONSTRAINT institutions_version_check CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
