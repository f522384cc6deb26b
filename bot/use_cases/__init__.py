"""The use cases: each carries a command out in one transaction, and enqueues a job for work outside."""
