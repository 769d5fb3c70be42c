-- How far a member's plans are, as one would ask it by hand: the milestones of each plan by what was reported last.
SELECT p.id, p.slug, count(*) AS milestones,
  count(*) FILTER (WHERE u.progress IS NULL) AS not_reported, count(*) FILTER (WHERE u.progress = 'not_started') AS not_started,
  count(*) FILTER (WHERE u.progress = 'limited') AS limited, count(*) FILTER (WHERE u.progress = 'substantial') AS substantial,
  count(*) FILTER (WHERE u.progress = 'complete') AS complete,
  count(*) FILTER (WHERE u.progress IS DISTINCT FROM 'complete' AND m.due_on < current_date) AS overdue,
  avg(u.percent) AS percent, max(u.effective_on) AS last_on, count(*) FILTER (WHERE e.claims > 0) AS proved
FROM members o JOIN action_plans p ON p.member_id = o.id JOIN commitments c ON c.plan_id = p.id JOIN milestones m ON m.commitment_id = c.id
LEFT JOIN LATERAL (SELECT u.id, u.progress, u.percent, u.effective_on FROM progress_updates u WHERE u.milestone_id = m.id AND u.effective_on <= current_date
  AND NOT EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = u.id) ORDER BY u.effective_on DESC, u.recorded_at DESC, u.id DESC LIMIT 1) u ON true
LEFT JOIN LATERAL (SELECT count(*) AS claims FROM evidence_uses x WHERE x.progress_update_id = u.id) e ON true
WHERE o.code = 'MEMBER' AND p.status IN ('published', 'closed') AND c.withdrawn_at IS NULL AND m.withdrawn_at IS NULL AND m.disposition = 'active'
GROUP BY p.id, p.slug ORDER BY p.slug;
