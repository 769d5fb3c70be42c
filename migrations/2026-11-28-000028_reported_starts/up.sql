-- When work on a milestone really started, as updates say: few do, and each new update is held against them.
CREATE INDEX progress_updates_started_idx ON progress_updates (milestone_id) WHERE started_on IS NOT NULL;
