"""The entry point of ``tvbot``. After wrong use, standard error has one line that says what to do, and the exit code is 2.

`serve` and `worker` start without the library that reads command lines, which takes 25 ms. `commands.py` has all commands.
"""

import os
import sys
from collections.abc import Mapping

from adapters.cli.exit_codes import INTERRUPTED, USAGE_ERROR, exit_with_error
from adapters.settings import BadSettings

SERVING: Mapping[tuple[str, ...], tuple[bool, bool]] = {
    ("serve",): (True, True),
    ("serve", "--worker"): (True, True),
    ("serve", "--no-worker"): (True, False),
    ("worker",): (False, True),
}
"""Whether each of these command lines serves, and whether it works. `commands.py` reads all others of these commands."""


def run() -> None:
    """Run the command line. This is the entry point of ``tvbot``."""
    try:
        sys.exit(_run_command())
    except BadSettings as error:
        sys.stderr.write("\n".join(["tvbot cannot start:", *(f"  {one}" for one in error.problems), ""]))
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Who reads the output has closed it. Python would complain again when it flushes the output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - whatever broke, the operator gets one line without a value
        from adapters.cli.failures import explain_failure  # noqa: PLC0415 - keeps a start quick

        exit_with_error(*explain_failure(error))


def _run_command() -> int:
    """Run what the arguments of this process ask for. Returns the exit code."""
    serving = SERVING.get(tuple(sys.argv[1:]))
    if serving is None:
        from adapters.cli.commands import run_command  # noqa: PLC0415 - as above

        return run_command()
    from adapters.cli.loading import load_bot  # noqa: PLC0415 - as above

    serves, works = serving
    load_bot()(serves=serves, works=works)
    return 0
