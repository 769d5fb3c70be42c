DROP TABLE ledger_checkpoints;
DROP TABLE ledger_nodes;
DROP TABLE ledger_leaves;
DROP TABLE ledger_logs;
DROP FUNCTION ledger_stays;
DROP INDEX ledger_entries_kind_id_idx;
ALTER TABLE ledger_entries DROP COLUMN transaction;
