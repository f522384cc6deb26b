"""What a group of users may do in Slack, drawn by Hypothesis, and the environment for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import strategies as st
from support.bot import RunningBot
from support.browser import sign_in
from support.reading import buttons, urls_in, walk
from support.slack_user import SlackUser
from support.user_group import (
    ADMIN,
    BARE,
    COLLEAGUE,
    INVITING,
    NUMBERED,
    ON_SOMEBODY,
    PLANNING,
    PLANS_AND_TRANSFERS,
    SINCE,
    SUBJECT,
    UserGroup,
)

from sandbox.environment import Person


@dataclass(frozen=True)
class Step:
    """Somebody types ``words`` (``{N}``: a request's number), or presses the newest button but ``press``.

    ``event``: somebody opens their home or pastes a request's link, or a requester joins or leaves the newest session
    but ``press``. Where all is blank, nothing is done.
    """

    who: int = 0
    place: int = 0
    words: str = ""
    request: int = 0
    press: int | None = None
    event: str = ""


_anybody, _anywhere = st.integers(0, COLLEAGUE), st.integers(0, 2)
_typed = st.one_of(
    *(st.sampled_from(words) for words in (NUMBERED, NUMBERED, INVITING, PLANNING, BARE, ADMIN, ON_SOMEBODY))
)
_STEPS = st.one_of(
    st.just(Step()),
    st.builds(Step, _anybody, _anywhere, _typed, st.integers(0, 1)),
    st.builds(Step, _anybody, press=st.integers(0, 30)),
    st.builds(Step, press=st.integers(0, 3), event=st.sampled_from(["joins", "leaves"])),
    st.builds(Step, _anybody, st.integers(0, 1), event=st.sampled_from(["home", "paste"])),
    st.builds(Step, request=st.integers(0, 1), press=st.integers(0, 3), event=st.just("answers")),
    st.just(Step(event="begins")),
)


@dataclass
class SlackScene(UserGroup):
    """The people in two channels with all of them."""

    steps: ClassVar[st.SearchStrategy[Step]] = _STEPS
    first: ClassVar[list[Step]] = [
        Step(press=0, event="joins"),
        Step(2, 0, "show {N}"),
        Step(1, 2, "show {N}"),
        Step(0, 0, "renew {N}"),
        Step(0, 1, "outage {N}", 1),
        Step(0, press=0),
        Step(4, press=0),
        Step(0, 0, "invite {N} {T}", 1),
        Step(1, event="home"),
        Step(0, 0, "invite {N} {T}"),
        Step(1, 0, "invite {N} {T}"),
        Step(2, 0, "enter {N}"),
        Step(2, event="home"),
        Step(1, 0, "uninvite {N}"),
        Step(1, 2, "leave {N}"),
        *(Step(one.who, one.place, one.words, one.request, event=one.event) for one in PLANS_AND_TRANSFERS),
        Step(2, 0, "enter {N}", 1),
        Step(request=1, press=0, event="answers"),
        Step(press=0, event="answers"),
        Step(0, 0, "reinvite {N}"),
        Step(0, 0, "end {N}"),
    ]
    sequences: ClassVar[int] = 12
    places: list[str]
    followed: set[str] = field(default_factory=set)
    request_url: str = ""

    @classmethod
    async def new(cls, environment: Any, bot: RunningBot) -> "SlackScene":
        slack_user = SlackUser.new(environment)
        people = [slack_user.technician, slack_user.new_technician(), slack_user.new_technician()]
        people += [slack_user.new_colleague(is_restricted=True), slack_user.new_colleague()]
        users = [one.user for one in people]
        places = [
            slack_user.channel,
            environment.slack.add_channel(f"also-{slack_user.channel.lower()}", users),
        ]
        requests = [slack_user.new_request(f"{SUBJECT} {place}") for place in "AB"]
        scene = cls(bot, slack_user, people, requests, places)
        await scene.begin()
        await scene.add_requesters()
        for person in people[:2]:
            await slack_user.authorize(person)
            await slack_user.type(f"create {requests[0]}", by=person)
        await scene.settle()
        scene.followed.update(urls_in([environment.slack.ephemerals(user) for user in users]))
        scene.request_url = (await scene.kept())[0].request_url
        return scene

    async def do(self, step: Step) -> None:
        """Take one step, and wait for what follows from it."""
        person = self.people[step.who]
        if step.event in {"joins", "leaves"}:
            await self.requester(step.event, step.press or 0)
        elif step.event == "begins":
            await self.begin_planned()
        elif step.event == "answers":
            await self._press(self.requesters[step.request], step.press or 0)
        elif step.event == "home":
            await self.slack_user.environment.slack.send_event("app_home_opened", user=person.user)
        elif step.event == "paste":
            place, url = self.places[step.place], self.request_url
            await self.slack_user.environment.slack.send_event(
                "link_shared", user=person.user, channel=place, urls=[url]
            )
        elif step.press is not None:
            await self._press(person, step.press)
        elif step.words:
            dm = self.slack_user.environment.slack.open_dm(person.user)
            await self.slack_user.type(self._words(step), by=person, channel=[*self.places, dm][step.place])
        await self.settle()

    def _words(self, step: Step) -> str:
        code = next((one.code for one in self.remote()), "s12-345-678")
        mention = f"<@{self.people[(step.who + 1) % len(self.people)].user}>"
        number = self.type_number(step.who, step.request) if "{N}" in step.words else ""
        return step.words.format(N=number, C=code, T=mention)

    async def _press(self, person: Person, place: int) -> None:
        slack = self.slack_user.environment.slack
        mine = [one for one in slack.channels.values() if person.user in one.members]
        messages = [message for channel in mine for message in channel.messages]
        shown: list[Any] = sorted([*messages, *slack.ephemerals(person.user)], key=lambda one: one.ts)
        home = slack.home_tab(person.user)
        shown = [*([home] if home else []), *shown][::-1]
        found = [(one, button) for one in shown for button in buttons(one.blocks)]
        if not found:
            return
        message, button = found[place % len(found)]
        await slack.press_element(person.user, message, button["action_id"], value=button.get("value"))
        url = button.get("url", "")
        if "/oauth/teamviewer/start" in url and url not in self.followed:
            self.followed.add(url)
            await sign_in(self.slack_user.environment, url, person.email)

    def seen_by(self, person: Person) -> Any:
        return self.slack_user.environment.slack.visible_to(person.user, include_history=True)

    def seen_now_by(self, person: Person) -> Any:
        return self.slack_user.environment.slack.visible_to(person.user)

    def shown_to_everybody(self) -> Any:
        seen = self.seen_by(self.people[0])
        return [seen["channels"], seen["unfurls"]]

    def shown_alone_to(self, person: Person) -> Any:
        return {**self.seen_by(person), "channels": {}, "unfurls": []}

    def live_details(self, seen: Any) -> Iterator[str]:
        for one in walk(seen):
            # A card has a field for each fact. In plain words, one text names all of them.
            fields = one.get("fields") if one.get("type") == "section" else None
            text = "\n".join(field["text"] for field in fields) if fields else one.get("text")
            # A TeamViewer account's own line says since when it is connected, too: it names no code.
            if isinstance(text, str) and SINCE in text and "Code " in text:
                yield text

    def postable(self, seen: Any) -> Iterator[Any]:  # noqa: ARG002 - the other chat has such parts
        """Return nothing: Slack has no such part."""
        yield from ()
