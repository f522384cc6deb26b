"""What the bot answers to an invoke, read as Teams' client reads it: what is not well formed is an error to the person."""

from typing import Any, NamedTuple

from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.activity_validation import check_attachment
from sandbox.teams.json_format import ApiError
from sandbox.teams.model import ADAPTIVE, Json

MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
SEARCH = "application/vnd.microsoft.search.searchResponse"
UNFURLED_VERSION = "1.3"
"""The newest version of a card that a link's preview may have (Teams' documentation of link unfurling)."""
_OK = 200


class MalformedResponseError(Exception):
    """The client cannot make anything of the answer."""


class CardResponse(NamedTuple):
    """The answer to a press or a refresh: one of these."""

    card: Json | None = None
    toast: str = ""
    trouble: str = ""


def card_answer(delivery: DeliveryResult) -> CardResponse:
    """Read the answer to a press or a refresh."""
    if delivery.trouble:
        return CardResponse(trouble=delivery.trouble)
    body = delivery.body
    if delivery.status != _OK or not isinstance(body, dict):
        return CardResponse(trouble="Something went wrong: the answer is empty or no JSON object")
    match body.get("type"), body.get("statusCode"), body.get("value"):
        case (kind, 200, dict() as card) if kind == ADAPTIVE:
            problem = problem_of({"contentType": ADAPTIVE, "content": card})
            return CardResponse(trouble=problem) if problem else CardResponse(card=card)
        case (kind, 200, str() as text) if kind == MESSAGE and text:
            return CardResponse(toast=text)
        case (kind, int() as status, {"code": str(), "message": str() as text}) if kind == ERROR:
            return CardResponse(trouble=text if status != _OK else "An error with the status 200")
    return CardResponse(trouble=f"Something went wrong: the answer is not understood: {sorted(body)}")


def problem_of(attachment: Any, *, newest: str = "1.5") -> str:
    """Say what is wrong with a card; empty where nothing is."""
    try:
        check_attachment(attachment, newest=newest)
    except ApiError as refusal:
        return str(refusal)
    return ""


def search_answer(delivery: DeliveryResult) -> list[Json]:
    """Read the choices that were suggested. Raises MalformedResponseError."""
    body = _body(delivery)
    value = body.get("value")
    if body.get("statusCode") != _OK or body.get("type") != SEARCH or not isinstance(value, dict):
        raise MalformedResponseError("a search response needs statusCode, type and value")
    results = value.get("results")
    if not isinstance(results, list):
        raise MalformedResponseError("value.results must be a list")
    for one in results:
        is_whole = isinstance(one, dict) and one.keys() == {"title", "value"}
        if not is_whole or not all(isinstance(text, str) and text for text in one.values()):
            raise MalformedResponseError("a result must have a title and a value")
    return results


def extension_answer(delivery: DeliveryResult, *, is_link: bool = False) -> Json:
    """Read a message extension's answer: a list of cards, or a text. Raises MalformedResponseError."""
    answer = _body(delivery).get("composeExtension")
    if not isinstance(answer, dict):
        raise MalformedResponseError("composeExtension is missing")
    if answer.get("type") == "message":
        if not isinstance(answer.get("text"), str) or not answer["text"]:
            raise MalformedResponseError("a message needs a text")
        return answer
    attachments = answer.get("attachments")
    if answer.get("type") != "result" or answer.get("attachmentLayout") not in {"list", "grid"}:
        raise MalformedResponseError(
            "composeExtension must be a result with an attachmentLayout, or a message"
        )
    if not isinstance(attachments, list):
        raise MalformedResponseError("attachments must be a list")
    for one in attachments:
        _check_result(one, is_link=is_link)
    return answer


def _check_result(attachment: Any, *, is_link: bool) -> None:
    if problem := problem_of(attachment, newest=UNFURLED_VERSION if is_link else "1.5"):
        raise MalformedResponseError(problem)
    if "preview" not in attachment:
        raise MalformedResponseError("a result needs a preview")
    if problem := problem_of(attachment["preview"]):
        raise MalformedResponseError(f"preview: {problem}")


def task_answer(delivery: DeliveryResult) -> Json:
    """Read a dialog, or what a submitted one leads to; empty closes it. Raises MalformedResponseError."""
    if not delivery.trouble and delivery.body in (None, {}):
        return {}
    body = _body(delivery)
    if "composeExtension" in body:
        return extension_answer(delivery)
    task = body.get("task")
    if not isinstance(task, dict):
        raise MalformedResponseError("task is missing")
    match task.get("type"), task.get("value"):
        case "message", str():
            return task
        case "continue", {"title": str(), "card": card}:
            if problem := problem_of(card):
                raise MalformedResponseError(problem)
            return task
    raise MalformedResponseError("task must be a message, or continue with a title and a card")


def _body(delivery: DeliveryResult) -> Json:
    if delivery.trouble:
        raise MalformedResponseError(delivery.trouble)
    if delivery.status != _OK or not isinstance(delivery.body, dict):
        raise MalformedResponseError("the answer must be a JSON object with the status 200")
    return delivery.body
