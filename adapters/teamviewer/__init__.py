"""TeamViewer's Web API: authorization, sessions and connection reports."""
