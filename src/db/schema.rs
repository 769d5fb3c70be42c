//! The tables, as diesel sees them. Written by hand beside the migrations: `print-schema` knows
//! neither the partial-date domain nor which generated columns are only for comparing.
//! `tests/db/schema.rs` holds it against a migrated database.
#![expect(missing_docs, reason = "the migrations describe the columns")]

pub mod types {
    /// The composite type under the domain `partial_date`.
    #[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
    #[diesel(postgres_type(name = "partial_date_parts"))]
    pub struct PartialDateParts;

    /// The words of a text, for full-text search.
    #[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
    #[diesel(postgres_type(name = "tsvector"))]
    pub struct TsVector;
}

diesel::table! {
    use diesel::sql_types::*;
    people (id) {
        id -> Uuid,
        actor_id -> Uuid,
        email -> Text,
        display_name -> Text,
        language -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        disabled_at -> Nullable<Timestamptz>,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    grants (id) {
        id -> Uuid,
        person_id -> Uuid,
        role -> Text,
        member_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        granted_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    sessions (id) {
        id -> Uuid,
        person_id -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        ended_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    api_tokens (id) {
        id -> Uuid,
        person_id -> Uuid,
        name -> Text,
        hash -> Binary,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    sign_in_throttles (key) {
        key -> Binary,
        failures -> BigInt,
        last_failure_at -> Timestamptz,
        blocked_until -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(grants -> members (member_id));
diesel::joinable!(sessions -> people (person_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(api_tokens -> people (person_id));
diesel::joinable!(calendar_links -> people (person_id));

diesel::allow_tables_to_appear_in_same_query!(
    people,
    grants,
    sessions,
    refresh_tokens,
    api_tokens,
    calendar_links,
);
diesel::allow_tables_to_appear_in_same_query!(grants, members);

diesel::table! {
    use diesel::sql_types::*;
    members (id) {
        id -> Uuid,
        code -> Text,
        kind -> Text,
        country -> Text,
        national_member_id -> Nullable<Uuid>,
        name -> Jsonb,
        joined_year -> Nullable<SmallInt>,
        cohort -> Nullable<SmallInt>,
        commitment_prefix -> Nullable<Text>,
        notes -> Jsonb,
        sources -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    institutions (id) {
        id -> Uuid,
        slug -> Text,
        name -> Jsonb,
        sector -> Text,
        is_class -> Bool,
        country -> Nullable<Text>,
        notes -> Jsonb,
        sources -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    action_plans (id) {
        id -> Uuid,
        member_id -> Uuid,
        slug -> Text,
        ogp_plan_id -> Nullable<Text>,
        number -> Nullable<SmallInt>,
        cycle_year -> Nullable<SmallInt>,
        title -> Jsonb,
        starts -> Nullable<PartialDateParts>,
        ends -> Nullable<PartialDateParts>,
        period_text -> Nullable<Text>,
        submitted -> Nullable<PartialDateParts>,
        approved -> Nullable<PartialDateParts>,
        published -> Nullable<PartialDateParts>,
        documents -> Jsonb,
        themes -> Jsonb,
        commitments_declared -> Nullable<SmallInt>,
        milestones_declared -> Nullable<SmallInt>,
        figures -> Jsonb,
        notes -> Jsonb,
        sources -> Jsonb,
        starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        status -> Text,
        public_since -> Nullable<Timestamptz>,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    action_plan_events (plan_id, position) {
        plan_id -> Uuid,
        position -> SmallInt,
        kind -> Text,
        starts -> Nullable<PartialDateParts>,
        ends -> Nullable<PartialDateParts>,
        title -> Jsonb,
        place -> Nullable<Text>,
        status -> Nullable<Text>,
        sources -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    action_plan_reports (plan_id, position) {
        plan_id -> Uuid,
        position -> SmallInt,
        kind -> Text,
        published -> Nullable<PartialDateParts>,
        language -> Nullable<Text>,
        status -> Nullable<Text>,
        sources -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    policy_areas (code) {
        code -> Text,
        name -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    commitments (id) {
        id -> Uuid,
        plan_id -> Uuid,
        key -> Text,
        code -> Nullable<Text>,
        number -> Nullable<Text>,
        title -> Jsonb,
        other_titles -> Jsonb,
        summary -> Jsonb,
        problem -> Jsonb,
        solution -> Jsonb,
        objective -> Jsonb,
        expected_results -> Jsonb,
        theme -> Jsonb,
        budget -> Jsonb,
        policy_areas -> Array<Text>,
        ogp_values -> Array<Text>,
        starts -> Nullable<PartialDateParts>,
        ends -> Nullable<PartialDateParts>,
        period_text -> Nullable<Text>,
        milestones_complete -> Nullable<Bool>,
        code_basis -> Nullable<Text>,
        disposition -> Text,
        disposition_reason -> Jsonb,
        notes -> Jsonb,
        sources -> Jsonb,
        starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    commitment_institutions (commitment_id, role, position) {
        commitment_id -> Uuid,
        role -> Text,
        position -> SmallInt,
        institution_id -> Uuid,
        partner_group -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    commitment_links (id) {
        id -> Uuid,
        from_id -> Uuid,
        to_id -> Uuid,
        kind -> Text,
        notes -> Jsonb,
        sources -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    milestones (id) {
        id -> Uuid,
        commitment_id -> Uuid,
        key -> Text,
        position -> SmallInt,
        label -> Nullable<Text>,
        title -> Jsonb,
        description -> Jsonb,
        expected_output -> Jsonb,
        responsible -> Jsonb,
        starts -> Nullable<PartialDateParts>,
        due -> Nullable<PartialDateParts>,
        period_text -> Nullable<Text>,
        actual_start -> Nullable<PartialDateParts>,
        actual_end -> Nullable<PartialDateParts>,
        disposition -> Text,
        disposition_reason -> Jsonb,
        events -> Jsonb,
        notes -> Jsonb,
        sources -> Jsonb,
        starts_on -> Nullable<Date>,
        due_on -> Nullable<Date>,
        completed_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
        weight -> Nullable<SmallInt>,
        reschedulings -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    progress_updates (id) {
        id -> Uuid,
        milestone_id -> Uuid,
        progress -> Text,
        percent -> Nullable<SmallInt>,
        effective_on -> Date,
        started_on -> Nullable<Date>,
        completed_on -> Nullable<Date>,
        narrative -> Jsonb,
        challenge -> Nullable<Text>,
        challenge_text -> Jsonb,
        supersedes -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        actor_id -> Uuid,
        actor_role -> Text,
        actor_member_id -> Nullable<Uuid>,
        recorded_at -> Timestamptz,
        has_narrative -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    evidence (id) {
        id -> Uuid,
        commitment_id -> Nullable<Uuid>,
        key -> Nullable<Text>,
        position -> Nullable<SmallInt>,
        title -> Jsonb,
        url -> Nullable<Text>,
        relation -> Nullable<Text>,
        dated -> Nullable<PartialDateParts>,
        notes -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        member_id -> Uuid,
        kind -> Text,
        language -> Nullable<Text>,
        shows -> Jsonb,
        retrieved_on -> Nullable<Date>,
        sha256 -> Nullable<Text>,
        file_name -> Nullable<Text>,
        media_type -> Nullable<Text>,
        size -> Nullable<BigInt>,
        public_since -> Nullable<Timestamptz>,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    files (sha256) {
        sha256 -> Text,
        size -> BigInt,
        stored_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    evidence_uses (id) {
        id -> Uuid,
        evidence_id -> Uuid,
        progress_update_id -> Nullable<Uuid>,
        milestone_id -> Nullable<Uuid>,
        assessment_id -> Nullable<Uuid>,
        position -> SmallInt,
        attached_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    progress_reports (id) {
        id -> Uuid,
        commitment_id -> Uuid,
        key -> Text,
        reported_by -> Text,
        reported -> Nullable<PartialDateParts>,
        estimated_on -> Nullable<Date>,
        estimated_from -> Nullable<Date>,
        estimated_to -> Nullable<Date>,
        estimate_basis -> Jsonb,
        percent -> Nullable<SmallInt>,
        time_elapsed_percent -> Nullable<SmallInt>,
        period_start_on -> Nullable<Date>,
        period_end_on -> Nullable<Date>,
        notes -> Jsonb,
        sources -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    progress_report_milestones (progress_report_id, milestone_id) {
        progress_report_id -> Uuid,
        milestone_id -> Uuid,
        percent -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    assessment_schemes (id) {
        id -> Uuid,
        code -> Text,
        version -> Text,
        assessor -> Text,
        title -> Jsonb,
        indicators -> Jsonb,
        notes -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::PartialDateParts;
    assessments (id) {
        id -> Uuid,
        commitment_id -> Uuid,
        scheme_id -> Uuid,
        key -> Text,
        position -> SmallInt,
        stage -> Text,
        report -> Jsonb,
        report_year -> Nullable<SmallInt>,
        assessed -> Nullable<PartialDateParts>,
        codings -> Jsonb,
        notes -> Jsonb,
        sources -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    assessment_milestones (assessment_id, milestone_id) {
        assessment_id -> Uuid,
        milestone_id -> Uuid,
        codings -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    assessment_answers (id) {
        id -> Uuid,
        assessment_id -> Uuid,
        text -> Jsonb,
        actor_id -> Uuid,
        actor_role -> Text,
        actor_member_id -> Nullable<Uuid>,
        recorded_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    data_imports (id) {
        id -> Uuid,
        document_sha256 -> Binary,
        title -> Nullable<Text>,
        compiled_on -> Nullable<Date>,
        notes -> Jsonb,
        sources -> Jsonb,
        changes -> Jsonb,
        imported_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    reporting_rules (id) {
        id -> Uuid,
        member_kind -> Text,
        valid_from -> Date,
        update_interval_months -> SmallInt,
        forum_interval_months -> Nullable<SmallInt>,
        presentations_per_year -> Nullable<SmallInt>,
        deadlines -> Jsonb,
        notes -> Jsonb,
        sources -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_entries (id) {
        id -> Uuid,
        recorded_at -> Timestamptz,
        action -> Text,
        kind -> Text,
        resource_id -> Uuid,
        code -> Nullable<Text>,
        version -> BigInt,
        member_id -> Nullable<Uuid>,
        plan_id -> Nullable<Uuid>,
        public -> Bool,
        state -> Text,
        difference -> Text,
        actor_id -> Uuid,
        actor_role -> Text,
        actor_member_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        request_id -> Nullable<Uuid>,
        transaction -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_logs (single) {
        single -> Bool,
        id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_leaves (index) {
        index -> BigInt,
        entry_id -> Uuid,
        leaf_hash -> Binary,
        format -> SmallInt,
        previous -> Nullable<BigInt>,
        strand -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_changes (index) {
        index -> BigInt,
        member_id -> Nullable<Uuid>,
        plan_id -> Nullable<Uuid>,
        kind -> Text,
        action -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_nodes (level, index) {
        level -> SmallInt,
        index -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_checkpoints (size) {
        size -> BigInt,
        root -> Binary,
        signed_at -> Timestamptz,
        note -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    ledger_witnessed (number) {
        number -> BigInt,
        origin -> Text,
        size -> BigInt,
        root -> Binary,
        note -> Text,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    idempotency_keys (actor_id, key) {
        actor_id -> Uuid,
        key -> Text,
        fingerprint -> Binary,
        body -> Binary,
        etag -> Text,
        languages -> Nullable<Text>,
        location -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    calendar_links (person_id) {
        person_id -> Uuid,
        hash -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    search_words (language, word) {
        language -> Text,
        word -> Text,
        stems -> Array<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::types::TsVector;
    search_documents (resource_id) {
        resource_id -> Uuid,
        kind -> Text,
        code -> Nullable<Text>,
        plan_id -> Nullable<Uuid>,
        texts -> Jsonb,
        words -> TsVector,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    search_rounds (transaction) {
        transaction -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    search_stale (transaction, resource_id) {
        transaction -> BigInt,
        kind -> Text,
        resource_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

diesel::joinable!(ledger_leaves -> ledger_entries (entry_id));
diesel::joinable!(action_plans -> members (member_id));
diesel::joinable!(action_plan_events -> action_plans (plan_id));
diesel::joinable!(action_plan_reports -> action_plans (plan_id));
diesel::joinable!(commitments -> action_plans (plan_id));
diesel::joinable!(commitment_institutions -> commitments (commitment_id));
diesel::joinable!(commitment_institutions -> institutions (institution_id));
diesel::joinable!(milestones -> commitments (commitment_id));
diesel::joinable!(progress_updates -> milestones (milestone_id));
diesel::joinable!(evidence -> commitments (commitment_id));
diesel::joinable!(evidence_uses -> evidence (evidence_id));
diesel::joinable!(progress_reports -> commitments (commitment_id));
diesel::joinable!(assessments -> commitments (commitment_id));
diesel::joinable!(assessments -> assessment_schemes (scheme_id));
diesel::joinable!(assessment_answers -> assessments (assessment_id));

diesel::allow_tables_to_appear_in_same_query!(
    members,
    institutions,
    action_plans,
    action_plan_events,
    action_plan_reports,
    policy_areas,
    commitments,
    commitment_institutions,
    commitment_links,
    milestones,
    progress_updates,
    evidence,
    evidence_uses,
    files,
    progress_reports,
    progress_report_milestones,
    assessment_schemes,
    assessments,
    assessment_milestones,
    assessment_answers,
    data_imports,
);
diesel::allow_tables_to_appear_in_same_query!(search_documents, action_plans);

diesel::allow_tables_to_appear_in_same_query!(
    ledger_entries,
    ledger_leaves,
    ledger_changes,
    ledger_nodes,
    ledger_checkpoints,
    ledger_logs,
    ledger_witnessed
);
