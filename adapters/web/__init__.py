"""The HTTP server, the pages for browsers, the health routes, and the webhook of ServiceDesk Plus."""
