"""The TLS context of the clients. To make one takes 25 ms and a megabyte, because it reads the list of authorities."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import certifi

_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables that tell OpenSSL where the authorities are that it trusts. Without them those of certifi are trusted."""


@cache
def tls_context() -> ssl.SSLContext:
    """Return the TLS context of every client."""
    if any(os.environ.get(name) for name in _AUTHORITIES):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())


def _read_no_authorities(self: ssl.SSLContext) -> None:
    del self


@contextmanager
def one_tls_context() -> Iterator[None]:
    """Give this context to what makes one of its own inside this block: aiohttp, as it is imported (`aiohttp/connector.py`).

    It makes one for clients that bring none, as Slack's SDK, and one that verifies nothing, which gets no authorities here.
    """
    context = tls_context()
    make, read_authorities = ssl.create_default_context, ssl.SSLContext.set_default_verify_paths
    ssl.create_default_context = lambda *_given, **_named: context
    ssl.SSLContext.set_default_verify_paths = _read_no_authorities  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        ssl.create_default_context, ssl.SSLContext.set_default_verify_paths = make, read_authorities  # type: ignore[method-assign]  # as it was
