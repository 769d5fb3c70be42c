-- The list of all updates, latest first, is a walk along this index: without it every page sorts all that was
-- ever reported anywhere. The index of a milestone's own updates begins with the milestone and cannot serve it.
CREATE INDEX progress_updates_effective_on_recorded_at_id_idx ON progress_updates (effective_on DESC, recorded_at DESC, id DESC);
