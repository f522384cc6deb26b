"""Build the files that register the app with Slack and with Microsoft Teams."""
