"""Which posts come from another web site, by what browsers say."""

import pytest
from aiohttp.test_utils import make_mocked_request

from adapters.web.cross_site import is_cross_site

OURS = "https://Bot.example:443/tvbot"


@pytest.mark.parametrize(
    ("headers", "is_foreign"),
    [
        ({}, False),
        ({"Origin": "https://bot.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.test"}, True),
        ({"Origin": "http://bot.example"}, True),
        ({"Origin": "https://bot.example:8443"}, True),
        ({"Origin": "https://bot.example.evil.test"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": ""}, True),
    ],
)
async def test_site_of_a_post_is_recognized(headers: dict[str, str], *, is_foreign: bool) -> None:
    assert is_cross_site(make_mocked_request("POST", "/", headers=headers), OURS) is is_foreign
