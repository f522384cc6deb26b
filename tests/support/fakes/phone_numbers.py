"""A fake of the reader of phone numbers."""

from bot.errors import Rejected
from bot.i18n import Text
from bot.model.secret import Secret


class FakePhoneNumbers:
    """Takes every number that begins with a plus sign for a mobile number, and refuses any other."""

    def mobile_number(self, phone: Secret) -> Secret:
        number = phone.reveal().replace(" ", "")
        if not number.startswith("+"):
            raise Rejected(Text("The number has no country code."))
        return Secret(number)
