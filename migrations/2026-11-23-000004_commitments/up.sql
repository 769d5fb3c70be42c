-- OGP's policy areas are data: they grow every cycle.
CREATE TABLE policy_areas (
    code text  NOT NULL CONSTRAINT policy_areas_pkey PRIMARY KEY
               CONSTRAINT policy_areas_code_check CHECK (code ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND length(code) <= 80),
    name jsonb NOT NULL CONSTRAINT policy_areas_name_check CHECK (jsonb_typeof(name) = 'object')
);

CREATE TABLE commitments (
    id                  uuid        NOT NULL CONSTRAINT commitments_pkey PRIMARY KEY,
    plan_id             uuid        NOT NULL CONSTRAINT commitments_plan_id_fkey REFERENCES action_plans,
    -- Names the commitment inside its plan for imports, also before OGP assigns a code.
    key                 text        NOT NULL CONSTRAINT commitments_key_check CHECK (length(key) BETWEEN 1 AND 120),
    -- OGP's code: its prefix is not the member's code, and drafts have none.
    code                text        CONSTRAINT commitments_code_key UNIQUE
                                    CONSTRAINT commitments_code_check CHECK (code ~ '^[A-Z]{2,5}[0-9]{4}$'),
    -- As printed ("1", "A.1.A"); repeats within a plan, so it identifies nothing.
    number              text,
    title               jsonb       NOT NULL CONSTRAINT commitments_title_check CHECK (jsonb_typeof(title) = 'object'),
    other_titles        jsonb       NOT NULL CONSTRAINT commitments_other_titles_check CHECK (jsonb_typeof(other_titles) = 'array'),
    summary             jsonb       NOT NULL CONSTRAINT commitments_summary_check CHECK (jsonb_typeof(summary) = 'object'),
    problem             jsonb       NOT NULL CONSTRAINT commitments_problem_check CHECK (jsonb_typeof(problem) = 'object'),
    solution            jsonb       NOT NULL CONSTRAINT commitments_solution_check CHECK (jsonb_typeof(solution) = 'object'),
    objective           jsonb       NOT NULL CONSTRAINT commitments_objective_check CHECK (jsonb_typeof(objective) = 'object'),
    expected_results    jsonb       NOT NULL CONSTRAINT commitments_expected_results_check CHECK (jsonb_typeof(expected_results) = 'array'),
    theme               jsonb       NOT NULL CONSTRAINT commitments_theme_check CHECK (jsonb_typeof(theme) = 'object'),
    budget              jsonb       NOT NULL CONSTRAINT commitments_budget_check CHECK (jsonb_typeof(budget) = 'object'),
    -- Codes of policy_areas, in the order given. An array and not a join table: it is read with
    -- every row and written only together with it; the importer and services check the codes.
    policy_areas        text[]      NOT NULL,
    ogp_values          text[]      NOT NULL CONSTRAINT commitments_ogp_values_check
                                    CHECK (ogp_values <@ ARRAY['access_to_information', 'civic_participation',
                                                               'public_accountability', 'technology_and_innovation']),
    starts              partial_date,
    ends                partial_date,
    period_text         text,
    -- Whether the milestones known here are all that the plan lists; null: not known.
    milestones_complete boolean,
    -- Where the code comes from: read on OGP's page, or concluded from the sequence.
    code_basis          text        CONSTRAINT commitments_code_basis_check CHECK (code_basis IN ('page', 'sequence')),
    disposition         text        NOT NULL CONSTRAINT commitments_disposition_check
                                    CHECK (disposition IN ('active', 'withdrawn', 'carried_over')),
    disposition_reason  jsonb       NOT NULL CONSTRAINT commitments_disposition_reason_check CHECK (jsonb_typeof(disposition_reason) = 'object'),
    notes               jsonb       NOT NULL CONSTRAINT commitments_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources             jsonb       NOT NULL CONSTRAINT commitments_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    starts_on           date        GENERATED ALWAYS AS (partial_date_first_day(starts)) STORED,
    ends_on             date        GENERATED ALWAYS AS (partial_date_last_day(ends)) STORED,
    version             bigint      NOT NULL DEFAULT 1 CONSTRAINT commitments_version_check CHECK (version > 0),
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    -- Also serves the foreign key to the plan.
    CONSTRAINT commitments_plan_id_key_key UNIQUE (plan_id, key),
    CONSTRAINT commitments_starts_on_ends_on_check CHECK (starts_on <= ends_on),
    CONSTRAINT commitments_disposition_has_reason_check CHECK (disposition = 'active' OR disposition_reason <> '{}')
);
-- Filters "has this policy area" and "serves this OGP value".
CREATE INDEX commitments_policy_areas_idx ON commitments USING gin (policy_areas);
CREATE INDEX commitments_ogp_values_idx ON commitments USING gin (ogp_values);

CREATE TABLE commitment_institutions (
    commitment_id  uuid     NOT NULL CONSTRAINT commitment_institutions_commitment_id_fkey REFERENCES commitments ON DELETE CASCADE,
    role           text     NOT NULL CONSTRAINT commitment_institutions_role_check CHECK (role IN ('lead', 'support')),
    position       smallint NOT NULL CONSTRAINT commitment_institutions_position_check CHECK (position >= 0),
    institution_id uuid     NOT NULL CONSTRAINT commitment_institutions_institution_id_fkey REFERENCES institutions,
    -- How the plan itself groups the partner, where it does.
    partner_group  text     CONSTRAINT commitment_institutions_partner_group_check
                            CHECK (partner_group IN ('central_government', 'local_government', 'civil_society')),
    CONSTRAINT commitment_institutions_pkey PRIMARY KEY (commitment_id, role, position),
    CONSTRAINT commitment_institutions_commitment_id_role_institution_id_key UNIQUE (commitment_id, role, institution_id)
);
-- What an institution leads or supports; also serves the foreign key.
CREATE INDEX commitment_institutions_institution_id_idx ON commitment_institutions (institution_id);

CREATE TABLE commitment_links (
    id          uuid        NOT NULL CONSTRAINT commitment_links_pkey PRIMARY KEY,
    from_id     uuid        NOT NULL CONSTRAINT commitment_links_from_id_fkey REFERENCES commitments,
    to_id       uuid        NOT NULL CONSTRAINT commitment_links_to_id_fkey REFERENCES commitments,
    kind        text        NOT NULL CONSTRAINT commitment_links_kind_check CHECK (kind IN ('continues', 'supports_national', 'related')),
    notes       jsonb       NOT NULL CONSTRAINT commitment_links_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources     jsonb       NOT NULL CONSTRAINT commitment_links_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    version     bigint      NOT NULL DEFAULT 1 CONSTRAINT commitment_links_version_check CHECK (version > 0),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT commitment_links_from_id_to_id_kind_key UNIQUE (from_id, to_id, kind),
    CONSTRAINT commitment_links_not_to_itself_check CHECK (from_id <> to_id)
);
-- Links are shown from both ends; also serves the foreign key.
CREATE INDEX commitment_links_to_id_idx ON commitment_links (to_id);
