"""The body of a signed request from Slack: JSON, or a form. Fields of a wrong type are refused before Bolt reads them."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from adapters.json_body import InvalidJson, has_invalid_characters, read_json_object

MAX_FIELDS = 200
"""Slack's forms have about fifteen fields."""
_LARGEST_CHECK = 1024
"""In characters. A check holds a token beside ``ssl_check``."""


class InvalidBody(ValueError):
    """The body is no payload of Slack, or a field has the wrong type. The message quotes nothing of it."""


class _Named(msgspec.Struct):
    """A workspace, an organization, a person or a channel."""

    id: str | None = None
    team_id: str | None = None
    enterprise_id: str | None = None


class _Event(msgspec.Struct):
    type: str
    user: dict[str, Any] | str | None = None
    channel: dict[str, Any] | str | None = None
    tab: str | None = None
    links: list[dict[str, Any]] | None = None
    tokens: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    previous_message: dict[str, Any] | None = None


class _Action(msgspec.Struct):
    action_id: str
    type: str | None = None
    block_id: str | None = None


class _View(msgspec.Struct):
    type: str
    id: str | None = None
    hash: str | None = None
    private_metadata: str | None = None
    callback_id: str | None = None
    state: dict[str, Any] | None = None


class _Body(msgspec.Struct):
    """The fields whose structure the bot or Bolt relies on. Unknown fields are ignored."""

    type: str | None = None
    command: str | None = None
    event: _Event | None = None
    event_id: str | None = None
    actions: list[_Action] | None = None
    view: _View | None = None
    authorizations: list[_Named] | None = None
    response_url: str | None = None
    response_urls: list[dict[str, Any]] | None = None
    # Objects or ids, as the kind of payload has them.
    team: _Named | str | None = None
    enterprise: _Named | str | None = None
    user: _Named | str | None = None
    channel: _Named | str | None = None
    container: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    team_id: str | None = None
    enterprise_id: str | None = None
    user_id: str | None = None
    channel_id: str | None = None
    trigger_id: str | None = None
    callback_id: str | None = None
    action_id: str | None = None
    block_id: str | None = None


_NEEDED = {
    "event_callback": "event",
    "block_actions": "actions",
    "view_submission": "view",
    "view_closed": "view",
}
"""The field that each type of payload cannot do without."""


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return a payload as an object. Raises InvalidBody.

    Slack sends events as JSON, slash commands as a form, and interactions as JSON in the form's field ``payload``.
    """
    try:
        is_json = content_type == "application/json" or body.startswith(b"{")
        payload = read_json_object(body) if is_json else _read_form(body)
        known = msgspec.convert(payload, _Body)
    except (InvalidJson, msgspec.ValidationError) as error:
        raise InvalidBody(type(error).__name__) from None
    if not (known.type or known.command):
        raise InvalidBody("neither a command nor a typed payload")
    needed = _NEEDED.get(known.type or "")
    if needed and not getattr(known, needed):
        raise InvalidBody(f"a {known.type} without {needed}")
    return payload


def is_certificate_check(form: bytes | str) -> bool:
    """Whether a form or a query says that Slack only checks the certificate of the bot's address.

    Slack sends ``ssl_check=1`` now and then, unsigned, and expects an empty 200 (Slack: slash commands).
    """
    text = form.decode(errors="replace") if isinstance(form, bytes) else form
    return len(text) <= _LARGEST_CHECK and ("ssl_check", "1") in parse_qsl(text)


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidBody("no form") from None
    if any(has_invalid_characters(text) for text in fields.values()):
        raise InvalidBody("invalid characters")
    return read_json_object(fields["payload"]) if "payload" in fields else dict(fields)
