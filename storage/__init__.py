"""What the bot keeps: tables, repositories, the unit of work, the vault for secrets, migrations."""
