"""The doctor, replaced by findings that a test sets."""

from collections.abc import Sequence

from support.fakes.service import FakeService

from bot.i18n import Text
from bot.model.finding import Finding, Verdict


def make_finding(check: str, verdict: Verdict = Verdict.OK) -> Finding:
    """Return a finding whose texts begin with the name of the check."""
    return Finding(check, Text(f"{check} title"), verdict, Text(f"{check} detail"), Text(f"{check} remedy"))


class FakeDoctor(FakeService):
    """Returns ``findings``."""

    port = "Doctor"

    def __init__(self) -> None:
        super().__init__()
        self.findings: Sequence[Finding] = [make_finding("database")]

    async def examine(self) -> Sequence[Finding]:
        async with self._calling("examine"):
            return self.findings
