"""Slack: payload to command, command to use case, view to Block Kit; and the Web API on the way back."""
