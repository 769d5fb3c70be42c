DROP TABLE ledger_witnessed;
