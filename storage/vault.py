"""Encrypt the secrets in the database with AES-256-GCM. Each value is bound to the row it belongs to."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.model.secret import Secret
from bot.values import value_class

_NONCE_BYTES = 12
_KEY_ID_BYTES = 4
_KEY_BYTES = 32


class BadKey(ValueError):
    """A key is not 32 bytes in base64."""


class Undecipherable(Exception):
    """A value cannot be decrypted: its key is not configured, or it was changed, or it belongs to another row."""


class UnknownKey(Undecipherable):
    """The key of a stored value is not configured."""


def new_key() -> str:
    """Return a new AES-256 key in base64, as ``TVBOT_SECRET_KEYS`` takes it."""
    return base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()


def _decode_key(key: str) -> bytes:
    try:
        raw = base64.b64decode(key.strip(), validate=True)
    except binascii.Error as error:
        raise BadKey("a key is not base64") from error
    if len(raw) != _KEY_BYTES:
        raise BadKey("a key is not 32 bytes long")
    return raw


def _derive_signing_key(raw: bytes) -> bytes:
    """Derive a key for signatures from a key for encryption, so that no key serves two purposes."""
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"tvbot signature").derive(raw)


def _hmac_hex(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Vault:
    """Encrypts and decrypts secrets. The first key encrypts, and all keys decrypt.

    ``first_key_id`` begins each value that is encrypted under the first key. A sealed value is: 4 bytes of the key's SHA-256 as its id, 12 bytes of nonce, then the ciphertext with its tag.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        raw_keys = [_decode_key(key) for key in keys]
        if not raw_keys:
            raise BadKey("there is no key")
        self._ciphers = {hashlib.sha256(raw).digest()[:_KEY_ID_BYTES]: AESGCM(raw) for raw in raw_keys}
        self.first_key_id = hashlib.sha256(raw_keys[0]).digest()[:_KEY_ID_BYTES]
        self._signing_keys = [_derive_signing_key(raw) for raw in raw_keys]

    def seal(self, secret: Secret, row: str) -> bytes:
        """Encrypt ``secret`` for ``row`` (its table, key and column). It cannot be decrypted for another row."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.first_key_id].encrypt(nonce, secret.reveal().encode(), row.encode())
        return self.first_key_id + nonce + sealed

    def unseal(self, sealed: bytes, row: str) -> Secret:
        """Decrypt what ``seal`` returned for the same ``row``. Raises Undecipherable."""
        return Secret(self.decrypt(sealed, row))

    def unseal_when_needed(self, sealed: bytes, row: str) -> Secret:
        """Return a secret that is decrypted by its first ``reveal()``, which may raise Undecipherable."""
        return Secret.read_when_needed(_SealedValue(self, sealed, row))

    def decrypt(self, sealed: bytes, row: str) -> str:
        """Return the text of a sealed value. The log does not mask it yet. Raises Undecipherable."""
        cipher = self._ciphers.get(sealed[:_KEY_ID_BYTES])
        if cipher is None:
            raise UnknownKey("the key of a sealed value is not among TVBOT_SECRET_KEYS")
        nonce, body = (
            sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES],
            sealed[_KEY_ID_BYTES + _NONCE_BYTES :],
        )
        try:
            return cipher.decrypt(nonce, body, row.encode()).decode()
        except InvalidTag as error:
            raise Undecipherable("a sealed value was changed or belongs to another row") from error

    def has_key_of(self, sealed: bytes) -> bool:
        """Return whether the key that a value is encrypted under is configured. The first four bytes are enough."""
        return sealed[:_KEY_ID_BYTES] in self._ciphers

    def sign(self, text: str) -> str:
        """Return the HMAC-SHA256 of ``text`` in hexadecimal, under a key that is derived from the first key."""
        return _hmac_hex(self._signing_keys[0], text)

    def is_signature_valid(self, text: str, signature: str) -> bool:
        """Return whether ``signature`` is the signature of ``text`` under any of the keys."""
        given = signature.encode()
        return any(hmac.compare_digest(_hmac_hex(key, text).encode(), given) for key in self._signing_keys)


@value_class
class _SealedValue:
    """A sealed value of a row. A call decrypts it."""

    vault: Vault
    sealed: bytes
    row: str

    def __call__(self) -> str:
        return self.vault.decrypt(self.sealed, self.row)
