"""A requester is invited in their own chat: once, in one chat, as the account of their address, and as long as they can join."""

import pytest
from support.bot_in_memory import AWAY, LOST, PRIVATE, REFUSED, REQUEST, BotInMemory, N
from support.invited import (
    add_rita,
    chat_notices,
    chat_of,
    inviting_bot,
    links_to_rita,
    messages_to_rita,
    places_of_rita,
    rita_on,
)

from bot.commands import Create, OnSession, PlanSession, Verb
from bot.i18n import Language
from bot.jobs import Sweep
from bot.model.audit import Action
from bot.model.card import Audience
from bot.model.notice import Channel, NoticeState
from bot.model.request import Requester
from bot.model.technician import Platform
from bot.values import replace
from bot.views.chat_invitation import Invitation
from bot.views.pages import Message
from bot.views.parts import LinkButton
from bot.views.session import make_session_card

SLACK, TEAMS = Platform.SLACK, Platform.TEAMS


async def state_of(bot: BotInMemory) -> tuple[Channel, NoticeState]:
    (session,) = await bot.sessions()
    (notice,) = await chat_notices(bot, session)
    return notice.channel, notice.state


@pytest.mark.parametrize(("platform", "channel"), [(SLACK, Channel.SLACK), (TEAMS, Channel.TEAMS)])
async def test_requester_is_invited_with_their_own_page_in_their_language(
    platform: Platform, channel: Channel
) -> None:
    bot = await inviting_bot(platform)
    session = await bot.open_session()
    (shown,) = messages_to_rita(bot, platform)
    assert isinstance(shown, Invitation)
    join, not_now = shown.buttons
    assert isinstance(join, LinkButton)
    assert join.url.reveal() == f"https://bot.example/join/{session.join_token}"
    assert not isinstance(not_now, LinkButton)
    assert session.supporter_link is not None
    assert session.supporter_link.reveal() not in repr(list(shown.buttons))
    assert await state_of(bot) == (channel, NoticeState.SENT)
    (invited,) = [one for one in await bot.audited() if one.action is Action.REQUESTER_INVITED]
    assert (invited.by, invited.subject) == (session.technician, f"#101 {session.code} {platform}")
    assert ("fr", "Europe/Paris") in {(one.language, one.timezone) for one in chat_of(bot, platform).readers}


async def test_without_the_setting_nobody_is_invited_in_chat_whatever_a_command_or_a_plan_asks_for(
    bot: BotInMemory,
) -> None:
    """``bot`` is an installation with the default settings. A button of before may still ask for it."""
    for platform in Platform:
        add_rita(bot, platform)
    session = await bot.open_session()
    await bot.send(Create(N, another=True, in_chat=True))
    bot.clock.move(minutes=1)
    await bot.send(OnSession(Verb.REINVITE, session.id))
    await bot.send(PlanSession(N, "in 1 hour", in_chat=True))
    await bot.run_jobs()
    bot.clock.move(minutes=61)
    await bot.run_job(Sweep(up_seconds=0))
    await bot.run_jobs()
    assert len(await bot.sessions()) >= 2
    assert {one.in_chat for one in await bot.sessions()} == {False}
    assert [messages_to_rita(bot, platform) for platform in Platform] == [[], []]


async def test_requester_in_both_chats_is_invited_where_the_session_was_created() -> None:
    for platform in Platform:
        bot = await inviting_bot(*Platform)
        await bot.open_session(platform=platform)
        assert len(messages_to_rita(bot, platform)) == 1
        assert len(links_to_rita(bot)) == 1


async def test_requester_who_is_only_in_the_other_chat_is_invited_there() -> None:
    bot = await inviting_bot(TEAMS)
    await bot.open_session(platform=SLACK)
    assert len(messages_to_rita(bot, TEAMS)) == 1
    assert await state_of(bot) == (Channel.TEAMS, NoticeState.SENT)


@pytest.mark.parametrize(
    "profile",
    [
        {"is_guest": True},
        {"is_external": True},
        {"is_deactivated": True},
        {"is_bot": True},
        {"email": None, "has_unconfirmed_email": True},
        {"email": "somebody@example.com"},
    ],
    ids=lambda profile: next(iter(profile)),
)
async def test_account_that_is_no_full_member_with_the_address_gets_nothing(
    profile: dict[str, object],
) -> None:
    """The chat finds the account by the address. Its profile decides."""
    bot = await inviting_bot()
    account = add_rita(bot, SLACK)
    bot.slack.find_accounts = lambda *_: _accounts(account)  # type: ignore[method-assign,assignment]  # a stale index
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], **profile)  # type: ignore[arg-type]  # fields by name
    await bot.open_session()
    assert messages_to_rita(bot) == []
    assert await state_of(bot) == (Channel.CHAT, NoticeState.SKIPPED)


async def _accounts(*accounts: object) -> list[object]:
    return list(accounts)


async def test_requester_of_another_workspace_than_the_session_gets_nothing() -> None:
    bot = await inviting_bot()
    add_rita(bot, SLACK, tenant="T2")
    await bot.open_session()
    assert messages_to_rita(bot) == []


async def test_two_accounts_of_one_address_are_not_guessed_between() -> None:
    bot = await inviting_bot(SLACK)
    twin = replace(rita_on(SLACK), user="UTWIN")
    bot.slack.profiles[twin] = replace(bot.slack.profiles[rita_on(SLACK)], actor=twin)
    await bot.open_session()
    assert links_to_rita(bot) == []
    (session,) = await bot.sessions()
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.FAILED
    assert "Several accounts" in str(notice.problem)


async def test_address_that_may_look_like_another_one_is_not_written_to() -> None:
    bot = await inviting_bot()
    address = "rit\u0430@example.com"  # a Cyrillic letter
    bot.servicedesk.add_request(replace(REQUEST, requester=Requester("Rita", address)))
    add_rita(bot, SLACK, email=address)
    await bot.open_session()
    assert links_to_rita(bot) == []


async def test_nobody_is_invited_unless_the_setting_says_so() -> None:
    bot = BotInMemory()
    await bot.start()
    add_rita(bot, SLACK)
    session = await bot.open_session()
    assert (links_to_rita(bot), await chat_notices(bot, session)) == ([], [])


async def test_nobody_is_invited_where_the_technician_switched_it_off() -> None:
    bot = await inviting_bot(SLACK)
    await bot.send(Create(N, in_chat=False))
    await bot.run_jobs()
    (session,) = await bot.sessions()
    assert (links_to_rita(bot), await chat_notices(bot, session)) == ([], [])


async def test_requester_who_is_in_no_chat_is_no_line_on_the_card() -> None:
    """Most requesters are in no chat, so the line would be on most cards."""
    bot = await inviting_bot()
    await bot.open_session()
    (session,) = await bot.sessions()
    notices = await chat_notices(bot, session)
    assert [one.state for one in notices] == [NoticeState.SKIPPED]
    assert make_session_card(session, notices, Audience.CREATOR).notices == []


async def test_request_without_an_address_is_invited_in_no_chat() -> None:
    bot = await inviting_bot(SLACK)
    bot.servicedesk.add_request(replace(REQUEST, requester=Requester("Rita", None)))
    await bot.open_session()
    (session,) = await bot.sessions()
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.SKIPPED
    assert "no e-mail address" in str(notice.problem)


async def test_failed_search_goes_on_in_the_other_chat() -> None:
    bot = await inviting_bot(TEAMS)
    bot.slack.fail_once("find_accounts", REFUSED)
    await bot.open_session()
    assert await state_of(bot) == (Channel.TEAMS, NoticeState.SENT)


async def test_failed_search_is_shown_if_nobody_is_found_elsewhere() -> None:
    bot = await inviting_bot()
    bot.slack.fail_once("find_accounts", REFUSED)
    session = await bot.open_session()
    (notice,) = await chat_notices(bot, session)
    assert (notice.state, str(notice.problem)) == (NoticeState.FAILED, "It said no.")


async def test_search_is_tried_again_while_the_chat_is_away() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session(place=PRIVATE)
    bot.slack.fail_once("find_accounts", AWAY)
    await bot.run_jobs()
    assert len(links_to_rita(bot)) == 1
    (card,) = await bot.cards(session.id)
    shown = make_session_card(await bot.session(session.id), await bot.notices(session.id), card.audience)
    assert "Message to Rita in Slack: sent" in [Language("en").say(line.text) for line in shown.notices]


async def test_refused_message_is_shown_on_the_card() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()
    send = bot.slack.post_private

    async def refuse(actor, view, reader, *, marker=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the method that it replaces
        if actor.user == "URITA":
            raise REFUSED
        return await send(actor, view, reader, marker=marker)

    bot.slack.post_private = refuse  # type: ignore[method-assign]  # for this test alone
    await bot.run_jobs()
    (notice,) = await chat_notices(bot, session)
    assert (notice.channel, notice.state, str(notice.problem)) == (
        Channel.SLACK,
        NoticeState.FAILED,
        "It said no.",
    )


async def test_lost_answer_leads_to_no_second_message_in_slack() -> None:
    """The message carries a marker, by which it is found."""
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()
    lose_answers_to_rita(bot, SLACK)
    await bot.run_jobs()
    assert len(places_of_rita(bot)) == 1
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.SENT


async def test_lost_answer_is_unsure_in_teams() -> None:
    """Teams does not show the bot its messages: a second one could not be told from the first."""
    bot = await inviting_bot(TEAMS)
    session = await bot.accept_session(platform=TEAMS)
    lose_answers_to_rita(bot, TEAMS)
    await bot.run_jobs()
    assert len(places_of_rita(bot, TEAMS)) == 1
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.UNSURE


def lose_answers_to_rita(bot: BotInMemory, platform: Platform) -> None:
    """Let the answer to the first message to Rita be lost."""
    chat = chat_of(bot, platform)
    send = chat.post_private

    async def send_and_lose(actor, view, reader, *, marker=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the method that it replaces
        posted = await send(actor, view, reader, marker=marker)
        if actor.user == "URITA" and len(places_of_rita(bot, platform)) == 1:
            raise LOST
        return posted

    chat.post_private = send_and_lose  # type: ignore[method-assign]  # for this test alone


async def test_message_loses_its_buttons_at_the_end() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    await bot.end(session.id)
    await bot.run_jobs()
    (shown,) = messages_to_rita(bot)
    assert isinstance(shown, Message)
    assert shown.buttons == ()
    assert "is over" in str(shown.text)


async def test_message_loses_its_buttons_while_the_session_is_ending() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.ending(bot.clock()))
    await bot.run_jobs()
    assert links_to_rita(bot) == []
    await bot.change(session.id, lambda one: one.ending(None))
    await bot.run_jobs()
    assert len(links_to_rita(bot)) == 1, "the end did not work, so the link works again"


async def test_message_loses_its_link_once_its_reader_is_not_the_requester_any_more() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    account = rita_on(SLACK)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    await bot.change(session.id, lambda one: replace(one, technician_name="Ben", version=one.version + 1))
    await bot.run_jobs()
    assert links_to_rita(bot) == []
    (shown,) = messages_to_rita(bot)
    assert "no longer for you" in str(shown)


async def test_change_that_the_message_does_not_show_updates_nothing() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    await bot.run_jobs()
    assert "update_message" not in bot.slack.calls


async def test_reinvite_sends_a_new_message_and_replaces_the_earlier_one() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    bot.clock.move(minutes=5)
    await bot.send(OnSession(Verb.REINVITE, session.id))
    await bot.run_jobs()
    earlier, newest = messages_to_rita(bot)
    assert isinstance(newest, Invitation)
    assert isinstance(earlier, Message)
    assert "newer invitation" in str(earlier.text)
    assert any("Message to {name} in {chat}: sent" in str(one.view) for one in bot.answers)


async def test_reinvite_looks_for_nobody_who_was_not_found_before() -> None:
    bot = await inviting_bot()
    session = await bot.open_session()
    bot.slack.calls.clear()
    await bot.send(OnSession(Verb.REINVITE, session.id))
    await bot.run_jobs()
    assert "find_accounts" not in bot.slack.calls


async def test_note_on_the_request_names_the_chat() -> None:
    bot = await inviting_bot(SLACK)
    await bot.open_session()
    assert any("Message to Rita in Slack: sent" in note for note in notes_of(bot))


async def test_note_on_the_request_says_nothing_of_a_requester_who_is_in_no_chat() -> None:
    bot = await inviting_bot()
    await bot.open_session()
    assert notes_of(bot)
    assert not any("in the chat" in note for note in notes_of(bot))


def notes_of(bot: BotInMemory) -> list[str]:
    return [text for _request, text in bot.servicedesk.notes]


async def test_nobody_is_invited_while_the_integration_is_off() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()
    # Until the requester is looked for.
    bot.servicedesk.before_return["reply"] = lambda: bot.switch(integration=False)
    await bot.run_jobs()
    assert links_to_rita(bot) == []
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.FAILED
    assert "switched off" in str(notice.problem)
