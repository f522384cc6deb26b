"""Count what became of the accepted commands. These are the rules of the table, without any bot or outside system."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_DOUBLED_CARDS = 0.01
"""The share of cards that may be posted twice: a chat can lose the answer to a post, and has no key for a repeat."""


class Kind(StrEnum):
    """What is counted: one row of the table."""

    SESSIONS = "sessions"
    REQUESTER_MAILS = "requester mails"
    TECHNICIAN_MAILS = "technician mails"
    SMS = "SMS"
    NOTES = "notes"
    CARDS = "cards"
    ENDS = "ended sessions"
    RECORDS = "records of ends"
    AUDIT = "audit entries"


class Said(StrEnum):
    """What the card says about the outcome of one thing."""

    NOTHING = "nothing"
    UNSURE = "unsure"
    """Nobody knows whether it was done, and the card says so."""
    FAILED = "failed"
    """It was not done, and the card says so."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often one thing was found that a command asked for. ``number`` is the request.

    ``is_accepted`` is false if the chat got no answer to the command: then the thing may be missing, but not be doubled.
    """

    kind: Kind
    number: str
    times: int
    said: Said = Said.NOTHING
    is_accepted: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table. ``lost`` and ``doubled`` are the requests concerned, so that somebody can look into them."""

    kind: Kind
    accepted: int
    done: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unsure: int
    failed: int


def count_kind(kind: Kind, outcomes: Sequence[Outcome]) -> Row:
    """Count the outcomes of one kind.

    A thing of an accepted command is done, lost, unsure or failed. In addition it is doubled if it was found more than once.
    """
    mine = [one for one in outcomes if one.kind is kind]
    accepted = [one for one in mine if one.is_accepted]
    silent = [one for one in accepted if one.said is Said.NOTHING]
    return Row(
        kind,
        accepted=len(accepted),
        done=sum(one.times > 0 for one in silent),
        lost=tuple(one.number for one in silent if one.times == 0),
        doubled=tuple(one.number for one in mine if one.times > 1),
        unsure=sum(one.said is Said.UNSURE for one in accepted),
        failed=sum(one.said is Said.FAILED for one in accepted),
    )


def count_all(outcomes: Sequence[Outcome]) -> list[Row]:
    """Count the outcomes of every kind."""
    return [count_kind(kind, outcomes) for kind in Kind]


def find_missed_goals(rows: Sequence[Row]) -> list[str]:
    """Return a sentence for each goal that was missed: nothing lost, nothing doubled, and of the cards at most 1 %.

    A run in which nothing was accepted proves nothing, so it misses the goal too.
    """
    missed = [f"no {row.kind.value} were accepted" for row in rows if row.accepted == 0]
    for row in rows:
        if row.lost:
            missed.append(f"{len(row.lost)} {row.kind.value} lost: requests {', '.join(row.lost)}")
        allowed = MAX_DOUBLED_CARDS * row.accepted if row.kind is Kind.CARDS else 0
        if len(row.doubled) > allowed:
            missed.append(f"{len(row.doubled)} {row.kind.value} doubled: requests {', '.join(row.doubled)}")
    return missed
