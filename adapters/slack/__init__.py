"""Slack: payloads become commands, views become Block Kit, and answers go out over the Web API."""
