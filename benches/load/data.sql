-- The data set of the load benchmark: `members` members with four plans each, 50 commitments in a plan, five milestones
-- in a commitment, four updates about a milestone; each thing with its entry in the ledger. The triggers that keep the
-- search documents are off meanwhile (they work row by row); the documents are made at the end, by the same functions.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
SET statement_timeout = 0;
-- Whether the entries are for the public log: numbering millions of them takes long, and is not what is measured.
SELECT set_config('load.public', :'public', false) \g /dev/null
BEGIN;

CREATE TEMPORARY TABLE words AS SELECT
    ARRAY['open', 'digital', 'local', 'public', 'transparent', 'shared', 'yearly', 'regional', 'common', 'inclusive'] AS adjectives,
    ARRAY['deschis', 'digital', 'local', 'public', 'transparent', 'comun', 'anual', 'regional', 'unic', 'incluziv'] AS adjectives_ro,
    ARRAY['budget', 'register', 'procurement', 'school', 'hospital', 'transport', 'archive', 'council', 'permit', 'forest',
        'water', 'court', 'library', 'grant', 'consultation', 'petition', 'map', 'inspection', 'contract', 'survey'] AS nouns,
    ARRAY['buget', 'registru', 'achiziții', 'școală', 'spital', 'transport', 'arhivă', 'consiliu', 'autorizație', 'pădure',
        'apă', 'instanță', 'bibliotecă', 'grant', 'consultare', 'petiție', 'hartă', 'inspecție', 'contract', 'sondaj'] AS nouns_ro,
    ARRAY['portal', 'platform', 'report', 'standard', 'training', 'dataset', 'calendar', 'dashboard', 'guide', 'helpdesk'] AS things,
    ARRAY['portal', 'platformă', 'raport', 'standard', 'instruire', 'date', 'calendar', 'tablou', 'ghid', 'birou'] AS things_ro;
-- A title, different for different numbers, the same for the same.
CREATE FUNCTION pg_temp.title(n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'en', initcap(adjectives[1 + n % 10]) || ' ' || nouns[1 + n / 10 % 20] || ' ' || things[1 + n / 200 % 10] || ' ' || n,
        'ro', initcap(things_ro[1 + n / 200 % 10]) || ' ' || nouns_ro[1 + n / 10 % 20] || ' ' || adjectives_ro[1 + n % 10] || ' ' || n)
    FROM words $$;
-- Ids as the tracker makes them (UUIDv7): what is made together lies together in an index. A plan is entered as a whole;
-- then all are reported about, again and again.
CREATE TEMPORARY SEQUENCE made;
CREATE FUNCTION pg_temp.next_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex(1700000000000 + nextval('pg_temp.made')), 12, '0') || '7' || substr(random.text, 1, 3) || '8' || substr(random.text, 4, 15))::uuid
    FROM md5(random()::text) AS random(text) $$;
CREATE FUNCTION pg_temp.day(of date) RETURNS partial_date LANGUAGE sql IMMUTABLE AS
    $$ SELECT ROW(of, 'day', NULL, false)::partial_date $$;

INSERT INTO policy_areas (code, name) SELECT 'area_' || n, jsonb_build_object('en', 'Area ' || n) FROM generate_series(0, 9) n;
INSERT INTO members (id, code, kind, country, name, joined_year, cohort, commitment_prefix, notes, sources, created_at, updated_at)
    SELECT pg_temp.next_id(), 'M' || lpad(n::text, 4, '0'), CASE n % 5 WHEN 0 THEN 'national' ELSE 'local' END, 'RO',
        jsonb_build_object('en', 'Member ' || n, 'ro', 'Membru ' || n), 2018, 2018,
        'M' || chr(65 + n / 26 % 26) || chr(65 + n % 26), '[]', '[]', now(), now()
    FROM generate_series(0, :members - 1) n;
INSERT INTO institutions (id, slug, name, sector, is_class, country, notes, sources, created_at, updated_at)
    SELECT pg_temp.next_id(), 'institution-' || n, jsonb_build_object('en', 'City hall ' || n, 'ro', 'Primăria ' || n),
        CASE n % 2 WHEN 0 THEN 'government' ELSE 'civil_society' END, false, 'RO', '[]', '[]', now(), now()
    FROM generate_series(0, :members * 2 - 1) n;
INSERT INTO action_plans (id, member_id, slug, number, cycle_year, title, starts, ends, documents, themes, figures, notes,
        sources, created_at, updated_at, status, public_since)
    SELECT pg_temp.next_id(), m.id, lower(m.code) || '-plan-' || p, p, 2014 + 2 * p,
        jsonb_build_object('en', (m.name ->> 'en') || ', plan ' || p), pg_temp.day(make_date(2014 + 2 * p, 1, 1)),
        pg_temp.day(make_date(2015 + 2 * p, 12, 31)), '[]', '[]', '[]', '[]', '[]', now(), now(), 'published', now()
    FROM members m CROSS JOIN generate_series(1, 4) p;
INSERT INTO commitments (id, plan_id, key, code, number, title, other_titles, summary, problem, solution, objective,
        expected_results, theme, budget, policy_areas, ogp_values, starts, ends, disposition, disposition_reason, notes,
        sources, created_at, updated_at)
    SELECT pg_temp.next_id(), p.id, 'c' || c, m.commitment_prefix || lpad(((p.number - 1) * 50 + c)::text, 4, '0'), c::text,
        pg_temp.title((ascii(right(m.code, 1)) * 7 + p.number * 50 + c) % 2000), '[]',
        jsonb_build_object('en', 'What the town promises here, said in a sentence or two of the usual length, number ' || c || '.'),
        jsonb_build_object('en', 'Residents find this hard to follow, and few of them know whom to ask.'),
        '{}', '{}', '[]', '{}', '{}', ARRAY['area_' || c % 10],
        CASE c % 3 WHEN 0 THEN ARRAY['civic_participation', 'public_accountability'] ELSE ARRAY['access_to_information'] END,
        p.starts, pg_temp.day(p.starts_on + 300 + c * 8), 'active', '{}', '[]', '[]', now(), now()
    FROM action_plans p JOIN members m ON m.id = p.member_id CROSS JOIN generate_series(1, 50) c
    ORDER BY p.id, c;
CREATE TEMPORARY TABLE places AS SELECT id, slug, row_number() OVER (ORDER BY slug) AS n FROM institutions;
INSERT INTO commitment_institutions (commitment_id, role, position, institution_id)
    SELECT c.id, role, 0, i.id
    FROM (SELECT id, row_number() OVER (ORDER BY code) AS n FROM commitments) c
    CROSS JOIN LATERAL (VALUES ('lead', 0), ('support', 1)) r(role, shift)
    JOIN places i ON i.n = 1 + (c.n + shift) % (SELECT count(*) FROM places)
    ORDER BY c.id, role;
INSERT INTO milestones (id, commitment_id, key, position, title, description, expected_output, responsible, starts, due,
        disposition, disposition_reason, events, notes, sources, created_at, updated_at, reschedulings)
    SELECT pg_temp.next_id(), c.id, 'm' || s, s, jsonb_build_object('en', 'Step ' || s || ' towards it', 'ro', 'Pasul ' || s),
        '{}', '{}', '{}', c.starts, pg_temp.day(c.starts_on + 60 * (s + 1)), 'active', '{}', '[]', '[]', '[]', now(), now(), '[]'
    FROM commitments c CROSS JOIN generate_series(0, 4) s ORDER BY c.id, s;
-- How far the commitments of a plan are, a quarter each: none begun, some done, most done, all done.
INSERT INTO progress_updates (id, milestone_id, progress, percent, effective_on, completed_on, narrative, challenge_text,
        actor_id, actor_role, recorded_at)
    SELECT pg_temp.next_id(), m.id, told.progress, CASE told.progress WHEN 'complete' THEN 100 WHEN 'not_started' THEN 0 ELSE 20 * n END,
        c.starts_on + n * 30, CASE told.progress WHEN 'complete' THEN c.starts_on + n * 30 END,
        jsonb_build_object('en', 'What was done since, in a sentence or two of the usual length, report ' || n || '.'), '{}',
        '00000000-0000-7000-8000-000000000001', 'editor', now() - (5 - n) * interval '1 hour'
    FROM milestones m JOIN commitments c ON c.id = m.commitment_id CROSS JOIN generate_series(1, 4) n
    CROSS JOIN LATERAL (SELECT CASE right(c.code, 4)::int % 4
        WHEN 0 THEN 'not_started' WHEN 1 THEN 'limited' WHEN 2 THEN 'substantial'
        ELSE CASE n WHEN 4 THEN 'complete' ELSE 'substantial' END END AS progress) told
    ORDER BY n, m.id;

-- Each thing as it was recorded: what is generated or counted is no part of a state.
CREATE FUNCTION pg_temp.state(of jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (of - '{id,version,created_at,updated_at,starts_on,ends_on,due_on,completed_on,withdrawn_at,withdrawn_reason}'::text[])::text $$;
CREATE FUNCTION pg_temp.record(kind text, id uuid, code text, member uuid, plan uuid, state jsonb) RETURNS ledger_entries
    LANGUAGE sql AS $$
    SELECT ROW(pg_temp.next_id(), now(), 'created', kind, id, code, 1, member, plan, current_setting('load.public')::bool, pg_temp.state(state), '{}',
        '00000000-0000-7000-8000-000000000001'::uuid, 'system', NULL, NULL, NULL, pg_current_xact_id()::text::bigint)::ledger_entries $$;
INSERT INTO ledger_entries SELECT r.* FROM members m,
    LATERAL pg_temp.record('member', m.id, m.code, m.id, NULL, to_jsonb(m)) r;
INSERT INTO ledger_entries SELECT r.* FROM institutions i,
    LATERAL pg_temp.record('institution', i.id, i.slug, NULL, NULL, to_jsonb(i)) r;
INSERT INTO ledger_entries SELECT r.* FROM action_plans p,
    LATERAL pg_temp.record('action_plan', p.id, p.slug, p.member_id, p.id, to_jsonb(p)) r;
INSERT INTO ledger_entries SELECT r.* FROM commitments c JOIN action_plans p ON p.id = c.plan_id,
    LATERAL pg_temp.record('commitment', c.id, c.code, p.member_id, p.id, to_jsonb(c)) r;
INSERT INTO ledger_entries SELECT r.* FROM milestones m JOIN commitments c ON c.id = m.commitment_id JOIN action_plans p ON p.id = c.plan_id,
    LATERAL pg_temp.record('milestone', m.id, NULL, p.member_id, p.id, to_jsonb(m)) r;
INSERT INTO ledger_entries SELECT r.* FROM progress_updates u JOIN milestones m ON m.id = u.milestone_id JOIN commitments c ON c.id = m.commitment_id
    JOIN action_plans p ON p.id = c.plan_id,
    LATERAL pg_temp.record('progress_update', u.id, NULL, p.member_id, p.id, to_jsonb(u)) r;

INSERT INTO search_documents (resource_id, kind, code, plan_id, texts)
    SELECT t.id, t.kind, d.code, d.plan_id, d.texts FROM (
        SELECT id, 'member' FROM members UNION ALL SELECT id, 'institution' FROM institutions
        UNION ALL SELECT id, 'action_plan' FROM action_plans UNION ALL SELECT id, 'commitment' FROM commitments
        UNION ALL SELECT id, 'milestone' FROM milestones) t(id, kind), search_document(t.kind, t.id) d;
SELECT search_learn(ARRAY(SELECT resource_id FROM search_documents)) \g /dev/null
COMMIT;
VACUUM ANALYZE;
CHECKPOINT;
