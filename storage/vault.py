"""Encrypts what must not lie open in a database file: AES-256-GCM, bound to the row it belongs to."""

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

_NONCE = 12
_KEY_ID = 4
_KEY = 32


class BadKey(ValueError):
    """A key is not 32 bytes in base64."""


class Undecipherable(Exception):
    """A sealed value was written under a key that is not among the keys, or for another row."""


def new_key() -> str:
    """Return a new AES-256 key in base64, as ``TVBOT_SECRET_KEYS`` takes it."""
    return base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()


def _decode(key: str) -> bytes:
    try:
        raw = base64.b64decode(key.strip(), validate=True)
    except binascii.Error as error:
        raise BadKey("a key is not base64") from error
    if len(raw) != _KEY:
        raise BadKey("a key is not 32 bytes long")
    return raw


def _signer(raw: bytes) -> bytes:
    """Derive the key that signs from one that encrypts: no key serves two purposes."""
    return HKDF(hashes.SHA256(), _KEY, salt=None, info=b"tvbot signature").derive(raw)


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Vault:
    """Seals and opens secrets. The first key seals, every key opens; each value names its key by a short id."""

    def __init__(self, keys: Sequence[str]) -> None:
        raw_keys = [_decode(key) for key in keys]
        if not raw_keys:
            raise BadKey("there is no key")
        self._ciphers = {hashlib.sha256(raw).digest()[:_KEY_ID]: AESGCM(raw) for raw in raw_keys}
        self._first = hashlib.sha256(raw_keys[0]).digest()[:_KEY_ID]
        self._signers = [_signer(raw) for raw in raw_keys]

    def seal(self, secret: Secret, row: str) -> bytes:
        """Encrypt ``secret`` for ``row`` (its table, key and column): it opens nowhere else."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._first].encrypt(nonce, secret.reveal().encode(), row.encode())
        return self._first + nonce + sealed

    def open(self, sealed: bytes, row: str) -> Secret:
        """Decrypt what ``seal`` made for the same ``row``. Raises Undecipherable."""
        cipher = self._ciphers.get(sealed[:_KEY_ID])
        if cipher is None:
            raise Undecipherable("the key of a sealed value is not among TVBOT_SECRET_KEYS")
        nonce, body = sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :]
        try:
            return Secret(cipher.decrypt(nonce, body, row.encode()).decode())
        except InvalidTag as error:
            raise Undecipherable("a sealed value was changed or belongs to another row") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether a value is sealed under the first key."""
        return sealed[:_KEY_ID] == self._first

    def sign(self, text: str) -> str:
        """Return an HMAC-SHA256 of ``text`` in hexadecimal, under a key that is derived from the first one."""
        return _hmac(self._signers[0], text)

    def has_signed(self, text: str, signature: str) -> bool:
        """Whether ``signature`` is ``sign``'s, under any of the keys."""
        given = signature.encode()
        return any(hmac.compare_digest(_hmac(one, text).encode(), given) for one in self._signers)
