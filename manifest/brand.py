"""Name, colour and short description of the app, the same on every platform."""

from bot.i18n import _

NAME = "TeamViewer Sessions"
COLOR = "#1456d9"
SHORT_DESCRIPTION = _("Run TeamViewer sessions for ServiceDesk Plus requests.")
