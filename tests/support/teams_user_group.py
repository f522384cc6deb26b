"""What a group of users may do in Teams, drawn by Hypothesis, and the environment for it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

from hypothesis import strategies as st
from support.bot import RunningBot
from support.browser import sign_in
from support.cards import addresses, is_fact_list
from support.reading import walk
from support.slack_user import SlackUser
from support.teams_user import TeamsUser
from support.teams_user_steps import EACH_SURFACE_ONCE, TEAMS_STEPS, Step
from support.user_group import (
    SINCE,
    SUBJECT,
    UserGroup,
    as_text,
)

from bot.commands import (
    CancelPlan,
    Command,
    DeclineInvitation,
    EndOutage,
    MovePlan,
    OnSession,
    OpenPlanForm,
    Retry,
    ShowCard,
    ShowOutageCard,
    ShowOutageLinks,
    StartPlan,
    Verb,
    encode_command,
)
from bot.model.ids import derive_notice_id
from bot.model.notice import Channel, Recipient
from bot.model.plan import Plan
from bot.model.session import Session
from sandbox.environment import Person
from sandbox.teams import Conversation, TeamsMessage, TeamsSandbox
from sandbox.teams.card_inputs import iter_inputs, list_buttons

_guests = count(1)


@dataclass
class TeamsScene(UserGroup):
    """The people in two places with all of them. ServiceDesk Plus lists the guest as a technician."""

    steps: ClassVar[st.SearchStrategy[Step]] = TEAMS_STEPS
    first: ClassVar[list[Step]] = EACH_SURFACE_ONCE
    sequences: ClassVar[int] = 5
    teams: TeamsUser
    places: list[Conversation]
    followed: set[str] = field(default_factory=set)

    @classmethod
    async def new(cls, environment: Any, bot: RunningBot) -> "TeamsScene":
        slack_user = SlackUser.new(environment)
        teams = TeamsUser.of_slack_user(slack_user)
        guest = f"gil{next(_guests)}@example.test"
        environment.servicedesk.add_technician("Gil Guest", guest)
        people = [slack_user.technician, *(teams.join(slack_user.new_technician()) for _ in range(2))]
        people.append(
            teams.join(
                Person("Gil Guest", guest, "", environment.teams.add_person("Gil Guest", guest, role="guest"))
            )
        )
        people.append(teams.join(slack_user.new_colleague()))
        for person in people:
            environment.teams.personal_chat(person.teams)
        places = [teams.channel, environment.teams.add_group_chat([one.teams for one in people])]
        requests = [slack_user.new_request(f"{SUBJECT} {place}") for place in "AB"]
        scene = cls(bot, slack_user, people, requests, teams, places)
        await scene.begin()
        await scene.add_requesters()
        for person, place in zip(people[:2], places, strict=True):
            await teams.authorize(person)
            await teams.say(f"create {requests[0]}", by=person, where=place)
        await scene.settle()
        scene.followed.update(_addresses(scene))
        return scene

    async def is_busy(self) -> bool:
        """Jobs begin what the bot still has to say, and what it says lets clients ask again: looked at in this order."""
        return (
            await super().is_busy()
            or bool(self.bot.bot._tasks._running)
            or bool(self._teams_tenant.refreshing)
        )

    @property
    def _teams_tenant(self) -> TeamsSandbox:
        return self.slack_user.environment.teams

    async def do(self, step: Step) -> None:
        """Take one step, and wait for what follows from it. What Teams' client would not let happen does not."""
        if step.words:
            await self._say(step)
        elif step.event in {"joins", "leaves"}:
            await self.requester(step.event, step.which)
        elif step.event == "begins":
            await self.begin_planned()
        elif step.event == "answers":
            await self._press_of(self.requesters[step.request], step)
        elif step.event:
            await _EVENTS[step.event](self, step)
        await self.settle()

    def where(self, step: Step) -> Conversation:
        places: list[Conversation] = [
            *self.places,
            self._teams_tenant.personal_chat(self.people[step.who].teams),
        ]
        return places[step.place]

    async def _say(self, step: Step) -> None:
        other = self.people[(step.who + 1) % len(self.people)]
        code = next((one.code for one in self.remote()), "s12-345-678")
        number = self.type_number(step.who, step.request) if "{N}" in step.words else ""
        words = step.words.format(N=number, C=code, T=f"@{other.name}")
        mentions = [other.teams] if "{T}" in step.words else []
        await self.teams.say(words, by=self.people[step.who], where=self.where(step), mentions=mentions)

    def before(self, person: Person) -> list[TeamsMessage]:
        """The messages with a card that a person has before them, the newest first."""
        found = [
            message
            for place in self._teams_tenant.state.conversations_of(person.teams)
            for message in place.messages
            if not message.deleted and message.cards
        ]
        return sorted(found, key=lambda one: int(one.id))[::-1]

    async def _press(self, step: Step) -> None:
        await self._press_of(self.people[step.who], step)

    async def _press_of(self, person: Person, step: Step) -> None:
        there = [
            (message, button.action, button.cards)
            for message in self.before(person)
            for card in self._teams_tenant.visible_cards(person.teams, message)
            for button in list_buttons(card)
        ]
        if not there:
            return
        message, action, cards = there[step.which % len(there)]
        if action["type"] == "Action.OpenUrl":
            await self._open(person, action["url"])
        elif action["type"] in {"Action.Execute", "Action.Submit"}:
            filled = await self._filled(step, message, cards)
            same = [one for one in there if one[0] is message and one[1].get("title") == action["title"]]
            nth = next(place for place, one in enumerate(same) if one[1] is action)
            is_old = step.event == "press on an old client"
            with suppress(ValueError, LookupError):
                await self._teams_tenant.press_button(
                    person.teams, message, action["title"], filled, nth=nth, old_client=is_old
                )

    async def _open(self, person: Person, url: str) -> None:
        if "/oauth/teamviewer/start" in url and url not in self.followed:
            self.followed.add(url)
            await sign_in(self.slack_user.environment, url, person.email)

    async def _filled(self, step: Step, message: TeamsMessage, cards: Any) -> dict[str, str]:
        if "request" not in {one["id"] for card in cards for one in iter_inputs(card)}:
            return {}
        number = self.type_number(step.who, step.request)
        await self._teams_tenant.search_choices(self.people[step.who].teams, message, number, "requests")
        return {"request": number}

    async def _forge(self, step: Step) -> None:
        """Send what somebody else's card would send, or what no card does, from wherever one is."""
        kept = await self.kept()
        forged = [one for session in kept for one in _everything_with(session)]
        forged += [one for plan in await self.plans() for one in _everything_with_plan(plan)]
        if not forged:
            return
        person, place = self.people[step.who].teams, self.where(step)
        data = {"tv": encode_command(forged[step.which % len(forged)])}
        if step.event == "forge a message":
            await self._teams_tenant.activity_delivery.deliver_activity(
                self._teams_tenant.build_activity(person, place, text=None, value=data)
            )
            return
        value = {
            "action": {"type": "Action.Execute", "verb": "tv", "data": data},
            "trigger": "automatic" if step.request else "manual",
        }
        answer = await self._teams_tenant.send_invoke(person, place, "adaptiveCard/action", value)
        self._teams_tenant.show_result(person, answer, answer.body)

    async def _refresh(self, step: Step) -> None:
        person = self.people[step.who]
        cards = [
            one
            for one in self.before(person)
            if any("refresh" in card for card in self._teams_tenant.visible_cards(person.teams, one))
        ]
        if cards:
            await self._teams_tenant.refresh_card(person.teams, cards[step.which % len(cards)], "manual")

    async def _query(self, step: Step) -> None:
        person, place = self.people[step.who].teams, self.where(step)
        typed = ("", "Payroll", self.type_number(step.who, step.request))[step.which % 3]
        found = await self._teams_tenant.query_extension(
            person, place, "searchRequests", typed, initial=not typed
        )
        self._post(step, found)

    async def _paste(self, step: Step) -> None:
        request = self.slack_user.environment.servicedesk.requests[self.requests[step.request]]
        url = f"{self.slack_user.environment.servicedesk.web_url}/app/itdesk/ui/requests/{request.id}/details"
        found = await self._teams_tenant.preview_link(self.people[step.who].teams, self.where(step), url)
        self._post(step, found)

    def _post(self, step: Step, found: Any) -> None:
        with suppress(LookupError):
            self._teams_tenant.post_result(self.people[step.who].teams, self.where(step), found)

    async def _window(self, step: Step) -> None:
        """Open the form on a message, or on none, and send it."""
        person, place = self.people[step.who].teams, self.where(step)
        about = (
            next((one for one in reversed(place.messages) if not one.deleted), None) if step.which else None
        )
        await self._teams_tenant.open_dialog(person, place, "createSession", about)
        data = {
            "tv_form": {},
            "request": self.type_number(step.who, step.request),
            "kind": "remote",
            "note": "",
        }
        await self._teams_tenant.submit_dialog(person, place, "createSession", data, about)

    async def _look_for(self, step: Step) -> None:
        person, typed = (
            self.people[step.who].teams,
            "Payroll" if step.which % 2 else self.type_number(step.who, step.request),
        )
        await self._teams_tenant.search_choices(
            person, None, typed, "requests", conversation=self.where(step)
        )

    async def _home(self, step: Step) -> None:
        person = self.people[step.who].teams
        await self._teams_tenant.install_app(self._teams_tenant.personal_chat(person), person)

    def seen_by(self, person: Person) -> Any:
        return json.loads(self._teams_tenant.visible_to(person.teams, include_history=True))

    def seen_now_by(self, person: Person) -> Any:
        return json.loads(self._teams_tenant.visible_to(person.teams))

    def shown_to_everybody(self) -> Any:
        return [_content_of(message) for place in self.places for message in place.messages]

    def shown_alone_to(self, person: Person) -> Any:
        mri = person.teams.mri
        personal = self._teams_tenant.personal_chat(person.teams)
        shared = self._teams_tenant.state.conversations_of(person.teams)
        lists = (
            self._teams_tenant.toasts,
            self._teams_tenant.error_messages,
            self._teams_tenant.state.shown_results,
        )
        return [
            [_content_of(message) for message in personal.messages if message.sender == "bot"],
            [
                [
                    message.personal_cards.get(mri),
                    [card for whose, card in message.past_personal_cards if whose == mri],
                ]
                for place in shared
                for message in place.messages
            ],
            [by_person.get(person.teams) for by_person in lists],
        ]

    def live_details(self, seen: Any) -> Iterator[str]:
        for one in walk(seen):
            text = as_text(one)
            if is_fact_list(one) and SINCE in text:
                yield text
            # In plain words, the whole card names the session.
            # A TeamViewer account's own line says since when it is connected, too: it names no code.
            if one.get("type") == "AdaptiveCard" and f'"{SINCE}' in text and "Code s" in text:
                yield text

    def postable(self, seen: Any) -> Iterator[Any]:
        """Return what the message extension found."""
        yield from (one for one in walk(seen) if "attachmentLayout" in one)


def _content_of(message: TeamsMessage) -> list[Any]:
    """Return everything that everybody sees or could see before on a message."""
    return [message.text, message.cards, message.past_contents, message.activity_json.get("summary")]


_EVENTS = {
    "press": TeamsScene._press,
    "press on an old client": TeamsScene._press,
    "forge": TeamsScene._forge,
    "forge a message": TeamsScene._forge,
    "query": TeamsScene._query,
    "paste": TeamsScene._paste,
    "window": TeamsScene._window,
    "look for": TeamsScene._look_for,
    "home": TeamsScene._home,
    "refresh": TeamsScene._refresh,
}


def _addresses(scene: TeamsScene) -> list[str]:
    """What the buttons that have been shown so far lead to."""
    return [url for person in scene.people for one in scene.before(person) for url in addresses(one.cards)]


def _everything_with(session: Session) -> list[Command]:
    """What a button of a session may send."""
    of_outage: list[Command] = []
    if session.outage is not None:
        of_outage = [
            ShowOutageLinks(session.outage),
            ShowOutageCard(session.outage),
            EndOutage(session.outage),
        ]
    return [
        *of_outage,
        ShowCard(session.id),
        OnSession(Verb.ENTER, session.id),
        OnSession(Verb.LINK, session.id),
        OnSession(Verb.RENEW, session.id),
        Retry(session.id),
        OnSession(Verb.END, session.id),
        DeclineInvitation(derive_notice_id(f"{session.id}/{Recipient.REQUESTER}/{Channel.CHAT}")),
    ]


def _everything_with_plan(plan: Plan) -> list[Command]:
    """What a button of a planned session may send."""
    return [StartPlan(plan.id), MovePlan(plan.id, "in 2 days"), CancelPlan(plan.id), OpenPlanForm(plan.id)]
