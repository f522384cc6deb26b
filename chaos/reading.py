"""Read from the outside systems, the cards and the audit log what became of every command."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chaos.book import Entry, Word
from chaos.counting import Kind, Outcome, Said
from chaos.typists import SUBJECT, TeamsTypist, Typist, Worker, mobile_of
from sandbox.environment import Environment
from sandbox.mail import ReceivedMail
from storage.database import Database

_NUMBER = re.compile(r"#(\d+)")
_REFERENCE = re.compile(r"Reference: (\w+)")
_AUDIT = sa.text("SELECT action, subject FROM audit")
_REFUSAL_SIGNS = ("🚫", "⚠️")


@dataclass(frozen=True)
class Found:
    """What was found, by request. ``texts`` are those of the cards in the channels, oldest first."""

    sessions: Mapping[str, Sequence[Any]]
    requester_mails: Mapping[str, Sequence[ReceivedMail]]
    technician_mails: Mapping[str, Sequence[ReceivedMail]]
    notes: Mapping[str, Sequence[str]]
    texts: Mapping[str, Sequence[str]]
    audit: Mapping[tuple[str, str], int]

    @property
    def repeated_mails(self) -> int:
        """How many mails came again under the Message-ID of an earlier one: mail programs show them once."""
        lists = (*self.requester_mails.values(), *self.technician_mails.values())
        return sum(len(mails) - count_distinct(mails) for mails in lists)


def count_distinct(mails: Iterable[ReceivedMail]) -> int:
    """Return how many mails a mail program shows: one for each Message-ID."""
    return len({mail.message_id or str(id(mail)) for mail in mails})


def find_all(environment: Environment, typists: Iterable[Typist], audit: Counter[tuple[str, str]]) -> Found:
    """Read everything once, because there may be thousands of requests."""
    sessions: dict[str, list[Any]] = defaultdict(list)
    for session in environment.teamviewer.sessions.values():
        _append(sessions, session.description or "", session)
    requester_mails: dict[str, list[ReceivedMail]] = defaultdict(list)
    technician_mails: dict[str, list[ReceivedMail]] = defaultdict(list)
    for mail in list(environment.mailbox.messages):
        is_technicians = mail.to[0].startswith("tom")
        _append(technician_mails if is_technicians else requester_mails, mail.subject, mail)
    texts: dict[str, list[str]] = defaultdict(list)
    for typist in typists:
        for text in card_texts(typist):
            _append(texts, text, text)
    notes = {
        number: [note.html for note in request.entries_of_type("NOTES")]
        for number, request in environment.servicedesk.requests.items()
    }
    return Found(sessions, requester_mails, technician_mails, notes, texts, audit)


def _append(found: dict[str, list[Any]], text: str, value: Any) -> None:
    number = _NUMBER.search(text)
    if number is not None:
        found[number[1]].append(value)


def card_texts(typist: Typist) -> list[str]:
    """Return the texts of the cards in the channel of a technician, oldest first."""
    return [text for text in typist.user.bot_messages() if SUBJECT in text and "#" in text]


async def read_audit(database: Database) -> Counter[tuple[str, str]]:
    """Return how often the audit log has each action about each request."""
    counted: Counter[tuple[str, str]] = Counter()
    async with database.reader.connect() as connection:
        for action, subject in await connection.execute(_AUDIT):
            number = _NUMBER.search(subject)
            if number is not None:
                counted[action, number[1]] += 1
    return counted


async def read_unfinished_jobs(database: Database) -> list[str]:
    """Return the keys of the jobs that are queued, delayed or under way.

    The regular rounds are left out, and the reports about connections, which are read up to half an hour after an end.
    """
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    unfinished = sa.text(
        f"SELECT workflow_uuid FROM {table}"  # noqa: S608 - a constant
        " WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')"
        " AND workflow_uuid NOT LIKE 'sweep:%' AND workflow_uuid NOT LIKE 'reports:%'"
    )
    async with database.reader.connect() as connection:
        return list((await connection.execute(unfinished)).scalars())


def read_outcomes(workers: Sequence[Worker], found: Found) -> list[Outcome]:
    """Return the outcome of everything that a command promised."""
    outcomes: list[Outcome] = []
    for worker in workers:
        phones = Counter(sms.to for sms in worker.typist.user.environment.sms.messages)
        for entry in worker.book.entries:
            is_accepted = entry.is_accepted and not _was_refused(worker.typist, entry)
            if not entry.may_count:
                continue
            if entry.word in {Word.CREATE, Word.PILOT}:
                outcomes += _outcomes_of_creation(entry, found, phones, is_accepted=is_accepted)
            elif entry.word is Word.END:
                outcomes += _outcomes_of_end(entry.number, found, is_accepted=is_accepted)
    return outcomes


def _was_refused(typist: Typist, entry: Entry) -> bool:
    """Whether the bot refused in Teams what it took, where it says so in the thread of the command only."""
    if not isinstance(typist, TeamsTypist):
        return False
    threads = typist.threads.get(f"{entry.word} {entry.number}", [])
    messages = typist.user.teams.channel.messages
    replies = [(one.thread, typist.user.text(one)) for one in messages if one.sender == "bot"]
    refused = {thread for thread, text in replies if SUBJECT not in text and is_refusal(text)}
    return bool(threads) and refused.issuperset(threads)


def is_refusal(text: str) -> bool:
    """Whether a message says that a command was not carried out."""
    return any(sign in text for sign in _REFUSAL_SIGNS)


def _outcomes_of_creation(
    entry: Entry, found: Found, phones: Counter[str], *, is_accepted: bool
) -> list[Outcome]:
    number = entry.number
    # A command without an answer promised nothing. Once its session is there, all that belongs to it is promised.
    sessions = found.sessions.get(number, [])
    is_promised = is_accepted or bool(sessions)
    card = "\n".join(found.texts.get(number, [])[-1:])
    failed = Said.FAILED if "Could not be created" in card else Said.NOTHING
    notes = [html for html in found.notes.get(number, []) if "was created by" in html]

    def outcome(kind: Kind, times: int, said: Said = failed) -> Outcome:
        return Outcome(kind, number, times, said, is_accepted=is_promised)

    return [
        Outcome(Kind.SESSIONS, number, len(sessions), failed, is_accepted=is_accepted),
        outcome(
            Kind.REQUESTER_MAILS,
            count_distinct(found.requester_mails.get(number, [])),
            failed if failed is not Said.NOTHING else read_said(card, "E-mail to Ann Lee"),
        ),
        outcome(
            Kind.TECHNICIAN_MAILS,
            count_distinct(found.technician_mails.get(number, [])),
            failed if failed is not Said.NOTHING else read_said(card, "E-mail to Tom Ray"),
        ),
        *(
            [
                outcome(
                    Kind.SMS,
                    phones[mobile_of(number)],
                    failed if failed is not Said.NOTHING else read_said(card, "SMS to Ann Lee"),
                )
            ]
            if entry.word is Word.PILOT
            else []
        ),
        outcome(Kind.NOTES, count_notes(notes)),
        outcome(Kind.CARDS, len(found.texts.get(number, [])), Said.NOTHING),
        outcome(Kind.AUDIT, found.audit.get(("session.created", number), 0)),
    ]


def _outcomes_of_end(number: str, found: Found, *, is_accepted: bool) -> list[Outcome]:
    closed = sum(one.state == "closed" for one in found.sessions.get(number, []))
    is_promised = is_accepted or closed > 0
    records = [html for html in found.notes.get(number, []) if " is over." in html]
    audit = found.audit.get(("session.ended", number), 0)
    return [
        Outcome(Kind.ENDS, number, closed, is_accepted=is_accepted),
        Outcome(Kind.RECORDS, number, count_notes(records), is_accepted=is_promised),
        Outcome(Kind.AUDIT, number, audit, is_accepted=is_promised),
    ]


def count_notes(notes: Sequence[str]) -> int:
    """Return 1 for any number of different notes, and one more for each that came twice under the same reference.

    A notice that was late has a note of its own, so a session may have several.
    """
    if not notes:
        return 0
    references = {"".join(_REFERENCE.findall(html)) for html in notes}
    return 1 + len(notes) - len(references)


def read_said(card: str, notice: str) -> Said:
    """Return what a card says about a notice, for example ``SMS to Ann Lee``."""
    if f"{notice}: not sure" in card:
        return Said.UNSURE
    return Said.FAILED if f"{notice}: not sent" in card else Said.NOTHING


def is_finished(typist: Typist, number: str) -> bool:
    """Whether everything about a new session was done, and nothing is unsure."""
    card = typist.user.card(number, "Waiting for")
    environment = typist.user.environment
    if card is None or not environment.servicedesk.notes(number):
        return False
    text = typist.user.text(card)
    return (
        "on its way" not in text
        and "to be sent" not in text
        and ": not sure" not in text
        and ": not sent" not in text
    )
