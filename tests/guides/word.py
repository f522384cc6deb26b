"""How to add a word: here ``archive N``, which archives the sessions of a request."""

from guides.tree import Edit, Guide, Step

COMMAND = Step(
    "the command",
    (
        Edit(
            "bot/commands/on_sessions.py",
            '''@value_class
class Archive:
    """Archive the sessions of a request."""

    tag: ClassVar[str] = "archive"
    only_reads: ClassVar[bool] = False

    number: RequestNumber


''',
            before="@value_class\nclass OpenForm:",
        ),
        Edit("bot/commands/__init__.py", "    Archive,\n", after="from bot.commands.on_sessions import (\n"),
        Edit("bot/commands/__init__.py", '    "Archive",\n', after="__all__ = [\n"),
        Edit("bot/commands/__init__.py", "    | Archive\n", after="\nCommand = (\n    Help\n"),
    ),
    "mypy",
    "Archive",
)
STORED = Step(
    "a line with all its fields",
    (Edit("tests/data/stored/commands.jsonl", '{"do":"archive","number":"123"}\n', before='{"do":"auth"'),),
    "tests/unit/test_stored_jobs_and_commands.py",
    "archive",
)
SYNTAX = Step(
    "the row in the command table",
    (
        Edit(
            "bot/command_parsers.py",
            """def parse_archive(row: CommandRow, rest: str) -> commands.Command:
    \"\"\"Read the request whose sessions are archived.\"\"\"
    return commands.Archive(parse_number(row, rest))


""",
            before="def parse_create(",
        ),
        Edit(
            "bot/command_table.py",
            """    CommandRow(
        "archive",
        "N",
        _("Archive the sessions of request N."),
        (_("archive 123"),),
        parse_archive,
        also=("archiver",),
    ),
""",
            after="_ROWS = (\n",
        ),
        Edit(
            "bot/typed_form.py",
            """        case commands.Archive(number):
            return f"archive {number}"
""",
            before="        case Auth():",
        ),
        Edit("bot/command_table.py", "    parse_archive,\n", before="    parse_create,\n"),
        Edit("bot/command_parsers.py", "from bot import commands\n", before="from bot.admin_command_syntax "),
        Edit("bot/typed_form.py", "from bot import commands\n", before="from bot.command_options "),
    ),
    "tests/unit/test_every_command_is_typed.py",
    "Archive",
)
USE_CASE = Step(
    "the use case",
    (
        Edit(
            "bot/use_cases/archive.py",
            '''"""Archive the sessions of a request."""

from bot import access
from bot.commands import Archive
from bot.i18n import _
from bot.use_cases.context import CommandContext
from bot.views.pages import Message


async def archive_sessions(command: Archive, context: CommandContext) -> Message:
    """Archive the sessions of a request. Raises NotAllowed."""
    access.require_integration_on(context.switches)
    return Message(_("The sessions of request #{number} are archived.", number=command.number))
''',
        ),
    ),
    "mypy",
    "archive",
)
DISPATCH = Step(
    "the case",
    (
        Edit(
            "bot/use_cases/dispatch.py",
            """        case commands.Archive():
            return await archive.archive_sessions(command, context)
""",
            before="        case Create():\n",
        ),
        Edit(
            "bot/use_cases/dispatch.py",
            "from bot import commands\nfrom bot.use_cases import archive\n",
            before="from bot.use_cases.context ",
        ),
    ),
    "mypy",
    "Archive",
)
FRESHNESS = Step(
    "whether its sender is looked at again",
    (
        Edit(
            "bot/freshness.py",
            """        case commands.Archive():
            return False
""",
            before="        case Auth() | ShowConnections() | ConnectAccount():\n",
        ),
        Edit("bot/freshness.py", "from bot import commands\n", before="from bot.commands import ("),
    ),
    "mypy",
    "Archive",
)
FRENCH = Step(
    "the French texts",
    (
        Edit(
            "bot/locales/fr.po",
            """msgid "archive 123"
msgstr "archiver 123"

msgid "Archive the sessions of request N."
msgstr "Archiver les sessions de la demande N."

msgid "The sessions of request #{number} are archived."
msgstr "Les sessions de la demande nº {number} sont archivées."

""",
            before='msgid "Find a request"\n',
        ),
    ),
    "tests/unit/test_catalogues.py",
    "Archive the sessions of request N.",
)
MANUAL = Step(
    "the word in the manual",
    (
        Edit(
            "docs/using.md",
            "| `/tv archive N` | The sessions of request N are archived. |\n",
            before="| `/tv list` |",
        ),
    ),
    "tests/unit/test_command_table.py",
    "archive",
)
FRENCH_MANUAL = Step(
    "the word in the French manual",
    (
        Edit(
            "docs/fr/utiliser.md",
            "| `/tv archiver N` | Les sessions de la demande N sont archivées. |\n",
            before="| `/tv liste` |",
        ),
    ),
    "tests/unit/test_french_manual.py",
    "docs/fr/utiliser.md",
)
WORD = Guide(
    "A new word",
    (COMMAND, STORED, SYNTAX, USE_CASE, DISPATCH, FRESHNESS, FRENCH, MANUAL, FRENCH_MANUAL),
)
