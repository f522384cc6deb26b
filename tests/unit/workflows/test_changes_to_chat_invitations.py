"""Changes while a requester is invited in a chat are not lost."""

from support.invited import chat_notices, inviting_bot, links_to_rita, messages_to_rita, rita_on

from bot.commands import CommandRequest, DeclineInvitation, Place
from bot.model.ids import CommandKey
from bot.model.notice import NoticeState
from bot.model.technician import Platform
from bot.use_cases.decline import decline_invitation
from bot.values import replace

SLACK = Platform.SLACK


async def test_session_that_ends_while_its_requester_is_invited_leaves_no_way_in() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()
    send = bot.slack.post_private

    async def send_and_end(actor, view, reader, *, marker=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the method that it replaces
        posted = await send(actor, view, reader, marker=marker)
        if actor == rita_on(SLACK):
            await bot.end(session.id)
        return posted

    bot.slack.post_private = send_and_end  # type: ignore[method-assign]  # for this test alone
    await bot.run_jobs()
    assert len(messages_to_rita(bot)) == 1
    assert links_to_rita(bot) == []


async def test_session_that_ends_while_its_invitation_is_refreshed_leaves_no_way_in() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.open_session()
    bot.slack.before_return["update_message"] = lambda: bot.end(session.id)
    await bot.change(session.id, lambda one: replace(one, technician_name="Ben", version=one.version + 1))
    await bot.run_jobs()
    assert links_to_rita(bot) == []


async def test_notice_finished_while_its_requester_is_looked_for_is_not_sent() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()

    async def finish() -> None:
        (notice,) = await chat_notices(bot, session)
        async with bot.unit_of_work.write() as tx:
            await tx.notices.save(replace(notice, state=NoticeState.UNSURE), known_state=NoticeState.PENDING)

    bot.slack.before_return["find_accounts"] = finish
    await bot.run_jobs()
    assert messages_to_rita(bot) == []
    (notice,) = await chat_notices(bot, session)
    assert notice.state is NoticeState.UNSURE


async def test_not_now_pressed_before_the_message_is_stored_is_kept() -> None:
    bot = await inviting_bot(SLACK)
    session = await bot.accept_session()
    send = bot.slack.post_private

    async def send_and_press(actor, view, reader, *, marker=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the method that it replaces
        posted = await send(actor, view, reader, marker=marker)
        if actor == rita_on(SLACK):
            (notice,) = await chat_notices(bot, session)
            command = DeclineInvitation(notice.id)
            request = CommandRequest(CommandKey("press"), actor, Place("D1", is_private=True), command)
            async with bot.unit_of_work.write() as tx:
                await tx.commands.add(request, bot.clock())
                await decline_invitation(command, actor, tx, bot.clock())
        return posted

    bot.slack.post_private = send_and_press  # type: ignore[method-assign]  # for this test alone
    await bot.run_jobs()
    (notice,) = await chat_notices(bot, session)
    assert (notice.state, notice.declined_at) == (NoticeState.SENT, bot.clock())
    (shown,) = messages_to_rita(bot)
    assert "You answered" in str(shown), "the message shows the answer"
