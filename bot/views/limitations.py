"""The sentences about a limitation: what ServiceDesk Plus refuses, and what the bot does instead."""

from bot.i18n import Text, _
from bot.model.limitation import KnownLimitation, Limitation


def limitation_found_text(known: KnownLimitation) -> Text:
    """Return what the SDAdmins are told when a limitation is found."""
    match known.limitation:
        case Limitation.REPLIES:
            return _(
                "ServiceDesk Plus refuses the bot’s replies to requesters. {why} Until this is repaired, requesters get "
                "the link by the bot’s own mail server, or else by a note on the request.",
                why=known.reason,
            )
        case Limitation.TECHNICIANS:
            return _("ServiceDesk Plus refuses the list of technicians. {why}", why=known.reason)


def limitation_over_text(limitation: Limitation) -> Text:
    """Return what the SDAdmins are told when a limitation is over."""
    match limitation:
        case Limitation.REPLIES:
            return _("ServiceDesk Plus accepts the bot’s replies to requesters again.")
        case Limitation.TECHNICIANS:
            return _("ServiceDesk Plus returns the list of technicians again.")


def limitation_line(known: KnownLimitation) -> Text:
    """Return a limitation as a line of the administration page."""
    return _("{text} (Since {time}.)", text=limitation_found_text(known), time=known.found_at)
