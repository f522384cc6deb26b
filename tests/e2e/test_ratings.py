"""After the end the requester's page asks whether the session helped. The answer is on the card and on the request."""

import aiohttp
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.recorded import end_session, help_requester, record_notes, stored_session
from support.slack_user import until


async def test_requester_rates_a_session_once_and_card_and_note_show_it(
    connected: ChatUser, bot: RunningBot
) -> None:
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=5)
    await end_session(connected, number)
    page = bot.services.installation.join_page((await stored_session(bot, number)).join_token)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(page) as answer:
            html = await answer.text()
        form = html.split('name="form" value="')[1].split('"')[0]
        fields = {"form": form, "helpful": "yes", "comment": "Quick help"}
        async with browser.post(f"{page}/rating", data=fields) as answer:
            assert answer.status == 200
        async with browser.post(f"{page}/rating", data=fields | {"helpful": "no"}) as answer:
            assert answer.status == 409
    await until(lambda: connected.card(number, "the session helped"))
    await until(lambda: "The requester says: the session helped" in record_notes(connected, number)[0].html)
    assert "Quick help" in record_notes(connected, number)[0].html
    assert "Quick help" not in connected.channel_text()
