"""The ``state`` of Slack's OAuth round trip: signed, so that nothing is stored when somebody opens the page to install."""

from datetime import timedelta

from bot.model.secret import new_token
from bot.ports import Clock
from storage.vault import Vault

STATE_FOR = timedelta(minutes=10)
"""How long a state is valid."""
_PURPOSE = "slack-install"


class InstallStates:
    """Makes states and recognizes its own. Whether one was used already is stored when it was used, by ``InstallRoutes``."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def new_state(self) -> str:
        """Return a state: random characters, the time when it expires, and a signature over both."""
        expires_at = int((self._clock() + STATE_FOR).timestamp())
        unsigned = f"{new_token(24)}.{expires_at}"
        return f"{unsigned}.{self._vault.sign(_signed_text(unsigned))}"

    def is_valid(self, state: str) -> bool:
        """Return whether a state was made here and has not expired."""
        unsigned, _dot, signature = state.rpartition(".")
        if not self._vault.is_signature_valid(_signed_text(unsigned), signature):
            return False
        # Signed, so it has the form that ``new_state`` made.
        return int(unsigned.rpartition(".")[2]) > self._clock().timestamp()


def _signed_text(unsigned: str) -> str:
    """Return what is signed. The purpose keeps a signature of something else from being a state."""
    return f"{_PURPOSE}:{unsigned}"
