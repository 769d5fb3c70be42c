-- Plans, how they were made, and the reports published about them.
CREATE TABLE action_plans (
    id                   uuid        NOT NULL CONSTRAINT action_plans_pkey PRIMARY KEY,
    member_id            uuid        NOT NULL CONSTRAINT action_plans_member_id_fkey REFERENCES members,
    slug                 text        NOT NULL CONSTRAINT action_plans_slug_key UNIQUE
                                     CONSTRAINT action_plans_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    -- OGP's own id, such as AP_ROU04; assigned late, often never.
    ogp_plan_id          text        CONSTRAINT action_plans_ogp_plan_id_key UNIQUE,
    number               smallint    CONSTRAINT action_plans_number_check CHECK (number > 0),
    cycle_year           smallint    CONSTRAINT action_plans_cycle_year_check CHECK (cycle_year BETWEEN 2011 AND 2200),
    title                jsonb       NOT NULL CONSTRAINT action_plans_title_check CHECK (jsonb_typeof(title) = 'object'),
    starts               partial_date,
    ends                 partial_date,
    period_text          text,
    submitted            partial_date,
    approved             partial_date,
    published            partial_date,
    documents            jsonb       NOT NULL CONSTRAINT action_plans_documents_check CHECK (jsonb_typeof(documents) = 'array'),
    themes               jsonb       NOT NULL CONSTRAINT action_plans_themes_check CHECK (jsonb_typeof(themes) = 'array'),
    commitments_declared smallint    CONSTRAINT action_plans_commitments_declared_check CHECK (commitments_declared >= 0),
    milestones_declared  smallint    CONSTRAINT action_plans_milestones_declared_check CHECK (milestones_declared >= 0),
    -- Counts that a report states about the whole plan, kept as stated beside what can be computed.
    figures              jsonb       NOT NULL CONSTRAINT action_plans_figures_check CHECK (jsonb_typeof(figures) = 'array'),
    notes                jsonb       NOT NULL CONSTRAINT action_plans_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources              jsonb       NOT NULL CONSTRAINT action_plans_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    starts_on            date        GENERATED ALWAYS AS (partial_date_first_day(starts)) STORED,
    ends_on              date        GENERATED ALWAYS AS (partial_date_last_day(ends)) STORED,
    version              bigint      NOT NULL DEFAULT 1 CONSTRAINT action_plans_version_check CHECK (version > 0),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT action_plans_starts_on_ends_on_check CHECK (starts_on <= ends_on)
);
-- A member's plans; also serves the foreign key.
CREATE INDEX action_plans_member_id_idx ON action_plans (member_id);

-- Meetings, consultations, decisions: read only with their plan, in its order.
CREATE TABLE action_plan_events (
    plan_id   uuid     NOT NULL CONSTRAINT action_plan_events_plan_id_fkey REFERENCES action_plans ON DELETE CASCADE,
    position  smallint NOT NULL CONSTRAINT action_plan_events_position_check CHECK (position >= 0),
    kind      text     NOT NULL CONSTRAINT action_plan_events_kind_check
                       CHECK (kind IN ('meeting', 'consultation', 'decision', 'submission', 'deadline', 'other')),
    starts    partial_date,
    ends      partial_date,
    title     jsonb    NOT NULL CONSTRAINT action_plan_events_title_check CHECK (jsonb_typeof(title) = 'object'),
    place     text,
    status    text     CONSTRAINT action_plan_events_status_check CHECK (status IN ('announced', 'held', 'cancelled')),
    sources   jsonb    NOT NULL CONSTRAINT action_plan_events_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    CONSTRAINT action_plan_events_pkey PRIMARY KEY (plan_id, position)
);

CREATE TABLE action_plan_reports (
    plan_id   uuid     NOT NULL CONSTRAINT action_plan_reports_plan_id_fkey REFERENCES action_plans ON DELETE CASCADE,
    position  smallint NOT NULL CONSTRAINT action_plan_reports_position_check CHECK (position >= 0),
    kind      text     NOT NULL CONSTRAINT action_plan_reports_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]{0,59}$'),
    published partial_date,
    language  text,
    status    text,
    sources   jsonb    NOT NULL CONSTRAINT action_plan_reports_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    CONSTRAINT action_plan_reports_pkey PRIMARY KEY (plan_id, position)
);
