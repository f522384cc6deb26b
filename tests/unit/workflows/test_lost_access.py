"""Somebody lost access a moment ago, and nothing reported it: what is under way for them stops before a link leaves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bot_in_memory import (
    ANA,
    AWAY,
    BEN,
    CHANNEL,
    IN_CHANNEL,
    PRIVATE,
    REFUSED,
    BotInMemory,
    N,
    actor_of,
)
from support.fakes.chat import Answer

import adapters
import bot as product
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, Create, OnSession, Place, Retry, Status, Verb
from bot.freshness import LOOK_AGAIN_AFTER, PROFILE_FRESH
from bot.i18n import Language, Text
from bot.jobs import DeliverAnswer, PostCard, RefreshCard
from bot.model.card import Card
from bot.model.ids import CommandKey
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.session import Session, State
from bot.model.technician import Actor, Platform
from bot.values import replace
from bot.views.links import holds_link
from bot.views.pages import Message, View
from bot.views.parts import Reader

SLACK = Platform.SLACK
GUESTS = "Guests cannot run sessions"
A_MINUTE_LATER = int(LOOK_AGAIN_AFTER.total_seconds()) + 1


def lose_access(bot: BotInMemory, actor: Actor, *, after_seconds: int = A_MINUTE_LATER) -> None:
    """Make an account a guest at its platform, as long after it was read as given."""
    chat = bot.slack if actor.platform is SLACK else bot.teams
    chat.profiles[actor] = replace(chat.profiles[actor], is_guest=True)
    bot.clock.move(seconds=after_seconds)


def said(answer: Answer) -> str:
    assert isinstance(answer.view, Message)
    return str(answer.view.text)


async def test_session_of_somebody_who_lost_access_is_not_created(bot: BotInMemory) -> None:
    """The command was accepted by what was known. Its job looks before it calls anybody outside."""
    session = await bot.accept_session()
    lose_access(bot, actor_of(ANA))
    await bot.run_jobs()
    assert await bot.sessions() == []
    assert bot.teamviewer.calls + bot.servicedesk.calls == []
    assert (bot.mailer.sent, bot.servicedesk.notes, bot.slack.messages) == ([], [], {})
    (answer,) = bot.answers
    assert GUESTS in said(answer)
    assert session.id not in str(await bot.audited())


async def test_session_that_waited_for_its_request_is_not_created_for_a_guest(bot: BotInMemory) -> None:
    """ServiceDesk Plus took long to answer, so the look before it does not count any more."""
    session = await bot.accept_session()

    async def become_guest() -> None:
        lose_access(bot, actor_of(ANA))

    bot.steps.after["look up the request"] = become_guest
    await bot.run_jobs()
    failed = await bot.session(session.id)
    assert failed.state is State.FAILED
    assert GUESTS in str(failed.problem)
    assert bot.teamviewer.created == []
    assert bot.mailer.sent == []


async def test_session_of_a_current_technician_is_looked_at_once(bot: BotInMemory) -> None:
    """The look of the first step counts for a minute: for the second step, the card and the mail."""
    bot.clock.move(seconds=A_MINUTE_LATER)
    await bot.open_session()
    assert bot.slack.calls.count("profile") == 1


async def test_session_is_created_while_the_chat_is_away_and_its_links_wait(bot: BotInMemory) -> None:
    """Technicians must be able to work while a chat is down. No link leaves by what was known before."""
    session = await bot.accept_session()
    lose_access(bot, actor_of(ANA))
    for _look in ("request", "session", "mail", "link"):
        bot.slack.fail_once("profile", AWAY)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.WAITING
    assert [one.to for one in bot.servicedesk.replies] == ["rita@example.com"]
    assert bot.mailer.sent == []
    assert not [one for one in bot.answers if holds_link(one.view)]


async def test_session_waits_for_the_chat_where_it_reported_a_change(bot: BotInMemory) -> None:
    await bot.accept_session()
    bot.clock.move(seconds=int(PROFILE_FRESH.total_seconds()) + 1)
    bot.slack.fail_once("profile", AWAY)
    await bot.run_jobs()
    assert bot.teamviewer.created == []
    (answer,) = bot.answers
    assert "It is not clear who you are" in said(answer)


async def test_retry_of_a_failed_session_looks_again_too(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", REFUSED)
    await bot.run_jobs()
    await bot.send(Retry(session.id))
    lose_access(bot, actor_of(ANA))
    await bot.run_jobs()
    assert bot.teamviewer.created == []
    assert GUESTS in said(bot.answers[-1])


async def test_mail_with_the_link_is_not_sent_to_who_lost_access_meanwhile(bot: BotInMemory) -> None:
    """The session opened while they were a technician. The card says that the mail was not sent, and not why."""
    session = await bot.accept_session()

    async def become_guest() -> None:
        lose_access(bot, actor_of(ANA))

    bot.steps.after["open the session"] = become_guest
    await bot.run_jobs()
    assert bot.mailer.sent == []
    (mail,) = [one for one in await bot.notices(session.id) if one.recipient is Recipient.TECHNICIAN]
    assert (mail.channel, mail.state) == (Channel.MAIL, NoticeState.FAILED)
    assert str(mail.problem) == "Ana cannot run sessions any more."
    assert [one.to for one in bot.servicedesk.replies] == ["rita@example.com"]


async def test_mail_of_a_session_whose_command_is_gone_is_not_sent(bot: BotInMemory) -> None:
    """Nobody knows any more which account to look at."""
    session = await bot.accept_session()

    async def forget_the_command() -> None:
        async with bot.unit_of_work.write() as tx:
            tx.commands._data.commands.clear()

    bot.steps.after["open the session"] = forget_the_command
    await bot.run_jobs()
    assert bot.mailer.sent == []
    (mail,) = [one for one in await bot.notices(session.id) if one.recipient is Recipient.TECHNICIAN]
    assert str(mail.problem) == "The bot no longer knows this session."


async def private_card(bot: BotInMemory, session: Session, *, sent_from: Place) -> Card:
    """Post the card of Ana's session to Ben alone."""
    async with bot.context(Status(), BEN, sent_from) as context:
        key = context.command_request.key
    bot.slack.closed_channels.add(sent_from.channel)
    await bot.run_job(PostCard(SLACK, session.id, key))
    await bot.run_jobs()
    card = (await bot.cards(session.id))[-1]
    assert holds_link(bot.shown(card)), "he is a technician, so he may pass the requester's link on"
    return card


async def test_private_card_of_a_former_technician_goes_away(bot: BotInMemory) -> None:
    """Ben asked to see Ana's session. Now he is a guest, and the session changes."""
    session = await bot.open_session()
    card = await private_card(bot, session, sent_from=Place(f"D{actor_of(BEN).user}", is_private=True))
    lose_access(bot, actor_of(BEN))
    await bot.run_job(RefreshCard(card))
    shown = bot.shown(card)
    assert isinstance(shown, Message)
    assert GUESTS in str(shown.text)
    assert card not in await bot.cards(session.id)


async def test_private_card_of_a_technician_follows_the_session(bot: BotInMemory) -> None:
    session = await bot.open_session()
    card = await private_card(bot, session, sent_from=Place(f"D{actor_of(BEN).user}", is_private=True))
    bot.clock.move(seconds=A_MINUTE_LATER)
    await bot.end(session.id)
    await bot.run_jobs()
    assert "Ended" in str(getattr(bot.shown(card), "state_text", ""))


async def test_private_card_of_an_unknown_reader_loses_its_link(bot: BotInMemory) -> None:
    """He asked in a channel that the bot may not post in, so no command tells whose conversation it is."""
    session = await bot.open_session()
    card = await private_card(bot, session, sent_from=Place("C7"))
    await bot.run_job(RefreshCard(card))
    assert not holds_link(bot.shown(card))
    assert card in await bot.cards(session.id)


class Views:
    """An answer format that stores views by number."""

    def __init__(self) -> None:
        self.shown: list[View] = []

    def render(self, view: View, reader: Reader) -> str:
        self.shown.append(view)
        return Language(reader.language).say(view.text) if isinstance(view, Message) else "view"

    def dump(self, answer: str) -> str:
        return answer

    def load(self, stored: str) -> str:
        return stored


async def answered_command(bot: BotInMemory) -> CommandRequest:
    """Store a command whose answer holds a link."""
    session = await bot.open_session()
    request = CommandRequest(CommandKey("link"), actor_of(ANA), PRIVATE, OnSession(Verb.LINK, session.id))
    async with bot.unit_of_work.write() as tx:
        await tx.commands.add(request, bot.clock())
        answer = Message(Text("Here is the link."))
        await tx.commands.store_answer(request.key, bot.slack.dump_answer(IN_CHANNEL, answer, Reader()))
    return request


@pytest.mark.parametrize("is_reported", [False, True])
async def test_answer_with_a_link_is_not_repeated_to_a_former_technician(
    bot: BotInMemory,
    is_reported: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The platform delivers the command once more."""
    request = await answered_command(bot)
    lose_access(bot, actor_of(ANA))
    if is_reported:
        await bot.workflows.services.users.read_profile(actor_of(ANA))
    earlier = len(bot.answers)
    answer = await CommandDispatcher(bot.services).dispatch(request, Views())
    assert GUESTS in answer if is_reported else answer == "One moment…"
    await bot.run_jobs()
    assert [GUESTS in said(one) for one in bot.answers[earlier:]] == ([] if is_reported else [True])


async def test_answer_with_a_link_is_repeated_to_a_technician(bot: BotInMemory) -> None:
    request = await answered_command(bot)
    dispatcher = CommandDispatcher(bot.services)
    assert await dispatcher.dispatch(request, Views()) == "answer 0"
    bot.clock.move(seconds=A_MINUTE_LATER)
    assert await dispatcher.dispatch(request, Views()) == "One moment…"
    await bot.run_jobs()
    assert said(bot.answers[-1]) == "Here is the link."


async def test_late_answer_is_not_delivered_to_who_is_known_as_a_guest_already(bot: BotInMemory) -> None:
    """Slack reported the change before the answer was delivered."""
    request = await answered_command(bot)
    lose_access(bot, actor_of(ANA))
    await bot.workflows.services.users.read_profile(actor_of(ANA))
    await bot.run_job(DeliverAnswer(SLACK, request.key))
    assert GUESTS in said(bot.answers[-1])


async def test_origin_of_a_session_is_the_account_that_is_looked_at(bot: BotInMemory) -> None:
    """Her other account may be a guest's: the one that sent the command counts."""
    lose_access(bot, actor_of(ANA, Platform.TEAMS))
    session = await bot.open_session(place=CHANNEL)
    async with bot.unit_of_work.read() as tx:
        origin = await tx.commands.origin_of(session.id)
    assert origin is not None
    assert origin.actor == actor_of(ANA)
    assert session.state is State.WAITING


# Every place that takes a link out of a session, and where its reader is looked at before

CAREFUL_CHAT = "CarefulChat, as holds_link finds it in the view"
COMMAND = "looks_again: the commands enter and link wait for the look"
NOTICE = "NoticeSender._require_current_creator, before the mail"
REQUESTER = "it goes to the requester, whose own link it is"
INSIDE = "it is stored or compared, and shown to nobody"
RENDERER = "it renders a view, which was checked before"
LINKS = {"supporter_link", "web_client_link", "requester_link"}
LOOKS = {
    "email_templates.requester_email": REQUESTER,
    "email_templates.technician_email": NOTICE,
    "model.session.Session.opened": INSIDE,
    "model.session.Session.renewed": INSIDE,
    "model.session.Session.handed_over": INSIDE,
    "workflows.move_session.SessionMover._find_assigned": INSIDE,
    "use_cases.sessions._enter_session": COMMAND,
    "use_cases.enter._link": "use_way_in looks at the invited technician before",
    "use_cases.sessions._show_link": COMMAND,
    "slack.render.session._facts": RENDERER,
    "teams.render.session._facts": RENDERER,
    "teams.render.session.is_private": INSIDE,
    "teamviewer.sessions.SessionCalls._add_missing_links": INSIDE,
    "teamviewer.sessions.SessionCalls._with_links": INSIDE,
    "teamviewer.sessions.SessionCalls.create_remote_session": INSIDE,
    "views.links.holds_link": INSIDE,
    "views.plain._card_lines": CAREFUL_CHAT,
    "views.ready.ready_view": CAREFUL_CHAT,
    "web.enter._page": INSIDE,
    "web.join.JoinPage.show_session": REQUESTER,
    "views.session.enter_links": CAREFUL_CHAT,
    "views.session.make_session_card": CAREFUL_CHAT,
    "workflows.post_card.CardPoster.send_supporter_link_to_creator": CAREFUL_CHAT,
}


def functions_that_read_a_link(node: ast.AST, place: tuple[str, ...]) -> Iterator[str]:
    """Yield the dotted name of each function that reads a link of a session."""
    for child in ast.iter_child_nodes(node):
        is_named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if isinstance(child, ast.Attribute) and child.attr in LINKS:
            yield ".".join(place)
        yield from functions_that_read_a_link(
            child, (*place, getattr(child, "name", "")) if is_named else place
        )


def test_every_place_that_takes_a_link_out_of_a_session_says_where_its_reader_is_looked_at() -> None:
    found = {
        place
        for root in (Path(product.__file__).parent, Path(adapters.__file__).parent)
        for path in sorted(root.rglob("*.py"))
        for place in functions_that_read_a_link(
            ast.parse(path.read_text()), path.relative_to(root).with_suffix("").parts
        )
    }
    assert found == set(LOOKS)


async def test_command_that_is_accepted_answers_before_the_look(bot: BotInMemory) -> None:
    """Creating a session does not make its answer wait."""
    bot.clock.move(seconds=A_MINUTE_LATER)
    request = CommandRequest(CommandKey("new"), actor_of(ANA), CHANNEL, Create(N))
    answer = await CommandDispatcher(bot.services).dispatch(request, Views())
    assert answer == f"Creating a remote session for request #{N}…"
    assert bot.slack.calls == []
