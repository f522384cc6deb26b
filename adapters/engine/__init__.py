"""Durable work on DBOS Transact. No other folder knows which engine it is."""
