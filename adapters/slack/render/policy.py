"""The rules about which sessions may be created, and the form for a new one, as a modal."""

import json

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    blocks_of,
    button,
    fitted,
    header,
    plain_text,
    section,
    unescape,
)
from bot.i18n import Language, Text, _
from bot.policy_syntax import FormDemand
from bot.views.policy import (
    FORM_DEMANDS,
    FORM_FIELDS,
    LONGEST_FIELD,
    NO_RULES,
    PolicyForm,
    PolicyPage,
    policy_buttons,
    remove_button,
    rule_line,
)
from bot.views.wording import TONE_SIGNS

CALLBACK = "tv:policy"
DEMAND, CHANNEL = "demand", "channel"
_OPTION = 75


def policy_page(view: PolicyPage, language: Language) -> Blocks:
    """Render the rules, each with a button that removes it."""
    title = language.say(_("Rules"))
    said = f"{TONE_SIGNS[view.said.tone]}{language.say(view.said.text)}" if view.said else ""
    head = [header(unescape(title)), *([section(said)] if said else [])]
    entries = [
        [
            section(language.say(rule_line(one, view.zone)))
            | {"accessory": button(remove_button(one, view.zone), language)}
        ]
        for one in view.rules
    ]
    if not entries:
        entries = [[section(language.say(NO_RULES))]]
    return blocks_of(said or title, fitted(head, entries, actions(policy_buttons(), language)))


def policy_form(view: PolicyForm, language: Language) -> Block:
    """Render the form. Its metadata holds the channel that it was opened in, and no secret."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_text(_("New rule"), 24, language),
        "submit": plain_text(_("Try it"), 24, language),
        "close": plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"channel": view.channel}),
        "blocks": [
            {
                "type": "section",
                "text": plain_text(
                    _(
                        "First you see which sessions of the last 30 days the rule would have refused. Times are in the time zone {zone}.",
                        zone=view.zone,
                    ),
                    2000,
                    language,
                ),
            },
            _input(DEMAND, _("Rule"), _demands(language), language),
            *(
                _input(one.name, one.label, _text_field(one.name, one.example), language) | {"optional": True}
                for one in FORM_FIELDS
            ),
            _input(CHANNEL, _("Only in the channel"), _channel_picker(language), language)
            | {"optional": True},
        ],
    }


def _demands(language: Language) -> Block:
    options = {
        demand: {"text": plain_text(text, _OPTION, language), "value": demand.value}
        for demand, text in FORM_DEMANDS.items()
    }
    return {
        "type": "radio_buttons",
        "action_id": DEMAND,
        "options": list(options.values()),
        "initial_option": options[FormDemand.NO_SESSIONS],
    }


def _text_field(name: str, example: str) -> Block:
    return {
        "type": "plain_text_input",
        "action_id": name,
        "max_length": LONGEST_FIELD,
        "placeholder": {"type": "plain_text", "text": example},
    }


def _channel_picker(language: Language) -> Block:
    return {
        "type": "conversations_select",
        "action_id": CHANNEL,
        "placeholder": plain_text(_("Every channel"), 150, language),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }


def _input(block_id: str, label: Text, element: Block, language: Language) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, 2000, language),
        "element": element,
    }
