"""The examples of the command table. They are commands, so the rules for sentences do not hold for them."""

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_syntax import COMMAND_TABLE

EXAMPLES = frozenset(
    one.template for row in (*COMMAND_TABLE.values(), *ADMIN_COMMAND_TABLE.values()) for one in row.examples
)
