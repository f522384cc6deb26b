"""Microsoft Teams: activities in over HTTP, activities out over the Bot Connector's REST API."""
