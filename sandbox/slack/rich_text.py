"""Validation rules for the ``rich_text`` block (Slack's Block Kit reference, 2026-11)."""

from sandbox.slack.validation_rules import (
    Rule,
    array_of,
    boolean,
    integer,
    object_by_type,
    object_with,
    one_of_values,
    string,
)

_MAX_ITEMS = 1000
_ID = string(minimum=1)
_STYLE = object_with({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_STYLED: dict[str, Rule] = {"style": _STYLE}
_BORDER: dict[str, Rule] = {"border": integer(0, 1)}
_INLINE = object_by_type(
    {
        "text": object_with({"text": string(minimum=1)}, _STYLED),
        "link": object_with({"url": _ID}, {"text": string(), "unsafe": boolean, **_STYLED}),
        "emoji": object_with({"name": _ID}, {"unicode": _ID, "skin_tone": integer(1, 6), **_STYLED}),
        "user": object_with({"user_id": _ID}, _STYLED),
        "usergroup": object_with({"usergroup_id": _ID}, _STYLED),
        "channel": object_with({"channel_id": _ID}, _STYLED),
        "broadcast": object_with({"range": one_of_values("here", "channel", "everyone")}, _STYLED),
        "color": object_with({"value": _ID}, _STYLED),
        "date": object_with(
            {"timestamp": integer(0), "format": _ID}, {"url": _ID, "fallback": string(), **_STYLED}
        ),
    }
)
_INLINES = array_of(_INLINE, _MAX_ITEMS, minimum=0)
_SECTION = object_with({"elements": _INLINES})
RICH_TEXT = object_by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": object_with(
            {
                "style": one_of_values("ordered", "bullet"),
                "elements": array_of(object_by_type({"rich_text_section": _SECTION}), _MAX_ITEMS),
            },
            {"indent": integer(0, 8), "offset": integer(0), **_BORDER},
        ),
        "rich_text_preformatted": object_with({"elements": _INLINES}, {"language": _ID, **_BORDER}),
        "rich_text_quote": object_with({"elements": _INLINES}, _BORDER),
    }
)
