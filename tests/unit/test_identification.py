"""Which technician a chat account belongs to, and who is refused."""

from datetime import UTC, datetime

import pytest

from bot.errors import NotAllowed
from bot.identification import identify_technician
from bot.model.ids import Email
from bot.model.technician import Actor, AddressDoubt, KnownUser, Platform, Profile, Technician
from bot.values import replace

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOM = Email("tom@example.test")
PROFILE = Profile(Actor(Platform.SLACK, "T1", "U1"), "tommy", TOM)
USER = KnownUser(PROFILE, NOW, NOW, listed_as="Tom Ray")


def test_a_listed_account_is_the_technician_of_its_address() -> None:
    assert identify_technician(USER, frozenset()) == Technician(TOM, "Tom Ray")


def test_a_technician_without_a_name_in_the_list_has_that_of_the_profile() -> None:
    assert identify_technician(replace(USER, listed_as=""), frozenset()).name == "tommy"


def test_an_admin_of_the_settings_is_an_sdadmin() -> None:
    assert identify_technician(USER, {TOM}).is_admin


def test_an_admin_granted_from_chat_is_an_sdadmin() -> None:
    assert identify_technician(replace(USER, is_granted_admin=True), frozenset()).is_admin


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (replace(USER, listed_as=None), "is not a technician"),
        (replace(USER, profile=replace(PROFILE, email=None)), "no e-mail address"),
        (replace(USER, profile=replace(PROFILE, is_guest=True)), "Guests"),
        (replace(USER, profile=replace(PROFILE, is_external=True)), "another organization"),
        (replace(USER, profile=replace(PROFILE, is_deactivated=True)), "deactivated"),
        (replace(USER, profile=replace(PROFILE, is_bot=True)), "Bots"),
        (replace(USER, address_doubt=AddressDoubt.CHANGED), "has changed to tom@example.test"),
        (replace(USER, address_doubt=AddressDoubt.TAKEN), "Another account here works as tom@example.test"),
        # The second letter is a Cyrillic one.
        (replace(USER, profile=replace(PROFILE, email=Email("t\u043em@example.test"))), "ASCII"),
    ],
)
def test_an_account_of_no_technician_is_refused_even_if_it_is_an_admin(user: KnownUser, said: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        identify_technician(replace(user, is_granted_admin=True), {TOM})
    assert said in str(refused.value.text)
