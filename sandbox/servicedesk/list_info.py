"""Reads ``list_info`` and answers with the page it asks for: API documentation v3, "Input data"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.servicedesk.json_format import SUCCESS, Payload, extra_key, invalid, query_input, wrong_type
from sandbox.servicedesk.search_criteria import Criterion, all_hold, read_criteria, texts

MOST_ROWS = 100
USUAL_ROWS = 10
"""Undocumented, assumed."""

_KEYS = frozenset(
    {
        *("row_count", "start_index", "page", "sort_field", "sort_order", "get_total_count"),
        *("search_criteria", "fields_required", "filter_by"),
    }
)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """What is asked of a list."""

    asked: Payload
    start: int
    count: int
    criteria: tuple[Criterion, ...]
    fields: tuple[str, ...]
    sort_field: str | None
    is_descending: bool


def read_listing(sent: Payload, *, known: Sequence[str], usual: Sequence[str]) -> ListInfo:
    """Read a list's ``input_data``. Raises ApiError.

    More than 100 rows are refused (undocumented, assumed).
    """
    asked = sent.get("list_info", {})
    _check_keys(sent, asked)
    count = _whole(asked, "row_count", USUAL_ROWS)
    if not 1 <= count <= MOST_ROWS:
        raise invalid("row_count")
    start = (_whole(asked, "page", 1) - 1) * count + 1 if "page" in asked else _whole(asked, "start_index", 1)
    if start < 1:
        raise invalid("start_index")
    criteria = read_criteria(asked["search_criteria"], known) if "search_criteria" in asked else ()
    fields = _fields(asked.get("fields_required", sent.get("fields_required")), known, usual)
    return ListInfo(asked, start, count, criteria, fields, _sort_field(asked, known), _is_descending(asked))


def _check_keys(sent: Payload, asked: object) -> None:
    if not isinstance(asked, dict):
        raise wrong_type("list_info")
    extra = (sent.keys() - {"list_info", "fields_required"}) | (asked.keys() - _KEYS)
    if extra:
        raise extra_key(min(extra))
    if "filter_by" in asked:
        raise invalid("filter_by")


def _whole(asked: Payload, name: str, usual: int) -> int:
    value = asked.get(name, usual)
    if isinstance(value, bool) or not str(value).isdigit():
        raise wrong_type(name)
    return int(value)


def _fields(wanted: Any, known: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
    if wanted is None:
        return tuple(usual)
    if not isinstance(wanted, list):
        raise wrong_type("fields_required")
    for name in wanted:
        if name not in known:
            raise invalid(str(name))
    return tuple(wanted)


def _sort_field(asked: Payload, known: Sequence[str]) -> str | None:
    field = asked.get("sort_field")
    if field is not None and field not in known:
        raise invalid("sort_field")
    return field


def _is_descending(asked: Payload) -> bool:
    order = asked.get("sort_order", "asc")
    if order not in {"asc", "desc"}:
        raise invalid("sort_order")
    return bool(order == "desc")


def _rank(value: object) -> tuple[int, int, str]:
    text = " ".join(texts(value))
    return (1, int(text), "") if text.isdigit() else (2 if text else 0, 0, text)


def answer_list(
    request: web.Request, key: str, rows: Sequence[Payload], *, known: Sequence[str], usual: Sequence[str]
) -> web.Response:
    """Answer a list: its ``response_status`` is an array, as seen in production traffic. Raises ApiError."""
    listing = read_listing(query_input(request), known=known, usual=usual)
    found = [row for row in rows if not listing.criteria or all_hold(listing.criteria, row)]
    if (field := listing.sort_field) is not None:
        found.sort(key=lambda row: _rank(row.get(field)), reverse=listing.is_descending)
    page = found[listing.start - 1 :][: listing.count]
    info = _list_info(listing, page, len(found))
    shown = [{name: row[name] for name in listing.fields if name in row} for row in page]
    return web.json_response({"response_status": [SUCCESS], "list_info": info, key: shown})


def _list_info(listing: ListInfo, page: Sequence[Payload], total: int) -> Payload:
    info: Payload = {
        **listing.asked,
        "has_more_rows": listing.start - 1 + len(page) < total,
        "row_count": len(page),
        "start_index": listing.start,
    }
    if listing.asked.get("get_total_count") in (True, "true"):
        info["total_count"] = total
    return info
