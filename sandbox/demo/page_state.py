"""The state of the demo page for one user: the Slack chat, the requester's mailbox and phone, and the request."""

from collections.abc import Iterable, Mapping

from sandbox.demo.scenario import DemoScenario
from sandbox.demo.story import Mails, list_steps
from sandbox.demo.teams_state import build_teams_state
from sandbox.environment import PORTAL, Environment, Person
from sandbox.slack import Ephemeral, Message, SlackSandbox
from sandbox.slack.model import BOT_NAME, Json


def build_page_state(
    environment: Environment, scenario: DemoScenario, mails: Mails, selection: Mapping[str, str]
) -> Json:
    """Return the state of the page for the selected user, requester and request. The default is the first of each."""
    person = selection.get("person") or scenario.people[0][0].user
    requester = selection.get("requester") or scenario.requesters[0][1]
    number = selection.get("request") or scenario.requests[0]
    email = next((one.email for one, _role in scenario.people if one.user == person), "")
    return {
        "person": person,
        "people": [_describe_person(environment.slack, one, role) for one, role in scenario.people],
        "steps": list_steps(environment, mails, email),
        "arrivals": _count_arrivals(environment, scenario),
        "locale": environment.slack.state.users[person].locale,
        "names": _map_user_names(scenario),
        "channels": _list_channels(environment.slack, scenario, person),
        "hint": "Answers on yellow are ephemeral: only you see them.",
        "requesters": [{"name": name, "email": address} for name, address, _mobile in scenario.requesters],
        "requester": _describe_requester(environment, scenario, mails, requester),
        "requests": [
            {"number": one, "subject": _describe_request(environment, one)["subject"]}
            for one in scenario.requests
        ],
        "request": _describe_request(environment, number)
        | {"conversation": _list_entries(environment, number)},
        "own_mails": mails.list_mails(email),
        "home": _describe_home_tab(environment.slack, person),
        "modal": _describe_modal(environment.slack, person),
        "teams": build_teams_state(environment.teams, scenario, person),
    }


def _map_user_names(scenario: DemoScenario) -> dict[str, str]:
    return {one.user: one.name for one, _role in scenario.people}


def _describe_person(slack: SlackSandbox, person: Person, role: str) -> Json:
    handle = slack.state.users[person.user].handle
    return {"user": person.user, "name": person.name, "role": role, "handle": handle}


def _count_arrivals(environment: Environment, scenario: DemoScenario) -> Json:
    """Count what has arrived in each place. The page shows the place where a count has grown."""
    mailbox, sms, desk = environment.mailbox, environment.sms, environment.servicedesk
    return {
        "mails": {email: len(mailbox.messages_to(email)) for _name, email, _mobile in scenario.requesters},
        "texts": {
            email: sum(one.to == mobile for one in sms.messages)
            for _name, email, mobile in scenario.requesters
        },
        "entries": {number: len(desk.conversation(number)) for number in scenario.requests},
    }


def _describe_home_tab(slack: SlackSandbox, person: str) -> Json | None:
    home = slack.home_tab(person)
    return {"id": home.id, "blocks": home.blocks} if home else None


def _describe_modal(slack: SlackSandbox, person: str) -> Json | None:
    view = slack.current_modal(person)
    if view is None:
        return None
    content = view.content
    return {
        "id": view.id,
        # The page needs only these fields of a view.
        **{name: content[name] for name in ("title", "submit", "close", "blocks") if name in content},
        "errors": view.errors,
    }


def _list_channels(slack: SlackSandbox, scenario: DemoScenario, person: str) -> list[Json]:
    names = _map_user_names(scenario)
    channels = [
        _describe_channel(slack, one, about, person, names)
        for one, about in scenario.channels
        if person in slack.channels[one].members
    ]
    dm = _describe_channel(slack, slack.open_dm(person), "", person, names)
    is_read_only = slack.state.messages_tab_is_read_only
    return [*channels, dm | {"name": BOT_NAME, "is_dm": True, "is_read_only": is_read_only}]


def _describe_channel(
    slack: SlackSandbox, channel_id: str, about: str, person: str, names: Mapping[str, str]
) -> Json:
    channel = slack.channels[channel_id]
    messages = [
        _describe_message(one, names, is_private=False) | _describe_previews(slack, one)
        for one in channel.messages
    ]
    messages += [
        _describe_message(one, names, is_private=True) for one in slack.ephemerals(person, channel_id)
    ]
    return {
        "id": channel_id,
        "name": channel.name,
        "is_dm": False,
        "about": about,
        "messages": _sort_by_ts(messages),
    }


def _describe_previews(slack: SlackSandbox, message: Message) -> Json:
    """Return the link previews of a message."""
    unfurls = [one for one in slack.unfurls if (one.channel, one.ts) == (message.channel, message.ts)]
    return {"previews": [{"url": one.url, "blocks": one.blocks} for one in unfurls]}


def _sort_by_ts(messages: Iterable[Json]) -> list[Json]:
    return sorted(messages, key=lambda one: tuple(int(part) for part in one["ts"].split(".")))


def _describe_message(message: Message | Ephemeral, names: Mapping[str, str], *, is_private: bool) -> Json:
    is_bot = isinstance(message, Ephemeral) or message.is_bot
    return {
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "name": BOT_NAME if is_bot else names.get(message.user, message.user),
        "text": message.text,
        "blocks": message.blocks,
        "is_bot": is_bot,
        "is_private": is_private,
        "is_edited": bool(message.history),
    }


def _describe_requester(environment: Environment, scenario: DemoScenario, mails: Mails, email: str) -> Json:
    mobile = next((mobile for _name, address, mobile in scenario.requesters if address == email), "")
    texts = [one.text for one in environment.sms.messages if one.to == mobile]
    return {"email": email, "mails": mails.list_mails(email), "texts": texts}


def _describe_request(environment: Environment, number: str) -> Json:
    request = environment.servicedesk.request_json(number)
    return {
        "number": number,
        "subject": request["subject"],
        "url": f"{environment.servicedesk.web_url}/app/{PORTAL}/ui/requests/{request['id']}/details",
        "status": request["status"]["name"],
        "requester": request["requester"]["name"],
    }


def _list_entries(environment: Environment, number: str) -> list[Json]:
    newest_first = reversed(environment.servicedesk.conversation(number))
    return [{"is_note": entry.type == "NOTES", "html": entry.html} for entry in newest_first]
