"""The submitted form of a transfer as a command."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack.origin import SlackOrigin
from adapters.slack.render.transfer_form import TRANSFER_TO
from bot.commands import CommandRequest, Place, Transfer
from bot.model.ids import CommandKey, SessionId


def read_transfer_form(body: Mapping[str, Any], origin: SlackOrigin) -> CommandRequest:
    """Read the form. Slack submits it again with the same id and hash. Raises NotAllowed for strangers."""
    sender = origin.require_member()
    view = body["view"]
    session = str(json.loads(view.get("private_metadata") or "{}").get("session") or "")
    user = str(view["state"]["values"][TRANSFER_TO][TRANSFER_TO].get("selected_user") or "")
    return CommandRequest(
        key=CommandKey(f"slack:{sender.tenant}:{view['id']}:{view.get('hash', '')}"),
        actor=sender,
        # Whom a session was offered to is for who offered it, wherever the form was opened.
        place=Place("", is_private=True),
        command=Transfer(SessionId(session), user),
    )
