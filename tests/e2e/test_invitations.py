"""A second technician joins a session by a way in of their own, from each chat to each chat."""

from dataclasses import dataclass
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.entering import open_way_in, press_enter
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from bot.values import replace

CHATS = {"slack": InSlack, "teams": InTeams}
OPENERS = pytest.mark.parametrize("opener", ["button", "command"])
INVITES = "Tom Ray invites you to this session"
IS_OVER = "is over"


@dataclass
class Pair:
    """A technician with an open session, and a colleague of theirs, each in their chat."""

    tom: ChatUser
    ines: ChatUser
    number: str
    session: Any

    async def invite(self) -> str:
        """Invite the colleague by their address. Return the address of their way in."""
        await self.tom.type(f"invite {self.number} {self.ines.technician.email}")
        await self.tom.reads(f"Ines Moreau is invited to the session for request #{self.number}")
        return await self.way_in()

    async def way_in(self) -> str:
        """Return the address behind the colleague's Enter button."""
        card = await until(lambda: self._card(INVITES))
        (address,) = [one for one in self.ines.link_buttons(card) if "/enter/" in one]
        return str(address)

    def _card(self, saying: str) -> Any:
        found = [one for one in self.ines.own_chat(saying) if f"#{self.number}" in self.ines.text(one)]
        return found[-1] if found else None

    async def loses_the_way_in(self, address: str) -> None:
        """Expect that nothing leads in any more, neither the card nor an address that is in an older message."""
        await until(
            lambda: self._card(INVITES) is None or "/enter/" not in self.ines.text(self._card(INVITES))
        )
        for answer in (await open_way_in(address), await press_enter(address)):
            assert (answer.status, answer.opens) == (410, "")
            assert self.session.supporter_token not in answer.text


async def meet(slack_user: SlackUser, chat: str, colleagues_chat: str) -> Pair:
    """Let a technician create a session, and a colleague use the bot in their own chat."""
    tom = CHATS[chat](slack_user)
    await tom.authorize()
    ines = CHATS[colleagues_chat](replace(slack_user, technician=slack_user.new_technician()))
    await ines.type("list")
    await ines.reads("You have no open session")
    number, session = await tom.create()
    return Pair(tom, ines, number, session)


@pytest.mark.parametrize("colleagues_chat", CHATS)
@pytest.mark.parametrize("chat", CHATS)
async def test_invited_technician_enters_and_the_withdrawal_closes_their_way_in(
    bot: RunningBot, slack_user: SlackUser, chat: str, colleagues_chat: str
) -> None:
    pair = await meet(slack_user, chat, colleagues_chat)
    address = await pair.invite()
    assert pair.session.supporter_token not in pair.ines.ever_seen()
    await until(lambda: pair.tom.card(pair.number, "Invited: Ines Moreau"))
    page = await open_way_in(address)
    assert page.status == 200
    assert pair.session.supporter_token not in page.text, "programs that check links open it too"
    entered = await press_enter(address)
    assert entered.opens == pair.session.supporter_link
    assert (await press_enter(address, "browser")).opens == pair.session.webclient_supporter_link
    await until(lambda: pair.tom.card(pair.number, "Invited, and entered: Ines Moreau"))
    await pair.tom.type(f"uninvite {pair.number}")
    await pair.tom.reads("may work until the session ends")
    await pair.loses_the_way_in(address)
    await bot.settle()
    notes = slack_user.environment.servicedesk.notes(pair.number)
    assert sum("Tom Ray invited Ines Moreau" in str(note) for note in notes) == 1


@pytest.mark.parametrize("chat", CHATS)
async def test_end_closes_the_way_in_and_the_record_says_who_entered(
    bot: RunningBot, slack_user: SlackUser, chat: str
) -> None:
    pair = await meet(slack_user, chat, chat)
    address = await pair.invite()
    await press_enter(address)
    await pair.ines.ask(f"end {pair.number}", "You are invited to this session")
    await pair.tom.type(f"end {pair.number}")
    await until(lambda: pair.tom.card(pair.number, "Ended by Tom Ray"))
    await pair.loses_the_way_in(address)
    servicedesk = slack_user.environment.servicedesk
    await until(
        lambda: any("Ines Moreau, who entered at" in str(note) for note in servicedesk.notes(pair.number))
    )
    await bot.settle()


@pytest.mark.parametrize("chat", CHATS)
async def test_mentioned_colleague_declines_and_can_be_invited_again(
    bot: RunningBot, slack_user: SlackUser, chat: str
) -> None:
    pair = await meet(slack_user, chat, chat)
    if isinstance(pair.tom, InTeams):
        pair.tom.teams.join(pair.ines.technician)
    await pair.tom.type(f"invite {pair.number} {{}}", mentioning=pair.ines.technician)
    first = await pair.way_in()
    card = pair.ines.own_chat(INVITES)[-1]
    await pair.ines.press(card, "Decline")
    await pair.tom.reads(f"Ines Moreau declined your invitation to the session for request #{pair.number}")
    await pair.loses_the_way_in(first)
    second = await pair.invite()
    assert second != first
    assert (await press_enter(second)).opens == pair.session.supporter_link
    assert (await press_enter(first)).status == 410
    await bot.settle()


@pytest.mark.parametrize("chat", CHATS)
async def test_second_invitation_of_the_same_person_is_answered_and_changes_nothing(
    bot: RunningBot, slack_user: SlackUser, chat: str
) -> None:
    pair = await meet(slack_user, chat, chat)
    address = await pair.invite()
    await pair.tom.type(f"invite {pair.number} {pair.ines.technician.email}")
    await pair.tom.reads("is invited already")
    await bot.settle()
    assert await pair.way_in() == address
    assert len(pair.ines.own_chat(INVITES)) == 1


@pytest.mark.parametrize("chat", CHATS)
async def test_invited_technician_is_notified_when_the_requester_is_there(
    bot: RunningBot, slack_user: SlackUser, chat: str
) -> None:
    pair = await meet(slack_user, chat, chat)
    await pair.invite()
    slack_user.environment.teamviewer.join_session(pair.session.code)
    await bot.sweep()
    await pair.ines.reads("You are invited to this session of Tom Ray")
    await bot.settle()


@pytest.mark.parametrize("chat", CHATS)
async def test_switch_closes_the_way_in_until_it_is_on_again(
    bot: RunningBot, slack_user: SlackUser, chat: str
) -> None:
    pair = await meet(slack_user, chat, chat)
    address = await pair.invite()
    async with bot.unit_of_work.write() as tx:
        switches = await tx.switches.lock()
        await tx.switches.write(replace(switches, integration=False))
    assert (await press_enter(address)).status == 410
    async with bot.unit_of_work.write() as tx:
        await tx.switches.write(switches)
    assert (await press_enter(address)).opens == pair.session.supporter_link


async def open_form(pair: Pair, opener: str) -> None:
    """Open the form by the button on the card, or by the command without a colleague."""
    if opener == "command":
        await pair.tom.type(f"invite {pair.number}")
    else:
        await pair.tom.press(await until(lambda: pair.tom.card(pair.number, "Waiting for")), "Invite")


@OPENERS
async def test_colleague_is_chosen_in_a_form_of_slack(
    bot: RunningBot, slack_user: SlackUser, opener: str
) -> None:
    pair = await meet(slack_user, "slack", "slack")
    slack, tom = slack_user.environment.slack, slack_user.technician.user
    await open_form(pair, opener)
    modal = await until(lambda: slack.current_modal(tom))
    outcome = await slack.submit_modal(tom, modal.id, {"colleague": pair.ines.technician.user})
    assert outcome.status == 200
    assert await pair.way_in()
    await pair.tom.reads("Ines Moreau is invited to the session")
    await bot.settle()


@OPENERS
async def test_colleague_is_named_in_a_form_of_teams(
    bot: RunningBot, slack_user: SlackUser, opener: str
) -> None:
    pair = await meet(slack_user, "teams", "teams")
    tom = pair.tom
    assert isinstance(tom, InTeams)
    await open_form(pair, opener)
    form = await until(lambda: next(iter(tom.own_chat("Who should join the session")), None))
    await tom.teams.press(form, "Invite", {"colleague": pair.ines.technician.email})
    assert await pair.way_in()
    await until(lambda: form.deleted)
    await pair.tom.reads("Ines Moreau is invited to the session")
    await bot.settle()


async def test_page_of_an_invitation_refuses_a_form_of_another_site(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    pair = await meet(slack_user, "slack", "slack")
    address = await pair.invite()
    refused = await press_enter(address, site="cross-site")
    assert (refused.status, refused.opens) == (410, "")
    await bot.settle()
