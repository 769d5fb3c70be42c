DROP TABLE progress_updates;
DROP FUNCTION progress_updates_stay;
DROP INDEX milestones_rescheduled_idx;
ALTER TABLE milestones DROP COLUMN weight, DROP COLUMN reschedulings;
