"""Slack's payloads as commands. Only this module and ``origin`` read what Slack sends for slash commands and interactions."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.slack.origin import SlackOrigin, as_object
from adapters.slack.plan_payload import read_chosen_time
from adapters.slack.render.blocks import OPENS_ADDRESS
from adapters.slack.render.form import (
    CHANNEL,
    COLLEAGUE,
    IN_CHAT,
    KIND,
    NOTE,
    NUMBERS,
    REQUEST,
    REQUEST_ACTION,
    REQUESTS,
    REQUESTS_ACTION,
)
from adapters.slack.response_urls import mark_as_replacing, mark_as_typed
from adapters.slack.threads import as_chosen
from adapters.slack.typed_text import unescape_typed_text
from bot.command_syntax import parse_command
from bot.commands import (
    ChangeAdmin,
    Command,
    CommandRequest,
    ConfirmAccount,
    Create,
    History,
    Invite,
    ListOpen,
    Logout,
    Notify,
    OnSession,
    Place,
    PlanSession,
    ReportOutage,
    ReuseConnection,
    RunDoctor,
    Show,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    Uninvite,
    Verb,
    decode_command,
)
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import CommandKey, RequestNumber, SessionId
from bot.model.sanitize import sanitize
from bot.model.session import Kind
from bot.model.technician import Actor
from bot.request_numbers import read_request_numbers
from bot.values import replace
from bot.words_to_type import HELP

Payload = Mapping[str, Any]
_READ_FIELDS = frozenset(
    {"fallback", "from_url", "original_url", "pretext", "text", "title", "title_link", "url", "value"}
)
"""Fields of attachments and blocks that hold what people read, or where it leads (Slack: attachments, Block Kit)."""
_LONGEST_MESSAGE = 40_000
"""Characters that are searched for a request. A message's own text has no more."""


def read_slash_command(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a slash command. Raises Misunderstood if its text is no command."""
    return origin.to_request(parse_command(unescape_typed_text(str(body.get("text") or ""))))


def let_result_replace_answer(command_request: CommandRequest) -> CommandRequest:
    """Let the result of a typed command replace its first answer, such as “Creating…”, which is untrue from then on.

    Only of commands with one result, or whose next result makes the one before untrue. To any other command, an answer
    that had to be postponed replaces “One moment…”.
    """
    url = command_request.return_address
    match command_request.command:
        case (
            Create()
            | PlanSession()
            | OnSession(Verb.RENEW | Verb.END)
            | Show()
            | RunDoctor()
            | ChangeAdmin()
            | ConfirmAccount()
            | Transfer()
            | Invite()
            | Uninvite()
        ):
            return replace(command_request, return_address=url and mark_as_replacing(url))
        case _:
            return replace(command_request, return_address=url and mark_as_typed(url))


def carries_command(body: Payload) -> bool:
    """Whether the pressed button sends a command. One that opens an address may carry one too."""
    return bool(_pressed_value(body))


def opens_address(body: Payload) -> bool:
    """Whether the pressed button opens an address. Its presser looks at the browser then, and expects no answer."""
    return str(body["actions"][0].get("action_id") or "").startswith(OPENS_ADDRESS)


def read_button(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a press of a button. Raises Misunderstood if an older version made it, NotAllowed for strangers."""
    try:
        command = decode_command(_pressed_value(body))
    except ValueError:
        raise Misunderstood(
            _(
                "This button is too old: the bot no longer knows what it does. Type {words} to see what you can do instead.",
                words=HELP,
            )
        ) from None
    return origin.to_request(command)


def outdates_its_message(body: Payload) -> bool:
    """Whether a press makes an ephemeral message untrue or leaves it behind, so that the answer has to replace it.

    Other messages are not replaced: they follow by themselves, and others read them too.
    """
    if not as_object(body.get("container")).get("is_ephemeral"):
        return False
    try:
        command = decode_command(_pressed_value(body))
    except ValueError:
        return False
    match command:
        case SwitchIntegration() | SwitchWidget() | ReuseConnection() | Notify() | Logout():
            return True
        case History() | ListOpen():
            return command.page > 1
        case _:
            return False


def switches_in_home(body: Payload) -> bool:
    """Whether the button is a switch in App Home, which shows the change itself."""
    if as_object(body.get("view")).get("type") != "home":
        return False
    try:
        return isinstance(decode_command(_pressed_value(body)), SwitchIntegration | SwitchWidget)
    except ValueError:
        return False


def read_form(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a submitted form. Slack submits it again with the same id and hash. Raises NotAllowed for strangers."""
    sender = origin.require_member()
    return _form_request(body["view"], sender, _filled_in(body["view"]["state"]["values"]))


def read_outage_form(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a submitted form for an outage. Raises NotAllowed for strangers, Misunderstood for text that is no number."""
    sender = origin.require_member()
    values = body["view"]["state"]["values"]
    kind, note = _form_kind(values), _form_note(values)
    command = ReportOutage(read_outage_numbers(body), kind, note, in_chat=_is_chat_chosen(values))
    return _form_request(body["view"], sender, command)


def read_outage_numbers(body: Payload) -> tuple[RequestNumber, ...]:
    """Return the requests of a submitted form for an outage. Raises Misunderstood."""
    values = body["view"]["state"]["values"]
    chosen = values[REQUESTS][REQUESTS_ACTION].get("selected_options") or ()
    typed = sanitize(str(values[NUMBERS][NUMBERS].get("value") or ""))
    return read_request_numbers(typed, [str(one["value"]) for one in chosen])


def _form_request(view: Payload, sender: Actor, command: Command) -> CommandRequest:
    """Make the request of a form whose card may be posted in a channel."""
    channel = str(json.loads(view.get("private_metadata") or "{}").get("channel") or "")
    if not channel and (chosen := _chosen_channel(view["state"]["values"])):
        channel = as_chosen(chosen)
    return CommandRequest(
        key=CommandKey(f"slack:{sender.tenant}:{view['id']}:{view.get('hash', '')}"),
        actor=sender,
        place=Place(channel, is_private=not channel),
        command=command,
    )


def read_invite_form(body: Payload, origin: SlackOrigin) -> CommandRequest:
    """Read a submitted form in which a colleague was chosen. Raises NotAllowed for strangers."""
    sender = origin.require_member()
    view = body["view"]
    session = str(json.loads(view.get("private_metadata") or "{}").get("session") or "")
    user = str(view["state"]["values"][COLLEAGUE][COLLEAGUE].get("selected_user") or "")
    return CommandRequest(
        key=CommandKey(f"slack:{sender.tenant}:{view['id']}:{view.get('hash', '')}"),
        actor=sender,
        # The form may have been opened in a channel. What is said about invitations is for its sender.
        place=Place("", is_private=True),
        command=Invite(SessionId(session), user),
    )


def read_message_text(body: Payload) -> str:
    """Return what people read in the message that a shortcut was called on; empty for a shortcut without one.

    An app's message often has its number or link in an attachment or a block, and no ``text`` or another one.
    """
    message = as_object(body.get("message"))
    parts = [str(message.get("text") or ""), *_read_texts(message.get("attachments"), message.get("blocks"))]
    return html.unescape("\n".join(dict.fromkeys(part for part in parts if part))[:_LONGEST_MESSAGE])


def read_search_text(body: Payload) -> str:
    """Return what was typed into the form's search so far."""
    return str(body.get("value") or "")


def _read_texts(*nested: Any) -> Iterator[str]:
    """Yield the texts and addresses in attachments and blocks, in their order."""
    for one in nested:
        if isinstance(one, list):
            yield from _read_texts(*one)
        elif isinstance(one, Mapping):
            for name, value in one.items():
                if isinstance(value, str):
                    # A button has a value too, which nobody reads.
                    if name in _READ_FIELDS and not (name == "value" and "type" in one):
                        yield value
                else:
                    yield from _read_texts(value)


def _pressed_value(body: Payload) -> str:
    return str(body["actions"][0].get("value") or "")


def _chosen_channel(values: Payload) -> str:
    """Return the channel that was chosen for the card. Empty if none was."""
    return str(as_object(as_object(values.get(CHANNEL)).get(CHANNEL)).get("selected_conversation") or "")


def _filled_in(values: Payload) -> Create | PlanSession:
    number = RequestNumber(values[REQUEST][REQUEST_ACTION]["selected_option"]["value"])
    kind, note, in_chat = _form_kind(values), _form_note(values), _is_chat_chosen(values)
    if at := read_chosen_time(values):
        return PlanSession(number, at, kind, note, in_chat=in_chat)
    return Create(number, kind, note, in_chat=in_chat)


def _form_kind(values: Payload) -> Kind:
    return Kind(values[KIND][KIND]["selected_option"]["value"])


def _form_note(values: Payload) -> str:
    return " ".join(sanitize(str(values[NOTE][NOTE].get("value") or "")).split())


def _is_chat_chosen(values: Payload) -> bool:
    """Whether the switch for the invitation in a chat is on. A form without it leaves that to the settings."""
    chosen = as_object(as_object(values.get(IN_CHAT)).get(IN_CHAT)).get("selected_options")
    return chosen is None or bool(chosen)
