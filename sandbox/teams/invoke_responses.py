"""Parse the bot's response to an invoke as Teams' client does. The user sees an error for a malformed response."""

from typing import Any, NamedTuple

from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.activity_validation import check_attachment
from sandbox.teams.json_format import ApiError
from sandbox.teams.model import ADAPTIVE_CARD, Json

MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
SEARCH = "application/vnd.microsoft.search.searchResponse"
UNFURLED_VERSION = "1.3"
"""The newest card version in a link preview (Teams' documentation of link unfurling)."""
_OK = 200


class MalformedResponseError(Exception):
    """The bot's response is not in the format that Teams' client expects."""


class CardResponse(NamedTuple):
    """The response to a button or a refresh: exactly one of card, toast and error."""

    card: Json | None = None
    toast: str = ""
    error: str = ""


def parse_card_response(result: DeliveryResult) -> CardResponse:
    """Parse the response to a button or a refresh."""
    if result.error:
        return CardResponse(error=result.error)
    body = result.body
    if result.status != _OK or not isinstance(body, dict):
        return CardResponse(error="Something went wrong: the answer is empty or no JSON object")
    match body.get("type"), body.get("statusCode"), body.get("value"):
        case (kind, 200, dict() as card) if kind == ADAPTIVE_CARD:
            problem = find_attachment_problem({"contentType": ADAPTIVE_CARD, "content": card})
            return CardResponse(error=problem) if problem else CardResponse(card=card)
        case (kind, 200, str() as text) if kind == MESSAGE and text:
            return CardResponse(toast=text)
        case (kind, int() as status, {"code": str(), "message": str() as text}) if kind == ERROR:
            return CardResponse(error=text if status != _OK else "An error with the status 200")
    return CardResponse(error=f"Something went wrong: the answer is not understood: {sorted(body)}")


def find_attachment_problem(attachment: Any, *, max_version: str = "1.5") -> str:
    """Return the problem of a card. Empty if it is valid."""
    try:
        check_attachment(attachment, max_version=max_version)
    except ApiError as refusal:
        return str(refusal)
    return ""


def parse_search_response(result: DeliveryResult) -> list[Json]:
    """Parse the suggested choices. Raises MalformedResponseError."""
    body = _require_body(result)
    value = body.get("value")
    if body.get("statusCode") != _OK or body.get("type") != SEARCH or not isinstance(value, dict):
        raise MalformedResponseError("a search response needs statusCode, type and value")
    results = value.get("results")
    if not isinstance(results, list):
        raise MalformedResponseError("value.results must be a list")
    for one in results:
        # Both fields are required, and there are no others.
        is_complete = isinstance(one, dict) and one.keys() == {"title", "value"}
        if not is_complete or not all(isinstance(text, str) and text for text in one.values()):
            raise MalformedResponseError("a result must have a title and a value")
    return results


def parse_extension_response(result: DeliveryResult, *, is_link: bool = False) -> Json:
    """Parse the response of a message extension: a list of cards, or a text. Raises MalformedResponseError."""
    extension = _require_body(result).get("composeExtension")
    if not isinstance(extension, dict):
        raise MalformedResponseError("composeExtension is missing")
    if extension.get("type") == "message":
        if not isinstance(extension.get("text"), str) or not extension["text"]:
            raise MalformedResponseError("a message needs a text")
        return extension
    attachments = extension.get("attachments")
    if extension.get("type") != "result" or extension.get("attachmentLayout") not in {"list", "grid"}:
        raise MalformedResponseError(
            "composeExtension must be a result with an attachmentLayout, or a message"
        )
    if not isinstance(attachments, list):
        raise MalformedResponseError("attachments must be a list")
    for one in attachments:
        _check_extension_result(one, is_link=is_link)
    return extension


def _check_extension_result(attachment: Any, *, is_link: bool) -> None:
    if problem := find_attachment_problem(attachment, max_version=UNFURLED_VERSION if is_link else "1.5"):
        raise MalformedResponseError(problem)
    if "preview" not in attachment:
        raise MalformedResponseError("a result needs a preview")
    if problem := find_attachment_problem(attachment["preview"]):
        raise MalformedResponseError(f"preview: {problem}")


def parse_task_response(result: DeliveryResult) -> Json:
    """Parse a dialog or the response to a submitted one. Empty closes the dialog. Raises MalformedResponseError."""
    # An empty response is valid here: it closes the dialog.
    if not result.error and result.body in (None, {}):
        return {}
    body = _require_body(result)
    if "composeExtension" in body:
        return parse_extension_response(result)
    task = body.get("task")
    if not isinstance(task, dict):
        raise MalformedResponseError("task is missing")
    match task.get("type"), task.get("value"):
        case "message", str():
            return task
        case "continue", {"title": str(), "card": card}:
            if problem := find_attachment_problem(card):
                raise MalformedResponseError(problem)
            return task
    raise MalformedResponseError("task must be a message, or continue with a title and a card")


def _require_body(result: DeliveryResult) -> Json:
    if result.error:
        raise MalformedResponseError(result.error)
    if result.status != _OK or not isinstance(result.body, dict):
        raise MalformedResponseError("the answer must be a JSON object with the status 200")
    return result.body
