"""Holds the blocks of messages, views and unfurls against Block Kit, more strictly than any SDK does.

The classic blocks are known, with ``rich_text``, ``markdown`` and ``video``. Anything newer is refused, as older
clients and GovSlack may do (undocumented, assumed).
"""

import copy
import json
from collections.abc import Iterator
from typing import Any, Literal

from sandbox.slack.block_elements import (
    IMAGE_SOURCE,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    plain,
    text,
)
from sandbox.slack.rich_text import RICH_TEXT
from sandbox.slack.validation_rules import (
    MOST,
    Findings,
    Rule,
    boolean,
    by_type,
    listed,
    one_of,
    shape,
    string,
    together,
    unique,
    url,
)

Surface = Literal["message", "modal", "home", "unfurl"]
_MANY = 1000
_NAMED: dict[str, Rule] = {"block_id": string(MOST["block_id"])}


def _says_something(value: Any, path: str, findings: Findings) -> None:
    if "text" not in value and "fields" not in value:
        findings.add("missing required field: text or fields", path)


_BLOCKS: dict[str, Rule] = {
    "section": together(
        shape(
            {},
            {
                **_NAMED,
                "text": text(MOST["section.text"]),
                "fields": listed(text(MOST["section.field"]), MOST["section.fields"]),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
        ),
        _says_something,
    ),
    "actions": shape({"elements": listed(IN_ACTIONS, MOST["actions.elements"])}, _NAMED),
    "context": shape({"elements": listed(IN_CONTEXT, MOST["context.elements"])}, _NAMED),
    "divider": shape({}, _NAMED),
    "header": shape({"text": plain(MOST["header.text"])}, _NAMED),
    "image": together(
        shape(
            {"alt_text": string(MOST["image.alt_text"], least=1)},
            {**_NAMED, **IMAGE_SOURCE, "title": plain(MOST["image.title"])},
        ),
        one_of("image_url", "slack_file"),
    ),
    "input": shape(
        {"label": plain(MOST["input.label"]), "element": IN_INPUT},
        {**_NAMED, "hint": plain(MOST["input.hint"]), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": shape({"elements": listed(RICH_TEXT, _MANY)}, _NAMED),
    "markdown": shape({"text": string(MOST["markdown.text"], least=1)}, _NAMED),
    "video": shape(
        {
            "alt_text": string(MOST["video.alt_text"], least=1),
            "title": plain(MOST["video.title"]),
            "thumbnail_url": url(MOST["video.url"]),
            "video_url": url(MOST["video.url"], "https"),
        },
        {
            **_NAMED,
            "author_name": string(MOST["video.author_name"]),
            "description": plain(MOST["video.description"]),
            "provider_name": string(MOST["video.provider_name"]),
            "provider_icon_url": url(MOST["video.url"]),
            "title_url": url(MOST["video.url"], "https"),
        },
    ),
}
_ABSENT: dict[Surface, set[str]] = {
    "message": set(),
    "modal": {"markdown"},
    "home": {"markdown"},
    "unfurl": {"markdown", "rich_text", "input"},
}
_KINDS: dict[Surface, Rule] = {
    surface: by_type({kind: rule for kind, rule in _BLOCKS.items() if kind not in absent})
    for surface, absent in _ABSENT.items()
}
_VIEW: dict[str, Rule] = {
    "private_metadata": string(MOST["view.private_metadata"]),
    "callback_id": string(MOST["view.callback_id"]),
    "external_id": string(MOST["view.external_id"]),
}
_VIEWS = by_type(
    {
        "home": shape({"blocks": listed(_KINDS["home"], MOST["view.blocks"])}, _VIEW),
        "modal": shape(
            {
                "title": plain(MOST["view.title"]),
                "blocks": listed(_KINDS["modal"], MOST["view.blocks"]),
            },
            {
                **_VIEW,
                "close": plain(MOST["view.close"]),
                "submit": plain(MOST["view.submit"]),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
    }
)
_METADATA = shape(
    {"event_type": string(least=1), "event_payload": lambda *_: None}, {"entities": lambda *_: None}
)


def check_blocks(blocks: Any, surface: Surface = "message", at: str = "/blocks") -> list[str]:
    """Return what is wrong with blocks, in Slack's words; empty where nothing is."""
    findings = Findings()
    listed(_KINDS[surface], MOST["message.blocks"], least=0)(blocks, at, findings)
    _check_ids(blocks, at, findings)
    _check_markdown(blocks, at, findings)
    return findings.messages


def check_view(view: Any, surface: Literal["modal", "home"]) -> list[str]:
    """Return what is wrong with a view for a surface."""
    findings = Findings()
    _VIEWS(view, "", findings)
    if isinstance(view, dict):
        if view.get("type") in ("modal", "home") and view["type"] != surface:
            findings.add(f"must be a {surface} view", "/type")
        blocks = view.get("blocks")
        _check_ids(blocks, "/blocks", findings)
        has_input = any(block.get("type") == "input" for block in _objects(blocks))
        if surface == "modal" and has_input and "submit" not in view:
            findings.add("`submit` is required when an `input` block is present", "/submit")
        _check_focus(blocks, findings)
    return findings.messages


def is_too_large(view: Any) -> bool:
    """Whether a view has more than 250 KB."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST["view.bytes"]


def check_metadata(metadata: Any) -> list[str]:
    """Return what is wrong with a message's metadata."""
    findings = Findings()
    _METADATA(metadata, "/metadata", findings)
    return findings.messages


def check_attachments(attachments: Any) -> list[str]:
    """Return what is wrong with a message's attachments: their number, and the blocks in them."""
    findings = Findings()
    listed(lambda *_: None, MOST["message.attachments"], least=0)(attachments, "/attachments", findings)
    for number, one in enumerate(_objects(attachments)):
        if "blocks" in one:
            findings.messages += check_blocks(one["blocks"], at=f"/attachments/{number}/blocks")
    return findings.messages


def elements_of(block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every element of a block that a person may press, type in or choose with, and its path in the block."""
    if block.get("type") == "actions":
        yield from ((f"elements/{n}", one) for n, one in enumerate(_objects(block.get("elements"))))
    for name in ("accessory", "element"):
        element = block.get(name)
        if isinstance(element, dict) and element.get("type") != "image":
            yield name, element


def with_ids(blocks: list[dict[str, Any]], new_id: Any) -> list[dict[str, Any]]:
    """Return the blocks as Slack keeps them: every block and element has an id."""
    kept = copy.deepcopy(blocks)
    for block in kept:
        if not block.get("block_id"):
            block["block_id"] = new_id()
        for _, element in elements_of(block):
            if not element.get("action_id"):
                element["action_id"] = new_id()
    return kept


def _objects(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _check_ids(blocks: Any, at: str, findings: Findings) -> None:
    named = [(n, block) for n, block in enumerate(_objects(blocks)) if isinstance(block.get("block_id"), str)]
    unique(
        ((block["block_id"], f"{at}/{n}/block_id") for n, block in named if block["block_id"]),
        "block_id",
        findings,
    )
    for number, block in enumerate(_objects(blocks)):
        ids = [
            (one["action_id"], f"{at}/{number}/{path}/action_id")
            for path, one in elements_of(block)
            if isinstance(one.get("action_id"), str)
        ]
        unique(ids, "action_id", findings)


def _check_markdown(blocks: Any, at: str, findings: Findings) -> None:
    texts = [str(block.get("text", "")) for block in _objects(blocks) if block.get("type") == "markdown"]
    if len(texts) > 1 and sum(map(len, texts)) > MOST["markdown.text"]:
        findings.add(f"markdown text in total must be less than {MOST['markdown.text'] + 1} characters", at)


def _check_focus(blocks: Any, findings: Findings) -> None:
    focused = [
        one for block in _objects(blocks) for _, one in elements_of(block) if one.get("focus_on_load") is True
    ]
    if len(focused) > 1:
        findings.add("only one element may have `focus_on_load`", "/blocks")
