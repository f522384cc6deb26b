"""The state of the demo page for one user: the Slack chat, the requester's mailbox and phone, and the request."""

from collections.abc import Iterable
from typing import Any

from sandbox.demo.scenario import DemoScenario
from sandbox.demo.teams_state import teams_state
from sandbox.environment import PORTAL, Environment

Json = dict[str, Any]
BOT_NAME = "tvbot"


def page_state(town: Environment, story: DemoScenario, chosen: dict[str, str]) -> Json:
    """Return the state of the page for a user, a requester and a request."""
    person = chosen.get("person") or story.people[0][0].user
    requester = chosen.get("requester") or story.requesters[0][1]
    number = chosen.get("request") or story.requests[0]
    email = next((one.email for one, _role in story.people if one.user == person), "")
    return {
        "person": person,
        "people": [{"user": one.user, "name": one.name, "role": role} for one, role in story.people],
        "locale": town.slack.state.users[person].locale,
        "names": {one.user: one.name for one, _role in story.people},
        "channels": _channels(town, story, person),
        "hint": "Connect TeamViewer first with /tv auth. Ephemeral answers are yellow: only you see them.",
        "requesters": [{"name": name, "email": address} for name, address, _mobile in story.requesters],
        "requester": _requester(town, story, requester),
        "requests": [{"number": one, "subject": _request(town, one)["subject"]} for one in story.requests],
        "request": _request(town, number) | {"conversation": _conversation(town, number)},
        "own_mails": _mails(town, email),
        "home": _home(town, person),
        "modal": _modal(town, person),
        "teams": teams_state(town, story, person),
    }


def _home(town: Environment, person: str) -> Json | None:
    home = town.slack.home_tab(person)
    return {"id": home.id, "blocks": home.blocks} if home else None


def _modal(town: Environment, person: str) -> Json | None:
    view = town.slack.current_modal(person)
    if view is None:
        return None
    content = view.content
    return {
        "id": view.id,
        **{name: content[name] for name in ("title", "submit", "close", "blocks") if name in content},
    }


def _channels(town: Environment, story: DemoScenario, person: str) -> list[Json]:
    names = {one.user: one.name for one, _role in story.people}
    shown = [_channel(town, channel, about, person, names) for channel, about in story.channels]
    dm = town.slack.open_dm(person)
    return [*shown, _channel(town, dm, "", person, names) | {"name": BOT_NAME, "is_dm": True}]


def _channel(town: Environment, channel: str, about: str, person: str, names: dict[str, str]) -> Json:
    found = town.slack.channels[channel]
    messages = [_message(one, names, is_private=False) | _previews(town, one) for one in found.messages]
    messages += [_message(one, names, is_private=True) for one in town.slack.ephemerals(person, channel)]
    return {"id": channel, "name": found.name, "is_dm": False, "about": about, "messages": _by_time(messages)}


def _previews(town: Environment, message: Any) -> Json:
    """Return the link previews of a message."""
    shown = [one for one in town.slack.unfurls if (one.channel, one.ts) == (message.channel, message.ts)]
    return {"previews": [{"url": one.url, "blocks": one.blocks} for one in shown]}


def _by_time(messages: Iterable[Json]) -> list[Json]:
    return sorted(messages, key=lambda one: tuple(int(part) for part in one["ts"].split(".")))


def _message(one: Any, names: dict[str, str], *, is_private: bool) -> Json:
    is_bot = is_private or one.is_bot
    return {
        "ts": one.ts,
        "name": BOT_NAME if is_bot else names.get(one.user, one.user),
        "text": one.text,
        "blocks": one.blocks,
        "is_bot": is_bot,
        "is_private": is_private,
        "is_edited": bool(getattr(one, "history", ())),
    }


def _requester(town: Environment, story: DemoScenario, email: str) -> Json:
    mobile = next((mobile for _name, address, mobile in story.requesters if address == email), "")
    texts = [one.text for one in town.sms.messages if one.to == mobile]
    return {"email": email, "mails": _mails(town, email), "texts": texts}


def _mails(town: Environment, email: str) -> list[Json]:
    letters = list(reversed(town.mailbox.messages_to(email)))
    return [
        {
            "subject": letter.subject,
            "sender": letter.sender,
            "to": ", ".join(letter.to),
            "html": letter.html,
            "is_newest": place == 0,
        }
        for place, letter in enumerate(letters)
    ]


def _request(town: Environment, number: str) -> Json:
    found = town.servicedesk.request_json(number)
    return {
        "number": number,
        "subject": found["subject"],
        "url": f"{town.servicedesk.web_url}/app/{PORTAL}/ui/requests/{found['id']}/details",
        "status": found["status"]["name"],
        "requester": found["requester"]["name"],
    }


def _conversation(town: Environment, number: str) -> list[Json]:
    entries = reversed(town.servicedesk.conversation(number))
    return [{"is_note": entry.type == "NOTES", "html": entry.html} for entry in entries]
