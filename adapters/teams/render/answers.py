"""Answers as values: a rendered view with everything needed to deliver it now or later."""

import json
from collections.abc import Sequence

import msgspec

from adapters.teams.render import render
from adapters.teams.render.actions import in_dialog
from adapters.teams.render.card import Element, card
from adapters.teams.render.form import session_form
from adapters.teams.render.markdown import formatter, plain_formatter
from bot.i18n import Text, _
from bot.values import replace
from bot.views.form import ChannelChoice, SessionForm
from bot.views.outage import OutageForm, RequestChoice
from bot.views.pages import Message, View, is_passing
from bot.views.parts import Reader, Tone

ELSEWHERE: Text = _("Only you may see that: I sent it to our private chat.")
UNREACHABLE: Text = _(
    "Only you may see that, but I cannot write to you in private. Open a chat with me and try again."
)
_LATER = _("The result appears in this conversation or, if I am not in it, in our private chat.")


class TeamsAnswer(
    msgspec.Struct,
    frozen=True,
    rename={"is_private": "private", "is_pending": "waits", "is_accepted": "accepted"},
):
    """The answer to a command in a conversation.

    ``text`` is for notifications and screen readers, ``card`` for the eye (None where the text says it all).
    ``is_private``: only the person who gave the command may see it. ``elsewhere`` is said in the conversation instead,
    and ``unreachable`` if the bot cannot write to the person in private. ``is_pending``: it only says that the work has
    begun. ``is_accepted``: what a form asks for was accepted, so the form is done. ``is_page``: it is a page such as the
    administration, and no sentence.
    """

    text: str
    card: Element | None
    is_private: bool
    elsewhere: str
    unreachable: str
    is_pending: bool
    is_accepted: bool
    is_page: bool = False

    def as_unreachable(self) -> "TeamsAnswer":
        """Return what the conversation sees if the bot cannot write to the person in private."""
        return msgspec.structs.replace(self, text=self.unreachable, card=None, is_private=False)


class DialogAnswer(msgspec.Struct, frozen=True):
    """The answer to a command in a dialog: a card under a title, or (``card`` None) a text that ends the dialog."""

    text: str
    card: Element | None = None
    title: str = "TeamViewer"


class TeamsAnswers:
    """The ``AnswerFormat`` of conversations.

    ``bot_name``: its name, in a conversation where commands must mention it. What goes to the private chat needs no mention.
    ``channels`` and ``requests`` are the choices of a form.
    """

    def __init__(
        self,
        bot_name: str = "",
        channels: Sequence[ChannelChoice] = (),
        requests: Sequence[RequestChoice] = (),
    ) -> None:
        self._mention = f"@{bot_name}" if bot_name else ""
        self._channels = channels
        self._requests = requests

    def render(self, view: View, reader: Reader, *, viewers: Sequence[str] = ()) -> TeamsAnswer:
        """Render a view as an answer. The clients of ``viewers`` ask for their own view of a session's card."""
        view = _with_channels(view, self._channels)
        if isinstance(view, OutageForm) and self._requests:
            view = replace(view, requests=self._requests)
        rendered = render(view, replace(reader, mention=self._mention), viewers=viewers)
        if rendered.is_private and self._mention:
            rendered = render(view, reader, viewers=viewers)
        say = plain_formatter(reader).say
        return TeamsAnswer(
            rendered.text,
            rendered.card,
            rendered.is_private,
            elsewhere=say(ELSEWHERE),
            unreachable=rendered.text if _names_nobody(view) else say(UNREACHABLE),
            is_pending=is_passing(view),
            is_accepted=isinstance(view, Message) and view.is_accepted,
            is_page=not isinstance(view, Message),
        )

    def dump(self, answer: TeamsAnswer) -> str:
        """Return an answer as JSON."""
        return _dump(answer)

    def load(self, stored: str) -> TeamsAnswer:
        """Return the answer that ``dump`` was given. Raises ValueError."""
        return msgspec.convert(json.loads(stored), TeamsAnswer)


def _names_nobody(view: View) -> bool:
    """Whether an answer is a refusal without an address or a name. Who cannot be reached in private reads it in public."""
    return isinstance(view, Message) and view.tone is Tone.REFUSED and not (view.text.values or view.details)


def _with_channels(view: View, channels: Sequence[ChannelChoice]) -> View:
    return (
        replace(view, choices=channels) if isinstance(view, SessionForm | OutageForm) and channels else view
    )


class DialogAnswers:
    """The ``AnswerFormat`` of dialogs. Only the person who opened a dialog sees it. ``channels`` are the choices of a form."""

    def __init__(self, channels: Sequence[ChannelChoice] = ()) -> None:
        self._channels = channels

    def render(self, view: View, reader: Reader) -> DialogAnswer:
        """Render a view as an answer."""
        view = _with_channels(view, self._channels)
        say = plain_formatter(reader).say
        if isinstance(view, SessionForm):
            language = formatter(reader)
            form = card(session_form(view, language, is_dialog=True), language.code)
            title = say(_("New session"))
            return DialogAnswer(title, form, title)
        rendered = render(view, reader)
        if rendered.card is not None:
            return DialogAnswer(rendered.text, in_dialog(rendered.card))
        later = f" {say(_LATER)}" if is_passing(view) else ""
        return DialogAnswer(f"{rendered.text}{later}")

    def dump(self, answer: DialogAnswer) -> str:
        """Return an answer as JSON."""
        return _dump(answer)

    def load(self, stored: str) -> DialogAnswer:
        """Return an answer from JSON. Raises ValueError.

        A job may have replaced the stored answer by a ``TeamsAnswer``. Its text and card are read here too.
        """
        return msgspec.convert(json.loads(stored), DialogAnswer)


def _dump(answer: TeamsAnswer | DialogAnswer) -> str:
    # msgspec's own encoder refuses half characters, which texts of other systems may contain.
    return json.dumps(msgspec.to_builtins(answer))
