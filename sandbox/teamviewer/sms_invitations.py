"""The SMS that TeamViewer sends itself when a session is created or changed with ``sms_invite_number``."""

from sandbox.sms import SmsGateway, is_e164
from sandbox.teamviewer.json_format import Payload, invalid_request
from sandbox.teamviewer.model import Session
from sandbox.teamviewer.options import Options

TEXTS = {
    "en": "{name} invites you to a TeamViewer session: {link}",
    "fr": "{name} vous invite à une session TeamViewer : {link}",
}
"""The texts by language. The real ones are unknown."""


class SmsInvitations:
    """Sends SMS to simulated phones. Without phones, no account may send any."""

    def __init__(self, options: Options, phones: SmsGateway | None) -> None:
        self._options = options
        self._phones = phones

    def check_fields(self, body: Payload) -> None:
        """Check the fields of an SMS. Raises ApiError. The descriptions are undocumented, assumed."""
        if "sms_invite_language" in body and not self._options.sms_language_known:
            raise invalid_request("sms_invite_language is unknown.")
        if "sms_invite_number" not in body:
            return
        if self._phones is None or not self._options.sms_licensed:
            raise invalid_request("The license does not include SMS invitations.")
        number = body["sms_invite_number"]
        if not is_e164(str(number)):
            raise invalid_request(f"The phone number {number} is not valid.")

    def send_sms(self, body: Payload, session: Session) -> None:
        """Send the SMS that a checked body asks for. Whether a repeat sends a second one is an option."""
        if self._phones is None or "sms_invite_number" not in body:
            return
        number = str(body["sms_invite_number"])
        if number in session.sms_sent_to and not self._options.repeated_sms_sent:
            return
        session.sms_sent_to.add(number)
        text = TEXTS.get(str(body.get("sms_invite_language")), TEXTS["en"])
        link = session.end_customer_link
        self._phones.deliver(number, text.format(name=session.owner.name, link=link), "teamviewer")
