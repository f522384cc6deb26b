"""Steps the clock of the bots, and of nothing else: a small library in C, which is loaded before their own."""

import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("step_clock.c")


class BotClock:
    """The clock that the bots read: the system's, and so many seconds more. ``problem`` is why that is impossible here."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "step_clock.so"
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack("=q", 0))
        self.problem = self._compile()

    def _compile(self) -> str:
        compiler = shutil.which("cc")
        if compiler is None:
            return "there is no C compiler here (Debian: gcc and libc6-dev)"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(self._library), str(_SOURCE)]
        compiled = subprocess.run(command, check=False, capture_output=True)
        return "" if compiled.returncode == 0 else "the library that steps the clock cannot be compiled here"

    def environment(self) -> dict[str, str]:
        """Return the environment variables for a process that reads this clock."""
        if self.problem:
            return {}
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    def step_to(self, seconds: int) -> None:
        """Set how far the bots' clock is ahead of the system's. Negative: behind."""
        with self._file.open("r+b") as shared:  # the processes have mapped this file, so it is not replaced
            shared.write(struct.pack("=q", seconds))
