"""The errors that stop the bot, or a command of an operator, at the database."""


class StorageError(Exception):
    """The database cannot be used like this. The message is one sentence for the operator, which says what to do."""


class SchemaUnusable(StorageError):
    """The database's schema is none that this version can migrate."""
