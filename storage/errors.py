"""The errors that stop the bot, or a command of an operator, at the database."""


class StorageError(Exception):
    """The database cannot be used like this. The message is one sentence for the operator, which says what to do."""


class BackupError(StorageError):
    """A backup cannot be made or restored."""


class WrongKeys(StorageError):
    """The keys in ``TVBOT_SECRET_KEYS`` are not those of the database."""

    def __init__(self) -> None:
        super().__init__(
            "TVBOT_SECRET_KEYS: lacks the key that stored secrets are encrypted under; add the key that was used before"
        )


class SchemaUnusable(StorageError):
    """The database's schema is none that this version can migrate."""
