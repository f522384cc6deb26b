"""A fake of the SMS gateway."""

from typing import ClassVar

from support.fakes.service import FakeService

from bot.model.secret import Secret


class FakeTexter(FakeService):
    """An SMS gateway. ``sent`` are the texts that it accepted, by phone number."""

    port: ClassVar[str] = "Texter"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []

    async def send(self, number: Secret, text: str) -> None:
        async with self._calling("send"):
            self.sent.append((number.reveal(), text))
