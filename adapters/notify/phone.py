"""Convert phone numbers from any common notation to E.164."""

import phonenumbers

from bot.errors import Rejected
from bot.i18n import _
from bot.model.secret import Secret

_INTERNATIONAL_PREFIX = "00"
"""The prefix of international calls in most countries. No valid national number begins with it."""


def to_e164(phone: Secret, default_region: str) -> Secret:
    """Return ``+14155550100`` for ``(415) 555-0100``. A number without a country belongs to ``default_region``.

    Raises Rejected if it is not a valid number.
    """
    raw = phone.reveal().strip()
    if raw.startswith(_INTERNATIONAL_PREFIX):
        raw = "+" + raw.removeprefix(_INTERNATIONAL_PREFIX)
    try:
        number = phonenumbers.parse(raw, default_region)
    except phonenumbers.NumberParseException:
        raise _invalid_number() from None
    if not phonenumbers.is_valid_number(number):
        raise _invalid_number()
    return Secret(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _invalid_number() -> Rejected:
    return Rejected(_("The requester’s phone number is not a valid one."))
