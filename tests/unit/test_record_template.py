"""The note that the end of a session leaves on its request, and the description of its worklog."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from support.sessions import NOW, make_session

from bot.i18n import _
from bot.model.ids import NoticeId, SessionCode
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from bot.model.session_connection import SessionConnection
from bot.record_template import RecordNote, record_note, worklog_description, worklog_reference

SECRETS = (
    "https://get.example/requester-link",
    "https://start.example/supporter-link",
    "https://web.example/web-client-link",
    "join-token-of-the-session",
    "+33612345678",
)
ENDED = NOW + timedelta(minutes=31)


def over(state: State = State.ENDED, **changes: object) -> Session:
    """Return a session that is over, with everything that a record must not say."""
    facts: dict[str, object] = {
        "code": SessionCode("s12-345-678"),
        "requester": Requester("Ann Lee", "ann@example.test", Secret(SECRETS[4])),
        "requester_link": Secret(SECRETS[0]),
        "supporter_link": Secret(SECRETS[1]),
        "join_token": SECRETS[3],
        "ended_at": ENDED,
    }
    return make_session(state, **facts | changes)


def notice(channel: Channel, state: NoticeState, recipient: Recipient = Recipient.REQUESTER) -> Notice:
    reason = _("No SMS gateway is set up.") if state is NoticeState.SKIPPED else None
    return Notice(NoticeId(f"{channel}"), make_session().id, recipient, channel, state, NOW, problem=reason)


def connection(
    begins: int, ends: int | None, device: str | None = "LAPTOP-ANN", **more: object
) -> SessionConnection:
    """Return a connection from one minute to another after the creation."""
    end = NOW + timedelta(minutes=ends) if ends is not None else None
    return SessionConnection(f"{begins}", NOW + timedelta(minutes=begins), end, device, **more)  # type: ignore[arg-type]  # a test names any field


def lines(note: RecordNote) -> list[str]:
    return [html.unescape(line).replace("\u00a0", " ") for line in (note.title, *note.lines)]


@dataclass(frozen=True)
class Case:
    """A session that is over, and its record in both languages."""

    session: Session
    english: Sequence[str]
    french: Sequence[str]
    notices: Sequence[Notice] = field(default_factory=tuple)


CASES = {
    "nobody joined": Case(
        over(ended_by="Tom Ray"),
        (
            "Remote session s12-345-678 is over.",
            "Technician: Tom Ray",
            "Created: 24 Nov 2026, 09:00 UTC",
            "Ended: 24 Nov 2026, 09:31 UTC, by Tom Ray",
            "Nobody joined",
            "E-mail to Ann Lee: sent",
        ),
        (
            "Session à distance s12-345-678 : terminée.",
            "Technicien : Tom Ray",
            "Créée : 24 nov. 2026, 09:00 UTC",
            "Terminée : 24 nov. 2026, 09:31 UTC, par Tom Ray",
            "Personne n’a rejoint la session",
            "E-mail à Ann Lee : envoyé",
        ),
        notices=[
            notice(Channel.REPLY, NoticeState.SENT),
            notice(Channel.MAIL, NoticeState.SENT, Recipient.TECHNICIAN),
        ],
    ),
    "two connections with feedback": Case(
        over(
            kind=Kind.PILOT,
            ended_by="ServiceDesk Plus",
            connections=(
                connection(2, 12),
                connection(20, 25, None, rating=4, comment="Quick <b>help</b>"),
            ),
        ),
        (
            "Pilot session s12-345-678 is over.",
            "Technician: Tom Ray",
            "Created: 24 Nov 2026, 09:00 UTC",
            "Ended: 24 Nov 2026, 09:31 UTC, because the request was closed in ServiceDesk Plus",
            "Connected for 15 min, in 2 connections",
            "From 24 Nov 2026, 09:02 UTC for 10 min: LAPTOP-ANN",
            "From 24 Nov 2026, 09:20 UTC for 5 min: unknown device",
            "E-mail to Ann Lee: sent",
            "SMS to Ann Lee: not sure it was sent by the SMS gateway",
            "Requester’s rating: 4",
            "Requester’s comment: Quick <b>help</b>",
        ),
        (
            "Session Pilot s12-345-678 : terminée.",
            "Technicien : Tom Ray",
            "Créée : 24 nov. 2026, 09:00 UTC",
            "Terminée : 24 nov. 2026, 09:31 UTC, car la demande a été clôturée dans ServiceDesk Plus",
            "Durée de connexion : 15 min, en 2 connexions",
            "Début : 24 nov. 2026, 09:02 UTC, durée : 10 min (LAPTOP-ANN)",
            "Début : 24 nov. 2026, 09:20 UTC, durée : 5 min (appareil inconnu)",
            "E-mail à Ann Lee : envoyé",
            "SMS à Ann Lee : envoi incertain par la passerelle SMS",
            "Évaluation du demandeur : 4",
            "Commentaire du demandeur : Quick <b>help</b>",
        ),
        notices=[notice(Channel.REPLY, NoticeState.SENT), notice(Channel.SMS, NoticeState.UNSURE)],
    ),
    "time not reported": Case(
        over(left_at=ENDED),
        (
            "Remote session s12-345-678 is over.",
            "Technician: Tom Ray",
            "Created: 24 Nov 2026, 09:00 UTC",
            "Ended: 24 Nov 2026, 09:31 UTC, at TeamViewer",
            "Connection time: not reported by TeamViewer",
            "SMS to Ann Lee: not sent. No SMS gateway is set up.",
        ),
        (
            "Session à distance s12-345-678 : terminée.",
            "Technicien : Tom Ray",
            "Créée : 24 nov. 2026, 09:00 UTC",
            "Terminée : 24 nov. 2026, 09:31 UTC, chez TeamViewer",
            "Durée de connexion : non communiquée par TeamViewer",
            "SMS à Ann Lee : non envoyé. Aucune passerelle SMS n’est configurée.",
        ),
        notices=[notice(Channel.SMS, NoticeState.SKIPPED)],
    ),
    "expired with an end that is not reported": Case(
        over(State.EXPIRED, connections=(connection(3, None),)),
        (
            "Remote session s12-345-678 is over.",
            "Technician: Tom Ray",
            "Created: 24 Nov 2026, 09:00 UTC",
            "Expired: 24 Nov 2026, 09:31 UTC. The link worked for 24 hours.",
            "Connection time: not reported by TeamViewer",
            "From 24 Nov 2026, 09:03 UTC, end not reported: LAPTOP-ANN",
            "E-mail to Ann Lee: on its way",
        ),
        (
            "Session à distance s12-345-678 : terminée.",
            "Technicien : Tom Ray",
            "Créée : 24 nov. 2026, 09:00 UTC",
            "Expirée : 24 nov. 2026, 09:31 UTC. Le lien était valable 24 heures.",
            "Durée de connexion : non communiquée par TeamViewer",
            "Début : 24 nov. 2026, 09:03 UTC, fin non communiquée (LAPTOP-ANN)",
            "E-mail à Ann Lee : en cours d’envoi",
        ),
        notices=[notice(Channel.REPLY, NoticeState.PENDING)],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_record_says_what_is_known_in_the_language_of_the_organization(case: Case) -> None:
    assert lines(record_note(case.session, case.notices, "en")) == list(case.english)
    assert lines(record_note(case.session, case.notices, "fr")) == list(case.french)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("language", ["en", "fr"])
def test_record_holds_no_link_and_no_phone_number(case: Case, language: str) -> None:
    note = record_note(case.session, case.notices, language)
    written = [
        note.html(note.reference),
        note.html(note.correcting_reference),
        worklog_description(case.session, language),
    ]
    assert not [secret for secret in SECRETS for text in written if secret in text]
    assert not [text for text in written if "http" in text]


def test_values_are_escaped_for_html() -> None:
    session = over(connections=(connection(2, 3, "<i>PC</i>", comment="<script>"),), technician_name="A & B")
    written = record_note(session, [], "en").html("reference")
    assert "A &amp; B" in written
    assert "&lt;i&gt;PC&lt;/i&gt;" in written
    assert "&lt;script&gt;" in written


def test_note_contains_its_marker_and_not_that_of_the_note_about_the_creation() -> None:
    session = over()
    note = record_note(session, [], "en")
    first, correction = note.html(note.reference), note.html(note.correcting_reference)
    assert f"Reference: {note.reference}" in first
    assert f"Reference: {note.correcting_reference}" in correction
    assert "This note replaces the earlier one." in correction
    assert "replaces" not in first
    assert session.id not in first + correction


def test_marker_of_the_first_note_stays_and_that_of_a_correction_follows_what_it_says() -> None:
    before = record_note(over(), [], "en")
    after = record_note(over(connections=(connection(2, 12),)), [], "en")
    assert before.reference == after.reference
    assert before.correcting_reference != after.correcting_reference
    assert before.digest != after.digest
    assert before.digest == record_note(over(), [], "en").digest


def test_worklog_names_the_session_and_its_marker() -> None:
    session = over()
    english, french = worklog_description(session, "en"), worklog_description(session, "fr")
    assert english == (
        "Remote session s12-345-678: connected time as TeamViewer reported it. "
        f"Reference: {worklog_reference(session.id)}"
    )
    assert worklog_reference(session.id) in french
