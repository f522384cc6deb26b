"""A program in a pseudo-terminal, as an operator has it before them: what it prints, and what is typed into it."""

import asyncio
import os
import pty
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ANSWER_SECONDS = 180
"""How long the program may take for one answer on a busy machine."""


OPEN_TERMINAL = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR)); "
"""What a Python program runs first in a ``Terminal``."""


class Terminal:
    """A process with a terminal of its own (Linux, macOS).

    The program is in a session of its own, and must open its terminal once (``OPEN_TERMINAL``): the first terminal that such
    a process opens becomes ``/dev/tty``, and secrets are asked for there.
    """

    def __init__(self) -> None:
        self.printed = ""
        self._read_until = 0
        self._has_ended = False
        self._changed = asyncio.Event()
        self._master = -1
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        """Start a program in a folder."""
        self._master, slave = pty.openpty()
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=dict(variables),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def _read(self) -> None:
        try:
            new = os.read(self._master, 65536)
        except OSError:  # Linux: the program has closed its terminal
            new = b""
        if not new:
            self._has_ended = True
            asyncio.get_running_loop().remove_reader(self._master)
        self.printed += new.decode(errors="replace").replace("\r\n", "\n")
        self._changed.set()

    async def until_printed(self, text: str) -> str:
        """Wait until the program prints a text. Return what it printed since the last such text, with it."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while (at := self.printed.find(text, self._read_until)) < 0:
                    assert not self._has_ended, self.printed
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not printed: {text!r}, but: {self.printed}") from None
        since = self.printed[self._read_until : at + len(text)]
        self._read_until = at + len(text)
        return since

    def type(self, line: str) -> None:
        """Type a line, and Enter."""
        os.write(self._master, f"{line}\n".encode())

    async def wait(self) -> tuple[int, str]:
        """Wait for the program's end. Return its exit code, and what it printed since the last expected text."""
        assert self._process is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            while not self._has_ended:
                self._changed.clear()
                await self._changed.wait()
            code = await self._process.wait()
        return code, self.printed[self._read_until :]

    async def close(self) -> None:
        """Close the terminal, and end the program if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        with suppress(ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
