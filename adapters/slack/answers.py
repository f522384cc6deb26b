"""Slack's answers to commands: an ephemeral message, or a modal."""

from typing import ClassVar

from adapters.slack.render import render
from adapters.slack.render.blocks import Block, Blocks, formatter
from adapters.slack.render.form import invite_form, outage_form, session_form
from adapters.slack.render.plan_form import plan_form
from adapters.slack.render.policy import policy_form
from adapters.slack.render.transfer_form import transfer_form
from bot.codec import TaggedCodec
from bot.values import value_class
from bot.views.admin import AdminPage
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageForm
from bot.views.pages import View
from bot.views.parts import Reader
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm
from bot.views.transfer_form import TransferForm


@value_class
class SlackMessage:
    """A message: ``text`` for notifications and screen readers, ``blocks`` for the eye."""

    tag: ClassVar[str] = "message"

    text: str
    blocks: list[Block]

    @property
    def payload(self) -> Blocks:
        """The message as the fields of a Web API call."""
        return Blocks(text=self.text, blocks=self.blocks)


@value_class
class SlackModal:
    """A modal, and the message to send if it cannot be opened."""

    tag: ClassVar[str] = "modal"

    view: Block
    fallback: SlackMessage


SlackAnswer = SlackMessage | SlackModal
_CODEC: TaggedCodec[SlackAnswer] = TaggedCodec(SlackAnswer)


class SlackAnswers:
    """The ``AnswerFormat`` of Slack. ``command`` is the slash command's name."""

    def __init__(self, command: str) -> None:
        self._command = command

    def in_home(self) -> "SlackAnswers":
        """Return the format of answers to switches in App Home, which shows the panel of the switches itself."""
        return _AnswersInHome(self._command)

    def render(self, view: View, reader: Reader) -> SlackAnswer:  # noqa: PLR0911 - one case a form
        """Render a view: a form as a modal, anything else as a message."""
        message = self.render_message(view, reader)
        match view:
            case SessionForm():
                return SlackModal(session_form(view, formatter(reader, self._command)), message)
            case OutageForm():
                return SlackModal(outage_form(view, formatter(reader, self._command)), message)
            case InviteForm():
                return SlackModal(invite_form(view, formatter(reader, self._command)), message)
            case TransferForm():
                return SlackModal(transfer_form(view, formatter(reader, self._command)), message)
            case PlanForm():
                return SlackModal(plan_form(view, formatter(reader, self._command)), message)
            case PolicyForm():
                return SlackModal(policy_form(view, formatter(reader, self._command)), message)
            case _:
                return message

    def render_message(self, view: View, reader: Reader) -> SlackMessage:
        """Render a view as a message. A form becomes a message with a button that opens it."""
        return SlackMessage(**render(view, reader, self._command))

    def dump(self, answer: SlackAnswer) -> str:
        """Return an answer as JSON."""
        return _CODEC.encode(answer)

    def load(self, stored: str) -> SlackAnswer:
        """Return the answer that ``dump`` was given. Raises ValueError."""
        return _CODEC.decode(stored)


class _AnswersInHome(SlackAnswers):
    """Renders the panel of the switches as a message without content, which is not sent."""

    def render_message(self, view: View, reader: Reader) -> SlackMessage:
        return SlackMessage("", []) if isinstance(view, AdminPage) else super().render_message(view, reader)


def as_message(answer: SlackAnswer) -> SlackMessage:
    """Return an answer for where no modal can be opened."""
    return answer.fallback if isinstance(answer, SlackModal) else answer
