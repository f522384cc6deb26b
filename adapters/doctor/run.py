"""Make all checks at the same time, each with a time limit of its own."""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from adapters.doctor.examination import Examination, Installed, begin_examination
from adapters.doctor.outcome import CannotTell, Outcome, fails, is_unknown
from adapters.doctor.table import CHECKS, Check, Turn
from bot.errors import BotError, NotAllowed
from bot.i18n import _
from bot.model.finding import Finding

CHECK_SECONDS = 20.0
"""Time limit for one check."""
log = structlog.get_logger("bot")


class InstallationDoctor:
    """Implements the port ``Doctor``. ``only`` are the names of the checks to make; None makes all."""

    def __init__(self, installed: Installed, *, only: Collection[str] | None = None) -> None:
        self._installed = installed
        self._checks = [check for check in CHECKS if only is None or check.name in only]

    async def examine(self) -> Sequence[Finding]:
        """Make every check. Each finding is in the order of the table."""
        async with begin_examination(self._installed) as examination:
            found: dict[str, Finding] = {}
            for turn in Turn:
                checks = [check for check in self._checks if check.turn is turn]
                findings = await asyncio.gather(*(_find(check, examination) for check in checks))
                found |= {finding.check: finding for finding in findings}
            return [found[check.name] for check in self._checks]


async def _find(check: Check, examination: Examination) -> Finding:
    outcome = await _run(check, examination)
    return Finding(check.name, check.title, outcome.verdict, outcome.detail, outcome.remedy or check.remedy)


async def _run(check: Check, examination: Examination) -> Outcome:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.run(examination)
    except CannotTell as reason:
        return is_unknown(reason.text)
    except NotAllowed as refusal:
        # The integration is off, so the bot did not ask.
        return is_unknown(refusal.text)
    except BotError as error:
        return fails(error.text)
    except TimeoutError:
        return fails(_("There was no answer within {seconds} seconds.", seconds=int(CHECK_SECONDS)))
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        log.warning("check broken", check=check.name, error=type(error).__name__)
        return fails(_("The check itself is broken ({error}). Report it.", error=type(error).__name__))
