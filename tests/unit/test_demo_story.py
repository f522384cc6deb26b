"""The story of the demo page marks what is done."""

import pytest

from sandbox.demo.story import STEPS, Mails, list_steps
from sandbox.environment import Environment

TOM = "tom.ray@example.test"


@pytest.fixture
def environment() -> Environment:
    """Simulated systems that are not started, with one technician."""
    environment = Environment()
    environment.add_technician("Tom Ray", TOM)
    return environment


def done(environment: Environment, mails: Mails) -> list[str]:
    """Return the names of the steps that are done."""
    return [one["name"] for one in list_steps(environment, mails, TOM) if one["is_done"]]


def test_each_action_marks_its_step(environment: Environment) -> None:
    """Sign in, create, open the mail, join, enter."""
    mails = Mails(environment.mailbox)
    assert done(environment, mails) == []
    environment.teamviewer.issue_tokens(TOM)
    assert done(environment, mails) == ["sign-in"]
    session = environment.teamviewer.open_session(TOM)
    assert done(environment, mails) == ["sign-in", "create"]
    environment.mailbox.send_reply(
        sender="desk@example.test",
        to=["ann@example.test"],
        subject="Help",
        html="<p>Join</p>",
        message_id="1",
    )
    mails.open_mail(0)
    assert done(environment, mails) == ["sign-in", "create", "mail"]
    environment.teamviewer.join_session(session.code)
    assert done(environment, mails) == ["sign-in", "create", "mail", "join"]
    environment.teamviewer.connect_session(session.code)
    assert done(environment, mails) == list(STEPS)


def test_a_mail_that_nobody_opened_is_skipped_by_joining(environment: Environment) -> None:
    """The requester may have come by the link of an SMS."""
    session = environment.teamviewer.open_session(TOM)
    environment.teamviewer.join_session(session.code)
    assert done(environment, Mails(environment.mailbox)) == ["sign-in", "create", "mail", "join"]


def test_a_mail_that_does_not_exist_cannot_be_opened(environment: Environment) -> None:
    """The page may be older than the demo behind it."""
    with pytest.raises(LookupError):
        Mails(environment.mailbox).open_mail(0)
