"""The bot's database: tables, repositories, unit of work, the vault that encrypts secrets, and migrations."""
