"""A fake of the mail server."""

from typing import ClassVar

from support.fakes.service import FakeService

from bot.ports import Mail


class FakeMailer(FakeService):
    """A mail server. ``sent`` are the mails that it accepted."""

    port: ClassVar[str] = "Mailer"

    def __init__(self) -> None:
        super().__init__()
        self.is_configured = True
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        async with self._calling("send"):
            self.sent.append(mail)
