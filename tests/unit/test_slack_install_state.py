"""The state of an installation is recognized by its signature, and for a while only."""

from datetime import timedelta

import pytest
from support.clock import Clock

from adapters.slack.install_state import STATE_FOR, InstallStates
from storage.vault import Vault, new_key

KEY = new_key()


def test_own_state_is_valid_until_it_expires(clock: Clock) -> None:
    states = InstallStates(Vault([KEY]), clock)
    state = states.new_state()
    assert state != states.new_state()
    assert states.is_valid(state)
    clock.move(seconds=int((STATE_FOR - timedelta(seconds=1)).total_seconds()))
    assert states.is_valid(state)
    clock.move(seconds=1)
    assert not states.is_valid(state)


def test_state_stays_valid_while_the_keys_rotate(clock: Clock) -> None:
    state = InstallStates(Vault([KEY]), clock).new_state()
    assert InstallStates(Vault([new_key(), KEY]), clock).is_valid(state)
    assert not InstallStates(Vault([new_key()]), clock).is_valid(state)


@pytest.mark.parametrize("forged", ["", ".", "..", "x", "x.99999999999.00", "x.99999999999.é"])
def test_forged_state_is_refused(clock: Clock, forged: str) -> None:
    assert not InstallStates(Vault([KEY]), clock).is_valid(forged)


def test_state_with_another_expiry_or_of_another_purpose_is_refused(clock: Clock) -> None:
    vault = Vault([KEY])
    states = InstallStates(vault, clock)
    nonce, expires_at, signature = states.new_state().split(".")
    assert not states.is_valid(f"{nonce}.{int(expires_at) + 1}.{signature}")
    unsigned = f"{nonce}.{expires_at}"
    assert not states.is_valid(f"{unsigned}.{vault.sign(unsigned)}")
