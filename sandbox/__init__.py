"""Simulated outside systems, as strict on the wire as the real ones are known to be. Never imports the product."""
