-- Codings by someone other than the implementer. Each follows a scheme in a version, whose
-- vocabulary is data: the words changed with every era of the IRM.
CREATE TABLE assessment_schemes (
    id         uuid  NOT NULL CONSTRAINT assessment_schemes_pkey PRIMARY KEY,
    code       text  NOT NULL CONSTRAINT assessment_schemes_code_check CHECK (code ~ '^[a-z][a-z0-9_]{0,79}$'),
    version    text  NOT NULL CONSTRAINT assessment_schemes_version_check CHECK (length(version) BETWEEN 1 AND 40),
    assessor   text  NOT NULL CONSTRAINT assessment_schemes_assessor_check
                     CHECK (assessor IN ('irm', 'local_monitoring_body', 'civil_society')),
    title      jsonb NOT NULL CONSTRAINT assessment_schemes_title_check CHECK (jsonb_typeof(title) = 'object'),
    -- [{"code": "completion", "values": ["not_started", ...]}, ...]
    indicators jsonb NOT NULL CONSTRAINT assessment_schemes_indicators_check CHECK (jsonb_typeof(indicators) = 'array'),
    notes      jsonb NOT NULL CONSTRAINT assessment_schemes_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    CONSTRAINT assessment_schemes_code_version_key UNIQUE (code, version)
);

CREATE TABLE assessments (
    id            uuid        NOT NULL CONSTRAINT assessments_pkey PRIMARY KEY,
    commitment_id uuid        NOT NULL CONSTRAINT assessments_commitment_id_fkey REFERENCES commitments,
    scheme_id     uuid        NOT NULL CONSTRAINT assessments_scheme_id_fkey REFERENCES assessment_schemes,
    key           text        NOT NULL CONSTRAINT assessments_key_check CHECK (length(key) BETWEEN 1 AND 120),
    position      smallint    NOT NULL CONSTRAINT assessments_position_check CHECK (position >= 0),
    stage         text        NOT NULL CONSTRAINT assessments_stage_check CHECK (stage IN ('design', 'mid_term', 'end_of_term', 'results')),
    report        jsonb       NOT NULL CONSTRAINT assessments_report_check CHECK (jsonb_typeof(report) = 'object'),
    report_year   smallint    CONSTRAINT assessments_report_year_check CHECK (report_year BETWEEN 2011 AND 2200),
    assessed      partial_date,
    -- [{"indicator": "completion", "value": "limited"}, {"indicator": "early_results", "absence": "no_data"}]
    codings       jsonb       NOT NULL CONSTRAINT assessments_codings_check CHECK (jsonb_typeof(codings) = 'array'),
    notes         jsonb       NOT NULL CONSTRAINT assessments_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources       jsonb       NOT NULL CONSTRAINT assessments_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    version       bigint      NOT NULL DEFAULT 1 CONSTRAINT assessments_version_check CHECK (version > 0),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    -- Also serves the foreign key to the commitment.
    CONSTRAINT assessments_commitment_id_key_key UNIQUE (commitment_id, key)
);
-- All codings under one scheme; also serves the foreign key.
CREATE INDEX assessments_scheme_id_idx ON assessments (scheme_id);

-- Where the assessor coded single milestones too.
CREATE TABLE assessment_milestones (
    assessment_id uuid  NOT NULL CONSTRAINT assessment_milestones_assessment_id_fkey REFERENCES assessments ON DELETE CASCADE,
    milestone_id  uuid  NOT NULL CONSTRAINT assessment_milestones_milestone_id_fkey REFERENCES milestones,
    codings       jsonb NOT NULL CONSTRAINT assessment_milestones_codings_check CHECK (jsonb_typeof(codings) = 'array'),
    CONSTRAINT assessment_milestones_pkey PRIMARY KEY (assessment_id, milestone_id)
);
-- What was coded about one milestone; also serves the foreign key.
CREATE INDEX assessment_milestones_milestone_id_idx ON assessment_milestones (milestone_id);
