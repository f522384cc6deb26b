"""Everything outside: chat platforms, TeamViewer, ServiceDesk Plus, mail and SMS, the engine, the web, the command line."""
