"""The channels that the form of a new session offers, and whether somebody may have a card posted in one.

The form offers the channels of the teams that the bot is in and the reader is a member of (Bot Connector: ``/v3/teams``,
and the rosters). What a client sends back is checked again: nobody gets a card posted where they are not a member.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, TypeVar

import structlog

from adapters.answer_cache import AnswerCache
from adapters.teams.incoming.activity import SHARED_CHANNEL, TeamsActivity, as_chosen, without_thread
from adapters.teams.incoming.commands import read_chosen_channel
from adapters.teams.transport.connector import Connector
from bot.commands import Command, CommandRequest, OpenForm, OpenOutageForm, Place
from bot.errors import BotError, NotAllowed, Rejected, Unavailable
from bot.i18n import Text, _
from bot.model.membership import Membership
from bot.model.technician import Platform
from bot.values import replace, value_class
from bot.views.form import ChannelChoice
from storage.unit_of_work import SqlUnitOfWork

LOOK_SECONDS = 2.0
"""Time limit for the calls for one form. Teams waits five seconds for the reply to an invoke."""
KNOWN_SECONDS = 600.0
"""How long the channels of a team, and its members, are not read again for another form."""
MOST_TEAMS = 20
MOST_CHOICES = 50
"""Channels on a form. More would not fit a card."""
STANDARD_CHANNEL = "standard"
"""The type of a channel that has the members of its team. A private one has fewer (Bot Framework, ChannelInfo)."""
log = structlog.get_logger("teams")
T = TypeVar("T")


@value_class
class TeamChannel:
    """A channel of a team that the bot is in. ``name`` is empty for the first one, which each client names in its language."""

    team: str
    team_name: str
    id: str
    name: str
    is_standard: bool

    @property
    def shown_name(self) -> Text | str:
        """Return the name that people know the channel by."""
        return self.name or general_channel()

    def as_choice(self, *, with_team: bool) -> ChannelChoice:
        """Return the channel as a choice of the form."""
        value = f"{self.team} {self.id}"
        if with_team and self.team_name:
            return ChannelChoice(value, name_channel(self.team_name, self.name))
        return ChannelChoice(value, Text("{channel}", {"channel": self.shown_name}))


@value_class
class _Person:
    """A person as rosters know them: where Teams serves their tenant, and their id towards the bot."""

    tenant: str
    service_url: str
    mri: str


class TeamChannels:
    """Reads channels and members from Teams, and remembers for some minutes what forms show."""

    def __init__(self, connector: Connector, unit_of_work: SqlUnitOfWork) -> None:
        self._connector = connector
        self._unit_of_work = unit_of_work
        self._channels: AnswerCache[tuple[str, str], Sequence[TeamChannel]] = AnswerCache(KNOWN_SECONDS)
        self._members: AnswerCache[tuple[str, str, str], bool] = AnswerCache(KNOWN_SECONDS)

    def forget_changed(self, activity: TeamsActivity) -> None:
        """Read the channels of teams again after an event that changes them, such as ``channelRenamed``."""
        if activity.event:
            self._channels.clear()
            self._members.clear()

    async def list_choices(self, tenant: str, conversation: str, mri: str) -> Sequence[ChannelChoice]:
        """List the channels that somebody can choose in a form.

        Within a team these are its other channels, in the bot's own chat those of every team that they share with the bot, and in
        another chat none. Raises nothing: while Teams does not answer, the form goes without.
        """
        async with self._unit_of_work.read() as tx:
            here = await tx.teams.find_conversation(tenant, without_thread(conversation))
            teams = await tx.memberships.list_current(Platform.TEAMS, tenant, limit=MOST_TEAMS)
        if here is None or here.has_left or not (here.team or here.is_personal):
            return ()
        person = _Person(tenant, here.service_url, mri)
        offered = [one for one in teams if one.place == here.team] if here.team else teams
        found: list[TeamChannel] = []

        async def look(team: Membership) -> None:
            try:
                found.extend(await self._list_for(person, team))
            except BotError as error:
                log.info("channels were not offered", error=error.log_text)

        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await asyncio.gather(*(look(one) for one in offered))
        except TimeoutError:
            log.info("channels were not offered in time")
        # Others read the form in a channel. They need not know which private channels its reader is in.
        elsewhere = [one for one in found if one.id != here.id and (one.is_standard or here.is_personal)]
        in_order = sorted(elsewhere, key=lambda one: (one.team_name.casefold(), one.name.casefold()))
        return [one.as_choice(with_team=not here.team) for one in in_order[:MOST_CHOICES]]

    async def list_choices_for(self, activity: TeamsActivity, command: Command) -> Sequence[ChannelChoice]:
        """List the channels for the answer to a command. There are none if it opens no form."""
        if not isinstance(command, OpenForm | OpenOutageForm):
            return ()
        return await self.list_choices(activity.tenant, activity.conversation, activity.mri)

    async def choose_place(self, activity: TeamsActivity, request: CommandRequest) -> CommandRequest:
        """Return the request with the channel that was chosen in its form, if one was.

        Raises NotAllowed if the sender is no member there, and Unavailable if Teams does not say so in time.
        """
        chosen = read_chosen_channel(activity)
        if chosen is None:
            return request
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                channel = await self._find_joined(activity, *chosen)
        except TimeoutError:
            raise Unavailable(_("Microsoft Teams does not answer.")) from None
        if channel is None:
            raise NotAllowed(
                _(
                    "No session was created: you or the bot are not in the channel that you chose. Choose another one."
                )
            )
        place = Place(as_chosen(channel.id, channel.team_name, channel.name))
        return replace(request, place=place)

    async def _find_joined(self, activity: TeamsActivity, team: str, channel: str) -> TeamChannel | None:
        """Return a channel if the sender is in it by now. What a client sends is compared with what Teams lists."""
        async with self._unit_of_work.read() as tx:
            teams = await tx.memberships.list_current(Platform.TEAMS, activity.tenant, limit=MOST_TEAMS)
        membership = next((one for one in teams if one.place == team), None)
        if membership is None:
            return None
        person = _Person(activity.tenant, activity.service_url, activity.mri)
        try:
            channels = await self._list_channels(person, membership)
        except Rejected:
            return None
        listed = next((one for one in channels if one.id == channel), None)
        if listed is None or not await self._read_is_member(person, team):
            return None
        if not listed.is_standard and not await self._read_is_member(person, channel):
            return None
        return listed

    async def _list_for(self, person: _Person, team: Membership) -> list[TeamChannel]:
        """List the channels of a team that somebody is in. Raises Unavailable."""
        try:
            is_member, channels = await _both(
                self._is_member(person, team.place), self._list_channels(person, team)
            )
        except Rejected:
            return []  # The bot is no longer in the team.
        if not is_member:
            return []
        private = [one for one in channels if not one.is_standard]
        joined = await asyncio.gather(*(self._is_member(person, one.id) for one in private))
        seen = {one.id for one, is_in in zip(private, joined, strict=True) if is_in}
        return [one for one in channels if one.is_standard or one.id in seen]

    async def _list_channels(self, person: _Person, team: Membership) -> Sequence[TeamChannel]:
        key = team.tenant, team.place
        known = self._channels.find(key)
        if known is not None:
            return known
        name = team.name
        if not name:
            name = _text((await self._connector.read_team(person.service_url, team.place)).get("name"))
        raw = await self._connector.read_channels(person.service_url, team.place)
        channels = list(_read_channels(raw, team.place, name))
        self._channels.store(key, channels)
        return channels

    async def _is_member(self, person: _Person, conversation: str) -> bool:
        key = person.tenant, conversation, person.mri
        known = self._members.find(key)
        if known is None:
            known = await self._read_is_member(person, conversation)
            self._members.store(key, known)
        return known

    async def _read_is_member(self, person: _Person, conversation: str) -> bool:
        """Ask Teams whether somebody is in a conversation. Raises Unavailable."""
        try:
            await self._connector.read_member(person.service_url, conversation, person.mri)
        except Rejected:
            return False
        return True


def name_channel(team_name: str, channel_name: str) -> Text:
    """Return a channel with its team, as people know them. An empty name is that of a team's first channel."""
    return Text("{team} › {channel}", {"team": team_name, "channel": channel_name or general_channel()})


def general_channel() -> Text:
    """Return the name of the first channel of every team."""
    return _("General")


def _read_channels(raw: Iterable[Any], team: str, team_name: str) -> Iterable[TeamChannel]:
    """Read the channels of a team. Shared ones are left out: people of another organization may read there."""
    for one in raw:
        channel = one if isinstance(one, dict) else {}
        id_, kind = _text(channel.get("id")), _text(channel.get("type")).lower()
        if id_ and kind != SHARED_CHANNEL:
            is_standard = kind == STANDARD_CHANNEL or id_ == team
            yield TeamChannel(team, team_name, id_, _text(channel.get("name")), is_standard)


async def _both(first: Awaitable[bool], second: Awaitable[T]) -> tuple[bool, T]:
    done = await asyncio.gather(first, second)
    return done[0], done[1]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
