"""The ``rich_text`` block, whose text is a tree instead of markup (Slack's Block Kit reference, 2026-11)."""

from sandbox.slack.validation_rules import Rule, boolean, by_type, integer, listed, shape, string, word

_MANY = 1000
_ID = string(least=1)
_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_STYLED: dict[str, Rule] = {"style": _STYLE}
_BORDER: dict[str, Rule] = {"border": integer(0, 1)}
_RUN = by_type(
    {
        "text": shape({"text": string(least=1)}, _STYLED),
        "link": shape({"url": _ID}, {"text": string(), "unsafe": boolean, **_STYLED}),
        "emoji": shape({"name": _ID}, {"unicode": _ID, "skin_tone": integer(1, 6), **_STYLED}),
        "user": shape({"user_id": _ID}, _STYLED),
        "usergroup": shape({"usergroup_id": _ID}, _STYLED),
        "channel": shape({"channel_id": _ID}, _STYLED),
        "broadcast": shape({"range": word("here", "channel", "everyone")}, _STYLED),
        "color": shape({"value": _ID}, _STYLED),
        "date": shape(
            {"timestamp": integer(0), "format": _ID}, {"url": _ID, "fallback": string(), **_STYLED}
        ),
    }
)
_RUNS = listed(_RUN, _MANY, least=0)
_SECTION = shape({"elements": _RUNS})
RICH_TEXT = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": shape(
            {
                "style": word("ordered", "bullet"),
                "elements": listed(by_type({"rich_text_section": _SECTION}), _MANY),
            },
            {"indent": integer(0, 8), "offset": integer(0), **_BORDER},
        ),
        "rich_text_preformatted": shape({"elements": _RUNS}, {"language": _ID, **_BORDER}),
        "rich_text_quote": shape({"elements": _RUNS}, _BORDER),
    }
)
