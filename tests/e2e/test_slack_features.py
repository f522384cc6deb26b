"""Features that only Slack has, and what is particular to them there."""

import json

import pytest
from support.bot import RunningBot
from support.browser import new_browser
from support.reading import buttons, labels, urls_in, walk
from support.slack_user import CONNECT, LOOKING_UP, SlackUser, card_of, text_of, until

from bot.model.ids import Email
from sandbox.slack.model import View
from sandbox.slack.request_delivery import DeliveryResult


@pytest.fixture
async def slack_admin(slack_user: SlackUser, bot: RunningBot) -> SlackUser:
    """A technician in Slack who is connected, and an SDAdmin."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    await slack_user.authorize()
    return slack_user


def said(outcome: DeliveryResult) -> str:
    """Return the bot's answer as text."""
    return json.dumps(outcome.json, ensure_ascii=False).replace("\u2060", "")


async def test_m4_account_with_another_address_is_connected_only_after_confirmation(
    slack_user: SlackUser,
) -> None:
    """If TeamViewer's address differs from the profile's, a page names both and asks."""
    slack_user.environment.teamviewer.add_account("somebody.else@example.test", "Somebody Else")
    await slack_user.type("auth")
    url = await until(
        lambda: next(
            (
                one
                for one in urls_in(slack_user.environment.slack.ephemerals(slack_user.technician.user))
                if "/start" in one
            ),
            "",
        )
    )
    async with new_browser() as browser:
        async with browser.get(url, allow_redirects=False) as answer:
            back = await slack_user.environment.teamviewer.approve_sign_in(
                answer.headers["Location"], "somebody.else@example.test"
            )
        async with browser.get(back) as answer:
            page = await answer.text()
        assert slack_user.technician.email in page
        assert "somebody.else@example.test" in page
        assert "connected as" not in said(await slack_user.type("status"))
        confirmation = page.split('name="confirmation" value="')[1].split('"')[0]
        confirm_url = back.split("/oauth/")[0] + "/oauth/teamviewer/confirm"
        for another_site in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
            form = {"confirmation": confirmation}
            async with browser.post(confirm_url, data=form, headers=another_site) as answer:
                assert answer.status == 403
        async with (
            new_browser() as another_browser,
            another_browser.post(confirm_url, data={"confirmation": confirmation}) as answer,
        ):
            assert answer.status == 403
            assert "another browser" in await answer.text()
        # Browsers send Origin: null from a page that hides its address, as this one does.
        same_site = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        async with browser.post(
            confirm_url, data={"confirmation": confirmation}, headers=same_site
        ) as answer:
            assert "One step is left" in await answer.text()
        # A reload of the page says the same again, and asks nothing twice.
        async with browser.post(confirm_url, data={"confirmation": confirmation}) as answer:
            assert "One step is left" in await answer.text()
    asked = await until(lambda: slack_user.newest_with(slack_user.technician, CONNECT))
    assert "connected as" not in said(await slack_user.type("status"))
    await slack_user.press(asked, CONNECT)
    await until(lambda: "You are connected to TeamViewer as Somebody Else" in slack_user.seen())


def text_of_view(view: View) -> str:
    """Return everything written in a view."""
    return "\n".join(
        str(one["text"]) for one in walk(view.content) if isinstance(one.get("text"), str)
    ).replace("\u2060", "")


async def test_message_shortcut_fills_in_the_request_of_the_message(slack_admin: SlackUser) -> None:
    """The shortcut finds a number or a link in the message, also in the attachment that a monitoring tool posts."""
    slack, user = slack_admin.environment.slack, slack_admin.technician.user
    number = slack_admin.new_request()
    request_id = slack_admin.environment.servicedesk.requests[number].id
    link = f"{slack_admin.environment.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    for text, attached in (
        (f"Can somebody look at #{number} please?", ""),
        (f"See <{link}>", ""),
        ("", f"Request #{number} is late"),
        ("", f"See <{link}>"),
    ):
        message = slack.post_message(user, slack_admin.channel, text)
        if attached:
            message.attachments = [{"id": 1, "text": attached, "fallback": "A request is late"}]
        await slack.use_message_shortcut(user, message, "tv_create_from_message")
        modal = await until(lambda: slack.current_modal(user))
        assert f"#{number}" in json.dumps(modal.content)
        await slack.close_modal(user, modal.id)


async def test_pasted_request_link_unfurls_for_technicians_only(slack_admin: SlackUser) -> None:
    """The preview is the request's panel. It has no link buttons, and follows its switch."""
    slack = slack_admin.environment.slack
    number = slack_admin.new_request("Preview me")
    request_id = slack_admin.environment.servicedesk.requests[number].id
    url = f"{slack_admin.environment.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"

    async def paste(user: str) -> None:
        await slack.send_event("link_shared", user=user, channel=slack_admin.channel, urls=[url])

    await paste(slack_admin.technician.user)
    preview = await until(lambda: [one for one in slack.unfurls if one.url == url])
    assert "Preview me" in json.dumps(preview[0].as_json())
    assert not [one for one in buttons(preview[0].blocks) if one.get("url")]
    guest = slack_admin.new_colleague()
    seen = len(slack.unfurls)
    await paste(guest.user)
    await slack_admin.type("admin widget off unfurl")
    await until(lambda: "widget off" in slack_admin.seen())  # the switch is moved by a job
    await paste(slack_admin.technician.user)
    await slack_admin.type(f"show {number}")
    await until(lambda: "Status: Open" in slack_admin.seen())
    assert len(slack.unfurls) == seen


async def test_shared_card_has_no_links_and_hides_the_live_connection(slack_admin: SlackUser) -> None:
    """Everybody sees the same card in Slack, its creator too."""
    number = slack_admin.new_request()
    await slack_admin.type(f"create {number}")
    await until(lambda: card_of(slack_admin, number, "Waiting for"))
    (session,) = slack_admin.sessions(number)
    slack_admin.environment.teamviewer.options.running_reported = True
    slack_admin.environment.teamviewer.connect_session(session.code)
    card = await until(lambda: card_of(slack_admin, number, "Connected with"))
    assert "Connected since" not in text_of(card)
    assert urls_in(card.blocks) == []
    await slack_admin.press(card, "Get link")
    await until(lambda: f"```{session.end_customer_link}```" in slack_admin.seen())


async def test_m21_answers_have_no_buttons_while_cards_are_hidden(slack_admin: SlackUser) -> None:
    """``show`` and ``list`` say what to type instead."""
    await slack_admin.type("admin widget off message")
    number = slack_admin.new_request()
    await slack_admin.type(f"create {number}")
    await until(lambda: slack_admin.environment.servicedesk.notes(number))
    (session,) = slack_admin.sessions(number)
    await slack_admin.type(f"show {number}")
    await until(lambda: f"type `/tv reinvite {session.code}`" in slack_admin.seen())
    shown = slack_admin.environment.slack.ephemerals(slack_admin.technician.user, slack_admin.channel)
    assert not labels(shown[-1].blocks)
    listed = await slack_admin.type("list")
    assert f"#{number}" in said(listed)
    assert not labels(listed.json["blocks"])


async def test_home_tells_a_guest_that_guests_cannot_use_the_bot(slack_admin: SlackUser) -> None:
    """A guest who opens the home sees nothing else there."""
    slack, guest = slack_admin.environment.slack, slack_admin.new_colleague(is_restricted=True)
    await slack.send_event("app_home_opened", user=guest.user, tab="home")
    home = await until(lambda: slack.home_tab(guest.user))
    await until(lambda: "Guests" in text_of_view(home))


async def test_m21_pressed_switch_replaces_the_panel(slack_admin: SlackUser) -> None:
    """One panel, which says how the switch stands now, and not a second one beside the old."""
    slack, user = slack_admin.environment.slack, slack_admin.technician.user
    await slack_admin.type("admin status")
    panel = await until(
        lambda: next(
            (one for one in slack.ephemerals(user) if "Administration" in json.dumps(one.blocks)), None
        )
    )
    count = len(slack.ephemerals(user))
    switch = next(
        element
        for block in panel.blocks
        if "Previews" in json.dumps(block)
        for element in [block["accessory"]]
    )
    await slack.press_element(user, panel, switch["action_id"], value=switch["value"])
    await until(lambda: "Previews of request links*: off" in json.dumps(panel.blocks))
    assert len(slack.ephemerals(user)) == count


@pytest.mark.parametrize("replaces", [True, False])
async def test_result_of_a_typed_command_replaces_its_first_answer_where_slack_can(
    slack_user: SlackUser, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    slack, user = slack_user.environment.slack, slack_user.technician.user
    monkeypatch.setattr(slack.state, "replaces_command_answers", replaces)
    await slack_user.authorize()
    number = slack_user.new_request()

    def shown(words: str) -> bool:
        return any(words in text_of(one) for one in slack.ephemerals(user, slack_user.channel))

    await slack_user.type(f"create {number}")
    await until(lambda: shown("is ready") and card_of(slack_user, number, "Waiting for"))
    assert shown("Creating a remote session") is not replaces
    await slack_user.type(f"end {number}")
    await until(lambda: shown(f"The session for request #{number} is ended"))
    assert shown("Ending the session") is not replaces
    assert shown("is ready")


@pytest.mark.parametrize("replaces", [True, False])
async def test_answer_that_was_waited_for_replaces_one_moment(
    slack_user: SlackUser, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    """The bot does not know its sender yet, looks them up, and then answers."""
    slack, user = slack_user.environment.slack, slack_user.technician.user
    monkeypatch.setattr(slack.state, "replaces_command_answers", replaces)
    first = await slack_user.type("auth")
    assert LOOKING_UP in str(first.json)

    def shown(words: str) -> bool:
        return any(words in text_of(one) for one in slack.ephemerals(user, slack_user.channel))

    await until(lambda: shown("Sign in at TeamViewer with your own account"))
    assert shown(LOOKING_UP) is not replaces


@pytest.mark.parametrize("replaces", [True, False])
async def test_create_in_the_own_chat_says_that_its_card_is_there(
    slack_user: SlackUser, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    """“Creating…” does not stay as it is, where Slack replaces it."""
    slack, user = slack_user.environment.slack, slack_user.technician.user
    monkeypatch.setattr(slack.state, "replaces_command_answers", replaces)
    await slack_user.authorize()
    number, own_chat = slack_user.new_request(), slack.open_dm(user)
    await slack_user.type(f"create {number}", channel=own_chat)
    told = f"The card for request #{number} is in this chat"

    def shown(words: str) -> bool:
        return any(words in text_of(one) for one in slack.ephemerals(user, own_chat))

    await until(lambda: shown(told))
    assert any(f"#{number}" in text_of(one) for one in slack.dm_messages(user))
    assert shown("Creating a remote session") is not replaces


async def _create_by_shortcut(slack_user: SlackUser, channel: str) -> str:
    """Open the form without a channel, choose one for the card, and submit. Return the request's number."""
    slack, user, number = (
        slack_user.environment.slack,
        slack_user.technician.user,
        slack_user.new_request(),
    )
    await slack.use_global_shortcut(user, "tv_create")
    modal = await until(lambda: slack.current_modal(user))
    await slack.search_options(user, "tv:request", "request", number)
    await slack.submit_modal(user, modal.id, {"request": number, "channel": channel})
    return number


async def test_form_without_a_channel_posts_the_card_in_the_chosen_one(slack_user: SlackUser) -> None:
    """Every answer comes in the person's own chat: where the card is, with a link, and the way in."""
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.authorize()
    number = await _create_by_shortcut(slack_user, slack_user.channel)
    card = await until(lambda: card_of(slack_user, number, "Waiting for"))

    def in_own_chat(words: str) -> bool:
        return any(words in text_of(one) for one in slack.dm_messages(user))

    permalink = f"/archives/{slack_user.channel}/p{card.ts.replace('.', '')}"
    await until(lambda: in_own_chat(permalink) and in_own_chat(f"request #{number} is ready"))
    assert in_own_chat(f"The card for request #{number} is in <#{slack_user.channel}>")
    assert not any(f"#{number}" in text_of(one) for one in slack.ephemerals(user, slack_user.channel))


@pytest.mark.parametrize("is_private", [False, True])
async def test_chosen_channel_without_the_bot_says_to_invite_it(
    slack_user: SlackUser, *, is_private: bool
) -> None:
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.authorize()
    closed = slack.add_channel(f"quiet-{user.lower()}", [user], private=is_private, bot_is_member=False)
    number = await _create_by_shortcut(slack_user, closed)
    told = f"The bot cannot post in <#{closed}>. So the card for request #{number} is in your own chat"
    await until(lambda: any(told in text_of(one) for one in slack.dm_messages(user)))
    # The card may still say that the session is being created.
    await until(
        lambda: any(
            "Waiting for" in text_of(one) and f"#{number}" in text_of(one) for one in slack.dm_messages(user)
        )
    )


async def test_form_that_was_opened_in_a_channel_does_not_ask_for_one(slack_user: SlackUser) -> None:
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.authorize()
    await slack_user.type("create")
    modal = await until(lambda: slack.current_modal(user))
    assert [block["block_id"] for block in modal.blocks] == ["request", "kind", "note", "time"]
    await slack.close_modal(user, modal.id)
