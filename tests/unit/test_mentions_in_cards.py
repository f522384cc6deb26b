"""Messages that mention somebody, so that the platform notifies them."""

import json

import pytest
from support.hostile_views import FLAVOURS
from support.sessions import make_session

from adapters.slack.render import render as render_in_slack
from adapters.teams.render import render as render_in_teams
from bot.model.ids import SessionCode
from bot.model.mention import Mention
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Session, State
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.pings import arrival_view, departure_view
from sandbox.slack.block_validation import check_blocks
from sandbox.teams.card_validation import check_card

TOM = Mention("U0TOM", "Tom Ray")


def session() -> Session:
    """Return a session with every link."""
    return make_session(
        State.PRESENT,
        requester=Requester("Ann Lee", "ann@example.test", None),
        code=SessionCode("s12-345-678"),
        requester_link=Secret("https://tv.test/v15/s12345678"),
        supporter_link=Secret("https://tv.test/v15/s12345678-AbCdEfGhIjKl"),
        web_client_link=Secret("https://tv.test/Connect/IndexByol?servicequeuetoken=AbCdEfGhIjKl"),
    )


@pytest.mark.parametrize("view", [arrival_view(session(), TOM), departure_view(session(), TOM)])
def test_mention_notifies_in_both_chats_and_shows_no_way_in(view: Message) -> None:
    blocks = render_in_slack(view, Reader(), "/tv")
    assert check_blocks(blocks["blocks"]) == []
    assert blocks["text"].startswith("<@U0TOM> Ann Lee ")
    assert "<@U0TOM> Ann Lee " in blocks["blocks"][0]["text"]["text"]
    rendered = render_in_teams(view, Reader())
    assert rendered.card is not None
    assert check_card(rendered.card) == []
    assert "<at>Tom Ray</at> Ann Lee " in rendered.card["body"][0]["text"]
    assert rendered.card["msteams"]["entities"] == [
        {"type": "mention", "text": "<at>Tom Ray</at>", "mentioned": {"id": "U0TOM", "name": "Tom Ray"}}
    ]
    assert not rendered.is_private
    assert "AbCdEfGhIjKl" not in json.dumps([blocks, rendered.card])


def test_private_ping_opens_both_ways_in_and_is_private() -> None:
    view = arrival_view(session(), None)
    rendered = render_in_teams(view, Reader())
    assert rendered.is_private
    assert json.dumps(rendered.card).count("AbCdEfGhIjKl") == 2
    assert json.dumps(render_in_slack(view, Reader(), "/tv")).count("AbCdEfGhIjKl") == 2


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_name_of_a_mentioned_person_is_no_markup(flavour: str) -> None:
    """Teams needs the name in the text exactly as in the mention. Slack needs the id alone."""
    view = arrival_view(session(), replace(TOM, name=FLAVOURS[flavour]))
    rendered = render_in_teams(view, Reader())
    assert rendered.card is not None
    assert check_card(rendered.card) == []
    (entity,) = rendered.card["msteams"]["entities"]
    text = rendered.card["body"][0]["text"]
    assert entity["text"] in text
    assert text.count("<at>") == text.count("</at>") == 1
    assert not set(entity["mentioned"]["name"]) & set("<>*_`~[]&")
    assert FLAVOURS[flavour] not in render_in_slack(view, Reader(), "/tv")["text"]
