"""Each guide in docs/building.md is complete, and a step that is left out is found by a check that names it."""

import re
from pathlib import Path

import pytest
from guides.job import JOB
from guides.language import LANGUAGE
from guides.platform import PLATFORM
from guides.service_desk import SERVICE_DESK
from guides.tree import ROOT, Guide, Step, Tree
from guides.view import VIEW
from guides.word import WORD

pytestmark = pytest.mark.long
GUIDES = (WORD, JOB, VIEW, LANGUAGE, PLATFORM, SERVICE_DESK)
every_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.heading)


@every_guide
def test_all_steps_of_a_guide_together_pass_every_check(guide: Guide, tree: Tree) -> None:
    with tree.edited(guide.steps):
        for check in guide.checks:
            passed, output = tree.run(check)
            assert passed, output


@pytest.mark.parametrize(
    ("guide", "left_out"),
    [(guide, step) for guide in GUIDES for step in guide.steps],
    ids=lambda value: value.name if isinstance(value, Step) else value.heading,
)
def test_a_step_that_is_left_out_is_named_by_its_check(guide: Guide, left_out: Step, tree: Tree) -> None:
    with tree.edited([step for step in guide.steps if step is not left_out]):
        passed, output = tree.run(left_out.check)
    assert not passed
    assert left_out.names in output, output


@every_guide
def test_the_manual_lists_the_files_of_each_step(guide: Guide) -> None:
    manual = (ROOT / "docs" / "building.md").read_text()
    section = re.search(rf"^### {guide.heading}$(.*?)(?=^##|\Z)", manual, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/building.md has no heading “{guide.heading}”"
    listed = re.findall(r"^\d+\. (.*?)(?=^\d+\.|^$|\Z)", section[1], re.MULTILINE | re.DOTALL)
    assert len(listed) == len(guide.steps)
    for line, step in zip(listed, guide.steps, strict=True):
        for path in step.paths:
            folders = [f"`{folder}/`" for folder in Path(path).parents]
            named = any(place in line for place in (f"`{path}`", *folders))
            assert named, f"{step.name}: {path} is not in {line!r}"
