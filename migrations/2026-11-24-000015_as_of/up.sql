-- The rows of an instant, made out of the states that the record keeps: `milestones_as_of(until, plans)` has
-- what the public record said of milestones just before `until`, below these plans (NULL: below any). The
-- names of a recorded state are those of the columns, so each row is a state with what the record knows
-- around it.

-- The last public state of each thing of a kind before an instant, as a row's columns. Withdrawal is for
-- good: an import may still change what a withdrawn thing says.
-- The states of a kind, last first; private ones are nobody's record.
CREATE INDEX ledger_entries_kind_idx ON ledger_entries (kind, resource_id, version DESC, id DESC) WHERE public;

CREATE FUNCTION ledger_states_as_of(kind_wanted text, until timestamptz, plans uuid[])
    RETURNS TABLE (resource_id uuid, state jsonb) LANGUAGE sql STABLE
    AS $$
        -- What the state says itself goes first: the version of a scheme is its own.
        SELECT last.resource_id, jsonb_build_object(
            'id', last.resource_id, 'version', last.version, 'created_at', last.recorded_at, 'updated_at', last.recorded_at,
            'withdrawn_at', last.withdrawn_at, 'withdrawn_reason', last.withdrawn_reason) || last.state::jsonb
        FROM (
            SELECT DISTINCT ON (e.resource_id) e.resource_id, e.action, e.state, e.version, e.recorded_at,
                max(e.recorded_at) FILTER (WHERE e.action = 'withdrawn') OVER thing AS withdrawn_at,
                max(e.reason) FILTER (WHERE e.action = 'withdrawn') OVER thing AS withdrawn_reason
            FROM ledger_entries e
            WHERE e.kind = kind_wanted AND e.public AND e.recorded_at < until AND (plans IS NULL OR e.plan_id = ANY (plans))
            WINDOW thing AS (PARTITION BY e.resource_id)
            ORDER BY e.resource_id, e.version DESC, e.id DESC
        ) last
        WHERE last.action <> 'deleted'
    $$;

CREATE FUNCTION members_as_of(until timestamptz, plans uuid[]) RETURNS SETOF members LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('member', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::members, e.state) r
    $$;

CREATE FUNCTION institutions_as_of(until timestamptz, plans uuid[]) RETURNS SETOF institutions LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('institution', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::institutions, e.state) r
    $$;

CREATE FUNCTION policy_areas_as_of(until timestamptz, plans uuid[]) RETURNS SETOF policy_areas LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('policy_area', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::policy_areas, e.state) r
    $$;

CREATE FUNCTION assessment_schemes_as_of(until timestamptz, plans uuid[]) RETURNS SETOF assessment_schemes LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('assessment_scheme', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::assessment_schemes, e.state) r
    $$;

CREATE FUNCTION action_plans_as_of(until timestamptz, plans uuid[]) RETURNS SETOF action_plans LANGUAGE sql STABLE
    AS $$
        SELECT whole.* FROM ledger_states_as_of('action_plan', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::action_plans, e.state) r
        CROSS JOIN LATERAL jsonb_populate_record(r, jsonb_build_object('starts_on', partial_date_first_day(r.starts), 'ends_on', partial_date_last_day(r.ends))) whole
    $$;

CREATE FUNCTION commitments_as_of(until timestamptz, plans uuid[]) RETURNS SETOF commitments LANGUAGE sql STABLE
    AS $$
        SELECT whole.* FROM ledger_states_as_of('commitment', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::commitments, e.state) r
        CROSS JOIN LATERAL jsonb_populate_record(r, jsonb_build_object('starts_on', partial_date_first_day(r.starts), 'ends_on', partial_date_last_day(r.ends))) whole
    $$;

CREATE FUNCTION commitment_links_as_of(until timestamptz, plans uuid[]) RETURNS SETOF commitment_links LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('commitment_link', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::commitment_links, e.state) r
    $$;

CREATE FUNCTION milestones_as_of(until timestamptz, plans uuid[]) RETURNS SETOF milestones LANGUAGE sql STABLE
    AS $$
        SELECT whole.* FROM ledger_states_as_of('milestone', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::milestones, '{"reschedulings": []}'::jsonb || e.state) r
        CROSS JOIN LATERAL jsonb_populate_record(r, jsonb_build_object('starts_on', partial_date_first_day(r.starts), 'due_on', partial_date_last_day(r.due), 'completed_on', partial_date_first_day(r.actual_end))) whole
    $$;

CREATE FUNCTION evidence_as_of(until timestamptz, plans uuid[]) RETURNS SETOF evidence LANGUAGE sql STABLE
    AS $$
        -- States recorded before evidence belonged to a member do not say whose and of which kind it is.
        SELECT r.* FROM ledger_states_as_of('evidence', until, plans) e JOIN evidence now ON now.id = e.resource_id
        CROSS JOIN LATERAL jsonb_populate_record(NULL::evidence,
            jsonb_build_object('member_id', now.member_id, 'kind', now.kind, 'shows', '{}'::jsonb) || e.state) r
    $$;

CREATE FUNCTION progress_reports_as_of(until timestamptz, plans uuid[]) RETURNS SETOF progress_reports LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('progress_report', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::progress_reports, e.state) r
    $$;

CREATE FUNCTION assessments_as_of(until timestamptz, plans uuid[]) RETURNS SETOF assessments LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('assessment', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::assessments, e.state) r
    $$;

-- What is part of another thing is recorded with it.
CREATE FUNCTION action_plan_events_as_of(until timestamptz, plans uuid[]) RETURNS SETOF action_plan_events LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('action_plan', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::action_plan_events, e.state -> 'events') r
    $$;
CREATE FUNCTION action_plan_reports_as_of(until timestamptz, plans uuid[]) RETURNS SETOF action_plan_reports LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('action_plan', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::action_plan_reports, e.state -> 'reports') r
    $$;
CREATE FUNCTION commitment_institutions_as_of(until timestamptz, plans uuid[]) RETURNS SETOF commitment_institutions LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('commitment', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::commitment_institutions, e.state -> 'participants') r
    $$;
CREATE FUNCTION progress_report_milestones_as_of(until timestamptz, plans uuid[]) RETURNS SETOF progress_report_milestones LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('progress_report', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::progress_report_milestones, e.state -> 'milestones') r
    $$;
CREATE FUNCTION assessment_milestones_as_of(until timestamptz, plans uuid[]) RETURNS SETOF assessment_milestones LANGUAGE sql STABLE
    AS $$
        SELECT r.* FROM ledger_states_as_of('assessment', until, plans) e
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::assessment_milestones, e.state -> 'milestones') r
    $$;

-- The last day of the due date that was in force on a day, as `Rescheduling` tells it: a date holds from
-- the day on which it was decided.
CREATE FUNCTION milestone_due_on(reschedulings jsonb, due_on date, day date) RETURNS date LANGUAGE sql STABLE
    AS $$
        SELECT CASE WHEN reschedulings = '[]' OR later.change IS NULL THEN due_on
            ELSE partial_date_last_day(jsonb_populate_record(NULL::partial_date_parts,
                NULLIF(later.change -> 'from', 'null'))::partial_date)
        END
        FROM (SELECT (
            SELECT r.change FROM jsonb_array_elements(reschedulings) WITH ORDINALITY r(change, place)
            WHERE (r.change ->> 'decided_on')::date > day ORDER BY r.place LIMIT 1
        ) AS change) later
    $$;
