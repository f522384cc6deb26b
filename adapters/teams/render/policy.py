"""The rules about which sessions may be created, and the form for a new one."""

from adapters.teams.render.actions import DEMAND, POLICY_FORM, actions, execute
from adapters.teams.render.card import CardContent, Element, fitted, group, heading, text
from adapters.teams.render.markdown import brief, plain
from adapters.teams.render.pages import with_button
from bot.i18n import Language, _
from bot.policy_syntax import FormDemand
from bot.views.parts import Style
from bot.views.policy import (
    FORM_DEMANDS,
    FORM_FIELDS,
    LONGEST_FIELD,
    NO_RULES,
    FormField,
    PolicyForm,
    PolicyPage,
    policy_buttons,
    remove_button,
    rule_line,
)
from bot.views.wording import TONE_SIGNS

_VALUE = 120


def policy_page(view: PolicyPage, say: Language) -> CardContent:
    """Render the rules, each with a button that removes it."""
    title, short = _("Rules"), brief(say, _VALUE)
    head = [heading(say.say(title))]
    if view.said is not None:
        head.append(text(f"{TONE_SIGNS[view.said.tone]}{short.say(view.said.text)}"))
    entries = [
        [
            group(
                with_button(
                    [text(short.say(rule_line(one, view.zone)))], [remove_button(one, view.zone)], say
                ),
                separator=True,
            )
        ]
        for one in view.rules
    ]
    if not entries:
        entries = [[text(say.say(NO_RULES))]]
    body = fitted(head, entries, actions(policy_buttons(), say))
    summary = plain(say).say(view.said.text if view.said else title)
    return CardContent(summary, body, is_private=not view.is_shared, is_wide=True)


def policy_form(view: PolicyForm, say: Language) -> CardContent:
    """Render the form for a new rule."""
    title = _("New rule")
    about = _(
        "First you see which sessions of the last 30 days the rule would have refused. Times are in the time zone {zone}.",
        zone=view.zone,
    )
    body = [
        heading(say.say(title)),
        text(say.say(about)),
        _demands(say),
        *(_text_field(one, say) for one in FORM_FIELDS),
        {
            "type": "ActionSet",
            "actions": [execute(_("Try it"), {POLICY_FORM: True}, say, Style.PRIMARY)],
        },
    ]
    return CardContent(plain(say).say(title), body)


def _demands(say: Language) -> Element:
    return {
        "type": "Input.ChoiceSet",
        "id": DEMAND,
        "style": "expanded",
        "wrap": True,
        "label": plain(say).say(_("Rule")),
        "choices": [
            {"title": plain(say).say(label), "value": demand.value} for demand, label in FORM_DEMANDS.items()
        ],
        "value": FormDemand.NO_SESSIONS.value,
    }


def _text_field(field: FormField, say: Language) -> Element:
    return {
        "type": "Input.Text",
        "id": field.name,
        "label": plain(say).say(field.label),
        "placeholder": field.example,
        "maxLength": LONGEST_FIELD,
    }
