"""Durable work: each job makes its outside calls one step each, and is finished however often the process dies."""
