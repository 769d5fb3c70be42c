-- The progress that holds of a milestone is looked up for each of thousands at once: its index has all that is counted,
-- so that no row is fetched, wherever it lies. Updates never change, so that the index alone can answer soon. Not
-- started_on: PostgreSQL would look through it for the few that have one, which have an index of their own.
ALTER TABLE progress_updates ADD COLUMN has_narrative boolean NOT NULL GENERATED ALWAYS AS (narrative <> '{}') STORED;
DROP INDEX progress_updates_milestone_id_idx;
CREATE INDEX progress_updates_milestone_id_idx
    ON progress_updates (milestone_id, effective_on DESC, recorded_at DESC, id DESC)
    INCLUDE (progress, percent, completed_on, has_narrative, supersedes);

-- Whether an update is corrected is asked of each that may hold, and few correct another.
ALTER TABLE progress_updates DROP CONSTRAINT progress_updates_supersedes_key;
CREATE UNIQUE INDEX progress_updates_supersedes_key ON progress_updates (supersedes) WHERE supersedes IS NOT NULL;

-- A commitment's institutions and the texts of its milestones stood in the order in which a plan happened to read them.
CREATE OR REPLACE FUNCTION search_document(kind_wanted text, id_wanted uuid) RETURNS TABLE (code text, plan_id uuid, texts jsonb)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    found jsonb[];
BEGIN
    CASE kind_wanted
    WHEN 'member' THEN
        SELECT m.code, NULL::uuid, ARRAY(
            SELECT t.text FROM search_texts('name', m.name) t
            UNION ALL SELECT t.text FROM search_texts('code', jsonb_build_object('', m.code)) t)
        INTO code, plan_id, found FROM members m WHERE m.id = id_wanted AND m.withdrawn_at IS NULL;
    WHEN 'institution' THEN
        SELECT i.slug, NULL::uuid, ARRAY(SELECT t.text FROM search_texts('name', i.name) t)
        INTO code, plan_id, found FROM institutions i WHERE i.id = id_wanted AND i.withdrawn_at IS NULL;
    WHEN 'action_plan' THEN
        SELECT p.slug, p.id, ARRAY(
            SELECT t.text FROM search_texts('title', p.title) t
            UNION ALL SELECT t.text FROM search_texts('code', jsonb_build_object('', concat_ws(' ', p.slug, p.ogp_plan_id))) t
            UNION ALL SELECT t.text FROM jsonb_array_elements(p.themes) e, search_texts('theme', e) t
            UNION ALL SELECT t.text FROM members m, search_texts('member', m.name) t WHERE m.id = p.member_id)
        INTO code, plan_id, found FROM action_plans p WHERE p.id = id_wanted AND p.withdrawn_at IS NULL;
    WHEN 'commitment' THEN
        SELECT c.code, c.plan_id, ARRAY(
            SELECT t.text FROM search_texts('title', c.title) t
            UNION ALL SELECT t.text FROM search_texts('code', jsonb_build_object('', coalesce(c.code, c.key))) t
            UNION ALL SELECT jsonb_build_object('field', 'other_title', 'language', e -> 'language', 'text', e -> 'text')
                FROM jsonb_array_elements(c.other_titles) e
            UNION ALL SELECT t.text FROM search_texts('summary', c.summary) t
            UNION ALL SELECT t.text FROM search_texts('objective', c.objective) t
            UNION ALL SELECT t.text FROM search_texts('problem', c.problem) t
            UNION ALL SELECT t.text FROM search_texts('solution', c.solution) t
            UNION ALL SELECT t.text FROM jsonb_array_elements(c.expected_results) e, search_texts('expected_result', e) t
            UNION ALL SELECT t.text FROM search_texts('theme', c.theme) t
            UNION ALL (SELECT t.text FROM commitment_institutions p JOIN institutions i ON i.id = p.institution_id,
                search_texts('institution', i.name) WITH ORDINALITY t(text, place)
                WHERE p.commitment_id = c.id ORDER BY p.role, p.position, i.id, t.place)
            UNION ALL (SELECT t.text FROM milestones m,
                LATERAL (VALUES (1, m.title), (2, m.description), (3, m.expected_output)) v(place, said),
                search_texts('milestone', v.said) WITH ORDINALITY t(text, place)
                WHERE m.commitment_id = c.id AND m.withdrawn_at IS NULL ORDER BY m.position, m.id, v.place, t.place))
        INTO code, plan_id, found FROM commitments c WHERE c.id = id_wanted AND c.withdrawn_at IS NULL;
    ELSE
        SELECT NULL::text, c.plan_id, ARRAY(
            SELECT t.text FROM search_texts('title', m.title) t
            UNION ALL SELECT t.text FROM search_texts('description', m.description) t
            UNION ALL SELECT t.text FROM search_texts('expected_output', m.expected_output) t
            UNION ALL SELECT t.text FROM search_texts('responsible', m.responsible) t)
        INTO code, plan_id, found FROM milestones m JOIN commitments c ON c.id = m.commitment_id
        WHERE m.id = id_wanted AND m.withdrawn_at IS NULL AND c.withdrawn_at IS NULL;
    END CASE;
    IF found IS NULL THEN
        RETURN;
    END IF;
    SELECT coalesce(jsonb_agg(kept.text ORDER BY kept.place), '[]') INTO texts FROM (
        SELECT e.text, e.place, sum(length(e.text ->> 'text')) OVER (ORDER BY e.place) AS length
        FROM unnest(found) WITH ORDINALITY e(text, place)) kept
        WHERE kept.length <= 60000;
    RETURN NEXT;
END
$$;

UPDATE search_documents d SET texts = made.texts FROM commitments c, search_document('commitment', c.id) made
WHERE d.resource_id = c.id AND d.texts IS DISTINCT FROM made.texts;
