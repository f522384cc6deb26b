"""Validate the blocks of messages, views and unfurls against Block Kit, more strictly than any SDK.

The classic blocks are supported, and ``rich_text``, ``markdown`` and ``video``. Newer blocks are refused, as older
clients and GovSlack may do (undocumented, assumed).
"""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

from sandbox.slack.block_elements import (
    IMAGE_SOURCE,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    plain_text_object,
    text_object,
)
from sandbox.slack.rich_text import RICH_TEXT
from sandbox.slack.validation_rules import (
    LIMITS,
    Findings,
    Rule,
    all_of,
    array_of,
    boolean,
    check_unique,
    exactly_one_of,
    object_by_type,
    object_with,
    string,
    url,
)

Surface = Literal["message", "modal", "home", "unfurl"]
_MAX_ITEMS = 1000
_WITH_BLOCK_ID: dict[str, Rule] = {"block_id": string(LIMITS["block_id"])}


def _check_has_text(value: Any, path: str, findings: Findings) -> None:
    if "text" not in value and "fields" not in value:
        findings.add("missing required field: text or fields", path)


_BLOCKS: dict[str, Rule] = {
    "section": all_of(
        object_with(
            {},
            {
                **_WITH_BLOCK_ID,
                "text": text_object(LIMITS["section.text"]),
                "fields": array_of(text_object(LIMITS["section.field"]), LIMITS["section.fields"]),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
        ),
        _check_has_text,
    ),
    "actions": object_with({"elements": array_of(IN_ACTIONS, LIMITS["actions.elements"])}, _WITH_BLOCK_ID),
    "context": object_with({"elements": array_of(IN_CONTEXT, LIMITS["context.elements"])}, _WITH_BLOCK_ID),
    "divider": object_with({}, _WITH_BLOCK_ID),
    "header": object_with({"text": plain_text_object(LIMITS["header.text"])}, _WITH_BLOCK_ID),
    "image": all_of(
        object_with(
            {"alt_text": string(LIMITS["image.alt_text"], minimum=1)},
            {**_WITH_BLOCK_ID, **IMAGE_SOURCE, "title": plain_text_object(LIMITS["image.title"])},
        ),
        exactly_one_of("image_url", "slack_file"),
    ),
    "input": object_with(
        {"label": plain_text_object(LIMITS["input.label"]), "element": IN_INPUT},
        {
            **_WITH_BLOCK_ID,
            "hint": plain_text_object(LIMITS["input.hint"]),
            "optional": boolean,
            "dispatch_action": boolean,
        },
    ),
    "rich_text": object_with({"elements": array_of(RICH_TEXT, _MAX_ITEMS)}, _WITH_BLOCK_ID),
    "markdown": object_with({"text": string(LIMITS["markdown.text"], minimum=1)}, _WITH_BLOCK_ID),
    "video": object_with(
        {
            "alt_text": string(LIMITS["video.alt_text"], minimum=1),
            "title": plain_text_object(LIMITS["video.title"]),
            "thumbnail_url": url(LIMITS["video.url"]),
            "video_url": url(LIMITS["video.url"], "https"),
        },
        {
            **_WITH_BLOCK_ID,
            "author_name": string(LIMITS["video.author_name"]),
            "description": plain_text_object(LIMITS["video.description"]),
            "provider_name": string(LIMITS["video.provider_name"]),
            "provider_icon_url": url(LIMITS["video.url"]),
            "title_url": url(LIMITS["video.url"], "https"),
        },
    ),
}
# Slack documents for each block on which surfaces it may appear.
_UNSUPPORTED: dict[Surface, set[str]] = {
    "message": set(),
    "modal": {"markdown"},
    "home": {"markdown"},
    # A preview cannot be submitted, so it has no inputs.
    "unfurl": {"markdown", "rich_text", "input"},
}
_BLOCK_RULES: dict[Surface, Rule] = {
    surface: object_by_type({kind: rule for kind, rule in _BLOCKS.items() if kind not in absent})
    for surface, absent in _UNSUPPORTED.items()
}
_VIEW_FIELDS: dict[str, Rule] = {
    "private_metadata": string(LIMITS["view.private_metadata"]),
    "callback_id": string(LIMITS["view.callback_id"]),
    "external_id": string(LIMITS["view.external_id"]),
}
_VIEW_RULE = object_by_type(
    {
        "home": object_with({"blocks": array_of(_BLOCK_RULES["home"], LIMITS["view.blocks"])}, _VIEW_FIELDS),
        "modal": object_with(
            {
                "title": plain_text_object(LIMITS["view.title"]),
                "blocks": array_of(_BLOCK_RULES["modal"], LIMITS["view.blocks"]),
            },
            {
                **_VIEW_FIELDS,
                "close": plain_text_object(LIMITS["view.close"]),
                "submit": plain_text_object(LIMITS["view.submit"]),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
    }
)
_METADATA_RULE = object_with(
    {"event_type": string(minimum=1), "event_payload": lambda *_: None}, {"entities": lambda *_: None}
)


def check_blocks(blocks: Any, surface: Surface = "message", at: str = "/blocks") -> list[str]:
    """Return the problems of blocks in Slack's wording. Empty if they are valid."""
    findings = Findings()
    array_of(_BLOCK_RULES[surface], LIMITS["message.blocks"], minimum=0)(blocks, at, findings)
    _check_ids(blocks, at, findings)
    _check_markdown(blocks, at, findings)
    return findings.messages


def check_view(view: Any, surface: Literal["modal", "home"]) -> list[str]:
    """Return the problems of a view for a surface. Empty if it is valid."""
    findings = Findings()
    _VIEW_RULE(view, "", findings)
    if isinstance(view, dict):
        if view.get("type") in ("modal", "home") and view["type"] != surface:
            findings.add(f"must be a {surface} view", "/type")
        blocks = view.get("blocks")
        _check_ids(blocks, "/blocks", findings)
        has_input = any(block.get("type") == "input" for block in _filter_objects(blocks))
        # Slack requires a submit button only if there is something to submit.
        if surface == "modal" and has_input and "submit" not in view:
            findings.add("`submit` is required when an `input` block is present", "/submit")
        _check_focus(blocks, findings)
    return findings.messages


def is_too_large(view: Any) -> bool:
    """Return whether a view has more than 250 KB."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > LIMITS["view.bytes"]


def check_metadata(metadata: Any) -> list[str]:
    """Return the problems of a message's metadata."""
    findings = Findings()
    _METADATA_RULE(metadata, "/metadata", findings)
    return findings.messages


def check_attachments(attachments: Any) -> list[str]:
    """Return the problems of a message's attachments: their number, and the blocks in them."""
    findings = Findings()
    array_of(lambda *_: None, LIMITS["message.attachments"], minimum=0)(attachments, "/attachments", findings)
    for number, one in enumerate(_filter_objects(attachments)):
        if "blocks" in one:
            findings.messages += check_blocks(one["blocks"], at=f"/attachments/{number}/blocks")
    return findings.messages


def iter_block_elements(block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the interactive elements of a block. Yield each with its path in the block."""
    if block.get("type") == "actions":
        yield from ((f"elements/{n}", one) for n, one in enumerate(_filter_objects(block.get("elements"))))
    for name in ("accessory", "element"):
        element = block.get(name)
        if isinstance(element, dict) and element.get("type") != "image":
            yield name, element


def fill_missing_ids(blocks: list[dict[str, Any]], new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """Return a copy in which every block and element has an id, as Slack stores them."""
    result = copy.deepcopy(blocks)
    for block in result:
        if not block.get("block_id"):
            block["block_id"] = new_id()
        for _, element in iter_block_elements(block):
            if not element.get("action_id"):
                element["action_id"] = new_id()
    return result


def _filter_objects(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _check_ids(blocks: Any, at: str, findings: Findings) -> None:
    blocks_with_id = [
        (n, block)
        for n, block in enumerate(_filter_objects(blocks))
        if isinstance(block.get("block_id"), str)
    ]
    check_unique(
        ((block["block_id"], f"{at}/{n}/block_id") for n, block in blocks_with_id if block["block_id"]),
        "block_id",
        findings,
    )
    for number, block in enumerate(_filter_objects(blocks)):
        ids = [
            (one["action_id"], f"{at}/{number}/{path}/action_id")
            for path, one in iter_block_elements(block)
            if isinstance(one.get("action_id"), str)
        ]
        check_unique(ids, "action_id", findings)


def _check_markdown(blocks: Any, at: str, findings: Findings) -> None:
    texts = [
        str(block.get("text", "")) for block in _filter_objects(blocks) if block.get("type") == "markdown"
    ]
    if len(texts) > 1 and sum(map(len, texts)) > LIMITS["markdown.text"]:
        findings.add(f"markdown text in total must be less than {LIMITS['markdown.text'] + 1} characters", at)


def _check_focus(blocks: Any, findings: Findings) -> None:
    focused = [
        one
        for block in _filter_objects(blocks)
        for _, one in iter_block_elements(block)
        if one.get("focus_on_load") is True
    ]
    if len(focused) > 1:
        findings.add("only one element may have `focus_on_load`", "/blocks")
