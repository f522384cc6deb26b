"""Identifiers as types of their own, so that the type check finds one in another's place."""

import hashlib
import re
import secrets
from typing import NewType

from bot.model.sanitize import remove_invisible
from bot.model.secret import new_token

OrgId = NewType("OrgId", str)
"""One ServiceDesk Plus portal."""

SessionId = NewType("SessionId", str)
"""Our own id of a session; TeamViewer carries it back to us in ``custom_api``."""

NoticeId = NewType("NoticeId", str)

RenewalId = NewType("RenewalId", str)
"""Our own id of a renewal; the TeamViewer session that it creates carries it back to us in ``custom_api``."""
TransferId = NewType("TransferId", str)
"""Our own id of a transfer. A TeamViewer session that replaces another one carries it in ``custom_api``."""

OutageId = NewType("OutageId", str)
"""Our own id of an outage: several sessions that one card shows."""
PlanId = NewType("PlanId", str)
"""Our own id of a planned session. Its appointment in a calendar carries it."""

ConnectionId = NewType("ConnectionId", str)
"""Our own id of a technician's connection to a TeamViewer account."""

CommandKey = NewType("CommandKey", str)
"""The idempotency key of a command: the same when the platform delivers it again."""

EncodedCommand = NewType("EncodedCommand", str)
"""A command as ``bot.commands`` encodes it, for a button or a job."""

RequestNumber = NewType("RequestNumber", str)
"""The number people see (ServiceDesk Plus: ``display_id``)."""

RequestId = NewType("RequestId", str)
"""ServiceDesk Plus's long id: always a string, larger than a float can hold."""

EntryId = NewType("EntryId", str)
"""ServiceDesk Plus's long id of a note or a worklog on a request."""

SessionCode = NewType("SessionCode", str)
"""TeamViewer's code of a session, as TeamViewer wrote it: ``s12-345-678``."""

JoinToken = NewType("JoinToken", str)
"""The token of ``/join/{token}``: unguessable, and valid until its session is over."""

EnterToken = NewType("EnterToken", str)
"""The token of ``/enter/{token}``: unguessable, and one invited technician's alone."""

Email = NewType("Email", str)
"""An e-mail address in lower case: it identifies a technician on every platform."""

DASHES = (
    "\\-\u02d7\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u2212\u2500\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d"
    "\u301c\u3030\u30a0\u30fc\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
"""What looks like a hyphen, for a character class: Unicode's dashes (category Pd), minus, bullet, line, Japanese long vowel."""
_GAP = rf"[\s{DASHES}]"
_CODE = re.compile(
    rf"s{_GAP}*\d{{1,3}}(?:{_GAP}*\d{{3}}){{2,3}}|\d{{1,3}}(?:{_GAP}+\d{{3}}){{2,3}}", re.ASCII
)
"""A code. Without its ``s`` it needs gaps, or it would be the number of a request."""
# Nineteen digits may exceed a 64-bit integer, and no real request has such a number.
_NUMBER = re.compile(r"\d{1,18}")
_AROUND, _BEHIND = "\"'`*()[]{}«»“”„‘’", ".,!?…\"'`*)]}»”’"
"""Quotation marks, brackets and the marks of bold and code around a number or a code; the end of a sentence behind it."""


def new_session_id() -> SessionId:
    """Return a new session id: 32 hexadecimal digits."""
    return SessionId(secrets.token_hex(16))


def derive_notice_id(reason: str) -> NoticeId:
    """Return the id of the notice that is sent for a reason. The same reason gives the same notice."""
    return NoticeId(hashlib.sha256(reason.encode()).hexdigest()[:16])


def derive_renewal_id(key: CommandKey) -> RenewalId:
    """Return the id of the renewal that a command asks for. A command that runs twice asks for one renewal."""
    return RenewalId(hashlib.sha256(f"renewal/{key}".encode()).hexdigest()[:32])


def derive_transfer_id(key: CommandKey) -> TransferId:
    """Return the id of the transfer that a command asks for. A command that runs twice asks for one transfer."""
    return TransferId(hashlib.sha256(f"transfer/{key}".encode()).hexdigest()[:32])


def derive_outage_id(key: CommandKey) -> OutageId:
    """Return the id of the outage that a command reports. A command that runs twice reports one outage."""
    return OutageId(hashlib.sha256(f"outage/{key}".encode()).hexdigest()[:32])


def derive_plan_id(key: CommandKey, number: RequestNumber) -> PlanId:
    """Return the id of the session that a command plans for a request. A command that runs twice plans one session."""
    return PlanId(hashlib.sha256(f"plan/{key}/{number}".encode()).hexdigest()[:32])


def derive_session_id(reason: str) -> SessionId:
    """Return the id of the session that is created for a reason: a command, or a plan. The same reason gives the same session."""
    return SessionId(hashlib.sha256(reason.encode()).hexdigest()[:32])


def new_join_token() -> JoinToken:
    """Return a new join token: 160 random bits, safe in a URL."""
    return JoinToken(new_token(20))


def new_enter_token() -> EnterToken:
    """Return a new token for the way in of an invited technician: 160 random bits, safe in a URL."""
    return EnterToken(new_token(20))


def email(address: str) -> Email:
    """Return an e-mail address in the form in which addresses are compared.

    Letters outside ASCII stay as they are. Some become ASCII in lower case: the Kelvin sign becomes a plain ``k``. Then
    two addresses of two people would be the same one.
    """
    stripped = address.strip()
    return Email(stripped.lower() if stripped.isascii() else stripped)


def is_plain_address(address: Email) -> bool:
    """Return whether an e-mail address consists of visible ASCII characters, so that no other one looks like it."""
    return all("!" <= character <= "~" for character in address)


def request_number(text: str) -> RequestNumber | None:
    """Read the number of a request (``123`` or ``#123``). None for any other text."""
    digits = _without_punctuation(text).removeprefix("#")
    return (
        RequestNumber(digits.lstrip("0") or "0") if _NUMBER.fullmatch(digits) and digits.isascii() else None
    )


def session_code(text: str) -> str | None:
    """Read a session code (``s12-345-678``) and return it without dashes. None for any other text.

    People type it with spaces or other dashes too, and leave its ``s`` out.
    """
    lowered = _without_punctuation(text).lower()
    return "s" + re.sub(r"\D", "", lowered) if _CODE.fullmatch(lowered) else None


def shown_code(bare: str) -> str:
    """Return a code that ``session_code`` read as TeamViewer shows it (``s12-345-678``): in groups of three digits from the end."""
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+\Z)", "-", bare[1:])
    return f"s{grouped}"


def _without_punctuation(text: str) -> str:
    """Return a number or a code without what surrounds it in a sentence that it was copied from."""
    return remove_invisible(text).strip().strip(_AROUND).rstrip(_BEHIND).strip()


def is_typed_reference(reference: str) -> bool:
    """Return whether a reference to a session is a request's number or a code. Our own ids look like neither."""
    return request_number(reference) is not None or session_code(reference) is not None


def bare_code(code: SessionCode) -> str:
    """Return a code without its dashes, to compare two spellings of one code."""
    return code.replace("-", "").lower()
