"""The command table: what can be typed, and the command it becomes. The parser, help, hints and menus read it."""

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import assert_never

from bot.admin_command_syntax import ADDRESS, parse_admin_command
from bot.colleague_syntax import parse_invite, parse_leave, parse_uninvite
from bot.command_options import Arguments, needs_number, no_arguments, quote_text, read_arguments
from bot.command_row import ON_OR_OFF, CommandRow, Menu, usage_error
from bot.commands import (
    MOST_AT_ONCE,
    MOST_IN_OUTAGE,
    AddRule,
    AdminHelp,
    AdminStatus,
    AnswerOffer,
    Auth,
    CancelPlan,
    ChangeAdmin,
    Command,
    ConfirmAccount,
    ConnectAccount,
    Create,
    CreateSeveral,
    DeclineInvitation,
    EndOutage,
    Hello,
    Help,
    History,
    Invite,
    Leave,
    ListAdmins,
    ListOpen,
    Logout,
    MovePlan,
    Notify,
    OnSession,
    OpenForm,
    OpenInviteForm,
    OpenOutageForm,
    OpenPlanForm,
    OpenPolicyForm,
    OpenTransferForm,
    PlanSession,
    RemoveRule,
    ReportOutage,
    Retry,
    ReuseConnection,
    RunDoctor,
    SendAgain,
    Show,
    ShowAuditLog,
    ShowCard,
    ShowConnections,
    ShowHome,
    ShowOutageCard,
    ShowOutageLinks,
    ShowPolicy,
    ShowReport,
    StartPlan,
    Status,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    TryRule,
    Uninvite,
    Verb,
    WithdrawOffer,
)
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.model.ids import RequestNumber, email, request_number, session_code
from bot.model.mention import name_mentions
from bot.model.sanitize import sanitize
from bot.model.session import Kind
from bot.transfer_syntax import parse_transfer
from bot.typed_text import LONGEST_COMMAND, LONGEST_NOTE, normalize_typed_text, without_accents
from bot.typed_times import read_time
from bot.words_to_type import HELP, words_about

_BETWEEN_NUMBERS = re.compile(r"[\s,]+")
_PAGE = re.compile(r"\d{1,6}", re.ASCII)


def parse_command(line: str) -> Command:
    """Parse what a person typed to the bot. Raises Misunderstood with a hint."""
    if len(sanitize(line)) > LONGEST_COMMAND:
        raise Misunderstood(
            _(
                "That is too long: keep a command under {limit} characters. Nothing was done.",
                limit=LONGEST_COMMAND,
            )
        )
    name, rest = _split_name(line)
    if not name:
        return Help()
    row = find_row(name)
    if row is None:
        raise Misunderstood(_unknown_command_text(name_mentions(name.lower()), rest))
    return row.parse(row, rest)


def _split_name(line: str) -> tuple[str, str]:
    """Split a line into a command's name and what follows, without what people add to either.

    They copy the marks of code, and type a slash, Slack's command or the end of a sentence: ``/tv create 101``, ``hello!``.
    """
    text = normalize_typed_text(line)
    if text.startswith(_CODE_MARK):
        text = text.strip(_CODE_MARK).strip()
    name, _space, rest = text.partition(" ")
    if name.startswith("/") and find_row(name.removeprefix("/")) is None and rest:
        name, _space, rest = rest.partition(" ")
    name = name.removeprefix("/").rstrip(_END_OF_SENTENCE) or name.strip("?")
    return name, rest.strip() if any(one.isalnum() for one in rest) else rest.strip(_END_OF_SENTENCE + " ")


_CODE_MARK, _END_OF_SENTENCE = "`", ".,;:!?…"


def find_row(name: str) -> CommandRow | None:
    """Find a command's row by its name, in any of the languages it can be typed in."""
    return _ROWS_BY_NAME.get(without_accents(name))


def _unknown_command_text(name: str, rest: str) -> Text:
    swapped = rest.split(" ", maxsplit=1)[0].lower()
    if (request_number(name) or session_code(name)) and swapped in COMMAND_TABLE:
        return _("Put the command first: type {words}.", words=Words(f"{swapped} {name}"))
    if request_number(name):
        return _(
            "Say what to do with request {number}, for example {words}.",
            number=name,
            words=words_about("create", name),
        )
    near = difflib.get_close_matches(name, COMMAND_TABLE, n=1, cutoff=0.6)
    if near:
        return _("Unknown command “{word}”. Did you mean {words}?", word=name[:40], words=Words(near[0]))
    return _("Unknown command “{word}”. Type {words} to see all commands.", word=name[:40], words=HELP)


def _parse_number(row: CommandRow, rest: str) -> RequestNumber:
    text = read_arguments(row, rest).words
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


def _parse_greeting(row: CommandRow, rest: str) -> Command:
    """Greet back, whatever words follow: “hello there”."""
    read_arguments(row, rest)
    return Hello()


def _parse_help(row: CommandRow, rest: str) -> Command:
    return Help(name_mentions(read_arguments(row, rest).words).lower() or None)


def _parse_show(row: CommandRow, rest: str) -> Command:
    return Show(_parse_number(row, rest))


def _parse_create(kind: Kind, row: CommandRow, rest: str) -> Command:
    # Somebody who types both "pilot" and "--pilot" says one thing twice.
    arguments = read_arguments(row, rest, also={"pilot": "", "à": "TIME"})
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


def _parse_outage(row: CommandRow, rest: str) -> Command:
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
    return list(dict.fromkeys(_parse_number(row, one) for one in typed or [""]))


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
    typed = options.get("at") or options.get("à", "")
    if "at" in options and "à" in options:
        raise usage_error(row)
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


def _parse_on_session(verb: Verb, row: CommandRow, rest: str) -> Command:
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


def _parse_list(row: CommandRow, rest: str) -> Command:
    arguments = read_arguments(row, rest)
    if arguments.words:
        raise usage_error(row)
    return ListOpen(_parse_page(row, arguments))


def _parse_page(row: CommandRow, arguments: Arguments) -> int:
    page = arguments.options.get("page", "1")
    if not (_PAGE.fullmatch(page) and int(page)):
        raise needs_number(row, "page")
    return int(page)


def _parse_history(row: CommandRow, rest: str) -> Command:
    arguments = read_arguments(row, rest)
    of, page = arguments.words or "mine", _parse_page(row, arguments)
    if " " in of:
        raise usage_error(row)
    if ADDRESS.fullmatch(of):
        return History(None, page, email(of))
    return History(None if of.lower() == "mine" else _parse_number(row, of), page)


def _parse_logout(row: CommandRow, rest: str) -> Command:
    arguments = read_arguments(row, rest)
    if arguments.words:
        raise usage_error(row)
    return Logout(sure="sure" in arguments.options)


def _parse_notify(row: CommandRow, rest: str) -> Command:
    switch = read_arguments(row, rest).words.lower()
    if not switch:
        return Notify()
    if switch not in ON_OR_OFF:
        raise usage_error(row)
    return Notify(ON_OR_OFF[switch])


_BOTH_MENUS = Menu.PERSONAL | Menu.SHARED
_ROWS = (
    CommandRow(
        "create",
        "[N…] [--pilot] [--at TIME] [--another] [--no-chat] [--note TEXT]",
        _("Create a session for each request and send the links; without a number, a form opens."),
        (
            _('create 123 --note "printer jam"'),
            _("create 123"),
            _("create 123 124 125"),
            _("create 123 --pilot"),
            _('create 123 --at "tomorrow 9:00"'),
            _("create 123 --another"),
            _("create 123 --no-chat"),
        ),
        partial(_parse_create, Kind.REMOTE),
        also=("creer",),
        menus=_BOTH_MENUS,
        hint="create 123",
    ),
    CommandRow(
        "pilot",
        "N… [--at TIME] [--another] [--no-chat] [--note TEXT]",
        _("Create a Pilot session: the requester shows you something with the phone’s camera."),
        (
            _("pilot 123"),
            _('pilot 123 --note "broken cable"'),
            _("pilot 123 --at 14:30"),
            _("pilot 123 --another"),
            _("pilot 123 --no-chat"),
        ),
        partial(_parse_create, Kind.PILOT),
        also=("pilote",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "outage",
        "[N…] [--pilot] [--no-chat] [--note TEXT]",
        _("Create a session for each request that an outage affects, with one card that counts them."),
        (
            _('outage 123 124 125 --note "mail server"'),
            _("outage"),
            _("outage 123 124 125 --pilot"),
            _("outage 123 124 125 --no-chat"),
        ),
        _parse_outage,
        also=("panne",),
    ),
    CommandRow(
        "show",
        "N",
        _("Show a request and its sessions."),
        (_("show 123"),),
        _parse_show,
        also=("afficher", "montrer"),
        menus=_BOTH_MENUS,
        hint="show 123",
    ),
    CommandRow(
        "enter",
        "N|CODE",
        _("Enter your open session."),
        (_("enter 123"),),
        partial(_parse_on_session, Verb.ENTER),
        also=("entrer",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "reinvite",
        "N|CODE",
        _("Resend the link to the requester."),
        (_("reinvite 123"),),
        partial(_parse_on_session, Verb.REINVITE),
        also=("reinviter",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "link",
        "N|CODE",
        _("Get the requester’s link, to share it another way."),
        (_("link 123"),),
        partial(_parse_on_session, Verb.LINK),
        also=("lien",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "renew",
        "N|CODE",
        _("Renew your open session for another 24 hours: card and invitation page stay the same."),
        (_("renew 123"),),
        partial(_parse_on_session, Verb.RENEW),
        also=("renouveler", "prolonger"),
        hint="renew 123",
    ),
    CommandRow(
        "end",
        "N|CODE",
        _("End the session and close its connection."),
        (_("end 123"),),
        partial(_parse_on_session, Verb.END),
        also=("terminer", "fin"),
        menus=Menu.SHARED,
        hint="end 123",
    ),
    CommandRow(
        "invite",
        "N|CODE @user|E-MAIL",
        _("Let a colleague into your session, by a way in of their own."),
        (_("invite 123 @Ines"), _("invite 123 ines@example.com")),
        parse_invite,
        also=("inviter",),
    ),
    CommandRow(
        "uninvite",
        "N|CODE [@user|E-MAIL]",
        _("Withdraw an invitation."),
        (_("uninvite 123 @Ines"), _("uninvite 123 ines@example.com"), _("uninvite 123")),
        parse_uninvite,
        also=("desinviter",),
    ),
    CommandRow(
        "leave",
        "N|CODE",
        _("Decline an invitation, or leave a session that you were invited to."),
        (_("leave 123"),),
        parse_leave,
        also=("quitter",),
    ),
    CommandRow(
        "transfer",
        "N|CODE [@user|E-MAIL|--accept|--decline|--withdraw]",
        _("Hand your session over to a colleague, who accepts it; an SDAdmin moves any session."),
        (
            _("transfer 123 ines@example.com"),
            _("transfer 123"),
            _("transfer 123 --accept"),
            _("transfer 123 --decline"),
            _("transfer 123 --withdraw"),
        ),
        parse_transfer,
        also=("transferer", "ceder"),
    ),
    CommandRow(
        "list",
        "[--page K]",
        _("List your open sessions."),
        (_("list"), _("list --page 2")),
        _parse_list,
        also=("liste",),
        menus=Menu.PERSONAL,
        hint="list",
    ),
    CommandRow(
        "history",
        "[N|mine|EMAIL] [--page K]",
        _("List the sessions of a request, or yours; SDAdmins also a technician’s, by e-mail address."),
        (_("history 123"), _("history --page 2")),
        _parse_history,
        also=("historique",),
        menus=_BOTH_MENUS,
        hint="history",
    ),
    CommandRow(
        "status",
        "",
        _("See whether everything is switched on and you are connected."),
        (_("status"),),
        no_arguments(Status()),
        also=("statut", "etat"),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "home",
        "",
        _("See your overview."),
        (_("home"),),
        no_arguments(ShowHome()),
        also=("accueil",),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "notify",
        "[on|off]",
        _("Choose whether you are notified when the requester of your session is there."),
        (_("notify off"),),
        _parse_notify,
        also=("notifier", "prevenir"),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "auth",
        "",
        _("Connect your TeamViewer account."),
        (_("auth"),),
        no_arguments(Auth()),
        also=("connexion",),
        menus=Menu.PERSONAL,
        hint="auth",
    ),
    CommandRow(
        "logout",
        "[--sure]",
        _("Disconnect your TeamViewer account."),
        (_("logout"), _("logout --sure")),
        _parse_logout,
        also=("deconnexion",),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "admin",
        "…",
        _("Administration, for SDAdmins. Type admin alone to see its commands."),
        (_("admin status"),),
        parse_admin_command,
        menus=Menu.SHARED,
    ),
    CommandRow(
        "hello",
        "",
        _("See what the bot does, and how to begin."),
        (_("hello"),),
        _parse_greeting,
        also=("hi", "hey", "bonjour", "bonsoir", "salut", "coucou"),
    ),
    CommandRow(
        "help",
        "[word]",
        _("Show this list, or how to use one command."),
        (_("help create"),),
        _parse_help,
        also=("aide",),
        menus=_BOTH_MENUS,
        hint="help",
    ),
)

COMMAND_TABLE = {row.name: row for row in _ROWS}
"""Every command by its English name, in the order in which help lists them."""
_ROWS_BY_NAME = {name: row for row in _ROWS for name in (row.name, *row.also)}


def usage_hint() -> str:
    """Return what Slack shows after the slash command's name while somebody types."""
    return ", ".join(row.hint for row in _ROWS if row.hint)


def menu_rows(menu: Menu) -> list[CommandRow]:
    """Return the commands that a menu of Teams offers."""
    return [row for row in _ROWS if menu in row.menus]


def typed_form(command: Command, reference: str = "") -> str | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind of command
    """Return what to type in place of a button, or None where nothing can be typed.

    ``reference`` names the session of a button by its request's number or its code: people do not type its id.
    """
    match command:
        case Create(number, kind, note, another, in_chat):
            return _typed_create([number], kind, note, another=another, in_chat=in_chat)
        case CreateSeveral(numbers, kind, note, another, in_chat):
            return _typed_create(numbers, kind, note, another=another, in_chat=in_chat)
        case OnSession(verb):
            return f"{verb.value} {reference}" if reference else None
        case Uninvite(_session, user):
            who = f" {user}" if "@" in user else ""
            return f"uninvite {reference}{who}" if reference else None
        case Leave():
            return f"leave {reference}" if reference else None
        case History(number, page, of):
            return f"history {number or of or 'mine'}{f' --page {page}' if page > 1 else ''}"
        case Show(number):
            return f"show {number}"
        case Notify(on):
            return "notify" if on is None else f"notify {'on' if on else 'off'}"
        case ListOpen(page):
            return f"list{f' --page {page}' if page > 1 else ''}"
        case Auth():
            return command.tag
        case Logout(sure):
            return f"logout{' --sure' if sure else ''}"
        case OpenOutageForm():
            return "outage"
        case ReportOutage(numbers, kind, note, in_chat):
            return _typed_outage(numbers, kind, note, in_chat=in_chat)
        case ShowOutageLinks() | ShowOutageCard() | EndOutage():
            return None  # they name an outage by its id
        case PlanSession(_number, at, kind, note, another, in_chat):
            created = _typed_create(command.numbers, kind, "", another=another, in_chat=in_chat)
            return f"{created} --at {at}{f' --note {quote_text(note)}' if note else ''}"
        case OpenPlanForm() | MovePlan() | CancelPlan() | StartPlan():
            return None  # they name a planned session by its id
        case Help() | Hello() | Status() | ShowHome() | OpenForm():
            return None  # no card of a session, request or list has such a button
        case Invite() | OpenInviteForm():
            return None  # a person is to be chosen first
        case Retry() | SendAgain() | ShowCard() | ConnectAccount() | DeclineInvitation():
            return None  # they name a session, a notice or a connection by its id
        case ShowPolicy() | OpenPolicyForm():
            return None
        case RemoveRule(number):
            return f"admin policy remove {number}"
        case AddRule(words):
            return f"admin policy add {words}"
        case TryRule(words):
            return f"admin policy try {words}"
        case OpenTransferForm():
            return f"transfer {reference}" if reference else None
        case WithdrawOffer():
            return f"transfer {reference} --withdraw" if reference else None
        case Transfer() | AnswerOffer():
            return None  # a form sends it, or a message says what to type
        case AdminHelp() | AdminStatus() | ListAdmins() | ShowAuditLog() | ShowConnections():
            return None  # the administration keeps its buttons while the widget is switched off
        case SwitchIntegration(on):
            return f"admin {'enable' if on else 'disable'}"
        case (
            SwitchWidget() | ChangeAdmin() | ConfirmAccount() | ReuseConnection() | RunDoctor() | ShowReport()
        ):
            return None
        case _:
            assert_never(command)


def _typed_create(
    numbers: Sequence[RequestNumber], kind: Kind, note: str, *, another: bool, in_chat: bool
) -> str:
    name = "pilot" if kind is Kind.PILOT else "create"
    switches = f"{' --another' if another else ''}{'' if in_chat else ' --no-chat'}"
    return f"{name} {' '.join(numbers)}{switches}{f' --note {quote_text(note)}' if note else ''}"


def _typed_outage(numbers: Sequence[RequestNumber], kind: Kind, note: str, *, in_chat: bool) -> str:
    switches = f"{' --pilot' if kind is Kind.PILOT else ''}{'' if in_chat else ' --no-chat'}"
    return f"outage {' '.join(numbers)}{switches}{f' --note {quote_text(note)}' if note else ''}"
