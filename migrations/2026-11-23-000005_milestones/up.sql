-- The verifiable steps of a commitment, what proves them, and what governments reported as a percentage.
CREATE TABLE milestones (
    id                 uuid        NOT NULL CONSTRAINT milestones_pkey PRIMARY KEY,
    commitment_id      uuid        NOT NULL CONSTRAINT milestones_commitment_id_fkey REFERENCES commitments,
    -- Names the milestone inside its commitment for imports.
    key                text        NOT NULL CONSTRAINT milestones_key_check CHECK (length(key) BETWEEN 1 AND 120),
    position           smallint    NOT NULL CONSTRAINT milestones_position_check CHECK (position >= 0),
    -- As printed, possibly nested ("1.2.1"), possibly missing.
    label              text,
    title              jsonb       NOT NULL CONSTRAINT milestones_title_check CHECK (jsonb_typeof(title) = 'object'),
    description        jsonb       NOT NULL CONSTRAINT milestones_description_check CHECK (jsonb_typeof(description) = 'object'),
    expected_output    jsonb       NOT NULL CONSTRAINT milestones_expected_output_check CHECK (jsonb_typeof(expected_output) = 'object'),
    responsible        jsonb       NOT NULL CONSTRAINT milestones_responsible_check CHECK (jsonb_typeof(responsible) = 'object'),
    starts             partial_date,
    due                partial_date,
    period_text        text,
    actual_start       partial_date,
    actual_end         partial_date,
    disposition        text        NOT NULL CONSTRAINT milestones_disposition_check
                                   CHECK (disposition IN ('active', 'withdrawn', 'carried_over')),
    disposition_reason jsonb       NOT NULL CONSTRAINT milestones_disposition_reason_check CHECK (jsonb_typeof(disposition_reason) = 'object'),
    -- Sessions, trainings, launches that the milestone consists of.
    events             jsonb       NOT NULL CONSTRAINT milestones_events_check CHECK (jsonb_typeof(events) = 'array'),
    notes              jsonb       NOT NULL CONSTRAINT milestones_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources            jsonb       NOT NULL CONSTRAINT milestones_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    starts_on          date        GENERATED ALWAYS AS (partial_date_first_day(starts)) STORED,
    due_on             date        GENERATED ALWAYS AS (partial_date_last_day(due)) STORED,
    -- The earliest day that "completed" can mean: late is only what is late for certain.
    completed_on       date        GENERATED ALWAYS AS (partial_date_first_day(actual_end)) STORED,
    version            bigint      NOT NULL DEFAULT 1 CONSTRAINT milestones_version_check CHECK (version > 0),
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    -- Also serves the foreign key to the commitment.
    CONSTRAINT milestones_commitment_id_key_key UNIQUE (commitment_id, key),
    CONSTRAINT milestones_starts_on_due_on_check CHECK (starts_on <= due_on),
    CONSTRAINT milestones_disposition_has_reason_check CHECK (disposition = 'active' OR disposition_reason <> '{}')
);
-- What is due in a range, what is overdue.
CREATE INDEX milestones_due_on_idx ON milestones (due_on);

CREATE TABLE evidence (
    id            uuid        NOT NULL CONSTRAINT evidence_pkey PRIMARY KEY,
    commitment_id uuid        NOT NULL CONSTRAINT evidence_commitment_id_fkey REFERENCES commitments,
    key           text        NOT NULL CONSTRAINT evidence_key_check CHECK (length(key) BETWEEN 1 AND 120),
    position      smallint    NOT NULL CONSTRAINT evidence_position_check CHECK (position >= 0),
    title         jsonb       NOT NULL CONSTRAINT evidence_title_check CHECK (jsonb_typeof(title) = 'object'),
    url           text        NOT NULL CONSTRAINT evidence_url_check CHECK (url ~* '^https?://'),
    -- Whether the document speaks of this commitment, or we concluded that it belongs here.
    relation      text        NOT NULL CONSTRAINT evidence_relation_check CHECK (relation IN ('direct', 'inferred')),
    dated         partial_date,
    notes         jsonb       NOT NULL CONSTRAINT evidence_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    version       bigint      NOT NULL DEFAULT 1 CONSTRAINT evidence_version_check CHECK (version > 0),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    -- Also serves the foreign key.
    CONSTRAINT evidence_commitment_id_key_key UNIQUE (commitment_id, key)
);

-- Percentages that a government published about a commitment as a whole, as it published them.
CREATE TABLE progress_reports (
    id                   uuid        NOT NULL CONSTRAINT progress_reports_pkey PRIMARY KEY,
    commitment_id        uuid        NOT NULL CONSTRAINT progress_reports_commitment_id_fkey REFERENCES commitments,
    key                  text        NOT NULL CONSTRAINT progress_reports_key_check CHECK (length(key) BETWEEN 1 AND 120),
    reported_by          text        NOT NULL CONSTRAINT progress_reports_reported_by_check CHECK (reported_by IN ('government', 'civil_society', 'irm')),
    reported             partial_date,
    -- Where the page carries no date: the day it most likely speaks of, the range, and why.
    estimated_on         date,
    estimated_from       date,
    estimated_to         date,
    estimate_basis       jsonb       NOT NULL CONSTRAINT progress_reports_estimate_basis_check CHECK (jsonb_typeof(estimate_basis) = 'object'),
    percent              smallint    CONSTRAINT progress_reports_percent_check CHECK (percent BETWEEN 0 AND 100),
    time_elapsed_percent smallint    CONSTRAINT progress_reports_time_elapsed_percent_check CHECK (time_elapsed_percent BETWEEN 0 AND 100),
    period_start_on      date,
    period_end_on        date,
    notes                jsonb       NOT NULL CONSTRAINT progress_reports_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources              jsonb       NOT NULL CONSTRAINT progress_reports_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    version              bigint      NOT NULL DEFAULT 1 CONSTRAINT progress_reports_version_check CHECK (version > 0),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    -- Also serves the foreign key.
    CONSTRAINT progress_reports_commitment_id_key_key UNIQUE (commitment_id, key),
    CONSTRAINT progress_reports_period_check CHECK (period_start_on <= period_end_on),
    CONSTRAINT progress_reports_estimate_check CHECK (estimated_on BETWEEN estimated_from AND estimated_to),
    CONSTRAINT progress_reports_estimate_has_basis_check CHECK (estimated_on IS NULL OR estimate_basis <> '{}')
);

CREATE TABLE progress_report_milestones (
    progress_report_id uuid     NOT NULL CONSTRAINT progress_report_milestones_progress_report_id_fkey REFERENCES progress_reports ON DELETE CASCADE,
    milestone_id       uuid     NOT NULL CONSTRAINT progress_report_milestones_milestone_id_fkey REFERENCES milestones,
    percent            smallint NOT NULL CONSTRAINT progress_report_milestones_percent_check CHECK (percent BETWEEN 0 AND 100),
    CONSTRAINT progress_report_milestones_pkey PRIMARY KEY (progress_report_id, milestone_id)
);
-- What was reported about one milestone; also serves the foreign key.
CREATE INDEX progress_report_milestones_milestone_id_idx ON progress_report_milestones (milestone_id);
