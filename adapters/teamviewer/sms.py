"""The call that lets TeamViewer send the link of a session by SMS."""

import re
from http import HTTPStatus

from adapters.teamviewer.api import TeamViewerApi
from adapters.teamviewer.api_response import ApiResponse
from adapters.teamviewer.paths import session_path
from bot.errors import OutcomeUnknown, Rejected
from bot.i18n import _
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.ports import TokenSource

_PHONE_NUMBER = re.compile(r"\+?\d[\d\s().-]{4,}\d")
"""What may be a phone number in an explanation. People in a channel read the explanation, and no phone number."""


class SmsCalls:
    """Sends SMS. ``sms_invite_number`` is seen in production traffic, ``sms_invite_language`` in TeamViewer's OpenAPI file."""

    def __init__(self, api: TeamViewerApi) -> None:
        self._api = api

    async def send_invitation(
        self, source: TokenSource, code: SessionCode, number: Secret, language: str
    ) -> None:
        """Let TeamViewer send an SMS to ``number``, in E.164, at most once.

        Raises Rejected, NotAuthorized, Unavailable (it was certainly not sent) and OutcomeUnknown (it may have been sent).
        """
        body = {"sms_invite_number": number.reveal()}
        response = await self._put(source, code, body | {"sms_invite_language": language})
        if response.status == HTTPStatus.BAD_REQUEST:
            # Which languages exist is undocumented. A refused call has sent nothing, so it may be repeated without one.
            response = await self._put(source, code, body)
        if response.is_refusal:
            raise _refusal_error(response)

    async def _put(self, source: TokenSource, code: SessionCode, body: dict[str, str]) -> ApiResponse:
        try:
            return await self._api.call_as_technician(
                source, "PUT", session_path(code), body=body, creates=True
            )
        except OutcomeUnknown as error:
            text = _("TeamViewer did not confirm the SMS: it may have been sent.")
            raise OutcomeUnknown(text, retry_after=error.retry_after) from None


def _refusal_error(response: ApiResponse) -> Rejected:
    """Return the error for a refused SMS, with TeamViewer's own explanation (``error_description``) if there is one."""
    reason = _PHONE_NUMBER.sub("***", response.reason)
    if reason:
        return Rejected(_("TeamViewer refuses to send the SMS: {reason}", reason=reason))
    return Rejected(_("TeamViewer refuses to send the SMS and does not say why."))
