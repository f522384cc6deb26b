"""A card in which a colleague is named: who takes over a session, or who is invited to it.

By their address: the bot may not search the directory of the organization, so it can offer no list of people.
"""

from adapters.teams.render.card import CardContent, Element, aside, heading
from adapters.teams.render.markdown import plain
from bot.i18n import Language, Text, _

_LONGEST_ADDRESS = 254


def colleague_card(question: Text, field: str, submit: Element, say: Language, *, hint: Text) -> CardContent:
    """Render the card. ``field`` is the id of its input, ``submit`` its button."""
    address: Element = {
        "type": "Input.Text",
        "id": field,
        "style": "Email",
        "label": plain(say).say(_("E-mail address of a technician")),
        "placeholder": "ines@example.com",
        "isRequired": True,
        "errorMessage": plain(say).say(_("Type an e-mail address.")),
        "maxLength": _LONGEST_ADDRESS,
    }
    body: list[Element] = [
        heading(say.say(question)),
        address,
        aside(say.say(hint)),
        {"type": "ActionSet", "actions": [submit]},
    ]
    return CardContent(plain(say).say(question), body, is_private=True)
