"""Durable work on DBOS Transact, kept behind one port. Nothing outside this folder knows which engine it is."""
