"""The table of words: what may be typed, by whom, and what it becomes. Parser, help and usage hints are made of it."""

import difflib
import re
import unicodedata

from bot import admin_command_syntax
from bot.admin_command_syntax import ADDRESS
from bot.command_row import CommandRow, Parse, nothing_behind, usage
from bot.commands import (
    Auth,
    Command,
    Create,
    Help,
    History,
    ListOpen,
    Logout,
    OnSession,
    OpenForm,
    Show,
    ShowHome,
    Status,
    Verb,
)
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.model.ids import RequestNumber, email, request_number, session_code
from bot.model.mention import name_mentions
from bot.model.sanitize import sanitize
from bot.model.session import Kind

LONGEST = 1000
"""How many characters a command may have."""
LONGEST_NOTE = 500
_DASHES = re.compile(r"(?<!\S)[\u2013\u2014\u2015](?=\w)|(?<!\S)-(?=(?:pilot|another|note|page)\b)")
_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2019": "'"}
)


def parse(line: str) -> Command:
    """Read what a person typed after the command's name. Raises Misunderstood with a hint."""
    if len(line) > LONGEST:
        raise Misunderstood(
            _("That is too long: keep a command under {limit} characters. Nothing was done.", limit=LONGEST)
        )
    name, _space, rest = tidy(line).partition(" ")
    if not name:
        return Help()
    word = word_named(name)
    if word is None:
        raise Misunderstood(_hint(name.lower(), rest))
    return word.parse(word, rest.strip())


def word_named(name: str) -> CommandRow | None:
    """Find a word by its name, in whichever language it is typed."""
    email_templates = unicodedata.normalize("NFKD", name.lower())
    return _BY_NAME.get("".join(one for one in email_templates if not unicodedata.combining(one)))


def tidy(line: str) -> str:
    """Undo what phones and copy-paste do to typed words: full-width letters, odd spaces, long dashes, smart quotes."""
    plain = unicodedata.normalize("NFKC", sanitize(line)).translate(_QUOTES)
    return _DASHES.sub("--", " ".join(plain.split()))


def _hint(name: str, rest: str) -> Text:
    swapped = rest.split(" ", maxsplit=1)[0].lower()
    if (request_number(name) or session_code(name)) and swapped in COMMAND_TABLE:
        return _("The word comes first: type {words}.", words=Words(f"{swapped} {name}"))
    if request_number(name):
        return _(
            "Say what to do with request {number}, for example {words}.",
            number=name,
            words=Words(f"create {name}"),
        )
    near = difflib.get_close_matches(name, COMMAND_TABLE, n=1, cutoff=0.6)
    if near:
        return _("There is no word “{word}”. Did you mean {words}?", word=name[:40], words=Words(near[0]))
    return _(
        "There is no word “{word}”. Type {words} to see what there is.", word=name[:40], words=Words("help")
    )


def _number(word: CommandRow, text: str) -> RequestNumber:
    number = request_number(text)
    if number is None:
        if not text:
            raise usage(word)
        raise Misunderstood(
            _(
                "“{text}” is not a request’s number. Type it like this: {words}",
                text=text[:40],
                words=Words(word.pattern),
            )
        )
    return number


def _help(_word: CommandRow, rest: str) -> Command:
    return Help(rest.lower() or None)


def _show(word: CommandRow, rest: str) -> Command:
    return Show(_number(word, rest))


def _create(kind: Kind) -> Parse:
    def read(word: CommandRow, rest: str) -> Command:
        rest, marker, note = rest.partition("--note")
        if marker and note[:1] not in {"", " ", "="}:
            raise usage(word)
        arguments = rest.split()
        flags = {argument.lower() for argument in arguments} & {"--pilot", "--another"}
        numbers = [argument for argument in arguments if argument.lower() not in flags]
        if len(numbers) > 1:
            raise Misunderstood(
                _(
                    "One request at a time: “{text}” is too much. Type it like this: {words}",
                    text=" ".join(numbers)[:60],
                    words=Words(word.pattern),
                )
            )
        chosen = Kind.PILOT if "--pilot" in flags else kind
        if not numbers and word.name == "create":
            return OpenForm(None, chosen, _note(note))
        return Create(_number(word, " ".join(numbers)), chosen, _note(note), another="--another" in flags)

    return read


def _note(text: str) -> str:
    note = name_mentions(text).strip().lstrip("=").strip()
    if len(note) > 1 and note[0] == note[-1] == '"':
        note = note[1:-1]
    if len(note) > LONGEST_NOTE:
        raise Misunderstood(
            _("The note is too long: {limit} characters at most. Nothing was done.", limit=LONGEST_NOTE)
        )
    return note


def _on_session(verb: Verb) -> Parse:
    def read(word: CommandRow, rest: str) -> Command:
        reference = request_number(rest) or session_code(rest)
        if reference is None:
            raise (
                usage(word)
                if not rest
                else Misunderstood(
                    _(
                        "“{text}” is neither a request’s number nor a session’s code. Type it like this: {words}",
                        text=rest[:40],
                        words=Words(word.pattern),
                    )
                )
            )
        return OnSession(verb, reference)

    return read


def _history(word: CommandRow, rest: str) -> Command:
    found = re.fullmatch(r"(?P<of>(?!--)\S+)?\s*(?:--page\s+(?P<page>\d{1,6}))?", rest, re.IGNORECASE)
    if found is None:
        raise usage(word)
    of, page = found["of"] or "mine", int(found["page"] or 1)
    if page < 1:
        raise usage(word)
    if ADDRESS.fullmatch(of):
        return History(None, page, email(of))
    return History(None if of.lower() == "mine" else _number(word, of), page)


_ALL = (
    CommandRow(
        "create",
        "[N] [--pilot] [--another] [--note TEXT]",
        _("Create a session for request N and send the links; without N, a form opens."),
        _create(Kind.REMOTE),
        also=("creer",),
    ),
    CommandRow(
        "pilot",
        "N [--note TEXT]",
        _("Create a session over the camera of the requester’s phone."),
        _create(Kind.PILOT),
        also=("pilote",),
    ),
    CommandRow(
        "show",
        "N",
        _("Show request N and its sessions."),
        _show,
        also=(
            "afficher",
            "montrer",
        ),
    ),
    CommandRow("enter", "N|CODE", _("Enter your open session."), _on_session(Verb.ENTER), also=("entrer",)),
    CommandRow(
        "reinvite",
        "N|CODE",
        _("Send the requester the link again."),
        _on_session(Verb.REINVITE),
        also=("reinviter",),
    ),
    CommandRow(
        "link",
        "N|CODE",
        _("Get the requester’s link, to share it another way."),
        _on_session(Verb.LINK),
        also=("lien",),
    ),
    CommandRow(
        "end",
        "N|CODE",
        _("End the session and close its connection."),
        _on_session(Verb.END),
        also=(
            "terminer",
            "fin",
        ),
    ),
    CommandRow("list", "", _("List your open sessions."), nothing_behind(ListOpen()), also=("liste",)),
    CommandRow(
        "history",
        "[N|mine|EMAIL] [--page K]",
        _("List the sessions of a request, or yours; SDAdmins also a technician’s, by e-mail address."),
        _history,
        also=("historique",),
    ),
    CommandRow(
        "status",
        "",
        _("See whether everything is switched on and you are connected."),
        nothing_behind(Status()),
        also=(
            "statut",
            "etat",
        ),
    ),
    CommandRow("home", "", _("See your overview."), nothing_behind(ShowHome()), also=("accueil",)),
    CommandRow(
        "auth", "", _("Connect your TeamViewer account."), nothing_behind(Auth()), also=("connexion",)
    ),
    CommandRow(
        "logout",
        "",
        _("Disconnect your TeamViewer account."),
        nothing_behind(Logout()),
        also=("deconnexion",),
    ),
    CommandRow(
        "admin",
        "…",
        _("Administration, for SDAdmins: type admin alone to see its words."),
        admin_command_syntax.read,
    ),
    CommandRow("help", "[word]", _("See this list, or how to use one word."), _help, also=("aide",)),
)

COMMAND_TABLE = {word.name: word for word in _ALL}
_BY_NAME = {name: word for word in _ALL for name in (word.name, *word.also)}
USAGE_HINT = "[create N | show N | end N | list | history | auth | help]"
"""What Slack shows behind the command's name while it is typed."""
