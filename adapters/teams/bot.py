"""The Bot Framework's handler for Teams: each activity becomes a command, and each answer the reply Teams expects."""

from typing import Any

import structlog
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import ActivityTypes, ChannelAccount

from adapters.logs import safe_exc_info
from adapters.tasks import Tasks
from adapters.teams.chat import TeamsChat
from adapters.teams.conversation_cache import ConversationCache
from adapters.teams.extension import MessageExtension
from adapters.teams.incoming.activity import TeamsActivity, incoming, read_bot_name, set_incoming
from adapters.teams.incoming.commands import (
    is_card_action,
    outdates_its_card,
    parse_card_action,
    parse_message,
    read_mark,
    submits_form,
)
from adapters.teams.look_again import LookAgain
from adapters.teams.posted_cards import PostedCards
from adapters.teams.render import render
from adapters.teams.render.actions import marked
from adapters.teams.render.answers import TeamsAnswer, TeamsAnswers
from adapters.teams.render.invoke_replies import Body, InvokeReply, show_card, show_message
from adapters.teams.reply_language import ReplyLanguage
from adapters.teams.sender_lookup import SenderLookup
from adapters.teams.transport.adapter import Message
from bot.account_check import AccountCheck
from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, ShowCard, ShowOutageCard
from bot.errors import BotError, Misunderstood, OutcomeUnknown, Unavailable
from bot.jobs import DeliverAnswer, ShowHome
from bot.model.card import Audience
from bot.outage import outlast_outage
from bot.ports import Posted, ReturnAddress
from bot.services import Services
from bot.use_cases.account_changed import expire_account
from bot.views.errors import error_view, internal_error_view
from bot.views.pages import Message as MessageView
from bot.views.parts import Reader
from bot.views.session import SessionCard
from bot.views.welcome import greeting
from bot.workflows.limitations import LimitationMonitor
from bot.workflows.user_lookup import UserLookup

log = structlog.get_logger("teams")


class TeamsBot(TeamsActivityHandler):
    """Handles every activity whose sender is verified. The Bot Framework's class calls the method for its kind.

    Replies to invokes are plain JSON. The framework's own models lose fields of cards that they do not know.
    """

    def __init__(
        self,
        dispatcher: CommandDispatcher,
        services: Services,
        chat: TeamsChat,
        *,
        conversations: ConversationCache,
        senders: SenderLookup,
        tasks: Tasks,
    ) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._chat = chat
        self._conversations = conversations
        self._senders = senders
        self._tasks = tasks
        self._language = ReplyLanguage(dispatcher, services)
        accounts = AccountCheck(
            services.unit_of_work, services.chats, services.installation.admins, services.clock
        )
        limitations = LimitationMonitor(services.unit_of_work, services.clock)
        users = UserLookup(services.unit_of_work, accounts, services.servicedesk, limitations, services.clock)
        self._look_again = LookAgain(accounts, users, chat)
        self._posted_cards = PostedCards(services.unit_of_work)
        self._extension = MessageExtension(
            dispatcher, services, self._language, self._look_again, chat.channels
        )

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Store who sent the activity, and from where, and let the framework call the method for its kind."""
        activity = await self._senders.add_directory_id(incoming(turn_context))
        set_incoming(turn_context, activity)
        self._chat.shared_channels.record_type(activity)
        self._chat.channels.forget_changed(activity)
        await self._conversations.record_activity(activity)
        await super().on_turn(turn_context)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Run the command of a message."""
        activity = incoming(turn_context)
        self._tasks.start_task(self._settle_card(activity))
        # Somebody posted a search result here. The bot's answer to it would be an error about words that nobody typed.
        if activity.is_posted_card and not is_card_action(activity):
            return
        try:
            answer = await self._run_command(activity, parse_message(activity))
        except Misunderstood as error:
            answer = await self._answer_with(activity, error_view(error))
        if submits_form(activity) and answer.is_accepted:
            self._tasks.start_task(self._delete_form(activity))
        self._tasks.start_task(self._deliver_answer(activity, answer))

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        """Welcome people where the bot was added."""
        # An upgrade of the app comes here too, and is not news to anybody.
        if turn_context.activity.action == "add":
            await self._send_welcome(incoming(turn_context))

    async def on_members_added_activity(
        self, members_added: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        """Welcome people where the bot became a member: some tools report an installation in this way only."""
        bot = turn_context.activity.recipient
        if bot is not None and any(member.id == bot.id for member in members_added):
            await self._send_welcome(incoming(turn_context))

    async def on_teams_members_added_dispatch(
        self, members_added: list[ChannelAccount], team_info: object, turn_context: TurnContext
    ) -> None:
        """Skip the framework's requests for the profile of each new member, which nothing here needs."""
        del team_info
        await self.on_members_added_activity(members_added, turn_context)

    async def on_members_removed_activity(
        self, members_removed: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        """Look at the accounts again that were removed: they may have left the organization."""
        activity = incoming(turn_context)
        services = self._services
        for member in members_removed:
            user = await self._conversations.find_user(
                activity.tenant, member.aad_object_id or member.id or ""
            )
            if user:
                await expire_account(
                    activity.actor.platform, user, services.unit_of_work, services.clock(), event=activity.key
                )

    async def on_teams_members_removed_dispatch(
        self, members_removed: list[ChannelAccount], team_info: object, turn_context: TurnContext
    ) -> None:
        """Skip what the framework makes of each member, which nothing here needs."""
        del team_info
        await self.on_members_removed_activity(members_removed, turn_context)

    async def on_invoke_activity(self, turn_context: TurnContext) -> Any:
        """Answer the search of a form's picker, which the framework does not know, and leave the rest to it."""
        reply: Any
        if turn_context.activity.name == "application/search":
            reply = InvokeReply(200, await self._extension.suggest_requests(incoming(turn_context)))
        else:
            reply = await super().on_invoke_activity(turn_context)
        # Sent here: the framework would send an activity of its own, whose deep copy costs more than the dispatch.
        await turn_context.send_activity(Message(type=ActivityTypes.invoke_response, value=reply))

    async def on_adaptive_card_invoke(self, turn_context: TurnContext, invoke_value: object) -> Any:
        """Run the command of a pressed button or a submitted form, or show a person their view of a card."""
        del invoke_value
        activity = incoming(turn_context)
        # Whatever becomes of the command: while Teams is away, a look at the sender fails, and no client asks again.
        self._tasks.start_task(self._settle_card(activity))
        try:
            request = parse_card_action(activity)
        except Misunderstood as error:
            return show_message(await self._language.say(activity, error.text))
        if isinstance(request.command, ShowCard | ShowOutageCard):
            return await self._show_own_view(activity, request)
        is_looked_at = await self._look_again.look(activity, request.command)
        answer = await self._run_command(activity, request, is_looked_at=is_looked_at)
        if submits_form(activity) and answer.is_accepted:
            self._tasks.start_task(self._delete_form(activity))
        if answer.is_page and outdates_its_card(request.command) and activity.reply_to:
            self._tasks.start_task(self._replace_card(activity, answer))
            return show_message(answer.text)
        is_shared = self._chat.shared_channels.is_known_shared(activity.tenant, activity.place)
        # A sentence appears beside the button, for the person who pressed it alone.
        is_private = answer.card is not None and (answer.is_private or is_shared)
        if is_private and not activity.is_personal:
            self._tasks.start_task(self._deliver_answer(activity, answer, privately=True))
            return show_message(answer.elsewhere)
        if answer.card is not None:
            self._tasks.start_task(self._deliver_answer(activity, answer))
        return show_message(answer.text)

    async def on_teams_messaging_extension_query(self, turn_context: TurnContext, query: object) -> Any:
        """Answer a search in the message extension."""
        del query
        return await self._extension.search_requests(incoming(turn_context))

    async def on_teams_app_based_link_query(self, turn_context: TurnContext, query: object) -> Any:
        """Answer a pasted link with a preview."""
        del query
        return await self._extension.preview_link(incoming(turn_context))

    async def on_teams_messaging_extension_fetch_task(self, turn_context: TurnContext, action: object) -> Any:
        """Open the form of a new session in a dialog."""
        del action
        return await self._extension.open_form(incoming(turn_context))

    async def on_teams_messaging_extension_submit_action_dispatch(
        self, turn_context: TurnContext, action: object
    ) -> Any:
        """Run the command of the dialog's form or button."""
        del action
        return await self._extension.submit_form(incoming(turn_context))

    @staticmethod
    def _create_invoke_response(body: Any = None) -> Any:
        # The framework's serializer accepts no plain JSON, and takes 0.3 ms for a small card.
        return InvokeReply(200, body)

    def _get_adaptive_card_invoke_value(self, activity: object) -> Any:
        # The framework's model drops fields, and its error replies cannot be written as JSON.
        return activity

    async def _show_own_view(self, activity: TeamsActivity, request: CommandRequest) -> Body:
        """Show a person their own view of a card. Teams asks for it by itself, so nothing is stored for it."""
        try:
            # The creator's view holds their links, and Teams asks for it long after they were looked up last.
            await self._look_again.require_current(activity)
            view, reader = await self._dispatcher.run_read_only_command(request)
        except BotError as error:
            return show_message(await self._language.say(activity, error.text))
        if isinstance(view, SessionCard) and view.audience is Audience.CREATOR:
            viewers = [activity.mri]  # The reply is for the creator's client only, and it must ask again.
        else:
            viewers = await self._chat.viewers(activity.tenant, view)
        shown = render(view, reader, viewers=viewers)
        if shown.card is None:
            return show_message(shown.text)
        # This view takes the place of the posted card. So it has to tell of the post too, as long as the card does.
        mark = read_mark(activity)
        return show_card(marked(shown.card, mark) if mark else shown.card)

    async def _send_welcome(self, activity: TeamsActivity) -> None:
        """Show the overview in a private chat, and say how to begin elsewhere. Two reports make one welcome."""
        if not self._conversations.is_first_welcome(activity):
            return
        if activity.is_personal:
            async with self._services.unit_of_work.write() as tx:
                await tx.enqueue(ShowHome(activity.actor, as_new_message=True), key=f"home:{activity.key}")
            return
        # Teams passes only messages on that mention the bot.
        welcome = greeting(must_mention=True)
        reader = Reader(self._services.installation.language)  # everybody there reads it
        self._tasks.start_task(self._deliver_answer(activity, _answers_in(activity).render(welcome, reader)))

    async def _run_command(
        self, activity: TeamsActivity, request: CommandRequest, *, is_looked_at: bool = False
    ) -> TeamsAnswer:
        """Run a command. An error becomes an answer too, or the person would get none."""
        try:
            request = await self._chat.channels.choose_place(activity, request)
            channels = await self._chat.channels.list_choices_for(activity, request.command)
            requests = await self._extension.list_own_requests(activity, request.command)
            answers = TeamsAnswers(read_bot_name(activity.place), channels, requests)
            return await self._dispatcher.dispatch(request, answers, is_looked_at=is_looked_at)
        except BotError as error:
            return await self._answer_with(activity, error_view(error))
        except Exception as error:
            log.error("command broke", error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message
            return await self._answer_with(activity, internal_error_view())

    async def _answer_with(self, activity: TeamsActivity, message: MessageView) -> TeamsAnswer:
        return _answers_in(activity).render(message, await self._language.reader(activity))

    async def _deliver_answer(
        self, activity: TeamsActivity, answer: TeamsAnswer, *, privately: bool = False
    ) -> None:
        """Deliver an answer in the conversation. ``privately``: the conversation sees only that it failed, if it does.

        While the database is away an answer can be neither sent nor stored for later: it is tried again for a minute.
        """
        try:
            await outlast_outage(
                lambda: self._deliver_or_enqueue(activity, answer, privately=privately),
                name="deliver an answer",
            )
        except Unavailable as error:
            log.warning("an answer was lost", error=error.log_text)

    async def _deliver_or_enqueue(
        self, activity: TeamsActivity, answer: TeamsAnswer, *, privately: bool
    ) -> None:
        """Deliver an answer, or enqueue its delivery. Raises Unavailable if neither is possible."""
        is_private = activity.is_personal or privately
        to = ReturnAddress(activity.actor, activity.place, is_private, None)
        try:
            await self._chat.send_rendered_answer(to, answer)
        except Unavailable as error:
            log.warning("an answer was not delivered at once", error=error.log_text)
            if answer.is_pending:
                return
            async with self._services.unit_of_work.write() as tx:
                # That a command could not be stored is an answer that is stored nowhere.
                if await tx.commands.stored_answer(activity.key) is None:
                    if isinstance(error, OutcomeUnknown):
                        return
                    raise
                await tx.enqueue(
                    DeliverAnswer(activity.actor.platform, activity.key), key=f"deliver:{activity.key}"
                )
        except BotError as error:
            log.warning("an answer was not delivered", error=error.log_text)
            if privately:
                await self._deliver_answer(activity, answer.as_unreachable())

    async def _replace_card(self, activity: TeamsActivity, answer: TeamsAnswer) -> None:
        """Show a page in place of the one whose button was pressed, which is untrue by now. An overview follows by itself."""
        pressed = Posted(activity.conversation, activity.reply_to)
        try:
            if await self._chat.is_home(activity.actor, pressed):
                return
            if await self._chat.replace_message(activity.tenant, pressed, answer):
                return
        except BotError as error:
            log.info("a page was not replaced", error=error.log_text)
        await self._deliver_answer(activity, answer)

    async def _settle_card(self, activity: TeamsActivity) -> None:
        """Settle the card that was used. If the database is away, the next use of the card does it."""
        try:
            await self._posted_cards.settle(activity)
        except Unavailable as error:
            log.info("a card was not settled", error=error.log_text)

    async def _delete_form(self, activity: TeamsActivity) -> None:
        """Delete a form whose session was accepted: submitted again, it would only find that session."""
        try:
            await self._chat.delete_message(activity.tenant, Posted(activity.conversation, activity.reply_to))
        except BotError as error:
            log.info("a form was not removed", error=error.log_text)


def _answers_in(activity: TeamsActivity) -> TeamsAnswers:
    """Return the format of the answers in a conversation. Elsewhere than in the bot's own chat, commands mention the bot."""
    return TeamsAnswers(read_bot_name(activity.place))
