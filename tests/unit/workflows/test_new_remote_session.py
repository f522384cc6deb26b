"""What TeamViewer is asked to create for a session."""

from support.sessions import NOW, make_session

from bot.model.request import Requester
from bot.model.session import VALID_FOR, Kind
from bot.workflows.new_remote_session import new_remote_session


def test_session_is_asked_for_with_its_request_and_its_requester() -> None:
    session = make_session(
        kind=Kind.PILOT, subject="Printer", note="jam", requester=Requester("Rita", "rita@example.com")
    )
    new = new_remote_session(session, "key", NOW)
    assert (new.key, new.kind, new.description) == ("key", Kind.PILOT, "#101 Printer\njam")
    assert (new.requester_name, new.requester_email) == ("Rita", "rita@example.com")
    assert new.valid_until == NOW + VALID_FOR


def test_long_texts_are_cut_to_what_teamviewer_accepts() -> None:
    session = make_session(note="n" * 5000, requester=Requester("R" * 200, None))
    new = new_remote_session(session, "key", NOW)
    assert len(new.description) == 4000
    assert len(new.requester_name) == 100


def test_session_without_a_requester_names_none() -> None:
    new = new_remote_session(make_session(), "key", NOW)
    assert (new.requester_name, new.requester_email) == ("", None)
