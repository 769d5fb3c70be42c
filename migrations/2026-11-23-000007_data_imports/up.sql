-- Which documents changed the data, and what they say of themselves.
CREATE TABLE data_imports (
    id              uuid        NOT NULL CONSTRAINT data_imports_pkey PRIMARY KEY,
    -- SHA-256 of the file, as sha256sum shows it.
    document_sha256 bytea       NOT NULL CONSTRAINT data_imports_document_sha256_check CHECK (length(document_sha256) = 32),
    title           text,
    compiled_on     date,
    notes           jsonb       NOT NULL CONSTRAINT data_imports_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources         jsonb       NOT NULL CONSTRAINT data_imports_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    changes         jsonb       NOT NULL CONSTRAINT data_imports_changes_check CHECK (jsonb_typeof(changes) = 'object'),
    imported_at     timestamptz NOT NULL
);
