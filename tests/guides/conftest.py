"""One copy of the code for all guides."""

import pytest
from guides.tree import Tree


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a copy of the code."""
    return Tree(tmp_path_factory.mktemp("guides") / "tree")
