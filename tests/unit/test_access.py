"""Permissions: a person who is refused learns what is missing, and nothing else."""

import pytest
from support.sessions import make_session

from bot import access
from bot.access import Purpose, SessionWord
from bot.commands import Verb
from bot.errors import NotAllowed
from bot.model.ids import Email
from bot.model.switches import Switches
from bot.model.technician import Actor, Platform, Profile, Technician
from bot.values import replace

TOM = Profile(Actor(Platform.SLACK, "T1", "U1"), "Tom", Email("tom@example.test"))
CREATOR = Technician(Email("tom@example.test"), "Tom Ray")
COLLEAGUE = Technician(Email("ines@example.test"), "Ines Moreau")
ADMIN = Technician(Email("ada@example.test"), "Ada Min", is_admin=True)


def test_a_listed_profile_is_a_technician_with_the_listed_name() -> None:
    found = access.require_technician(TOM, "Tom Ray", is_admin=True)
    assert found == Technician(Email("tom@example.test"), "Tom Ray", is_admin=True)
    assert access.require_technician(TOM, "", is_admin=False) == Technician(Email("tom@example.test"), "Tom")


@pytest.mark.parametrize(
    ("profile", "listed_as", "text"),
    [
        (replace(TOM, is_bot=True), "Tom Ray", "Bots cannot run sessions."),
        (replace(TOM, is_deactivated=True), "Tom Ray", "This account is deactivated."),
        (replace(TOM, is_external=True), "Tom Ray", str(access.STRANGER)),
        (
            replace(TOM, is_guest=True),
            "Tom Ray",
            "Guests cannot run sessions. Ask your administrator for a full account.",
        ),
        (
            replace(TOM, email=None),
            "Tom Ray",
            (
                "Your chat profile shows no e-mail address, so it is not clear which technician you are. "
                "Ask your administrator to add it."
            ),
        ),
        (
            replace(TOM, email=None, has_unconfirmed_email=True),
            "Tom Ray",
            (
                "Slack does not show your e-mail address as confirmed, so it is not clear which technician you are. "
                "Confirm the address in Slack. If you sign in to Slack by single sign-on, ask your administrator: "
                "the setting TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL is for that."
            ),
        ),
        (
            TOM,
            None,
            (
                "tom@example.test is not a technician of ServiceDesk Plus. If you should be one, "
                "ask your SDAdmin to add you."
            ),
        ),
    ],
    ids=["bot", "deactivated", "external", "guest", "no address", "unconfirmed address", "not listed"],
)
def test_everybody_else_is_refused_with_the_reason(
    profile: Profile, listed_as: str | None, text: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        access.require_technician(profile, listed_as, is_admin=True)
    assert str(refused.value.text) == text


def test_a_technician_can_become_an_sdadmin() -> None:
    assert access.require_technician_for(Purpose.ADMIN, TOM, "Tom Ray") == Technician(
        Email("tom@example.test"), "Tom Ray"
    )
    assert access.require_technician_for(Purpose.ADMIN, TOM, "") == Technician(
        Email("tom@example.test"), "Tom"
    )


@pytest.mark.parametrize(
    ("profile", "listed_as", "text"),
    [
        (
            replace(TOM, email=None),
            "Tom Ray",
            (
                "The chat profile of Tom shows no e-mail address, so it is not clear which technician that is. "
                "Ask your administrator to add it."
            ),
        ),
        (
            replace(TOM, email=None, has_unconfirmed_email=True),
            "Tom Ray",
            (
                "Slack does not show the e-mail address of Tom as confirmed, so it is not clear which technician that is. "
                "Ask Tom to confirm it in Slack. For accounts with single sign-on, your administrator can set "
                "TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL."
            ),
        ),
        (
            TOM,
            None,
            (
                "Tom (tom@example.test) cannot be an SDAdmin: only technicians of ServiceDesk Plus can, "
                "with a full account of this organization."
            ),
        ),
        (
            replace(TOM, is_guest=True),
            "Tom Ray",
            (
                "Tom (tom@example.test) cannot be an SDAdmin: only technicians of ServiceDesk Plus can, "
                "with a full account of this organization."
            ),
        ),
    ],
    ids=["no address", "unconfirmed address", "not listed", "guest"],
)
def test_nobody_else_becomes_an_sdadmin(profile: Profile, listed_as: str | None, text: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        access.require_technician_for(Purpose.ADMIN, profile, listed_as)
    assert str(refused.value.text) == text


def test_a_switched_off_integration_is_refused() -> None:
    access.require_integration_on(Switches(widget=False))
    with pytest.raises(NotAllowed) as refused:
        access.require_integration_on(Switches(integration=False))
    assert str(refused.value.text) == (
        "The TeamViewer integration is switched off. Ask your SDAdmin to switch it on."
    )


def test_only_its_creator_runs_a_session() -> None:
    access.require_creator(make_session(), CREATOR)
    for other in (COLLEAGUE, ADMIN):
        with pytest.raises(NotAllowed) as refused:
            access.require_creator(make_session(), other)
        assert str(refused.value.text) == (
            "This session belongs to Tom Ray, who alone can do that. For one of your own, type `/tv create 101`."
        )


PEOPLE = {
    "creator": (CREATOR, False),
    "invited": (COLLEAGUE, True),
    "admin": (ADMIN, False),
    "other": (COLLEAGUE, False),
}
MAY = {
    "enter": {"creator", "invited"},
    "reinvite": {"creator", "invited", "admin", "other"},
    "link": {"creator", "invited", "admin", "other"},
    "renew": {"creator", "admin"},
    "end": {"creator", "admin"},
    "transfer": {"creator", "admin"},
    "invite": {"creator", "admin"},
    "uninvite": {"creator", "admin"},
    "leave": {"invited"},
}


@pytest.mark.parametrize("word", SessionWord)
@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_do_what_in_a_session(word: SessionWord, who: str) -> None:
    by, is_invited = PEOPLE[who]
    if who in MAY[word]:
        access.require_word(word, make_session(), by, is_invited=is_invited)
        return
    with pytest.raises(NotAllowed) as refused:
        access.require_word(word, make_session(), by, is_invited=is_invited)
    assert ("leave 101" in str(refused.value.text)) is (who == "invited")


def test_table_has_every_word() -> None:
    assert set(map(str, Verb)) <= set(map(str, SessionWord)), "each verb needs a row"
    assert set(access.WHO_MAY) == set(SessionWord) == set(MAY)


@pytest.mark.parametrize(
    ("profile", "listed_as"),
    [(TOM, None), (replace(TOM, is_guest=True), "Tom"), (replace(TOM, email=None), "Tom")],
    ids=["no technician", "guest", "without an address"],
)
def test_only_a_technician_with_a_full_account_can_be_invited(
    profile: Profile, listed_as: str | None
) -> None:
    assert access.require_technician_for(Purpose.INVITATION, TOM, "Tom Ray").name == "Tom Ray"
    with pytest.raises(NotAllowed):
        access.require_technician_for(Purpose.INVITATION, profile, listed_as)


@pytest.mark.parametrize(("address", "listed_as"), [("tom@example.test", None), ("tоm@example.test", "Tom")])
def test_only_the_plain_address_of_a_technician_can_be_invited(address: str, listed_as: str | None) -> None:
    assert access.require_listed_address_for(Purpose.INVITATION, CREATOR.email, "Tom Ray") == CREATOR
    with pytest.raises(NotAllowed):
        access.require_listed_address_for(Purpose.INVITATION, Email(address), listed_as)


def test_administration_is_for_sdadmins() -> None:
    access.require_admin(ADMIN)
    with pytest.raises(NotAllowed) as refused:
        access.require_admin(CREATOR)
    assert str(refused.value.text) == "That is for SDAdmins. Ask one of them, or your administrator."
