"""Parse what is typed after each command's name. ``bot.command_table`` says which parser reads which command."""

import re
from collections.abc import Mapping, Sequence

from bot.admin_command_syntax import ADDRESS
from bot.command_options import Arguments, needs_number, read_arguments
from bot.command_row import ON_OR_OFF, CommandRow, usage_error
from bot.commands import (
    MOST_AT_ONCE,
    MOST_IN_OUTAGE,
    Command,
    Create,
    CreateSeveral,
    Hello,
    Help,
    History,
    ListOpen,
    Logout,
    Notify,
    OnPlan,
    OnSession,
    OpenForm,
    OpenOutageForm,
    PlanSession,
    PlanVerb,
    ReportOutage,
    Show,
    Verb,
)
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.model.ids import RequestNumber, email, request_number, session_code
from bot.model.mention import name_mentions
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE
from bot.typed_times import read_time

_BETWEEN_NUMBERS = re.compile(r"[\s,]+")
_TIMES = {"at": "TIME", "à": "TIME", "a": "TIME"}
"""The option for a time, in English and in French, also without the accent."""
_PAGE = re.compile(r"\d{1,6}", re.ASCII)


def parse_number(row: CommandRow, rest: str) -> RequestNumber:
    """Read a request's number. Raises Misunderstood with an example."""
    return _read_number(row, read_arguments(row, rest).words)


def _read_number(row: CommandRow, text: str) -> RequestNumber:
    number = request_number(text)
    if number is None:
        if not text:
            raise usage_error(row)
        raise Misunderstood(
            _(
                "“{text}” is not a request’s number. For example: {words}",
                text=name_mentions(text)[:40],
                words=row.example,
            )
        )
    return number


def parse_greeting(row: CommandRow, rest: str) -> Command:
    """Greet back, whatever words follow: “hello there”."""
    read_arguments(row, rest)
    return Hello()


def parse_help(row: CommandRow, rest: str) -> Command:
    """Read the command that help is asked for, if any."""
    return Help(name_mentions(read_arguments(row, rest).words).lower() or None)


def parse_show(row: CommandRow, rest: str) -> Command:
    """Read the request to show."""
    return Show(parse_number(row, rest))


def parse_create(kind: Kind, row: CommandRow, rest: str) -> Command:
    """Read ``create`` or ``pilot``: a session, several, a session for later, or the form where no number was typed."""
    # Somebody who types both "pilot" and "--pilot" says one thing twice.
    arguments = read_arguments(row, rest, also={"pilot": "", **_TIMES})
    options, words = arguments.options, arguments.words
    chosen = Kind.PILOT if "pilot" in options else kind
    note = _parse_note(options.get("note", ""))
    at = _parse_at(row, options)
    if not words and row.name == "create":
        return OpenForm(None, chosen, note, at)
    numbers = _parse_numbers(row, words)
    _require_at_most(MOST_AT_ONCE, numbers, _("create 123 124 125"))
    number, *more = numbers
    another, in_chat = "another" in options, "no-chat" not in options
    if at:
        return PlanSession(number, at, chosen, note, another=another, in_chat=in_chat, more=tuple(more))
    if more:
        return CreateSeveral((number, *more), chosen, note, another=another, in_chat=in_chat)
    return Create(number, chosen, note, another=another, in_chat=in_chat)


def parse_outage(row: CommandRow, rest: str) -> Command:
    """Read the requests of an outage, or open its form where no number was typed."""
    arguments = read_arguments(row, rest)
    options, words = arguments.options, arguments.words
    kind = Kind.PILOT if "pilot" in options else Kind.REMOTE
    note = _parse_note(options.get("note", ""))
    if not words:
        return OpenOutageForm(kind, note)
    numbers = _parse_numbers(row, words)
    _require_at_most(MOST_IN_OUTAGE, numbers, _("outage 123 124 125"))
    return ReportOutage(tuple(numbers), kind, note, in_chat="no-chat" not in options)


def _parse_numbers(row: CommandRow, words: str) -> list[RequestNumber]:
    """Read one number or several. One that is there twice counts once."""
    typed = [one for one in _BETWEEN_NUMBERS.split(name_mentions(words)) if one]
    return list(dict.fromkeys(parse_number(row, one) for one in typed or [""]))


def _require_at_most(limit: int, numbers: Sequence[RequestNumber], example: Text) -> None:
    """Raise Misunderstood if these are more requests than one command takes."""
    if len(numbers) > limit:
        raise Misunderstood(
            _(
                "One command takes {limit} requests at most: nothing was done. For example: {words}",
                limit=limit,
                words=Words(example),
            )
        )


def _parse_at(row: CommandRow, options: Mapping[str, str]) -> str:
    """Return the time as it was typed, if it is one. Empty where none was typed. Raises Misunderstood."""
    times = [text for name, text in options.items() if name in _TIMES]
    if len(times) > 1:
        raise usage_error(row)
    typed = "".join(times)
    if typed:
        read_time(typed)
    return typed


def _parse_note(text: str) -> str:
    note = name_mentions(text)
    if len(note) > LONGEST_NOTE:
        raise Misunderstood(
            _("The note is too long: {limit} characters at most. Nothing was done.", limit=LONGEST_NOTE)
        )
    return note


def parse_on_session(verb: Verb, row: CommandRow, rest: str) -> Command:
    """Read a request's number or a session's code."""
    text = read_arguments(row, rest).words
    reference = request_number(text) or session_code(text)
    if reference is not None:
        return OnSession(verb, reference)
    if not text:
        raise usage_error(row)
    raise Misunderstood(
        _(
            "“{text}” is neither a request’s number nor a session’s code. For example: {words}",
            text=name_mentions(text)[:40],
            words=row.example,
        )
    )


def parse_on_plan(verb: PlanVerb, row: CommandRow, rest: str) -> Command:
    """Read the request of a planned session and, to move it, the new time. Raises Misunderstood."""
    arguments = read_arguments(row, rest, also=_TIMES if verb is PlanVerb.MOVE else None)
    at = _parse_at(row, arguments.options)
    return OnPlan(verb, _read_number(row, arguments.words), at)


def parse_list(row: CommandRow, rest: str) -> Command:
    """Read the page of the open sessions."""
    arguments = read_arguments(row, rest)
    if arguments.words:
        raise usage_error(row)
    return ListOpen(_parse_page(row, arguments))


def _parse_page(row: CommandRow, arguments: Arguments) -> int:
    page = arguments.options.get("page", "1")
    if not (_PAGE.fullmatch(page) and int(page)):
        raise needs_number(row, "page")
    return int(page)


def parse_history(row: CommandRow, rest: str) -> Command:
    """Read whose sessions to list, and the page."""
    arguments = read_arguments(row, rest)
    of, page = arguments.words or "mine", _parse_page(row, arguments)
    if " " in of:
        raise usage_error(row)
    if ADDRESS.fullmatch(of):
        return History(None, page, email(of))
    return History(None if of.lower() == "mine" else parse_number(row, of), page)


def parse_logout(row: CommandRow, rest: str) -> Command:
    """Read whether the person is sure."""
    arguments = read_arguments(row, rest)
    if arguments.words:
        raise usage_error(row)
    return Logout(sure="sure" in arguments.options)


def parse_notify(row: CommandRow, rest: str) -> Command:
    """Read ``on`` or ``off``. Without either, the command shows the setting."""
    switch = read_arguments(row, rest).words.lower()
    if not switch:
        return Notify()
    if switch not in ON_OR_OFF:
        raise usage_error(row)
    return Notify(ON_OR_OFF[switch])
