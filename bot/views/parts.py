"""The small parts that views are made of, and the reader they are made for."""

from dataclasses import dataclass
from enum import StrEnum

from bot.commands import Command
from bot.i18n import Text, nearest
from bot.model.secret import Secret
from bot.model.technician import Profile


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language and time zone a view is read."""

    language: str = "en"
    timezone: str = "UTC"

    @classmethod
    def of(cls, profile: Profile | None, otherwise: str = "en") -> "Reader":
        """Take the reader's language and time zone from their chat profile; ``otherwise`` is the language without one."""
        return cls(nearest(profile.locale), profile.timezone) if profile else cls(otherwise)


class Style(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before a button does something that cannot be undone."""

    title: Text
    text: Text
    yes: Text
    no: Text


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends a command."""

    label: Text
    command: Command
    style: Style = Style.PLAIN
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens an address in the browser. The address may be a secret of the reader's."""

    label: Text
    url: Secret
    style: Style = Style.PLAIN


class Tone(StrEnum):
    """What kind of message it is; it is shown by a sign, never by colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    WAIT = "wait"
    PROBLEM = "problem"
    REFUSED = "refused"
