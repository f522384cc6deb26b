"""Simulated outside systems, as strict in their protocols as the real ones are known to be. Never import the product."""
