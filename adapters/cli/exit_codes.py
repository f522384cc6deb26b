"""How the command line ends: its exit codes, and the one line that says why."""

import sys
from typing import NoReturn

USAGE_ERROR = 2
INTERRUPTED = 130


def exit_with_error(message: str, code: int = USAGE_ERROR) -> NoReturn:
    """Write one line to standard error, and end."""
    sys.stderr.write(f"tvbot: {message}\n")
    sys.exit(code)
