"""Read and write the file ``.env``: its other lines stay as they are, and only its owner may read it."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+=?&%~-]*")
"""What needs no quotes, for any program that reads such files."""


class CannotStore(ValueError):
    """A value cannot be written so that it is read again as it is."""


def read_env_file(file: Path) -> dict[str, str]:
    """Return the variables of a file; none if there is no file. Raises OSError, UnicodeDecodeError."""
    if not file.exists():
        return {}
    return {name: value for name, value in dotenv_values(file, encoding="utf-8").items() if value}


def write_env_file(file: Path, variables: Mapping[str, str | None]) -> None:
    """Write variables into a file, which only its owner may read from then on. It is replaced as a whole, or not at all.

    None removes a variable. The other lines stay.

    Raises OSError, and CannotStore, which names the variable.
    """
    lines = []
    left = dict(variables)
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        name = line.partition("=")[0].strip().removeprefix("export ").strip()
        if name not in variables:
            lines.append(line)
        elif (value := left.pop(name, None)) is not None:
            lines.append(f"{name}={_quoted(value)}")
    lines += [f"{name}={_quoted(value)}" for name, value in left.items() if value is not None]
    # mkstemp makes a file that only its owner may read.
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        _require_stored(Path(temporary), variables)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _require_stored(file: Path, variables: Mapping[str, str | None]) -> None:
    """Read the file again. Raises CannotStore if a value came out differently."""
    stored = dotenv_values(file, encoding="utf-8")
    for name, value in variables.items():
        if stored.get(name) != value:
            raise CannotStore(name)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
