DROP TABLE ledger_entries;
DROP FUNCTION ledger_entries_stay;
