"""What the app is called and how it looks, on every platform."""

from bot.i18n import _

NAME = "TeamViewer Sessions"
COLOR = "#1456d9"
WHAT_IT_DOES = _("Run TeamViewer sessions for ServiceDesk Plus requests.")
