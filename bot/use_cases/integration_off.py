"""What a person reads while the integration is off: an SDAdmin can switch it on, and others must ask one."""

from collections.abc import Sequence

from bot import access
from bot.commands import SwitchIntegration
from bot.i18n import Text, Words, _
from bot.use_cases.admin import is_admin_place
from bot.use_cases.context import CommandContext
from bot.values import value_class
from bot.views.parts import Button, Style


@value_class
class IntegrationOff:
    """The sentence that says so, and the button that switches the integration on, if its reader may press it here."""

    text: Text
    buttons: Sequence[Button] = ()


def integration_off(context: CommandContext) -> IntegrationOff:
    """Return what the sender reads. The button works only where administration is allowed."""
    if not context.by.is_admin:
        return IntegrationOff(access.INTEGRATION_OFF)
    if not is_admin_place(context):
        text = _(
            "The TeamViewer integration is switched off. To switch it on, type {words} in a channel for administration.",
            words=Words("admin enable"),
        )
        return IntegrationOff(text)
    button = Button(_("Switch on"), SwitchIntegration(on=True), Style.PRIMARY)
    return IntegrationOff(_("The TeamViewer integration is switched off."), [button])
