-- How often members of a kind must report, from a day on. A set holds until the next one of its kind; what held
-- in the past is never changed.
CREATE TABLE reporting_rules (
    id                     uuid        NOT NULL CONSTRAINT reporting_rules_pkey PRIMARY KEY,
    member_kind            text        NOT NULL CONSTRAINT reporting_rules_member_kind_check
                                       CHECK (member_kind IN ('national', 'local')),
    valid_from             date        NOT NULL,
    -- The public repository must be updated at least every so many months.
    update_interval_months smallint    NOT NULL CONSTRAINT reporting_rules_update_interval_months_check
                                       CHECK (update_interval_months BETWEEN 1 AND 120),
    -- The forum meets at least every so many months; null where no rule says so.
    forum_interval_months  smallint    CONSTRAINT reporting_rules_forum_interval_months_check
                                       CHECK (forum_interval_months BETWEEN 1 AND 120),
    -- Meetings with civil society to present results; null where no rule says so.
    presentations_per_year smallint    CONSTRAINT reporting_rules_presentations_per_year_check
                                       CHECK (presentations_per_year BETWEEN 1 AND 366),
    -- Which report is due how many months after what.
    deadlines              jsonb       NOT NULL CONSTRAINT reporting_rules_deadlines_check CHECK (jsonb_typeof(deadlines) = 'array'),
    notes                  jsonb       NOT NULL CONSTRAINT reporting_rules_notes_check CHECK (jsonb_typeof(notes) = 'array'),
    sources                jsonb       NOT NULL CONSTRAINT reporting_rules_sources_check CHECK (jsonb_typeof(sources) = 'array'),
    created_at             timestamptz NOT NULL,
    -- Also finds the set in force on a day.
    CONSTRAINT reporting_rules_member_kind_valid_from_key UNIQUE (member_kind, valid_from)
);

-- The sets that the tracker comes with. They are part of it, as the vocabularies in the checks are, and nobody's
-- change: no entry of the ledger speaks of them.
INSERT INTO reporting_rules VALUES
    ('01328421-cc00-7000-8000-000000000001', 'national', '2011-09-20', 6, 6, 2,
     '[{"report": "action_plan_review", "months": 4, "after": "submission"},
       {"report": "results_report", "months": 4, "after": "plan_end"}]',
     '[{"text": {"en": "The present rules, taken to hold since OGP was founded. OGP changed its rules over time; sets can be added from a day on."}}]',
     '[]', '2026-11-24T00:00:00Z'),
    ('01328421-cc00-7000-8000-000000000002', 'local', '2011-09-20', 4, NULL, NULL,
     '[{"report": "inception_report", "months": 2, "after": "submission"},
       {"report": "end_of_commitment_report", "months": 1, "after": "implementation"}]',
     '[{"text": {"en": "The present rules, taken to hold since OGP was founded. OGP changed its rules over time; sets can be added from a day on."}}]',
     '[]', '2026-11-24T00:00:00Z');

CREATE FUNCTION reporting_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reporting_rules is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER reporting_rules_no_change BEFORE UPDATE OR DELETE ON reporting_rules
    FOR EACH ROW EXECUTE FUNCTION reporting_rules_stay();
CREATE TRIGGER reporting_rules_no_truncate BEFORE TRUNCATE ON reporting_rules
    FOR EACH STATEMENT EXECUTE FUNCTION reporting_rules_stay();
-- Always: a session that poses as a replica skips ordinary triggers.
ALTER TABLE reporting_rules ENABLE ALWAYS TRIGGER reporting_rules_no_change;
ALTER TABLE reporting_rules ENABLE ALWAYS TRIGGER reporting_rules_no_truncate;
