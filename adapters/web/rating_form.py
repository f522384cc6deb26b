"""Read the form in which a requester rates a session."""

from urllib.parse import parse_qsl

from bot.values import value_class

_FIELDS = 10
_CHOICES = {"yes": True, "no": False}


@value_class
class RatingAnswer:
    """The fields of the form. ``form`` is the signature that the page gave it."""

    was_helpful: bool
    comment: str
    form: str


def read_answer(body: bytes) -> RatingAnswer | None:
    """Return the answer in a body that a form sends. None for a body without a choice, or one that is no form."""
    try:
        fields = dict(parse_qsl(body.decode(), max_num_fields=_FIELDS))
    except ValueError:
        return None
    was_helpful = _CHOICES.get(fields.get("helpful", ""))
    if was_helpful is None:
        return None
    return RatingAnswer(was_helpful, fields.get("comment", ""), fields.get("form", ""))
