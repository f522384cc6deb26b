"""The parts of views: buttons, questions, tones; and the reader of a view."""

from enum import StrEnum
from typing import assert_never

from bot.commands import Command
from bot.i18n import Text, labelled, nearest
from bot.model.effect import Effect
from bot.model.secret import Secret
from bot.model.technician import Profile
from bot.values import value_class


@value_class
class Reader:
    """The language and time zone of the person who reads a view.

    ``mention``: what they type before a command where the bot must be mentioned (``@tvbot``), else empty.
    """

    language: str = "en"
    timezone: str = "UTC"
    mention: str = ""

    @classmethod
    def of(cls, profile: Profile | None, otherwise: str = "en") -> "Reader":
        """Take the language and time zone from a chat profile. Without one, the language is ``otherwise``."""
        return cls(nearest(profile.locale), profile.timezone) if profile else cls(otherwise)


class Style(StrEnum):
    """How prominent a button is."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@value_class
class Question:
    """The confirmation that a button asks for, before it does something that cannot be undone."""

    title: Text
    text: Text
    yes: Text
    no: Text


@value_class
class Button:
    """A button that sends a command.

    ``about``: what the button acts on, where several buttons of a view have the same label. Screen readers read it
    after the label: "Switch off: Widget".
    """

    label: Text
    command: Command
    style: Style = Style.PLAIN
    question: Question | None = None
    about: Text | None = None

    @property
    def spoken_label(self) -> Text | None:
        """The label for screen readers, if it differs from ``label``."""
        return labelled(self.label, self.about) if self.about else None


@value_class
class LinkButton:
    """A button that opens an address in the browser. The address may be a secret of the reader.

    ``command`` is run, without an answer, where the platform reports the press. Slack does; Teams does not.
    """

    label: Text
    url: Secret
    style: Style = Style.PLAIN
    command: Command | None = None


class Tone(StrEnum):
    """The kind of a message. It is shown by a sign, never by colour alone.

    GOOD confirms something, so only ``confirm`` makes it.
    """

    PLAIN = "plain"
    GOOD = "good"
    WAIT = "wait"
    PROBLEM = "problem"
    REFUSED = "refused"
    CALL = "call"


@value_class
class Confirmation:
    """What came of a command, as a sentence with its tone. Only ``confirm`` makes one."""

    text: Text
    tone: Tone


def confirm(effect: Effect, *, changed: Text, nothing: Text) -> Confirmation:
    """Choose the sentence that is true: what was changed, or that nothing was. Only a change gets the sign of success."""
    match effect:
        case Effect.CHANGED:
            return Confirmation(changed, Tone.GOOD)
        case Effect.NOTHING:
            return Confirmation(nothing, Tone.PLAIN)
        case _:
            assert_never(effect)
