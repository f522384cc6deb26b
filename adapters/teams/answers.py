"""Teams' answers to commands: in a conversation, and in a dialog of the message extension."""

from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from adapters.teams.render import Rendered, render, session_form
from adapters.teams.render.actions import in_dialog
from adapters.teams.render.markdown import plain_formatter
from bot.i18n import Text, _
from bot.views.form import SessionForm
from bot.views.pages import Message, View
from bot.views.parts import Reader

ELSEWHERE: Text = _("That is for your eyes alone: I sent it to our private chat.")
_UNREACHABLE = _(
    "That is for your eyes alone, but I cannot write to you in private. Open a chat with me and try again."
)
_LATER = _("You see what comes of it in this conversation or, where I am not in it, in our private chat.")


@dataclass(frozen=True, slots=True)
class TeamsAnswer:
    """An answer in a conversation.

    Attributes:
        text: The answer in words: the whole of it, or a card's summary.
        card: The Adaptive Card, if the answer needs one.
        private: Whether only the sender may see it, so that it is sent to their personal chat.
        elsewhere: What the conversation is told if the answer went to the personal chat.
        unreachable: What the conversation is told if it could not be sent there.
        waits: Whether the answer only says that work has begun, so that a typing indicator is enough.
        accepted: Whether a new session was accepted, so that the form that asked for it can be removed.
    """

    text: str
    card: dict[str, Any] | None
    private: bool
    elsewhere: str
    unreachable: str
    waits: bool
    accepted: bool

    @property
    def rendered(self) -> Rendered:
        """The part of the answer that is sent."""
        return Rendered(text=self.text, card=self.card, private=self.private)


def teams_answer(view: View, rendered: Rendered, reader: Reader) -> TeamsAnswer:
    """Make an answer of a view that is rendered already."""
    say = plain_formatter(reader).say
    return TeamsAnswer(
        text=rendered["text"],
        card=rendered["card"],
        private=rendered["private"],
        elsewhere=say(ELSEWHERE),
        unreachable=say(_UNREACHABLE),
        waits=isinstance(view, Message) and view.is_passing,
        accepted=isinstance(view, Message) and view.is_accepted,
    )


class TeamsAnswers:
    """The ``AnswerFormat`` of conversations."""

    def render(self, view: View, reader: Reader) -> TeamsAnswer:
        """Render a view as an answer."""
        return teams_answer(view, render(view, reader), reader)

    def dump(self, answer: TeamsAnswer) -> str:
        """Return an answer as JSON."""
        return msgspec.json.encode(asdict(answer)).decode()

    def load(self, stored: str) -> TeamsAnswer:
        """Return the answer that ``dump`` was given. Raises ValueError."""
        return msgspec.json.decode(stored, type=TeamsAnswer)


@dataclass(frozen=True, slots=True)
class DialogAnswer:
    """An answer in a dialog: a card under a title, or (``card`` None) only words."""

    text: str
    card: dict[str, Any] | None = None
    title: str = "TeamViewer"


class DialogAnswers:
    """The ``AnswerFormat`` of dialogs. What can be pressed in them is pressed there."""

    def render(self, view: View, reader: Reader) -> DialogAnswer:
        """Render a view as an answer."""
        say = plain_formatter(reader).say
        if isinstance(view, SessionForm):
            title = say(_("New session"))
            return DialogAnswer(title, session_form(view, reader, dialog=True), title)
        shown = render(view, reader)
        if shown["card"] is not None:
            return DialogAnswer(shown["text"], in_dialog(shown["card"]))
        later = f" {say(_LATER)}" if isinstance(view, Message) and view.is_passing else ""
        return DialogAnswer(f"{shown['text']}{later}")

    def dump(self, answer: DialogAnswer) -> str:
        """Return an answer as JSON."""
        return msgspec.json.encode(asdict(answer)).decode()

    def load(self, stored: str) -> DialogAnswer:
        """Return an answer from JSON. Raises ValueError.

        A job may have replaced the stored answer by a ``TeamsAnswer``, whose text and card are read here too.
        """
        return msgspec.json.decode(stored, type=DialogAnswer)
