"""Send the SMS of a pilot session at most once, by the SMS gateway or by TeamViewer."""

from bot import email_templates
from bot.errors import NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.installation import Installation
from bot.model.ids import RequestId
from bot.model.notice import Channel, Notice, NoticeState
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Session
from bot.ports import Clock, PhoneNumbers, ServiceDesk, Texter
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.views.session import no_sms_text
from bot.workflows.notice_attempt import notice_attempt
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.session_changes import SessionChanges, session_connection


class SmsSender:
    """Sends SMS to requesters. After an unclear outcome only a person may send an SMS again."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        sessions: SessionChanges,
        remote: RemoteSessions,
        servicedesk: ServiceDesk,
        texter: Texter,
        phone_numbers: PhoneNumbers,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._servicedesk = servicedesk
        self._texter = texter
        self._phone_numbers = phone_numbers
        self._installation = installation
        self._clock = clock

    @property
    def channel(self) -> Channel:
        """The channel of a new SMS. While nobody sends SMS, the gateway, whose notice is then skipped."""
        return self._installation.sms_channel or Channel.SMS

    def skip_reason(self, requester: Requester | None) -> Text | None:
        """Return why no SMS can be sent to a requester. None: it can."""
        if self._installation.sms_channel is None:
            return no_sms_text()
        try:
            self._mobile_number(requester)
        except Rejected as error:
            return error.text
        return None

    async def send(self, notice: Notice, session: Session) -> NoticeState:
        """Send an SMS, unless it was attempted before. Raises Rejected, NotAuthorized, Unavailable.

        Unavailable is raised only before the attempt, so that a retry is safe.
        """
        if notice.attempted_at is not None:
            return NoticeState.UNSURE
        if self._installation.sms_channel is None:
            raise Rejected(no_sms_text())
        current = await self._with_mobile_number(session)
        async with notice_attempt(notice, self._unit_of_work, self._clock) as was_attempted:
            if was_attempted:
                return NoticeState.UNSURE
            try:
                await self._send_by_channel(notice.channel, current, self._mobile_number(current.requester))
            except OutcomeUnknown:
                return NoticeState.UNSURE
            except Unavailable as error:
                # A retry would find the attempt and stop as unsure, so the refusal is final.
                raise Rejected(error.text) from error
        return NoticeState.SENT

    def _mobile_number(self, requester: Requester | None) -> Secret:
        """Return the requester's mobile number in E.164. Raises Rejected."""
        if requester is None or requester.phone is None:
            raise Rejected(_("The request shows no phone number."))
        return self._phone_numbers.mobile_number(requester.phone)

    async def _with_mobile_number(self, session: Session) -> Session:
        """Return the session, with the number of today if the stored one gets no SMS: somebody may have corrected it."""
        if session.request_id is None or self.skip_reason(session.requester) is None:
            return session
        phone = await self._read_phone_again(session.request_id, session.requester)
        if phone is None:
            return session
        changed = await self._sessions.change(
            session.id, lambda current: _with_phone(current, phone), refreshes_cards=False
        )
        if changed is None or not changed.state.is_open:
            raise Rejected(_("The session was over before it could be sent."))
        return changed

    async def _read_phone_again(self, request_id: RequestId, requester: Requester | None) -> Secret | None:
        """Return the number in ServiceDesk Plus now. None if the request is gone, or has become somebody else's."""
        try:
            now = (await self._servicedesk.request_by_id(request_id)).requester
        except (NotFound, NotAuthorized, Rejected):
            return None
        is_same = requester is not None and (now.name, now.email) == (requester.name, requester.email)
        return now.phone if is_same else None

    async def _send_by_channel(self, channel: Channel, session: Session, number: Secret) -> None:
        if channel is Channel.TEAMVIEWER_SMS:
            await self._send_by_teamviewer(session, number)
            return
        join_page = self._installation.join_page(session.join_token)
        text = email_templates.requester_sms(session, join_page, self._installation.language)
        await self._texter.send(number, text)

    async def _send_by_teamviewer(self, session: Session, number: Secret) -> None:
        async with self._unit_of_work.read() as tx:
            connection = await session_connection(session, tx)
        if connection is None or session.code is None:
            raise NotAuthorized(
                _(
                    "{technician} is no longer connected to TeamViewer, so TeamViewer cannot send the SMS.",
                    technician=session.technician_name,
                )
            )
        await self._remote.send_sms(connection, session.code, number, self._installation.language)


def _with_phone(session: Session, phone: Secret) -> Session | None:
    if session.requester is None or not session.state.is_open or session.requester.phone == phone:
        return None
    return replace(session, requester=replace(session.requester, phone=phone), version=session.version + 1)
