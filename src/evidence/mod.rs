//! Evidence: links and documents that prove or tell of progress, attached to commitments, milestones,
//! progress updates and assessments.
