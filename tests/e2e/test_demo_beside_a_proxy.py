"""The demo works on a machine that has a proxy for outgoing calls: its systems are all on the machine itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from support.demo_page import running_demo
from support.ports import free_port


@pytest.mark.long
async def test_demo_reaches_its_systems_without_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A technician is known only after ServiceDesk Plus has answered. The reply then comes by Slack."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running_demo(tmp_path) as url, ClientSession() as browser:

        async def read_messages() -> list[Any]:
            async with browser.get(f"{url}/demo/state") as state:
                read = await state.json()
            person.update(person=read["person"], channel=read["channels"][0]["id"])
            messages: list[Any] = read["channels"][0]["messages"]
            return messages

        person: dict[str, str] = {}
        assert await read_messages() == []
        async with browser.post(f"{url}/demo/say", json={**person, "text": "/tv list"}) as accepted:
            assert accepted.status == 200
        async with asyncio.timeout(20):
            while "have no open session" not in (shown := str(await read_messages())):
                assert "does not answer" not in shown
                await asyncio.sleep(0.05)
