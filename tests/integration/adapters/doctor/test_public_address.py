"""The doctor takes nobody else at the public address for this bot, and looks at its certificate."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.doctor import Installation, with_verdict
from support.ports import free_port

from adapters.doctor.web_checks import judge_end
from adapters.web.health import Health
from bot.model.finding import Verdict
from sandbox.server import Server
from storage.vault import Vault, new_key


async def test_other_bot_at_the_public_address_is_not_taken_for_this_one(
    installation: Installation,
) -> None:
    """It has other keys. The secret of the webhook is not sent to it."""
    called: list[str] = []

    async def note_call(request: web.Request) -> web.Response:
        called.append(request.path)
        return web.Response(status=202)

    app = web.Application()
    Health({}, sign=Vault([new_key()]).sign).add_public_routes(app, has_metrics=False)
    app.router.add_post("/hooks/servicedesk", note_call)
    async with _serving(app) as url:
        installation.variables["TVBOT_PUBLIC_URL"] = url
        findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == {"public-url"}
    assert "with other keys" in str(findings["public-url"].detail)
    assert findings["webhook"].verdict is Verdict.UNKNOWN
    assert called == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_public_address_at_which_nobody_answers_fails(scheme: str, installation: Installation) -> None:
    installation.variables["TVBOT_PUBLIC_URL"] = f"{scheme}://127.0.0.1:{free_port()}"
    findings = await installation.examine()
    assert with_verdict(Verdict.FAILED, findings) == {"public-url"}
    assert findings["certificate"].verdict is (Verdict.SKIPPED if scheme == "http" else Verdict.UNKNOWN)


@pytest.mark.long
async def test_web_page_at_the_public_address_is_not_taken_for_the_bot(installation: Installation) -> None:
    async with _serving(web.Application()) as url:
        installation.variables["TVBOT_PUBLIC_URL"] = url
        findings = await installation.examine()
    assert str(findings["public-url"].detail) == "Something other than tvbot answers there (status 404)."


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    server = Server(app)
    yield await server.start()
    await server.stop()


async def test_certificate_that_nobody_trusts_is_named_and_nothing_else(installation: Installation) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate_signed_by_itself(installation.folder))
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    installation.variables["TVBOT_PUBLIC_URL"] = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    findings = await installation.examine()
    server.close()
    assert with_verdict(Verdict.FAILED, findings) == {"certificate"}
    assert str(findings["certificate"].detail) == "It is not trusted: self-signed certificate."
    assert findings["public-url"].verdict is Verdict.UNKNOWN


def _certificate_signed_by_itself(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
    )
    return file


def test_certificate_that_ends_within_a_week_fails() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert judge_end(now + timedelta(days=6, hours=23), now).verdict is Verdict.FAILED
    assert judge_end(now + timedelta(days=8), now).verdict is Verdict.OK
