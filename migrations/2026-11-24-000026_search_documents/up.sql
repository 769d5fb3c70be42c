-- What can be found: one document for each member, institution, plan, commitment and milestone that is not
-- withdrawn, drafts among them (who sees them is decided when somebody searches).
CREATE FUNCTION search_weight(field text) RETURNS "char" LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT (CASE
            WHEN field IN ('code', 'name', 'title', 'other_title') THEN 'A'
            WHEN field = 'milestone' THEN 'C'
            WHEN field IN ('institution', 'responsible', 'member') THEN 'D'
            ELSE 'B'
        END)::"char"
    $$;

-- The words of one weight: each behind the letter of its language.
CREATE FUNCTION search_vector(texts jsonb, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Bound to what it calls: a restored dump fills generated columns without a search path.
    BEGIN ATOMIC
        SELECT setweight(to_tsvector('simple'::regconfig, coalesce(string_agg(
            regexp_replace(search_fold(t ->> 'text'), '(^| )(?=.)', ' ' || search_language(t ->> 'language'), 'g'),
            ' ' ORDER BY place), '')), weight)
        FROM jsonb_array_elements(texts) WITH ORDINALITY e(t, place) WHERE search_weight(t ->> 'field') = weight;
    END;

CREATE TABLE search_documents (
    resource_id uuid     NOT NULL CONSTRAINT search_documents_pkey PRIMARY KEY,
    kind        text     NOT NULL CONSTRAINT search_documents_kind_check
                         CHECK (kind IN ('member', 'institution', 'action_plan', 'commitment', 'milestone')),
    -- What it is called in addresses, where it is.
    code        text,
    -- The plan that it is or is below: who sees the plan sees it.
    plan_id     uuid     CONSTRAINT search_documents_plan_id_fkey REFERENCES action_plans ON DELETE CASCADE,
    -- `[{"field", "language", "text"}]`, the most telling first.
    texts       jsonb    NOT NULL CONSTRAINT search_documents_texts_check CHECK (jsonb_typeof(texts) = 'array'),
    words       tsvector NOT NULL GENERATED ALWAYS AS
                         (search_vector(texts, 'A') || search_vector(texts, 'B') || search_vector(texts, 'C') || search_vector(texts, 'D')) STORED
);
-- Also serves the foreign key.
CREATE INDEX search_documents_plan_id_idx ON search_documents (plan_id);
CREATE INDEX search_documents_words_idx ON search_documents USING gin (words);

-- How well a document answers, of 1,100: each word counts once, where and how it fits best. A title counts most,
-- then summaries, milestones, institutions; the word itself more than another form of it, and that more than one that
-- is only written alike. Up to 100 for how much of the titles was asked for. A word without forms has null there.
CREATE FUNCTION search_relevance(words tsvector, exact tsquery[], near tsquery[], far tsquery[]) RETURNS int
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    a tsvector := ts_filter(words, '{a}');
    b tsvector := ts_filter(words, '{b}');
    c tsvector := ts_filter(words, '{c}');
    d tsvector := ts_filter(words, '{d}');
    total int := 0;
BEGIN
    FOR i IN 1 .. cardinality(exact) LOOP
        total := total + CASE
            WHEN a @@ exact[i] THEN 1000
            WHEN a @@ near[i] THEN 500
            WHEN b @@ exact[i] THEN 400
            WHEN a @@ far[i] THEN 250
            WHEN b @@ near[i] THEN 200
            WHEN c @@ exact[i] THEN 160
            WHEN b @@ far[i] THEN 100
            WHEN c @@ near[i] THEN 80
            WHEN d @@ exact[i] THEN 60
            WHEN c @@ far[i] THEN 40
            WHEN d @@ near[i] THEN 30
            WHEN d @@ far[i] THEN 15
            ELSE 0
        END;
    END LOOP;
    RETURN (total + 100 * least(cardinality(exact), cardinality(exact)::float * cardinality(exact) / greatest(length(a), 1)))
        / greatest(cardinality(exact), 1);
END
$$;

-- A localized text as texts of a document.
CREATE FUNCTION search_texts(field text, localized jsonb) RETURNS TABLE (text jsonb) LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT jsonb_build_object('field', field, 'language', l.key, 'text', left(l.value, 20000))
        FROM jsonb_each_text(localized) l ORDER BY l.key
    $$;

-- The document of a thing, as it is now; no row where there is none (any more). A document keeps the first
-- 60,000 characters: longer ones would not fit into a tsvector.
CREATE FUNCTION search_document(kind_wanted text, id_wanted uuid) RETURNS TABLE (code text, plan_id uuid, texts jsonb)
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
            UNION ALL SELECT t.text FROM commitment_institutions p JOIN institutions i ON i.id = p.institution_id,
                search_texts('institution', i.name) t WHERE p.commitment_id = c.id
            UNION ALL (SELECT t.text FROM milestones m,
                LATERAL (VALUES (m.title), (m.description), (m.expected_output)) v(said), search_texts('milestone', v.said) t
                WHERE m.commitment_id = c.id AND m.withdrawn_at IS NULL ORDER BY m.position, m.id))
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

-- What a transaction changed, each thing once. Written anew as it commits: whatever was done to a commitment
-- and all that is part of it, its document is made once, and a transaction that fails costs nothing.
CREATE UNLOGGED TABLE search_stale (
    transaction bigint NOT NULL,
    kind        text   NOT NULL,
    resource_id uuid   NOT NULL,
    CONSTRAINT search_stale_pkey PRIMARY KEY (transaction, resource_id)
);

-- The transactions that have such work to do before they commit.
CREATE UNLOGGED TABLE search_rounds (
    transaction bigint NOT NULL CONSTRAINT search_rounds_pkey PRIMARY KEY
);

CREATE FUNCTION search_note(kind text, resource_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    this bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF resource_id IS NOT NULL THEN
        INSERT INTO search_stale VALUES (this, kind, resource_id) ON CONFLICT DO NOTHING;
        INSERT INTO search_rounds VALUES (this) ON CONFLICT DO NOTHING;
    END IF;
END
$$;

CREATE FUNCTION search_refresh() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint := NEW.transaction;
    changed uuid[];
BEGIN
    -- Whoever changed another part of the same thing has committed before this reads it; always in the same order.
    PERFORM FROM search_documents d JOIN search_stale s USING (resource_id) WHERE s.transaction = this
        ORDER BY d.resource_id FOR UPDATE OF d;
    WITH now AS MATERIALIZED (
        SELECT s.resource_id, n.* FROM search_stale s CROSS JOIN LATERAL search_document(s.kind, s.resource_id) n
        WHERE s.transaction = this
    ), gone AS (
        DELETE FROM search_documents d USING search_stale s
        WHERE s.transaction = this AND d.resource_id = s.resource_id AND NOT EXISTS (SELECT FROM now WHERE now.resource_id = d.resource_id)
    ), updated AS (
        UPDATE search_documents d SET code = now.code, plan_id = now.plan_id, texts = now.texts FROM now
        WHERE d.resource_id = now.resource_id AND (d.code, d.plan_id, d.texts) IS DISTINCT FROM (now.code, now.plan_id, now.texts)
        RETURNING d.resource_id
    ), inserted AS (
        INSERT INTO search_documents (resource_id, kind, code, plan_id, texts)
        SELECT s.resource_id, s.kind, now.code, now.plan_id, now.texts FROM now JOIN search_stale s USING (resource_id)
        WHERE s.transaction = this AND NOT EXISTS (SELECT FROM search_documents d WHERE d.resource_id = now.resource_id)
        RETURNING resource_id
    )
    SELECT ARRAY(SELECT u.resource_id FROM updated u UNION ALL SELECT i.resource_id FROM inserted i) INTO changed;
    PERFORM search_learn(changed);
    DELETE FROM search_stale s WHERE s.transaction = this;
    DELETE FROM search_rounds r WHERE r.transaction = this;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER search_rounds_refresh AFTER INSERT ON search_rounds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION search_refresh();

-- Learns the words of these documents that are new. What stands in a part's own document is learned there.
CREATE FUNCTION search_learn(documents uuid[]) RETURNS void LANGUAGE sql
    AS $$
        INSERT INTO search_words (language, word, stems)
        SELECT DISTINCT ON (n.language, n.word) n.language, n.word, search_stems(n.language, n.written)
        FROM (
            SELECT w.language, w.written, search_fold(w.written) AS word FROM (
                SELECT DISTINCT search_language(t ->> 'language') AS language,
                    regexp_split_to_table(normalize(t ->> 'text', NFC), '[\u0001-@[-`{-\u00BF\u00D7\u00F7\u2000-\u2BFF\u2E00-\u2E7F\u3000-\u303F]+') AS written
                FROM search_documents d, jsonb_array_elements(d.texts) t
                WHERE d.resource_id = ANY (documents) AND search_weight(t ->> 'field') IN ('A', 'B')
            ) w WHERE length(w.written) BETWEEN 2 AND 40
        ) n
        WHERE n.word <> '' AND strpos(n.word, ' ') = 0
            AND NOT EXISTS (SELECT FROM search_words k WHERE k.language = n.language AND k.word = n.word)
        -- In one order, so that transactions that learn the same words never wait for each other in a circle.
        ORDER BY n.language, n.word, n.written
        ON CONFLICT DO NOTHING
    $$;

CREATE FUNCTION search_members_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('member', coalesce(NEW.id, OLD.id));
    PERFORM search_note('action_plan', p.id) FROM action_plans p WHERE p.member_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER members_search AFTER INSERT OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION search_members_changed();
CREATE TRIGGER members_search_update AFTER UPDATE ON members
    FOR EACH ROW WHEN ((OLD.code, OLD.name, OLD.withdrawn_at) IS DISTINCT FROM (NEW.code, NEW.name, NEW.withdrawn_at))
    EXECUTE FUNCTION search_members_changed();

CREATE FUNCTION search_institutions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('institution', coalesce(NEW.id, OLD.id));
    PERFORM search_note('commitment', p.commitment_id) FROM commitment_institutions p WHERE p.institution_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER institutions_search AFTER INSERT OR DELETE ON institutions
    FOR EACH ROW EXECUTE FUNCTION search_institutions_changed();
CREATE TRIGGER institutions_search_update AFTER UPDATE ON institutions
    FOR EACH ROW WHEN ((OLD.slug, OLD.name, OLD.withdrawn_at) IS DISTINCT FROM (NEW.slug, NEW.name, NEW.withdrawn_at))
    EXECUTE FUNCTION search_institutions_changed();

CREATE FUNCTION search_action_plans_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('action_plan', coalesce(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER action_plans_search AFTER INSERT OR DELETE ON action_plans
    FOR EACH ROW EXECUTE FUNCTION search_action_plans_changed();
CREATE TRIGGER action_plans_search_update AFTER UPDATE ON action_plans
    FOR EACH ROW WHEN ((OLD.slug, OLD.ogp_plan_id, OLD.title, OLD.themes, OLD.member_id, OLD.withdrawn_at)
        IS DISTINCT FROM (NEW.slug, NEW.ogp_plan_id, NEW.title, NEW.themes, NEW.member_id, NEW.withdrawn_at))
    EXECUTE FUNCTION search_action_plans_changed();

CREATE FUNCTION search_commitments_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('commitment', coalesce(NEW.id, OLD.id));
    IF TG_OP = 'UPDATE' AND (OLD.plan_id, OLD.withdrawn_at) IS DISTINCT FROM (NEW.plan_id, NEW.withdrawn_at) THEN
        PERFORM search_note('milestone', m.id) FROM milestones m WHERE m.commitment_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER commitments_search AFTER INSERT OR DELETE ON commitments
    FOR EACH ROW EXECUTE FUNCTION search_commitments_changed();
CREATE TRIGGER commitments_search_update AFTER UPDATE ON commitments
    FOR EACH ROW WHEN ((OLD.plan_id, OLD.code, OLD.key, OLD.title, OLD.other_titles, OLD.summary, OLD.objective, OLD.problem,
            OLD.solution, OLD.expected_results, OLD.theme, OLD.withdrawn_at)
        IS DISTINCT FROM (NEW.plan_id, NEW.code, NEW.key, NEW.title, NEW.other_titles, NEW.summary, NEW.objective, NEW.problem,
            NEW.solution, NEW.expected_results, NEW.theme, NEW.withdrawn_at))
    EXECUTE FUNCTION search_commitments_changed();

CREATE FUNCTION search_participants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('commitment', coalesce(NEW.commitment_id, OLD.commitment_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER commitment_institutions_search AFTER INSERT OR UPDATE OR DELETE ON commitment_institutions
    FOR EACH ROW EXECUTE FUNCTION search_participants_changed();

CREATE FUNCTION search_milestones_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_note('milestone', coalesce(NEW.id, OLD.id));
    PERFORM search_note('commitment', OLD.commitment_id);
    PERFORM search_note('commitment', NEW.commitment_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER milestones_search AFTER INSERT OR DELETE ON milestones
    FOR EACH ROW EXECUTE FUNCTION search_milestones_changed();
CREATE TRIGGER milestones_search_update AFTER UPDATE ON milestones
    FOR EACH ROW WHEN ((OLD.commitment_id, OLD.position, OLD.title, OLD.description, OLD.expected_output, OLD.responsible, OLD.withdrawn_at)
        IS DISTINCT FROM (NEW.commitment_id, NEW.position, NEW.title, NEW.description, NEW.expected_output, NEW.responsible, NEW.withdrawn_at))
    EXECUTE FUNCTION search_milestones_changed();

-- What is there already.
SELECT search_note('member', id) FROM members;
SELECT search_note('institution', id) FROM institutions;
SELECT search_note('action_plan', id) FROM action_plans;
SELECT search_note('commitment', id) FROM commitments;
SELECT search_note('milestone', id) FROM milestones;
-- Now, not as the migration commits.
SET CONSTRAINTS search_rounds_refresh IMMEDIATE;
