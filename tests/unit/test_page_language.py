"""The language of a page: the browser's first choice among the product's languages, else the organisation's."""

import pytest
from aiohttp.test_utils import make_mocked_request

from adapters.web.language import choose_page_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("FR-ca", "fr"),
        ("de, ja", "fr"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.3, fr;q=0.7", "fr"),
        ("fr; q=0.2, en; q=0.9", "en"),
        ("en;q=0, de", "fr"),
        ("*", "fr"),
        ("en;q=many, ,;q=1,\u00e9", "fr"),
    ],
)
def test_page_language_is_the_browsers_or_else_the_organisations(header: str | None, language: str) -> None:
    """Weights count, a region counts as its language, and invalid parts are ignored."""
    headers = {} if header is None else {"Accept-Language": header}
    assert choose_page_language(make_mocked_request("GET", "/", headers=headers), "fr") == language
