"""The form for a new session, as a modal."""

import json

from adapters.slack.render.blocks import Block, context, cut, plain_text
from adapters.slack.render.colleague_form import ColleagueForm, colleague_modal
from adapters.slack.render.plan_form import time_picker
from bot.commands import MOST_IN_OUTAGE
from bot.i18n import Language, Text, _
from bot.model.ids import RequestNumber
from bot.model.request import Request
from bot.model.session import Kind
from bot.request_numbers import LONGEST_LIST
from bot.typed_text import LONGEST_NOTE
from bot.views.form import (
    AT_HINT,
    AT_LABEL,
    IN_CHAT_HINT,
    IN_CHAT_LABEL,
    INVITE_HINT,
    InviteForm,
    SessionForm,
    invite_form_title,
)
from bot.views.outage import OutageForm
from bot.views.session import kind_hint, kind_text

CALLBACK = "tv:form"
REQUEST, KIND, NOTE, CHANNEL, IN_CHAT = "request", "kind", "note", "channel", "in_chat"
REQUEST_ACTION = "tv:request"
OUTAGE_CALLBACK = "tv:outage"
REQUESTS, NUMBERS = "requests", "numbers"
REQUESTS_ACTION = "tv:requests"
INVITE_CALLBACK = "tv:invite"
COLLEAGUE = "colleague"
_OPTION = 75


def session_form(view: SessionForm, language: Language) -> Block:
    """Render the form. Its metadata holds the channel for the session's card, and no secret."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_text(_("New session"), 24, language),
        "submit": plain_text(_("Create"), 24, language),
        "close": plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"channel": view.channel}),
        "blocks": [
            _input(REQUEST, _("Request"), _request_picker(view.number, language), language),
            _input(KIND, _("Kind"), _kind_choice(view.kind, language), language),
            _input(NOTE, _("Note"), _note_field(view.note), language) | {"optional": True},
            _at_input(view, language),
            *([_in_chat_input(language)] if view.offers_chat else []),
            *([] if view.channel else [_channel_input(language)]),
        ],
    }


def outage_form(view: OutageForm, language: Language) -> Block:
    """Render the form for an outage. Requests are chosen from a list, or their numbers are typed or pasted."""
    picker: Block = {
        "type": "multi_external_select",
        "action_id": REQUESTS_ACTION,
        # Without a text the list holds the requests that are assigned to the reader.
        "min_query_length": 0,
        "max_selected_items": MOST_IN_OUTAGE,
        "placeholder": plain_text(_("Your requests, or search others"), 150, language),
    }
    field: Block = {
        "type": "plain_text_input",
        "action_id": NUMBERS,
        "multiline": True,
        "max_length": LONGEST_LIST,
        "placeholder": plain_text(Text("101 102 103"), 150, language),
    }
    hint = plain_text(_("With spaces or commas between them."), 2000, language)
    return {
        "type": "modal",
        "callback_id": OUTAGE_CALLBACK,
        "title": plain_text(_("Outage"), 24, language),
        "submit": plain_text(_("Create"), 24, language),
        "close": plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"channel": view.channel}),
        "blocks": [
            context(language.say(_("Each request gets a session of its own. One card shows them all."))),
            _input(REQUESTS, _("Requests"), picker, language) | {"optional": True},
            _input(NUMBERS, _("Numbers of requests"), field, language) | {"optional": True, "hint": hint},
            _input(KIND, _("Kind"), _kind_choice(view.kind, language), language),
            _input(NOTE, _("Note"), _note_field(view.note), language) | {"optional": True},
            *([_in_chat_input(language)] if view.offers_chat else []),
            *([] if view.channel else [_channel_input(language)]),
        ],
    }


def invite_form(view: InviteForm, language: Language) -> Block:
    """Render the form in which a colleague is chosen who is to be invited."""
    form = ColleagueForm(
        INVITE_CALLBACK,
        COLLEAGUE,
        view.session,
        title=_("Invite"),
        question=invite_form_title(view),
        hint=INVITE_HINT,
        submit=_("Invite"),
    )
    return colleague_modal(form, language)


def _input(block_id: str, label: Text, element: Block, language: Language) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, 2000, language),
        "element": element,
    }


def _request_picker(number: RequestNumber | None, language: Language) -> Block:
    """Return the field for the request. Slack asks for its options while somebody types."""
    picker: Block = {
        "type": "external_select",
        "action_id": REQUEST_ACTION,
        "min_query_length": 1,
        "placeholder": plain_text(_("Number, subject or requester"), 150, language),
    }
    return picker | ({"initial_option": number_option(number)} if number is not None else {})


def _kind_choice(chosen: Kind, language: Language) -> Block:
    options = {
        kind: {
            "text": plain_text(kind_text(kind), _OPTION, language),
            "description": plain_text(kind_hint(kind), _OPTION, language),
            "value": kind.value,
        }
        for kind in Kind
    }
    return {
        "type": "radio_buttons",
        "action_id": KIND,
        "options": list(options.values()),
        "initial_option": options[chosen],
    }


def _note_field(note: str) -> Block:
    field: Block = {
        "type": "plain_text_input",
        "action_id": NOTE,
        "multiline": True,
        "max_length": LONGEST_NOTE,
    }
    return field | ({"initial_value": note} if note else {})


def _at_input(view: SessionForm, language: Language) -> Block:
    """Return the field for the time of a session that is created later."""
    hint = plain_text(AT_HINT, 2000, language)
    return time_picker(AT_LABEL, language, view.starts_at) | {"optional": True, "hint": hint}


def _in_chat_input(language: Language) -> Block:
    """Return the switch for the invitation in a chat. It is on at first."""
    option = {
        "text": plain_text(IN_CHAT_LABEL, _OPTION, language),
        "description": plain_text(IN_CHAT_HINT, _OPTION, language),
        "value": IN_CHAT,
    }
    boxes = {
        "type": "checkboxes",
        "action_id": IN_CHAT,
        "options": [option],
        "initial_options": [option],
    }
    return _input(IN_CHAT, _("Invitation"), boxes, language) | {"optional": True}


def _channel_input(language: Language) -> Block:
    """Return the field for the card's channel, for a form that was opened outside of a channel."""
    picker: Block = {
        "type": "conversations_select",
        "action_id": CHANNEL,
        "placeholder": plain_text(_("Your own chat with the bot"), 150, language),
        # In a channel that another organization shares, the card would be in private.
        "filter": {
            "include": ["public", "private"],
            "exclude_external_shared_channels": True,
            "exclude_bot_users": True,
        },
    }
    hint = plain_text(_("The bot must be in the channel. Your links stay private."), 2000, language)
    return _input(CHANNEL, _("Post the card in"), picker, language) | {"optional": True, "hint": hint}


def request_option(request: Request) -> Block:
    """Render a request as a choice of the form."""
    option = _option(f"#{request.number}  {request.subject}", request.number)
    name = " ".join(request.requester.name.split()) if request.requester else ""
    return option | ({"description": {"type": "plain_text", "text": cut(name, _OPTION)}} if name else {})


def number_option(number: RequestNumber) -> Block:
    """Render the number of a request that could not be looked up as a choice of the form."""
    return _option(f"#{number}", number)


def _option(text: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": cut(" ".join(text.split()), _OPTION)}, "value": value}
