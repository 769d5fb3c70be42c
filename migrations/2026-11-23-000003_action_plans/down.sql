DROP TABLE action_plan_reports;
DROP TABLE action_plan_events;
DROP TABLE action_plans;
