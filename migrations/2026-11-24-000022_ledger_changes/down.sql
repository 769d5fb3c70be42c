DROP TRIGGER ledger_leaves_changes ON ledger_leaves;
DROP FUNCTION ledger_changes_follow;
DROP TABLE ledger_changes;
