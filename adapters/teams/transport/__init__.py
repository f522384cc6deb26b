"""How activities get in and answers get out: HTTP, tokens, keys, and the Bot Connector."""
