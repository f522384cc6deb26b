"""The text of the note on the request about the renewal of a session."""

import html

from bot.i18n import Language, _
from bot.jobs import AddRenewalNote
from bot.record_template import format_in_utc
from bot.views.renewal import renewal_note_lines


def renewal_note(job: AddRenewalNote, language: str) -> str:
    """Write the note as HTML: who renewed the session, and which code took the place of which. It holds no link."""
    escaped = Language(language, escape=html.escape, dated=lambda at: format_in_utc(at, language))
    lines = [
        *renewal_note_lines(job.former_code, job.code, job.by, job.valid_until),
        _("Reference: {reference}", reference=job.renewal),
    ]
    return "<div>" + "<br>".join(escaped.say(line) for line in lines) + "</div>"
