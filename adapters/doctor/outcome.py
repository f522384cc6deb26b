"""The outcome of one check, before it is known which check it was."""

from bot.i18n import Text, _
from bot.model.finding import Verdict
from bot.values import value_class

SEE_SETTINGS = _("A setting is missing or wrong: see the check “Settings”.")
SEE_DATABASE = _("The database cannot be read, or has no schema yet: see the checks of the database.")
SEE_KEYS = _("The keys do not fit the database: see the check “Keys”.")
SEE_PUBLIC_URL = _("It is not certain that this bot answers there: see the check “Public address”.")


@value_class
class Outcome:
    """What a check found. ``detail`` is a sentence without secrets.

    ``remedy`` is what to do if it failed, where that is known more exactly than the check's own remedy.
    """

    verdict: Verdict
    detail: Text
    remedy: Text | None = None


class CannotTell(Exception):
    """A check cannot know the answer. ``text`` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.template)
        self.text = text


def works(detail: Text) -> Outcome:
    """Return the outcome of a check that saw the thing work."""
    return Outcome(Verdict.OK, detail)


def fails(detail: Text, remedy: Text | None = None) -> Outcome:
    """Return the outcome of a check that saw the thing fail. ``remedy`` is given where the cause is known exactly."""
    return Outcome(Verdict.FAILED, detail, remedy)


def is_unknown(detail: Text) -> Outcome:
    """Return the outcome of a check that cannot know. ``detail`` says why."""
    return Outcome(Verdict.UNKNOWN, detail)


def is_not_set_up(detail: Text) -> Outcome:
    """Return the outcome for a thing that is not set up. ``detail`` says what that means."""
    return Outcome(Verdict.SKIPPED, detail)
