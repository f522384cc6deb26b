"""Parse the commands that name a session and, for most of them, a colleague: invite, uninvite and leave."""

from bot.admin_command_syntax import ADDRESS
from bot.command_options import read_arguments
from bot.command_row import CommandRow, usage_error
from bot.commands import Command, Invite, Leave, OpenInviteForm, Uninvite
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import email, request_number, session_code
from bot.model.mention import name_mentions, parse_mention


def parse_invite(row: CommandRow, rest: str) -> Command:
    """Parse ``invite N|CODE [@user|E-MAIL]``. Raises Misunderstood."""
    reference, user = _split_colleague(row, rest)
    return Invite(reference, user) if user else OpenInviteForm(reference)


def parse_uninvite(row: CommandRow, rest: str) -> Command:
    """Parse ``uninvite N|CODE [@user|E-MAIL]``. Raises Misunderstood."""
    reference, user = _split_colleague(row, rest)
    return Uninvite(reference, user)


def parse_leave(row: CommandRow, rest: str) -> Command:
    """Parse ``leave N|CODE``. Raises Misunderstood."""
    return Leave(_parse_reference(row, read_arguments(row, rest).words))


def _split_colleague(row: CommandRow, rest: str) -> tuple[str, str]:
    """Return the reference to a session, and the colleague after it: empty where there is none."""
    words = read_arguments(row, rest).words
    # A code may be typed with spaces, so what is left of the last word is tried first.
    if request_number(words) or session_code(words):
        return _parse_reference(row, words), ""
    reference, _space, named = words.rpartition(" ")
    if not reference:
        raise usage_error(row)
    return _parse_reference(row, reference), _parse_colleague(row, named)


def _parse_reference(row: CommandRow, text: str) -> str:
    reference = request_number(text) or session_code(text)
    if reference is not None:
        return reference
    if not text:
        raise usage_error(row)
    raise Misunderstood(
        _(
            "“{text}” is neither a request’s number nor a session’s code. For example: {words}",
            text=name_mentions(text)[:40],
            words=row.example,
        )
    )


def _parse_colleague(row: CommandRow, text: str) -> str:
    mention = parse_mention(text)
    if mention is not None:
        return mention.user
    if ADDRESS.fullmatch(text):
        return email(text)
    raise Misunderstood(
        _(
            "“{text}” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type the address: {words}",
            text=name_mentions(text)[:40],
            words=row.example_with_address,
        )
    )
