"""What the doctor found, as a message: first what failed, then what cannot be known, then what works."""

from collections.abc import Sequence

from bot.i18n import Text, _, labelled, n_
from bot.model.finding import Finding, Verdict
from bot.views.pages import Message
from bot.views.parts import Tone


def findings_message(findings: Sequence[Finding]) -> Message:
    """Return what was found, for the SDAdmin who asked. Only its reader sees it."""
    failed = _with_verdict(findings, Verdict.FAILED)
    details = [
        *(_failure(one) for one in failed),
        *(_unknown(one) for one in _with_verdict(findings, Verdict.UNKNOWN)),
    ]
    if working := _titles(findings, Verdict.OK):
        details.append(_("Working: {titles}", titles=working))
    if skipped := _titles(findings, Verdict.SKIPPED):
        details.append(_("Not set up: {titles}", titles=skipped))
    text = (
        n_("{count} check failed.", "{count} checks failed.", len(failed))
        if failed
        else _("No check failed.")
    )
    return Message(text, Tone.PROBLEM if failed else Tone.PLAIN, details, is_personal=True)


def _with_verdict(findings: Sequence[Finding], verdict: Verdict) -> list[Finding]:
    return [one for one in findings if one.verdict is verdict]


def _failure(one: Finding) -> Text:
    return Text("❌ {line} → {remedy}", {"line": _line(one), "remedy": one.remedy})


def _unknown(one: Finding) -> Text:
    return Text("❔ {line}", {"line": _line(one)})


def _line(one: Finding) -> Text:
    return labelled(one.title, one.detail)


def _titles(findings: Sequence[Finding], verdict: Verdict) -> tuple[Text, ...]:
    """Return the titles of all checks with a verdict about which nothing needs to be said."""
    return tuple(one.title for one in _with_verdict(findings, verdict))
