"""A release is built twice from the same commit. Both have the same bytes, and name everything that an installation runs."""

import json
import re
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = re.search(
    r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
)


def release_into(folder: Path) -> dict[str, str]:
    """Build a release. Return the sum of each file, as the file of sums has it."""
    subprocess.run(["sh", ROOT / "scripts" / "release", folder], check=True, capture_output=True, timeout=300)  # noqa: S607 - our own script
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.mark.long
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release is built from a commit")
def test_release_is_the_same_twice_and_lists_what_an_installation_runs(tmp_path: Path) -> None:
    assert VERSION is not None
    version = VERSION[1]
    sums = release_into(tmp_path / "first")
    assert release_into(tmp_path / "second") == sums
    assert sums.keys() == {
        f"CHANGES-{version}.md",
        f"tvbot-{version}-py3-none-any.whl",
        f"tvbot-{version}.cdx.json",
        f"tvbot-{version}.tar.gz",
    }
    folder = tmp_path / "first"
    assert {name: sha256((folder / name).read_bytes()).hexdigest() for name in sums} == sums

    bill = json.loads((folder / f"tvbot-{version}.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    locked = re.findall(
        r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)",
        (ROOT / "requirements.lock").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert locked
    assert {(one["name"], one["version"]) for one in bill["components"]} == set(locked)

    changes = (folder / f"CHANGES-{version}.md").read_text(encoding="utf-8")
    assert changes.strip()
    assert "\n## " not in changes
    with zipfile.ZipFile(folder / f"tvbot-{version}-py3-none-any.whl") as wheel:
        assert "adapters/cli/main.py" in wheel.namelist()


@pytest.mark.long
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release is built from a commit")
def test_release_does_not_mix_with_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "tvbot-0.0.9.tar.gz").touch()
    built = subprocess.run(
        ["sh", ROOT / "scripts" / "release", tmp_path],  # noqa: S607 - our own script
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 1
    assert "is not empty; a release is built into an empty folder" in built.stderr
