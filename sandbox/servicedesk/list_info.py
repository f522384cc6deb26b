"""Parse ``list_info`` and return the requested page of a list: API documentation v3, "Input data"."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from sandbox.servicedesk.input_data import read_query_input
from sandbox.servicedesk.json_format import SUCCESS, Payload, extra_key, invalid, wrong_type
from sandbox.servicedesk.search_criteria import (
    Criterion,
    get_comparable_texts,
    matches_all,
    parse_criteria,
    searched_fields,
)

MAX_ROWS = 100
DEFAULT_ROWS = 10
"""Undocumented, assumed."""

_KEYS = frozenset(
    {
        *("row_count", "start_index", "page", "sort_field", "sort_order", "get_total_count"),
        *("search_criteria", "search_fields", "fields_required", "filter_by"),
    }
)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """The parsed parameters of a list request."""

    parameters: Payload
    start: int
    row_count: int
    criteria: tuple[Criterion, ...]
    search_fields: dict[str, str]
    fields: tuple[str, ...]
    sort_field: str | None
    is_descending: bool

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row has what the criteria and the search fields ask for.

        Search fields are compared like the columns of a list in the web client: a part is enough (undocumented, assumed).
        """
        has_texts = all(
            any(wanted in text for text in get_comparable_texts(row.get(name)))
            for name, wanted in self.search_fields.items()
        )
        return has_texts and (not self.criteria or matches_all(self.criteria, row))


def parse_list_info(
    input_data: Payload, *, allowed_fields: Sequence[str], default_fields: Sequence[str]
) -> ListInfo:
    """Parse the ``input_data`` of a list request. Raises ApiError.

    More than 100 rows are refused (undocumented, assumed).
    """
    parameters = input_data.get("list_info", {})
    _check_keys(input_data, parameters)
    row_count = _parse_count(parameters, "row_count", DEFAULT_ROWS)
    if not 1 <= row_count <= MAX_ROWS:
        raise invalid("row_count")
    start = _parse_start(parameters, row_count)
    criteria = (
        parse_criteria(parameters["search_criteria"], allowed_fields)
        if "search_criteria" in parameters
        else ()
    )
    fields = _parse_fields(
        parameters.get("fields_required", input_data.get("fields_required")), allowed_fields, default_fields
    )
    return ListInfo(
        parameters,
        start,
        row_count,
        criteria,
        _parse_search_fields(parameters.get("search_fields", {}), allowed_fields),
        fields,
        _parse_sort_field(parameters, allowed_fields),
        _parse_is_descending(parameters),
    )


def _parse_search_fields(search_fields: object, allowed_fields: Sequence[str]) -> dict[str, str]:
    if not isinstance(search_fields, dict):
        raise wrong_type("search_fields")
    for name in search_fields:
        if name not in allowed_fields:
            raise invalid(str(name))
    return {name: str(value).casefold() for name, value in search_fields.items()}


def _check_keys(input_data: Payload, parameters: object) -> None:
    if not isinstance(parameters, dict):
        raise wrong_type("list_info")
    extra_keys = (input_data.keys() - {"list_info", "fields_required"}) | (parameters.keys() - _KEYS)
    if extra_keys:
        raise extra_key(min(extra_keys))
    # Which filters a portal has depends on its configuration. The sandbox has none.
    if "filter_by" in parameters:
        raise invalid("filter_by")


def _parse_start(parameters: Payload, row_count: int) -> int:
    """Return the number of the first row, from ``page`` or ``start_index``. Both count from 1."""
    if "page" in parameters:
        start = (_parse_count(parameters, "page", 1) - 1) * row_count + 1
    else:
        start = _parse_count(parameters, "start_index", 1)
    if start < 1:
        raise invalid("start_index")
    return start


def _parse_count(parameters: Payload, name: str, default: int) -> int:
    value = parameters.get(name, default)
    if isinstance(value, bool) or not str(value).isdigit():
        raise wrong_type(name)
    return int(value)


def _parse_fields(
    field_names: object, allowed_fields: Sequence[str], default_fields: Sequence[str]
) -> tuple[str, ...]:
    if field_names is None:
        return tuple(default_fields)
    if not isinstance(field_names, list):
        raise wrong_type("fields_required")
    for name in field_names:
        if name not in allowed_fields:
            raise invalid(str(name))
    return tuple(field_names)


def _parse_sort_field(parameters: Payload, allowed_fields: Sequence[str]) -> str | None:
    field = parameters.get("sort_field")
    if field is not None and field not in allowed_fields:
        raise invalid("sort_field")
    return field


def _parse_is_descending(parameters: Payload) -> bool:
    order = parameters.get("sort_order", "asc")
    if order not in {"asc", "desc"}:
        raise invalid("sort_order")
    return bool(order == "desc")


def _sort_key(value: object) -> tuple[int, int, str]:
    text = " ".join(get_comparable_texts(value))
    return (1, int(text), "") if text.isdigit() else (2 if text else 0, 0, text)


def build_list_response(
    request: web.Request,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    allowed_fields: Sequence[str],
    default_fields: Sequence[str],
    refused_criteria: Collection[str] = (),
    refused_search_fields: Collection[str] = (),
    ignored_criteria: Collection[str] = (),
    format_row: Callable[[Mapping[str, Any]], Payload] = dict,
) -> web.Response:
    """Return a page of a list. Its ``response_status`` is an array, as seen in production traffic. Raises ApiError.

    The ``refused`` arguments are fields by which this list refuses to be searched. A criterion about a field in
    ``ignored_criteria`` is passed over. ``format_row`` returns a row as the response shows it.
    """
    info = parse_list_info(
        read_query_input(request), allowed_fields=allowed_fields, default_fields=default_fields
    )
    if not searched_fields(info.criteria).isdisjoint(refused_criteria):
        raise invalid("search_criteria")
    if not info.search_fields.keys().isdisjoint(refused_search_fields):
        raise invalid("search_fields")
    kept = tuple(one for one in info.criteria if searched_fields([one]).isdisjoint(ignored_criteria))
    wanted = replace(info, criteria=kept)
    matching = [row for row in rows if wanted.matches(row)]
    if (field := info.sort_field) is not None:
        matching.sort(key=lambda row: _sort_key(row.get(field)), reverse=info.is_descending)
    page = matching[info.start - 1 :][: info.row_count]
    list_info_json = _format_list_info(info, page, len(matching))
    shown = [format_row(row) for row in page]
    rows_json = [{name: row[name] for name in info.fields if name in row} for row in shown]
    return web.json_response({"response_status": [SUCCESS], "list_info": list_info_json, key: rows_json})


def _format_list_info(info: ListInfo, page: Sequence[Mapping[str, Any]], total: int) -> Payload:
    result: Payload = {
        **info.parameters,
        "has_more_rows": info.start - 1 + len(page) < total,
        "row_count": len(page),
        "start_index": info.start,
    }
    if info.parameters.get("get_total_count") in (True, "true"):
        result["total_count"] = total
    return result
