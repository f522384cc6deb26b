"""Read phone numbers in any common notation as mobile numbers in E.164."""

import re
import unicodedata

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumber, PhoneNumberType

from bot.errors import Rejected
from bot.i18n import _
from bot.model.secret import Secret

_INTERNATIONAL_PREFIX = "00"
"""The prefix of international calls in most countries (ITU-T recommendation E.164)."""
_NOTATION = re.compile(r"\(?\+?[\d\s().\-\u2010-\u2015/]+")
"""Digits and separators, with a plus sign at the start only.

Letters and commas are refused: phonenumbers reads letters as digits, and what follows a comma as an extension.
"""
_FORMAT_CHARACTER = "Cf"
"""The Unicode category of invisible characters. Numbers that are copied from a phone's contacts hold some of them."""
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Some countries, such as the United States and Canada, give the same numbers to fixed lines and mobile phones."""


def is_phone_region(code: str) -> bool:
    """Return whether phonenumbers knows the numbers of a region. ``code`` is an ISO 3166 code in capitals."""
    return code in phonenumbers.SUPPORTED_REGIONS


class PhoneReader:
    """Implements the port ``PhoneNumbers``.

    A number without a country code belongs to ``region``, an ISO 3166 code. If ``region`` is None, such a number is
    refused: in another country the same number belongs to a stranger.
    """

    def __init__(self, region: str | None) -> None:
        self._region = region

    def mobile_number(self, phone: Secret) -> Secret:
        """Return ``+14155550100`` for ``(415) 555-0100``. Raises Rejected, with what to do in ServiceDesk Plus."""
        written = _without_invisible_characters(phone)
        if not _NOTATION.fullmatch(written):
            raise _invalid_number()
        number = _parse_international(written) if "+" in written else self._parse_local(written)
        if phonenumbers.number_type(number) not in _MOBILE:
            raise Rejected(
                _(
                    "The requester’s phone number is not a mobile number. Write a mobile number in ServiceDesk Plus, then press “Resend link”."
                )
            )
        return Secret(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def _parse_local(self, written: str) -> PhoneNumber:
        """Return a valid number that is written without a plus sign: of the region, or with its international prefix."""
        if self._region is None:
            raise Rejected(
                _(
                    "The requester’s phone number has no country code, so it could be a stranger’s. Write it in ServiceDesk Plus with + and the country code, then press “Resend link”."
                )
            )
        number = _parse(written, self._region)
        if number is not None and _belongs_to(number, self._region):
            return number
        if written.startswith(_INTERNATIONAL_PREFIX):
            # Only now, because in Japan valid numbers begin with 00.
            return _parse_international("+" + written.removeprefix(_INTERNATIONAL_PREFIX))
        raise Rejected(
            _(
                "The requester’s phone number is not a valid number in {country}. Write it in ServiceDesk Plus with + and the country code, then press “Resend link”.",
                country=self._region,
            )
        )


def _without_invisible_characters(phone: Secret) -> str:
    """Return a number with plain digits and spaces, without invisible characters and ``tel:``."""
    normalized = unicodedata.normalize("NFKC", phone.reveal())
    visible = "".join(one for one in normalized if unicodedata.category(one) != _FORMAT_CHARACTER)
    return visible.strip().removeprefix("tel:").strip()


def _parse_international(written: str) -> PhoneNumber:
    """Return a valid number that is written with its country code. Raises Rejected."""
    number = _parse(written, None)
    if number is None or not phonenumbers.is_valid_number(number):
        raise _invalid_number()
    return number


def _parse(written: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _belongs_to(number: PhoneNumber, region: str) -> bool:
    """Return whether a number is valid in the region, or abroad if it was written with the prefix for calls abroad.

    Countries that share a country code, such as the United States and Canada, are told apart.
    """
    if number.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD:
        return bool(phonenumbers.is_valid_number(number))
    return bool(phonenumbers.is_valid_number_for_region(number, region))


def _invalid_number() -> Rejected:
    return Rejected(
        _(
            "The requester’s phone number is not a valid number. Correct it in ServiceDesk Plus, with + and the country code, then press “Resend link”."
        )
    )
